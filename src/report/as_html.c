#include "report/as_html.h"

#include "base/digest.h"

#include <stdlib.h>

void as_html_flush(struct as_html *page) {
    output_text(page->output, &page->out);
}

bool as_html_sound(struct as_html *page, struct db_query *query) {
    db_finish(query);
    return query && db_error(page->db)[0] == 0;
}

void as_html_cell(struct text *out, struct db_query *query, int at) {
    page_text(out, db_text(query, at, NULL));
}

void as_html_column(struct text *out, struct db_query *query, int at) {
    text_add(out, "<td>");
    as_html_cell(out, query, at);
    text_add(out, "</td>");
}

void as_html_column_time(struct text *out, struct db_query *query, int at) {
    text_add(out, "<td>");
    if (!db_is_null(query, at))
        page_time(out, (uint64_t)db_integer(query, at));
    text_add(out, "</td>");
}

void as_html_column_count(struct text *out, struct db_query *query, int at) {
    text_add(out, "<td class=\"n\">");
    if (!db_is_null(query, at) && db_integer(query, at) >= 0)
        text_grouped(out, (uint64_t)db_integer(query, at));
    text_add(out, "</td>");
}

void as_html_more(struct text *out, uint64_t count, const char *what) {
    if (count == 0)
        return;
    text_add(out, "<p class=\"more\">And ");
    text_grouped(out, count);
    text_format(out, " %s.</p>\n", what);
}

size_t as_html_rule_number(const struct as_html *page, const char *id) {
    for (size_t i = 0; i < page->rule_count; i++)
        if (strcmp(page->rules[i].id, id) == 0)
            return i + 1;
    return 0;
}

void as_html_along_start(struct as_html_along *along, struct db *db, const char *sql) {
    along->query = db_prepare(db, sql);
    along->there = along->query && db_step(along->query);
}

bool as_html_along_at(struct as_html_along *along, int64_t chain, int64_t step) {
    while (along->there && (db_integer(along->query, 0) < chain ||
                            (db_integer(along->query, 0) == chain && db_integer(along->query, 1) < step)))
        as_html_along_next(along);
    return along->there && db_integer(along->query, 0) == chain && db_integer(along->query, 1) == step;
}

void as_html_along_next(struct as_html_along *along) {
    along->there = db_step(along->query);
}

/* --- the whole --- */

static const char *const sections[][2] = {
    {"verdict", "Verdict"},   {"story", "Story"},        {"timeline", "Timeline"},
    {"findings", "Findings"}, {"rules", "Explanations"}, {"coverage", "Coverage"},
    {"stakes", "At stake"},   {"overlap", "Overlap"},    {"evidence", "Evidence"},
};

/* The switch of colours is the script's; without it the page follows the system. */
static void head(struct as_html *page) {
    struct text *out = &page->out;
    text_add(
        out,
        "<a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n<header class=\"top\">\n"
        "<p class=\"brand\"><b>assay</b> case report</p>\n<nav aria-label=\"Parts of this page\"><ul>\n");
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        text_format(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i][0], sections[i][1]);
    text_add(out,
             "</ul></nav>\n<fieldset class=\"colours\" id=\"colours\" hidden><legend>Colours</legend>\n"
             "<label><input type=\"radio\" name=\"colours\" value=\"system\" checked> as the system</label>\n"
             "<label><input type=\"radio\" name=\"colours\" value=\"light\"> light</label>\n"
             "<label><input type=\"radio\" name=\"colours\" value=\"dark\"> dark</label>\n"
             "</fieldset>\n</header>\n<main>\n");
    as_html_flush(page);
}

static void license(struct as_html *page) {
    struct span notice = page_file(PAGE_LICENSE);
    text_add(
        &page->out,
        "</main>\n<footer>\n<p>Made by assay, a program that reads evidence and never runs it. This page is one file: it "
        "loads nothing, sends nothing, and its policy forbids the browser to.</p>\n"
        "<details><summary>License of D3, which draws the graph and the timeline</summary>\n<pre>");
    for (size_t at = 0; at < notice.size;) {
        const uint8_t *end = memchr(notice.data + at, '\n', notice.size - at);
        size_t size = end ? (size_t)(end - notice.data) - at : notice.size - at;
        text_html(&page->out, (const char *)notice.data + at, size);
        text_char(&page->out, '\n');
        at += size + 1;
    }
    text_add(&page->out, "</pre></details>\n</footer>\n");
    as_html_flush(page);
}

/* Which detectors spoke, the gravest first. */
static bool rules(struct as_html *page) {
    struct db_query *query = db_prepare(
        page->db,
        "SELECT detector, count(*) FROM finding WHERE severity >= ? AND detector IS NOT NULL GROUP BY"
        " detector ORDER BY max(severity) DESC, 2 DESC, 1 LIMIT ?");
    if (query) {
        db_bind_integer(query, 1, page->options->least);
        db_bind_integer(query, 2, AS_HTML_RULES);
    }
    while (query && page->rule_count < AS_HTML_RULES && db_step(query)) {
        char *id = strdup(db_text(query, 0, NULL));
        if (id)
            page->rules[page->rule_count++] =
                (struct as_html_rule){.id = id, .findings = (uint64_t)db_integer(query, 1)};
    }
    return as_html_sound(page, query);
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    static bool (*const parts[])(struct as_html *) = {as_html_verdict,  as_html_chains,  as_html_timeline,
                                                      as_html_findings, as_html_rules,   as_html_coverage,
                                                      as_html_stakes,   as_html_overlap, as_html_evidence};
    struct as_html *page = digest_prepare() ? calloc(1, sizeof *page) : NULL;
    if (!page)
        return false;
    *page = (struct as_html){
        .casefile = casefile, .db = casefile_db(casefile), .options = options, .output = output};
    struct text title = {0};
    bool good = rules(page) && as_html_title(page, &title);
    if (good) {
        page_head(output, text_string(&title));
        head(page);
    }
    for (size_t i = 0; good && i < sizeof parts / sizeof parts[0]; i++) {
        good = parts[i](page);
        as_html_flush(page);
    }
    if (good) {
        license(page);
        page_foot(output);
    }
    for (size_t i = 0; i < page->rule_count; i++)
        free(page->rules[i].id);
    text_free(&title);
    text_free(&page->out);
    free(page);
    return good && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_html = {
    .name = "html", .summary = "a page for people, one file that needs nothing else", .print = print};
