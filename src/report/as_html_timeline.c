#include "report/as_html.h"
#include "report/as_html_bins.h"
#include "report/as_html_near.h"
#include "report/timeline_gather.h"

struct gathering {
    struct as_html_bins *bins;
    struct as_html_near *near;
};

static bool take(void *context, const struct timeline_event *event) {
    struct gathering *gathering = context;
    for (unsigned i = 0; i < LISTING_TIMES; i++)
        if (timeline_event_equal(event, i) != 0)
            as_html_bins_add(gathering->bins, event->source, event->times[i]);
    return as_html_near_take(gathering->near, event);
}

static const char *const meanings[TIMELINE_SOURCES] = {
    "times of files, which any program may set",
    "times of names, copied from those when a name is made or moved",
    "records of change journals",
    "records of the file system's log",
    "what was left over in directory indexes",
    "when programs say that they were linked",
    "signatures and their time stamps",
    "when shadow copies were made",
    "records of event logs",
    "traces of what ran",
    "when registry keys of services and of what starts were written",
    "histories of browsers",
};

static void sources(struct as_html *page, const struct as_html_bins *bins) {
    struct text *out = &page->out;
    text_add(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Sources of times\"><table><thead><tr><th scope=\"col\">Source</th><th scope=\"col\">What it is</th><th "
        "scope=\"col\" class=\"n\">Times</th><th scope=\"col\">First (UTC)</th><th scope=\"col\">Last (UTC)</th></tr></thead><tbody>\n");
    for (unsigned i = 0; i < TIMELINE_SOURCES; i++) {
        uint64_t first, last, count = as_html_bins_count(bins, (enum timeline_source)i, &first, &last);
        if (count == 0)
            continue;
        text_format(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"n\">",
                    timeline_event_source((enum timeline_source)i), meanings[i]);
        text_grouped(out, count);
        text_add(out, "</td><td>");
        page_time(out, first);
        text_add(out, "</td><td>");
        page_time(out, last);
        text_add(out, "</td></tr>\n");
    }
    text_add(out, "</tbody></table></div>\n");
}

/* "born, changed", in the words of the timeline. */
static void say_times(struct text *out, const struct as_html_event *event) {
    static const char *const words[LISTING_TIMES] = {"created", "modified", "record changed", "accessed"};
    bool said = false;
    for (unsigned i = 0; i < LISTING_TIMES; i++)
        if (event->mask >> i & 1) {
            text_add(out, said ? ", " : "");
            text_add(out, words[i]);
            said = true;
        }
    text_add(out, said ? "; " : "");
    page_text(out, event->what);
    if (event->detail[0]) {
        text_add(out, "; ");
        page_text(out, event->detail);
    }
}

static void say_why(struct text *out, const struct as_html_event *event) {
    if (event->rank == AS_HTML_FINDING) {
        text_format(out, "file of <a href=\"#f%lld\">finding %lld</a>", (long long)event->finding,
                    (long long)event->finding);
        return;
    }
    text_format(out, "%s <a href=\"#step-%lld-%lld\">step %lld</a> (",
                event->rank == AS_HTML_STEP ? "file of" : "close to", (long long)event->chain,
                (long long)event->step, (long long)event->step);
    page_text(out, event->stage);
    text_char(out, ')');
}

static void event(struct as_html *page, const struct as_html_event *event) {
    struct text *out = &page->out;
    text_format(out, "<tr data-t=\"%lld\" data-s=\"%s\" data-g=\"", (long long)page_milliseconds(event->time),
                timeline_event_source(event->source));
    if (event->rank == AS_HTML_STEP)
        page_text(out, event->stage);
    text_add(out, "\"><td>");
    page_time(out, event->time);
    text_format(out, "</td><td>%s<br><small>%s</small></td><td>", timeline_event_source(event->source),
                timeline_event_confidence(event->confidence));
    page_path(out, event->place);
    text_add(out, "<br><small>");
    say_times(out, event);
    text_add(out, "</small></td><td>");
    say_why(out, event);
    text_add(out, "</td></tr>\n");
    as_html_flush(page);
}

static void events(struct as_html *page, struct as_html_near *near) {
    struct text *out = &page->out;
    size_t count;
    const struct as_html_event *list = as_html_near_list(near, &count);
    if (count == 0)
        return;
    text_add(out, "<details class=\"events\"><summary><span id=\"event-count\">");
    text_grouped(out, count);
    text_add(
        out,
        " events</span> of files of steps and findings, and close to steps</summary>\n<div class=\"wide tall\" tabindex=\"0\" role=\"region\" aria-label=\"Table of events\">"
        "<table id=\"events\"><thead><tr><th scope=\"col\">Time (UTC)</th><th scope=\"col\">Source</th><th "
        "scope=\"col\">Where and what</th><th scope=\"col\">Why it is here</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++)
        event(page, &list[i]);
    text_add(out, "</tbody></table></div></details>\n");
    as_html_more(out, as_html_near_omitted(near, AS_HTML_STEP),
                 "events of files of steps, which the bars count");
    as_html_more(out, as_html_near_omitted(near, AS_HTML_FINDING),
                 "events of files with findings, which the bars count");
    as_html_more(out, as_html_near_omitted(near, AS_HTML_CLOSE_BY),
                 "events within a minute of a step, which the bars count");
}

static void write(struct as_html *page, const struct gathering *gathering, uint64_t timeless) {
    struct text *out = &page->out;
    uint64_t total = as_html_bins_total(gathering->bins), outside = as_html_bins_outside(gathering->bins);
    text_add(out, "<p>");
    text_grouped(out, total);
    text_format(
        out,
        " times were read. Bars count them in spans of %llu s; events of files of steps and findings, and those within %d s of a step, stand one by one. "
        "<code>assay timeline CASE</code> prints every one. What a shadow copy repeats is counted again.</p>\n",
        (unsigned long long)as_html_bins_width(gathering->bins), AS_HTML_CLOSE);
    if (outside > 0) {
        text_add(out,
                 "<p class=\"note\">Without a date (0, or after the year 30828), and so without a bar: ");
        text_grouped(out, outside);
        text_add(out, ".</p>\n");
    }
    as_html_more(out, timeless, "records of logs write no time");
    text_add(out, "<div id=\"chart\" hidden></div>\n");
    as_html_flush(page);
    if (total > outside)
        sources(page, gathering->bins);
    events(page, gathering->near);
    text_add(out, "<script type=\"application/json\" id=\"bin-data\">");
    as_html_bins_json(gathering->bins, out);
    text_add(out, "</script>\n");
}

bool as_html_timeline(struct as_html *page) {
    struct gathering gathering = {.bins = as_html_bins_new(), .near = as_html_near_new(page->db)};
    const unsigned all = (1u << TIMELINE_SOURCES) - 1,
                   steps = 1u << TIMELINE_STORY; /* the page has its own */
    struct timeline_gather gather = {.sources = all & ~steps, .take = take, .context = &gathering};
    bool good = gathering.bins && gathering.near && timeline_gather(&gather, page->casefile);
    text_add(
        &page->out,
        "<section id=\"timeline\" aria-labelledby=\"timeline-title\">\n<h2 id=\"timeline-title\">Timeline</h2>\n");
    if (good)
        write(page, &gathering, gather.timeless);
    text_add(&page->out, "</section>\n");
    as_html_bins_free(gathering.bins);
    as_html_near_free(gathering.near);
    return good;
}
