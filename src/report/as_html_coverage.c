#include "report/as_html.h"

static bool table(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(
        page->db,
        "SELECT e.path, v.ordinal, v.drive, v.shadow, c.class, c.reason, c.files, c.bytes FROM coverage c"
        " LEFT JOIN evidence e ON e.id = c.evidence LEFT JOIN volume v ON v.id = c.volume"
        " ORDER BY c.evidence, c.volume, c.class = 'seen' DESC, c.class = 'read' DESC, c.class, c.files DESC, c.reason");
    uint64_t count = 0;
    text_add(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of coverage\"><table><thead><tr><th scope=\"col\">Evidence</th><th scope=\"col\">Part</th><th scope=\"col\">Files that were</th><th "
        "scope=\"col\">Because</th><th scope=\"col\" class=\"n\">Files</th><th scope=\"col\" class=\"n\">Bytes</th></tr></thead><tbody>\n");
    while (query && db_step(query)) {
        if (count++ >= AS_HTML_ROWS)
            continue;
        text_add(out, "<tr>");
        as_html_column(out, query, 0);
        text_add(out, "<td>");
        if (!db_is_null(query, 1))
            text_format(out, "%lld ", (long long)db_integer(query, 1));
        as_html_cell(out, query, 2);
        if (db_integer(query, 3) > 0)
            text_format(out, " shadow copy %lld", (long long)db_integer(query, 3));
        text_add(out, "</td>");
        as_html_column(out, query, 4);
        as_html_column(out, query, 5);
        as_html_column_count(out, query, 6);
        as_html_column_count(out, query, 7);
        text_add(out, "</tr>\n");
    }
    text_add(out, "</tbody></table></div>\n");
    as_html_more(out, count > AS_HTML_ROWS ? count - AS_HTML_ROWS : 0,
                 "rows; the case's table coverage has them");
    return as_html_sound(page, query);
}

/* What was asked of signatures and times: one line each. */
static bool signatures(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query =
        db_prepare(page->db, "SELECT coalesce(state, 'unknown'), count(*) FROM trust GROUP BY 1"
                             " ORDER BY 1 <> 'trusted', 1 = 'unknown', 2 DESC, 1 LIMIT 20");
    const char *before = "<p>Programs and catalogs by what Windows would say of their signatures: ";
    while (query && db_step(query)) {
        text_add(out, before);
        text_grouped(out, (uint64_t)db_integer(query, 1));
        text_char(out, ' ');
        as_html_cell(out, query, 0);
        before = ", ";
    }
    text_add(out, before[0] == ',' ? ".</p>\n" : "");
    return as_html_sound(page, query);
}

static void period(struct text *out, struct db_query *query, const char *what, int at) {
    if (db_is_null(query, at)) {
        text_format(out, "; no %s", what);
        return;
    }
    text_format(out, "; %s from ", what);
    page_time(out, (uint64_t)db_integer(query, at));
    text_add(out, " to ");
    page_time(out, (uint64_t)db_integer(query, at + 1));
}

static bool times(struct as_html *page) {
    static const char *const words[] = {" explained, ", " weak, ", " firm, ", " strong"};
    struct text *out = &page->out;
    struct db_query *query = db_prepare(
        page->db,
        "SELECT t.explained, t.weak, t.firm, t.strong, t.files, t.journal_from, t.journal_to, t.log_from, t.log_to, t.volume"
        " FROM time_summary t ORDER BY t.volume LIMIT 50");
    while (query && db_step(query)) {
        text_format(out, "<p>Times of files, volume %lld: ", (long long)db_integer(query, 9));
        text_grouped(out, (uint64_t)db_integer(query, 4));
        text_add(out, " judged: ");
        for (int i = 0; i < 4; i++) {
            text_grouped(out, (uint64_t)db_integer(query, i));
            text_add(out, words[i]);
        }
        period(out, query, "change journal", 5);
        period(out, query, "log", 7);
        text_add(out, ".</p>\n");
    }
    return as_html_sound(page, query);
}

static bool incomplete(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query =
        db_prepare(page->db, "SELECT (SELECT value FROM meta WHERE key = 'complete'),"
                             " (SELECT value FROM meta WHERE key = 'incomplete_because')");
    if (query && db_step(query)) {
        if (strcmp(db_text(query, 0, NULL), "1") == 0)
            text_add(out, "<p>The scan was complete.</p>\n");
        else {
            text_add(out, "<p class=\"alert\"><b>Not everything was read:</b> ");
            as_html_cell(out, query, 1);
            text_add(out, "</p>\n");
        }
    }
    return as_html_sound(page, query);
}

bool as_html_coverage(struct as_html *page) {
    text_add(
        &page->out,
        "<section id=\"coverage\" aria-labelledby=\"coverage-title\">\n<h2 id=\"coverage-title\">Coverage</h2>\n"
        "<p class=\"note\">What was seen and read, and what was not: nothing is known of what was not read.</p>\n");
    bool good = incomplete(page) && table(page) && signatures(page) && times(page);
    text_add(&page->out, "</section>\n");
    return good;
}
