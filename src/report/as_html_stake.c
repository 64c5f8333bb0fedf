#include "report/as_html.h"

static const char stakes[] =
    "SELECT s.kind, s.name, s.holds, s.user, s.path, s.state, s.files, s.size, s.created, s.modified, s.note,"
    " s.owner, s.exposed_since, s.source, coalesce(e.host, e.path) FROM stake s LEFT JOIN evidence e ON e.id = s.evidence"
    " ORDER BY s.id";

static void note(struct text *out, struct db_query *query, int at, const char *before) {
    if (!db_text(query, at, NULL)[0])
        return;
    text_format(out, "<br><small>%s", before);
    as_html_cell(out, query, at);
    text_add(out, "</small>");
}

/* The kind with spaces: browser_history is a word of tables. */
static void kind(struct text *out, const char *word) {
    size_t start = out->size;
    page_text(out, word);
    for (size_t i = start; i < out->size; i++)
        if (out->data[i] == '_')
            out->data[i] = ' ';
}

static void moment(struct text *out, struct db_query *query, int at, const char *what) {
    if (db_is_null(query, at))
        return;
    text_format(out, "<small>%s</small><br>", what);
    page_time(out, (uint64_t)db_integer(query, at));
    text_add(out, "<br>");
}

static void stake(struct text *out, struct db_query *query) {
    text_add(out, "<tr><th scope=\"row\">");
    as_html_cell(out, query, 1);
    text_add(out, "<br><small>");
    kind(out, db_text(query, 0, NULL));
    text_add(out, "</small></th><td>");
    as_html_cell(out, query, 2);
    text_add(out, db_text(query, 5, NULL)[0] ? "<br><small>" : "<small>");
    as_html_cell(out, query, 5);
    text_add(out, "</small></td><td>");
    as_html_cell(out, query, 3);
    note(out, query, 11, "");
    note(out, query, 14, "on ");
    text_add(out, "</td><td class=\"path\">");
    page_path(out, db_text(query, 4, NULL));
    note(out, query, 10, "");
    note(out, query, 13, "place known from ");
    text_add(out, "</td>");
    as_html_column_count(out, query, 6);
    as_html_column_count(out, query, 7);
    text_add(out, "<td>");
    moment(out, query, 8, "created");
    moment(out, query, 9, "modified");
    text_add(out, "</td>");
    as_html_column_time(out, query, 12);
    text_add(out, "</tr>\n");
}

bool as_html_stakes(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(page->db, stakes);
    uint64_t count = 0;
    text_add(
        out,
        "<section id=\"stakes\" aria-labelledby=\"stakes-title\">\n<h2 id=\"stakes-title\">At stake</h2>\n"
        "<p class=\"note\">What somebody could take from the hosts: that it is there, its size, times and owner. What is in it was not looked at.</p>\n");
    while (query && db_step(query)) {
        if (count++ >= AS_HTML_STAKES)
            continue;
        if (count == 1)
            text_add(
                out,
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"What is at stake\"><table><thead><tr><th scope=\"col\">What</th><th "
                "scope=\"col\">Holds</th><th scope=\"col\">Whose</th><th scope=\"col\">Where</th><th scope=\"col\" class=\"n\">Files</th><th "
                "scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\">Times</th><th "
                "scope=\"col\">Exposed since</th></tr></thead><tbody>\n");
        stake(out, query);
        as_html_flush(page);
    }
    text_add(out, count > 0 ? "</tbody></table></div>\n"
                            : "<p>Nothing of the kinds that are looked for was found.</p>\n");
    as_html_more(out, count > AS_HTML_STAKES ? count - AS_HTML_STAKES : 0,
                 "rows; the case's table stake has them");
    text_add(out, "</section>\n");
    return as_html_sound(page, query);
}
