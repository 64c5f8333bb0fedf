#include "report/as_html.h"

/* "SHA-256 00..."; of what an image says of itself, whether that is so. */
static void digest(struct text *out, const char *name, struct span said, struct span found) {
    if (said.size + found.size == 0)
        return;
    text_format(out, "<br><small>%s <code>", name);
    text_hex(out, found.size > 0 ? found.data : said.data, found.size > 0 ? found.size : said.size);
    text_add(out, "</code>");
    if (said.size > 0 && found.size == 0)
        text_add(out, " stored in the image, not verified");
    else if (said.size > 0 && span_equal(said, found))
        text_add(out, " as stored in the image");
    else if (said.size > 0) {
        text_add(out, " but the image says <code>");
        text_hex(out, said.data, said.size);
        text_add(out, "</code>");
    }
    text_add(out, "</small>");
}

static void piece(struct text *out, struct db_query *query) {
    text_format(out, "<tr><td class=\"n\">%lld</td><td class=\"path\">", (long long)db_integer(query, 0));
    page_path(out, db_text(query, 1, NULL));
    digest(out, "MD5", span_clip(db_blob(query, 8), 0, 16), span_clip(db_blob(query, 9), 0, 16));
    digest(out, "SHA-1", span_clip(db_blob(query, 10), 0, 20), span_clip(db_blob(query, 11), 0, 20));
    digest(out, "SHA-256", span_of("", 0, 0), span_clip(db_blob(query, 12), 0, 32));
    digest(out, "SHA-256 of the file", span_of("", 0, 0), span_clip(db_blob(query, 13), 0, 32));
    text_add(out, "</td><td>");
    as_html_cell(out, query, 2);
    text_add(out, db_text(query, 6, NULL)[0] ? ", " : "");
    as_html_cell(out, query, 6);
    text_add(out, "</td>");
    as_html_column(out, query, 7);
    as_html_column_count(out, query, 3);
    text_add(out, "<td>");
    as_html_cell(out, query, 4);
    text_add(out, db_text(query, 5, NULL)[0] ? ": " : "");
    as_html_cell(out, query, 5);
    text_add(out, "</td></tr>\n");
}

static bool evidence(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(
        page->db,
        "WITH given(evidence, artifact) AS MATERIALIZED (SELECT a.evidence, min(a.id) FROM artifact a JOIN evidence e"
        " ON e.id = a.evidence AND e.kind = 'file' GROUP BY 1)"
        " SELECT e.id, e.path, e.kind, e.size, e.state, e.reason, e.container, e.host, e.stored_md5, e.media_md5,"
        " e.stored_sha1, e.media_sha1, e.media_sha256, h.sha256 FROM evidence e LEFT JOIN given g ON g.evidence = e.id"
        " LEFT JOIN hashes h ON h.artifact = coalesce(e.artifact, g.artifact) ORDER BY e.id");
    uint64_t count = 0;
    text_add(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of evidence\"><table><thead><tr><th scope=\"col\" class=\"n\">No.</th><th scope=\"col\">Path as given, digests of "
        "its content</th><th scope=\"col\">Kind</th><th scope=\"col\">Host</th><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\">State</th></tr></thead><tbody>\n");
    while (query && db_step(query))
        if (count++ < AS_HTML_ROWS)
            piece(out, query);
    text_add(out, "</tbody></table></div>\n");
    as_html_more(out, count > AS_HTML_ROWS ? count - AS_HTML_ROWS : 0, "pieces of evidence");
    return as_html_sound(page, query);
}

static void volume(struct text *out, struct db_query *query) {
    text_add(out, "<tr>");
    as_html_column(out, query, 0);
    text_format(out, "<td>%lld ", (long long)db_integer(query, 1));
    as_html_cell(out, query, 2);
    if (db_integer(query, 3) > 0) {
        text_format(out, " shadow copy %lld of ", (long long)db_integer(query, 3));
        if (!db_is_null(query, 4))
            page_time(out, (uint64_t)db_integer(query, 4));
    }
    text_add(out, "</td>");
    as_html_column(out, query, 5);
    as_html_column_count(out, query, 6);
    as_html_column_count(out, query, 7);
    as_html_column(out, query, 8);
    as_html_column(out, query, 9);
    text_add(out, "<td>");
    as_html_cell(out, query, 10);
    text_add(out, db_text(query, 11, NULL)[0] ? ": " : "");
    as_html_cell(out, query, 11);
    text_add(out, "</td></tr>\n");
}

