#include "report/as_html.h"

#include "base/filetime.h"
#include "report/findings.h"

static const char chains[] =
    "SELECT c.id, c.word, c.strength, c.title, c.story, c.alternative, c.against, c.first_time, c.last_time,"
    " (SELECT min(v.host) FROM verdict v WHERE v.evidence = c.evidence) FROM chain c ORDER BY c.id LIMIT ?";
static const char steps[] =
    "SELECT chain, ordinal, stage, name, text, time, time_source, strength FROM chain_step"
    " ORDER BY chain, ordinal";
static const char step_findings[] =
    "SELECT chain, step, finding FROM chain_finding ORDER BY chain, step, finding";
static const char links[] = "SELECT chain, to_step, from_step, kind, text, records, strength FROM chain_link"
                            " ORDER BY chain, to_step, from_step, rowid";
static const char gaps[] = "SELECT chain, 0, stage, text FROM chain_gap ORDER BY chain, rowid";

/* What hangs on chains, read along with them. */
struct story {
    struct as_html *page;
    struct as_html_along steps, findings, links, gaps;
};

static void story_start(struct story *story, struct as_html *page) {
    *story = (struct story){.page = page};
    as_html_along_start(&story->steps, page->db, steps);
    as_html_along_start(&story->findings, page->db, step_findings);
    as_html_along_start(&story->links, page->db, links);
    as_html_along_start(&story->gaps, page->db, gaps);
}

static bool story_end(struct story *story) {
    bool good = as_html_sound(story->page, story->steps.query);
    good = as_html_sound(story->page, story->findings.query) && good;
    good = as_html_sound(story->page, story->links.query) && good;
    return as_html_sound(story->page, story->gaps.query) && good;
}

static const char *strength_of(int64_t value) {
    return strength_word(value < 0                 ? STRENGTH_WEAK
                         : value > STRENGTH_STRONG ? STRENGTH_STRONG
                                                   : (enum strength)value);
}

/* The first step of a chain, or the next; false if there is none. What lies between is passed over. */
static bool step_of(struct story *story, int64_t chain) {
    struct as_html_along *along = &story->steps;
    while (along->there && db_integer(along->query, 0) < chain)
        as_html_along_next(along);
    return along->there && db_integer(along->query, 0) == chain;
}

/* --- for people --- */

/* One paragraph a line. */
static void paragraphs(struct text *out, const char *text) {
    while (*text) {
        size_t size = strcspn(text, "\n");
        if (size > 0) {
            text_add(out, "<p>");
            page_prose(out, text, size);
            text_add(out, "</p>\n");
        }
        text += size + (text[size] != 0);
    }
}

static void prose(struct text *out, struct db_query *query, int at) {
    const char *text = db_text(query, at, NULL);
    page_prose(out, text, findings_clip(text));
}

static void aside(struct text *out, const char *title, struct db_query *query, int at) {
    if (!db_text(query, at, NULL)[0])
        return;
    text_format(out, "<div class=\"aside\"><h4>%s</h4>\n", title);
    paragraphs(out, db_text(query, at, NULL));
    text_add(out, "</div>\n");
}

static void finding_links(struct story *story, int64_t chain, int64_t step) {
    struct text *out = &story->page->out;
    unsigned count = 0;
    for (; as_html_along_at(&story->findings, chain, step); as_html_along_next(&story->findings)) {
        long long id = (long long)db_integer(story->findings.query, 2);
        if (count++ >= AS_HTML_STEPS)
            continue;
        text_add(out, count == 1 ? "<p class=\"from\">Rests on " : ", ");
        text_format(out, "<a href=\"#f%lld\">finding %lld</a>", id, id);
    }
    if (count > AS_HTML_STEPS)
        text_format(out, " and %u more", count - AS_HTML_STEPS);
    text_add(out, count > 0 ? "</p>\n" : "");
}

static void reasons(struct story *story, int64_t chain, int64_t step) {
    struct text *out = &story->page->out;
    unsigned count = 0;
    for (; as_html_along_at(&story->links, chain, step); as_html_along_next(&story->links)) {
        struct db_query *link = story->links.query;
        long long from = (long long)db_integer(link, 2);
        if (count++ >= AS_HTML_STEPS)
            continue;
        text_add(out, count == 1 ? "<ul class=\"links\">\n" : "");
        text_format(out, "<li><a href=\"#step-%lld-%lld\">step %lld</a> <span class=\"kind\">",
                    (long long)chain, from, from);
        as_html_cell(out, link, 3);
        text_format(out, ", %s</span> ", strength_of(db_integer(link, 6)));
        as_html_cell(out, link, 4);
        if (db_text(link, 5, NULL)[0]) {
            text_add(out, " <span class=\"records\">Read in: ");
            as_html_cell(out, link, 5);
            text_add(out, "</span>");
        }
        text_add(out, "</li>\n");
    }
    text_add(out, count > 0 ? "</ul>\n" : "");
    as_html_more(out, count > AS_HTML_STEPS ? count - AS_HTML_STEPS : 0, "links of this step");
}

