#include "report/serve_page.h"

static void row(struct text *out, const struct serve_case *entry, size_t number) {
    text_format(out, "<tr><th scope=\"row\">");
    if (entry->reason.size == 0)
        text_format(out, "<a href=\"case?number=%zu\">", number);
    page_text(out, entry->name.size ? text_string(&entry->name) : "case");
    if (entry->reason.size == 0)
        text_add(out, "</a>");
    text_add(out, "</th><td>");
    page_text(out, text_string(&entry->domain));
    text_format(out, "</td><td class=\"word\"><b class=\"rank-%u\">", entry->rank);
    page_text(out, text_string(entry->reason.size ? &entry->reason : &entry->verdict));
    text_add(out, "</b>");
    if (entry->caseid && !entry->complete)
        text_add(out, " <small>not everything was read</small>");
    text_add(out, "</td><td>");
    if (entry->since)
        page_time(out, entry->since);
    text_add(out, "</td><td>");
    if (entry->collected)
        page_time(out, entry->collected);
    text_add(out, "</td><td class=\"path\">");
    page_path(out, entry->path);
    text_add(out, "</td></tr>\n");
}

void serve_cases(struct serve_page *page) {
    serve_page_begin(page, "Cases");
    text_add(&page->out,
             "<p>A case opens as its report: verdict, story, timeline, findings.</p>\n<div class=\"wide\">"
             "<table>\n<thead><tr><th scope=\"col\">Host</th><th scope=\"col\">Domain</th>"
             "<th scope=\"col\">Verdict</th><th scope=\"col\">Since</th><th scope=\"col\">Scanned</th>"
             "<th scope=\"col\">File</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < page->serve->case_count; i++) {
        row(&page->out, &page->serve->cases[i], i + 1);
        serve_page_flush(page);
    }
    text_add(&page->out, "</tbody></table></div>\n");
}