static bool volumes(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(
        page->db,
        "SELECT e.path, v.ordinal, v.drive, v.shadow, v.shadow_created, v.kind, v.offset, v.size, v.label, v.serial,"
        " v.state, v.reason FROM volume v LEFT JOIN evidence e ON e.id = v.evidence ORDER BY v.id");
    uint64_t count = 0;
    while (query && db_step(query)) {
        if (count++ == 0)
            text_add(
                out,
                "<h3>Volumes</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of volumes\"><table><thead><tr><th scope=\"col\">Evidence</th><th scope=\"col\">Part</th><th "
                "scope=\"col\">File system</th><th scope=\"col\" class=\"n\">At byte</th><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\">Label</th><th "
                "scope=\"col\">Serial number</th><th scope=\"col\">State</th></tr></thead><tbody>\n");
        if (count <= AS_HTML_ROWS)
            volume(out, query);
    }
    text_add(out, count > 0 ? "</tbody></table></div>\n" : "");
    as_html_more(out, count > AS_HTML_ROWS ? count - AS_HTML_ROWS : 0, "volumes");
    return as_html_sound(page, query);
}

/* Keys and values of a table; keys have underscores for spaces. */
static bool pairs(struct as_html *page, const char *sql) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(page->db, sql);
    uint64_t count = 0;
    while (query && db_step(query)) {
        if (count++ >= AS_HTML_ROWS)
            continue;
        text_add(out, "<dt>");
        size_t start = out->size;
        as_html_cell(out, query, 0);
        for (size_t i = start; i < out->size; i++)
            if (out->data[i] == '_')
                out->data[i] = ' ';
        text_add(out, "</dt><dd>");
        as_html_cell(out, query, 1);
        text_add(out, "</dd>\n");
    }
    return as_html_sound(page, query);
}

/* The last digest of the chain over all findings stands for all of them. */
static bool sealed(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query =
        db_prepare(page->db, "SELECT finding, digest FROM finding_chain ORDER BY finding DESC LIMIT 1");
    if (query && db_step(query)) {
        struct span digest_of = span_clip(db_blob(query, 1), 0, 32);
        text_add(out, "<dt>findings sealed by</dt><dd><code>");
        text_hex(out, digest_of.data, digest_of.size);
        text_add(
            out,
            "</code>, the last digest of the chain over all findings; <code>assay case verify CASE</code></dd>\n");
    }
    return as_html_sound(page, query);
}

bool as_html_evidence(struct as_html *page) {
    struct text *out = &page->out;
    text_add(
        out,
        "<section id=\"evidence\" aria-labelledby=\"evidence-title\">\n<h2 id=\"evidence-title\">Evidence, and how to repeat this</h2>\n"
        "<p class=\"note\">The same evidence, program and lists give the same findings. What differs between two runs stands under <i>The run</i> alone.</p>\n");
    bool good = evidence(page) && volumes(page);
    text_add(out, "<h3>Program and case</h3>\n<dl>");
    good = good && pairs(page, "SELECT key, value FROM meta ORDER BY key") && sealed(page);
    text_add(
        out,
        "</dl>\n<h3>The run</h3>\n<p class=\"note\">Times, and the lists, policies and rules that were used, with their versions.</p>\n<dl>");
    good = good && pairs(page, "SELECT key, value FROM run ORDER BY key");
    text_add(
        out,
        "</dl>\n<h3>To repeat it</h3>\n<p><code>assay scan EVIDENCE -o CASE</code>, <code>assay report CASE -o report.html</code>, and for one finding "
        "<code>assay explain CASE NUMBER</code>. The case is a database of SQLite; its tables are described in docs/case.md.</p>\n</section>\n");
    return good;
}