static void step(struct story *story, int64_t chain) {
    struct db_query *query = story->steps.query;
    struct text *out = &story->page->out;
    int64_t ordinal = db_integer(query, 1);
    text_format(
        out,
        "<li id=\"step-%lld-%lld\" class=\"step\">\n<p class=\"head\"><span class=\"number\">%lld</span> <span class=\"stage\">",
        (long long)chain, (long long)ordinal, (long long)ordinal);
    as_html_cell(out, query, 2);
    text_add(out, "</span> <b>");
    page_path(out, db_text(query, 3, NULL));
    text_format(out, "</b> <span class=\"kind\">%s</span></p>\n<p>", strength_of(db_integer(query, 7)));
    prose(out, query, 4);
    text_add(out, "</p>\n");
    if (!db_is_null(query, 5)) {
        text_add(out, "<p class=\"from\">");
        page_time(out, (uint64_t)db_integer(query, 5));
        text_add(out, " ");
        as_html_cell(out, query, 6);
        text_add(out, "</p>\n");
    }
    reasons(story, chain, ordinal);
    finding_links(story, chain, ordinal);
    text_add(out, "</li>\n");
    as_html_flush(story->page);
}

static void all_steps(struct story *story, int64_t chain) {
    struct text *out = &story->page->out;
    uint64_t count = 0;
    for (; step_of(story, chain); as_html_along_next(&story->steps)) {
        if (count++ >= AS_HTML_STEPS)
            continue;
        if (count == 1)
            text_format(
                out,
                "<div class=\"graph\" data-chain=\"%lld\" hidden></div>\n<h4>Step by step</h4>\n<ol class=\"steps\">\n",
                (long long)chain);
        step(story, chain);
    }
    text_add(out, count > 0 ? "</ol>\n" : "");
    as_html_more(out, count > AS_HTML_STEPS ? count - AS_HTML_STEPS : 0,
                 "steps; the case's table chain_step has them");
}

static void all_gaps(struct story *story, int64_t chain) {
    struct text *out = &story->page->out;
    unsigned count = 0;
    for (; as_html_along_at(&story->gaps, chain, 0); as_html_along_next(&story->gaps)) {
        if (count++ >= AS_HTML_STEPS)
            continue;
        text_add(out, count == 1 ? "<div class=\"aside\"><h4>What is missing</h4>\n<ul>\n" : "");
        text_add(out, "<li><span class=\"stage\">");
        as_html_cell(out, story->gaps.query, 2);
        text_add(out, "</span> ");
        as_html_cell(out, story->gaps.query, 3);
        text_add(out, "</li>\n");
    }
    text_add(out, count > 0 ? "</ul></div>\n" : "");
}

static void chain(struct story *story, struct db_query *query) {
    struct text *out = &story->page->out;
    int64_t id = db_integer(query, 0);
    text_format(out, "<article class=\"chain\" aria-labelledby=\"chain-%lld\">\n<h3 id=\"chain-%lld\">",
                (long long)id, (long long)id);
    as_html_cell(out, query, 3);
    text_add(out, "</h3>\n<p class=\"from\">");
    as_html_cell(out, query, 1);
    text_format(out, ", %s", strength_of(db_integer(query, 2)));
    if (db_text(query, 9, NULL)[0]) {
        text_add(out, ", on ");
        as_html_cell(out, query, 9);
    }
    if (!db_is_null(query, 7)) {
        text_add(out, ", from ");
        page_time(out, (uint64_t)db_integer(query, 7));
    }
    if (!db_is_null(query, 8)) {
        text_add(out, " to ");
        page_time(out, (uint64_t)db_integer(query, 8));
    }
    text_add(out, "</p>\n<div class=\"told\">\n");
    paragraphs(out, db_text(query, 4, NULL));
    text_add(out, "</div>\n");
    aside(out, "What it could be instead", query, 5);
    aside(out, "What speaks against it", query, 6);
    all_gaps(story, id);
    all_steps(story, id);
    text_add(out, "</article>\n");
    as_html_flush(story->page);
}

/* --- for the graph --- */

