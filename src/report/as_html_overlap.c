#include "report/as_html.h"

static const char campaigns[] =
    "SELECT id, name, source, confidence, score, items, independent, summary FROM campaign ORDER BY id";
static const char items[] =
    "SELECT campaign, 0, kind, value, what, place, finding, weight, holders, common, report, source, instead FROM overlap"
    " ORDER BY campaign, ordinal";
static const char relations[] =
    "SELECT campaign, 0, other, kind, value, what, here, sources FROM campaign_relation"
    " ORDER BY campaign, other, kind, value";

/* <dt>title</dt><dd>cell</dd> inside a line of small print. */
static void small(struct text *out, const char *before, struct db_query *query, int at) {
    if (!db_text(query, at, NULL)[0])
        return;
    text_format(out, "<br><small>%s", before);
    as_html_cell(out, query, at);
    text_add(out, "</small>");
}

/* How much an item counts, and how many other campaigns hold it. */
static void weight(struct text *out, struct db_query *query) {
    text_add(out, "<td class=\"n\">");
    if (!db_is_null(query, 7))
        text_format(out, "%lld", (long long)db_integer(query, 7));
    if (!db_is_null(query, 8))
        text_format(out, "<br><small>%lld %s</small>", (long long)db_integer(query, 8),
                    db_integer(query, 8) == 1 ? "other" : "others");
    text_add(out, "</td>");
}

static void item(struct text *out, struct db_query *query) {
    text_add(out, "<tr>");
    as_html_column(out, query, 2);
    text_add(out, "<td class=\"path\"><code>");
    page_path(out, db_text(query, 3, NULL));
    text_add(out, "</code>");
    small(out, "", query, 4);
    text_add(out, "</td><td class=\"path\">");
    page_path(out, db_text(query, 5, NULL));
    if (db_integer(query, 6) > 0)
        text_format(out, "<br><a href=\"#f%lld\">finding %lld</a>", (long long)db_integer(query, 6),
                    (long long)db_integer(query, 6));
    text_add(out, "</td>");
    weight(out, query);
    text_add(out, "<td>");
    as_html_cell(out, query, 12);
    small(out, "common: ", query, 9);
    text_add(out, "</td><td class=\"path\">");
    page_path(out, db_text(query, 10, NULL));
    if (strcmp(db_text(query, 10, NULL), db_text(query, 11, NULL)) != 0)
        small(out, "by way of ", query, 11);
    text_add(out, "</td></tr>\n");
}

static void all_items(struct as_html *page, struct as_html_along *along, int64_t campaign) {
    struct text *out = &page->out;
    uint64_t count = 0;
    for (; as_html_along_at(along, campaign, 0); as_html_along_next(along)) {
        if (count++ >= AS_HTML_ITEMS)
            continue;
        if (count == 1)
            text_format(
                out,
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Items shared with campaign %lld\"><table class=\"ledger\"><thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Item</th><th scope=\"col\">Where it is here</th><th "
                "scope=\"col\" class=\"n\">Weight, held by</th><th scope=\"col\">What else explains it</th><th "
                "scope=\"col\">Original report</th></tr></thead><tbody>\n",
                (long long)campaign);
        item(out, along->query);
        as_html_flush(page);
    }
    text_add(out, count > 0 ? "</tbody></table></div>\n" : "");
    as_html_more(out, count > AS_HTML_ITEMS ? count - AS_HTML_ITEMS : 0,
                 "items; the case's table overlap has them");
}

static void all_relations(struct as_html *page, struct as_html_along *along, int64_t campaign) {
    struct text *out = &page->out;
    uint64_t count = 0;
    for (; as_html_along_at(along, campaign, 0); as_html_along_next(along)) {
        struct db_query *query = along->query;
        if (count++ >= AS_HTML_ITEMS)
            continue;
        text_add(out, count == 1
                          ? "<h4>Published overlap with other campaigns</h4>\n<ul class=\"relations\">\n"
                          : "");
        text_add(out, "<li>");
        as_html_cell(out, query, 2);
        text_add(out, ": ");
        as_html_cell(out, query, 3);
        text_add(out, " <code>");
        as_html_cell(out, query, 4);
        text_add(out, "</code>, ");
        as_html_cell(out, query, 5);
        text_add(out,
                 db_integer(query, 6) != 0 ? "; <b>this case holds it</b>" : "; this case does not hold it");
        small(out, "from ", query, 7);
        text_add(out, "</li>\n");
    }
    text_add(out, count > 0 ? "</ul>\n" : "");
    as_html_more(out, count > AS_HTML_ITEMS ? count - AS_HTML_ITEMS : 0,
                 "relations; the case's table campaign_relation has them");
    as_html_flush(page);
}

static void campaign(struct as_html *page, struct db_query *query) {
    struct text *out = &page->out;
    text_add(out, "<article class=\"campaign\">\n<h3>");
    as_html_cell(out, query, 1);
    text_add(out, "</h3>\n<p class=\"from\">Confidence: <b>");
    as_html_cell(out, query, 3);
    text_format(out, "</b>. Score %lld of at most 1,000, from %lld items of %lld independent reports. List: ",
                (long long)db_integer(query, 4), (long long)db_integer(query, 5),
                (long long)db_integer(query, 6));
    as_html_cell(out, query, 2);
    text_add(out, "</p>\n<p>");
    as_html_cell(out, query, 7);
    text_add(out, "</p>\n");
}

bool as_html_overlap(struct as_html *page) {
    struct text *out = &page->out;
    struct db_query *query = db_prepare(page->db, campaigns);
    struct as_html_along of_items, of_relations;
    uint64_t count = 0;
    as_html_along_start(&of_items, page->db, items);
    as_html_along_start(&of_relations, page->db, relations);
    text_add(
        out,
        "<section id=\"overlap\" aria-labelledby=\"overlap-title\">\n<h2 id=\"overlap-title\">Overlap with known campaigns</h2>\n"
        "<p class=\"alert\"><b>Overlap is not attribution.</b> It says which published evidence this case shares, how rare that is and what else explains it. "
        "It names no actor: tools, certificates and infrastructure are shared, sold, stolen and forged.</p>\n");
    while (query && db_step(query)) {
        if (count++ >= AS_HTML_CAMPAIGNS)
            continue;
        campaign(page, query);
        all_items(page, &of_items, db_integer(query, 0));
        all_relations(page, &of_relations, db_integer(query, 0));
        text_add(out, "</article>\n");
    }
    text_add(out, count == 0
                      ? "<p>No campaign of the lists that were loaded shares evidence with this case.</p>\n"
                      : "");
    as_html_more(out, count > AS_HTML_CAMPAIGNS ? count - AS_HTML_CAMPAIGNS : 0,
                 "campaigns; the case's table campaign has them");
    text_add(out, "</section>\n");
    bool good = as_html_sound(page, of_items.query);
    good = as_html_sound(page, of_relations.query) && good;
    return as_html_sound(page, query) && good;
}
