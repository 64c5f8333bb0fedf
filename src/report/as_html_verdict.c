#include "report/as_html.h"

static const char verdicts[] =
    "SELECT host, word, rank, complete, reason, incomplete, since, evidence FROM verdict"
    " ORDER BY evidence IS NOT NULL, rank DESC, evidence LIMIT ?";

static struct db_query *ask(struct as_html *page) {
    struct db_query *query = db_prepare(page->db, verdicts);
    if (query)
        db_bind_integer(query, 1, AS_HTML_HOSTS + 2);
    return query;
}

/* The name of the host, or of the first evidence, whose folders do not matter in a title. */
static bool subject(struct as_html *page, struct text *out) {
    struct db_query *query = db_prepare(
        page->db,
        "SELECT (SELECT count(*) FROM evidence WHERE artifact IS NULL),"
        " coalesce((SELECT min(host) FROM verdict WHERE host IS NOT NULL HAVING count(DISTINCT host) = 1),"
        " (SELECT min(host) FROM evidence WHERE host IS NOT NULL HAVING count(DISTINCT host) = 1)),"
        " (SELECT path FROM evidence ORDER BY id LIMIT 1)");
    if (query && db_step(query)) {
        const char *host = db_text(query, 1, NULL), *path = db_text(query, 2, NULL);
        const char *slash = strrchr(path, '/');
        text_add(out, host[0] ? host : slash && slash[1] ? slash + 1 : path);
        if (!host[0] && db_integer(query, 0) > 1)
            text_format(out, " and %lld more", (long long)db_integer(query, 0) - 1);
    }
    return as_html_sound(page, query);
}

bool as_html_title(struct as_html *page, struct text *title) {
    struct db_query *query = ask(page);
    bool judged = query && db_step(query);
    if (judged) {
        text_add(title, db_text(query, 1, NULL));
        text_add(title, " \xe2\x80\x93 ");
    }
    return as_html_sound(page, query) && subject(page, title);
}

/* A class of the style by rank: 0 to 4. */
static int rank(struct db_query *query) {
    int64_t value = db_integer(query, 2);
    return value < 0 ? 0 : value > 4 ? 4 : (int)value;
}

static void whole(struct as_html *page, struct db_query *query) {
    struct text *out = &page->out;
    text_format(out, "<div class=\"verdict rank-%d\">\n<p class=\"word\"><strong>", rank(query));
    as_html_cell(out, query, 1);
    text_format(out, "</strong> <span class=\"whole\">%s</span></p>\n<p>",
                db_integer(query, 3) != 0 ? "complete: all that was to be read was read"
                                          : "incomplete: not everything could be read");
    as_html_cell(out, query, 4);
    text_add(out, "</p>\n");
    if (!db_is_null(query, 5)) {
        text_add(out, "<p><b>Not read:</b> ");
        as_html_cell(out, query, 5);
        text_add(out, "</p>\n");
    }
    if (!db_is_null(query, 6)) {
        text_add(out, "<p><b>Code of an attacker may have run since</b> ");
        page_time(out, (uint64_t)db_integer(query, 6));
        text_add(out, " UTC, as far as is known.</p>\n");
    }
    text_add(out, "</div>\n");
}

static void host(struct as_html *page, struct db_query *query) {
    struct text *out = &page->out;
    text_add(out, "<tr><th scope=\"row\">");
    if (db_is_null(query, 0))
        text_format(out, "evidence %lld", (long long)db_integer(query, 7));
    else
        as_html_cell(out, query, 0);
    text_format(out, "</th><td><b class=\"rank-%d\">", rank(query));
    as_html_cell(out, query, 1);
    text_format(out, "</b>, %s</td>", db_integer(query, 3) != 0 ? "complete" : "incomplete");
    as_html_column(out, query, 4);
    as_html_column_time(out, query, 6);
    text_add(out, "</tr>\n");
}

/* One host says what the case says: a table is for several. */
static bool hosts(struct as_html *page) {
    struct db_query *query = ask(page);
    struct text *out = &page->out;
    uint64_t count = 0, first = 0;
    bool judged = query && db_step(query);
    if (judged && db_is_null(query, 7))
        whole(page, query);
    else
        text_add(
            out,
            "<div class=\"verdict rank-0\"><p class=\"word\"><strong>no verdict</strong></p><p>This case was not judged as a "
            "whole; its findings are below.</p></div>\n");
    bool more = judged && (!db_is_null(query, 7) || db_step(query));
    for (; more && count < AS_HTML_HOSTS; more = db_step(query)) {
        if (count++ == 0) {
            first = out->size;
            text_add(
                out,
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Verdicts by host\"><table><thead><tr><th scope=\"col\">Host</th><th scope=\"col\">Verdict</th><th "
                "scope=\"col\">Why</th><th scope=\"col\">Since (UTC)</th></tr></thead><tbody>\n");
        }
        host(page, query);
    }
    if (count == 1 && !more) {
        out->size = first;
        out->data[first] = 0;
    } else if (count > 0)
        text_add(out, "</tbody></table></div>\n");
    if (more)
        text_add(out, "<p class=\"more\">And more hosts; the case's table verdict has them all.</p>\n");
    return as_html_sound(page, query);
}

static bool tally(struct as_html *page) {
    uint64_t counts[SEVERITY_CRITICAL + 1] = {0};
    struct db_query *query = db_prepare(page->db, "SELECT severity, count(*) FROM finding GROUP BY 1");
    while (query && db_step(query))
        if (db_integer(query, 0) >= 0 && db_integer(query, 0) <= SEVERITY_CRITICAL)
            counts[db_integer(query, 0)] += (uint64_t)db_integer(query, 1);
    text_add(&page->out, "<ul class=\"tally\" aria-label=\"Findings by severity\">\n");
    for (int i = SEVERITY_CRITICAL; i >= 0; i--) {
        text_format(&page->out, "<li class=\"s%d%s\"><b>", i, counts[i] == 0 ? " none" : "");
        text_grouped(&page->out, counts[i]);
        text_format(&page->out, "</b> %s</li>\n", severity_word((enum severity)i));
    }
    text_add(&page->out, "</ul>\n");
    return as_html_sound(page, query);
}

bool as_html_verdict(struct as_html *page) {
    struct text name = {0};
    bool good = subject(page, &name);
    text_add(&page->out,
             "<section id=\"verdict\" aria-labelledby=\"verdict-title\">\n<h1 id=\"verdict-title\">");
    page_text(&page->out, text_string(&name));
    text_add(&page->out, "</h1>\n");
    text_free(&name);
    good = good && hosts(page) && tally(page);
    text_add(
        &page->out,
        "<p class=\"note\">All times are UTC. Severity says how bad a finding is if it is true; <i>weak</i>, <i>firm</i> and "
        "<i>strong</i> say how well it is established.</p>\n</section>\n");
    return good;
}