static void member(struct text *out, const char *key, struct db_query *query, int at) {
    text_format(out, ",\"%s\":", key);
    page_json(out, db_text(query, at, NULL));
}

static void step_data(struct story *story, int64_t chain, bool first) {
    struct db_query *query = story->steps.query;
    struct text *out = &story->page->out;
    text_format(out, "%s{\"n\":%lld,\"strength\":\"%s\"", first ? "" : ",", (long long)db_integer(query, 1),
                strength_of(db_integer(query, 7)));
    member(out, "stage", query, 2);
    member(out, "name", query, 3);
    member(out, "text", query, 4);
    member(out, "source", query, 6);
    if (!db_is_null(query, 5)) {
        char time[FILETIME_TEXT];
        filetime_text((uint64_t)db_integer(query, 5), time);
        text_format(out, ",\"time\":\"%s\",\"at\":%lld", time,
                    (long long)page_milliseconds((uint64_t)db_integer(query, 5)));
    }
    text_add(out, ",\"findings\":[");
    unsigned count = 0;
    int64_t ordinal = db_integer(query, 1);
    for (; as_html_along_at(&story->findings, chain, ordinal); as_html_along_next(&story->findings))
        if (count++ < AS_HTML_STEPS)
            text_format(out, "%s%lld", count == 1 ? "" : ",",
                        (long long)db_integer(story->findings.query, 2));
    text_add(out, "]}");
    as_html_flush(story->page);
}

static void link_data(struct story *story, int64_t chain, int64_t step, unsigned *links_told) {
    struct text *out = &story->page->out;
    unsigned count = 0;
    for (; as_html_along_at(&story->links, chain, step); as_html_along_next(&story->links)) {
        struct db_query *link = story->links.query;
        if (count++ >= AS_HTML_STEPS)
            continue;
        text_format(out, "%s{\"from\":%lld,\"to\":%lld,\"strength\":\"%s\"", (*links_told)++ == 0 ? "" : ",",
                    (long long)db_integer(link, 2), (long long)step, strength_of(db_integer(link, 6)));
        member(out, "kind", link, 3);
        member(out, "text", link, 4);
        member(out, "records", link, 5);
        text_char(out, '}');
    }
    as_html_flush(story->page);
}

/* Links need their steps again, so that they come in the same order: numbers of steps are kept. */
static void chain_data(struct story *story, struct db_query *query, bool first) {
    struct text *out = &story->page->out;
    int64_t id = db_integer(query, 0), kept[AS_HTML_STEPS];
    unsigned count = 0, links_told = 0;
    text_format(out, "%s{\"id\":%lld", first ? "" : ",\n", (long long)id);
    member(out, "title", query, 3);
    text_add(out, ",\"steps\":[");
    for (; step_of(story, id); as_html_along_next(&story->steps))
        if (count < AS_HTML_STEPS) {
            step_data(story, id, count == 0);
            kept[count++] = db_integer(story->steps.query, 1);
        }
    text_add(out, "],\"links\":[");
    for (unsigned i = 0; i < count; i++)
        link_data(story, id, kept[i], &links_told);
    text_add(out, "]}");
}

static bool each(struct as_html *page, bool data) {
    struct db_query *query = db_prepare(page->db, chains);
    struct story story;
    unsigned count = 0;
    story_start(&story, page);
    if (query)
        db_bind_integer(query, 1, AS_HTML_CHAINS);
    while (query && db_step(query)) {
        if (data)
            chain_data(&story, query, count == 0);
        else
            chain(&story, query);
        count++;
    }
    if (count == 0 && !data)
        text_add(&page->out, "<p>No findings or events of this case join into a chain of steps.</p>\n");
    bool good = as_html_sound(page, query);
    return story_end(&story) && good;
}

static bool left_out(struct as_html *page) {
    struct db_query *query = db_prepare(page->db, "SELECT count(*) FROM chain");
    if (query && db_step(query) && db_integer(query, 0) > AS_HTML_CHAINS)
        as_html_more(&page->out, (uint64_t)db_integer(query, 0) - AS_HTML_CHAINS,
                     "chains, less grave; the case's table chain has them");
    return as_html_sound(page, query);
}

bool as_html_chains(struct as_html *page) {
    text_add(&page->out,
             "<section id=\"story\" aria-labelledby=\"story-title\">\n<h2 id=\"story-title\">Story</h2>\n");
    bool good = each(page, false) && left_out(page);
    text_add(&page->out, "<script type=\"application/json\" id=\"chain-data\">[");
    good = good && each(page, true);
    text_add(&page->out, "]</script>\n</section>\n");
    return good;
}
