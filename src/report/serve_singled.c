/* Who was singled out, with reasons. */
#include "report/serve_page.h"

#include <string.h>

static void what(struct text *out, const struct singled_evidence *item) {
    text_add(out, "<p class=\"head\">");
    if (item->stage[0]) {
        text_add(out, "<span class=\"stage\">");
        page_text(out, item->stage);
        text_add(out, "</span> ");
    }
    page_text(out, item->kind);
    text_add(out, " <code>");
    page_path(out, item->path[0] ? item->path : item->name[0] ? item->name : item->summary);
    text_add(out, "</code>");
    if (item->sha256[0]) {
        text_add(out, " <a href=\"value?field=sha256&amp;value=");
        serve_page_value(out, item->sha256);
        text_format(out, "\">on %u host%s</a>", item->hosts, item->hosts == 1 ? "" : "s");
    }
    text_add(out, "</p>\n");
}

static void evidence(struct text *out, const struct singled_evidence *item) {
    text_add(out, "<li>");
    what(out, item);
    text_add(out, "<p>");
    page_text(out, item->why);
    text_char(out, '.');
    if (item->detector[0] && item->path[0]) {
        text_add(out, " <b>");
        page_text(out, item->detector);
        text_add(out, "</b>: ");
        page_text(out, item->summary);
        text_char(out, '.');
    }
    text_add(out, "</p>\n<p class=\"from\">");
    if (item->time) {
        text_add(out, "Came ");
        page_time(out, item->time);
        text_add(out, ". ");
    }
    text_format(out, "%u.%u points.", item->points / 10, item->points % 10);
    if (item->innocent[0]) {
        text_add(out, " It could be: ");
        page_text(out, item->innocent);
    }
    text_add(out, "</p></li>\n");
}

static void about(struct text *out, const struct singled_host *host) {
    text_add(out, "<p class=\"from\">");
    page_text(out, host->domain);
    text_add(out, host->domain[0] && host->os_build[0] ? ", " : "");
    page_text(out, host->os_build);
    text_add(out, host->verdict[0] ? "; verdict: " : "; no verdict");
    page_text(out, host->verdict);
    if (host->arrival) {
        text_add(out, "; the element came ");
        page_time(out, host->arrival);
    }
    text_add(out, host->witnessed ? "; things of two stages came soon after it</p>\n" : "</p>\n");
    if (host->target[0]) {
        text_add(out, "<p class=\"alert\">On the target list, as ");
        page_text(out, host->target);
        text_add(out, "</p>\n");
    }
}

/* Reasons of those who are called are open. */
static void put_host(struct text *out, const struct singled_host *host, size_t place) {
    text_format(out, "<article class=\"host-card%s\"><h3>%zu. <a href=\"host?id=%llu\">",
                host->called ? " called" : "", place, (unsigned long long)host->host);
    page_text(out, host->name[0] ? host->name : "host");
    text_format(out, "</a> <small>%u.%u points%s</small></h3>\n", host->points / 10, host->points % 10,
                host->called ? ", singled out" : "");
    about(out, host);
    text_format(out, "<details%s><summary>Reasons</summary>\n<ul>\n", host->called ? " open" : "");
    for (size_t i = 0; i < host->evidence_count; i++)
        evidence(out, &host->evidence[i]);
    text_add(out, "</ul>\n");
    if (host->more > 0)
        text_format(out, "<p class=\"more\">And %zu further reasons.</p>\n", host->more);
    text_add(out, "</details></article>\n");
}

static void ask_element(struct serve_page *page, const char *asked) {
    text_add(
        &page->out,
        "<form class=\"ask\" action=\"singled-out\" method=\"get\"><label>What the hosts have in common: "
        "name:… sha256:… authentihash:… product:… path:…<input type=\"search\" name=\"element\" "
        "maxlength=\"1024\" value=\"");
    page_text(&page->out, asked);
    text_add(&page->out, "\"></label><button>Rank</button></form>\n");
}

static void put_answer(struct serve_page *page, const struct singled *singled) {
    struct text *out = &page->out;
    text_format(out, "<div class=\"verdict rank-%d\"><p class=\"word\"><strong>",
                singled->called > 0 ? 3 : 0);
    page_text(out, singled->element);
    text_add(out, "</strong></p>\n<p>");
    page_text(out, singled->statement);
    text_add(out, "</p>\n</div>\n<dl>");
    text_format(out, "<dt>Hosts</dt><dd>%u, of which %u have the element</dd>", singled->hosts,
                singled->cohort);
    text_format(out, "<dt>Rare</dt><dd>what at most %u hosts have</dd>", singled->rare);
    if (singled->p < 2)
        text_format(
            out,
            "<dt>Permutation test</dt><dd>p = %.4f in %u permutations; the least that can come out is "
            "%.4f; %.2f hosts of those called are expected by chance</dd>",
            singled->p, singled->permutations, singled->smallest, singled->chance);
    if (singled->shallow > 0)
        text_format(out,
                    "<dt>Collected less</dt><dd>%u hosts of the cohort: what is missing there may not have "
                    "been looked for</dd>",
                    singled->shallow);
    text_add(out, "</dl>\n");
}

static void put_ranked(struct serve_page *page, const struct singled *singled, const char *asked) {
    struct text *out = &page->out, address = {0};
    size_t at = (size_t)serve_page_at(page, "page"), first = at * SERVE_RANKED, i = first;
    for (; i < singled->ranked_count && i < first + SERVE_RANKED; i++) {
        put_host(out, &singled->ranked[i], i + 1);
        serve_page_flush(page);
    }
    text_add(&address, "singled-out?");
    if (asked[0]) {
        text_add(&address, "element=");
        serve_page_value(&address, asked);
        text_add(&address, "&amp;");
    }
    const struct serve_table table = {
        .caption = "the ranking", .page = "page", .address = text_string(&address)};
    serve_page_turn(page, &table, at, SERVE_RANKED, i - first, i < singled->ranked_count);
    if (i >= singled->ranked_count && singled->with_evidence > singled->ranked_count)
        text_format(out, "<p class=\"more\">And %zu hosts with less.</p>\n",
                    singled->with_evidence - singled->ranked_count);
    text_free(&address);
}

void serve_singled(struct serve_page *page) {
    const char *asked = serve_page_argument(page, "element");
    struct text why = {0};
    serve_page_begin(page, "Singled out");
    ask_element(page, asked);
    const struct singled *singled = NULL;
    if (page->serve->singled)
        singled = page->serve->singled(page->serve->context, page->store, asked[0] ? asked : NULL, &why);
    if (singled) {
        put_answer(page, singled);
        put_ranked(page, singled, asked);
    } else {
        text_add(&page->out, "<p class=\"alert\" role=\"alert\">");
        page_text(&page->out, why.size ? text_string(&why) : "Nothing can be said.");
        text_add(&page->out, "</p>\n");
    }
    text_free(&why);
}
