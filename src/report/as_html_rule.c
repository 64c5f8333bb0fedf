#include "report/as_html.h"

static void row(struct text *out, const char *title, struct db_query *query, int at) {
    page_row(out, title, db_text(query, at, NULL));
}

static bool rule(struct as_html *page, struct db_query *query, size_t number) {
    struct text *out = &page->out;
    const struct as_html_rule *rule = &page->rules[number];
    db_reset(query);
    db_bind_text(query, 1, rule->id, strlen(rule->id));
    bool there = db_step(query);
    text_format(out, "<article class=\"rule\" id=\"r%zu\">\n<h3>", number + 1);
    page_text(out, there && db_text(query, 0, NULL)[0] ? db_text(query, 0, NULL) : rule->id);
    text_add(out, "</h3>\n<dl>");
    if (there) {
        row(out, "Why it matters", query, 1);
        row(out, "Innocent causes", query, 2);
        row(out, "Check by hand", query, 3);
        row(out, "ATT&amp;CK", query, 4);
    }
    text_add(out, "<dt>Rule</dt><dd><code>");
    page_text(out, rule->id);
    text_add(out, "</code>, ");
    text_grouped(out, rule->findings);
    text_add(out,
             rule->findings == 1 ? " finding</dd></dl>\n</article>\n" : " findings</dd></dl>\n</article>\n");
    as_html_flush(page);
    return db_error(page->db)[0] == 0;
}

bool as_html_rules(struct as_html *page) {
    text_add(
        &page->out,
        "<section id=\"rules\" aria-labelledby=\"rules-title\">\n<h2 id=\"rules-title\">Explanations</h2>\n"
        "<p class=\"note\">What each rule that spoke here means, what innocent cause looks the same, and how to check it without this program.</p>\n");
    struct db_query *query =
        db_prepare(page->db, "SELECT title, why, innocent, verify, attack FROM detector WHERE id = ?");
    bool good = query != NULL;
    for (size_t i = 0; good && i < page->rule_count; i++)
        good = rule(page, query, i);
    if (page->rule_count == 0)
        text_add(&page->out, "<p>No rule spoke.</p>\n");
    text_add(&page->out, "</section>\n");
    return as_html_sound(page, query) && good;
}
