/* The first page of a store: verdicts, how the element spread, where hosts are. */
#include "report/serve_page.h"

#include "base/filetime.h"

#include <stdlib.h>
#include <string.h>

enum {
    DAYS = 4000,      /* of a spread at most */
    COUNTRIES = 1000, /* told at most */
    WIDTH = 960,
    HEIGHT = 160
};
static const int64_t day_ticks = 864000000000;

/* --- verdicts --- */

static void verdicts(struct serve_page *page) {
    struct question question;
    int64_t total = 0;
    questions_verdicts(&question, store_dialect(page->store));
    struct engine_rows *rows = questions_ask(page->store, &question);
    text_add(&page->out, "<section aria-label=\"Verdicts\"><ul class=\"tally\">\n");
    while (store_next(page->store, rows)) {
        int64_t rank = store_number(page->store, rows, 1), hosts = store_number(page->store, rows, 2);
        total += hosts;
        text_format(&page->out, "<li><a href=\"hosts?rank=%lld\"><b class=\"rank-%lld\">", (long long)rank,
                    (long long)rank);
        text_grouped(&page->out, (uint64_t)hosts);
        text_add(&page->out, "</b> ");
        const char *word = store_text(page->store, rows, 0);
        page_text(&page->out, word[0] ? word : "without a verdict");
        text_add(&page->out, "</a></li>\n");
    }
    store_finish(page->store, rows);
    questions_free(&question);
    text_add(&page->out, "<li><b>");
    text_grouped(&page->out, (uint64_t)total);
    text_add(&page->out, "</b> hosts</li>\n</ul></section>\n");
}

/* --- spread --- */

struct spread {
    int64_t days[DAYS], hosts[DAYS], most, undated;
    size_t count;
    bool cut;
};

static void day_text(struct text *out, int64_t day) {
    char text[FILETIME_TEXT];
    filetime_text((uint64_t)(day * day_ticks), text);
    text_bytes(out, text, 10);
}

static void take_spread(struct serve_page *page, const struct questions_element *element,
                        struct spread *spread) {
    struct question question;
    questions_spread(&question, store_dialect(page->store), element);
    struct engine_rows *rows = questions_ask(page->store, &question);
    while (store_next(page->store, rows)) {
        int64_t day = store_number(page->store, rows, 0), hosts = store_number(page->store, rows, 1);
        if (day <= 0 || day > INT64_MAX / day_ticks)
            spread->undated += hosts;
        else if (spread->count == DAYS)
            spread->cut = true;
        else {
            spread->days[spread->count] = day;
            spread->hosts[spread->count++] = hosts;
            spread->most = hosts > spread->most ? hosts : spread->most;
        }
    }
    store_finish(page->store, rows);
    questions_free(&question);
}

/* Days in a row, each as wide as all; where there are more than can be told apart, they lie over each other.
 */
static void draw_spread(struct text *out, const struct spread *spread) {
    double first = (double)spread->days[0], last = (double)spread->days[spread->count - 1];
    double width = WIDTH / (last - first + 1);
    text_format(out,
                "<svg class=\"spread\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" "
                "aria-label=\"Hosts by the day on which it came; the table below has the numbers\">\n"
                "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n",
                WIDTH, HEIGHT, WIDTH, HEIGHT - 1, HEIGHT - 1);
    for (size_t i = 0; i < spread->count; i++) {
        double height = (double)spread->hosts[i] * (HEIGHT - 4) / (double)spread->most;
        text_format(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>",
                    ((double)spread->days[i] - first) * width, HEIGHT - 1 - height,
                    width > 1.2 ? width - (width > 6 ? 2 : .2) : 1, height);
        day_text(out, spread->days[i]);
        text_format(out, ": %lld hosts</title></rect>\n", (long long)spread->hosts[i]);
    }
    text_add(out, "</svg>\n<p class=\"axis\" aria-hidden=\"true\"><span>");
    day_text(out, spread->days[0]);
    text_add(out, "</span><span>at most ");
    text_grouped(out, (uint64_t)spread->most);
    text_add(out, " hosts a day</span><span>");
    day_text(out, spread->days[spread->count - 1]);
    text_add(out, "</span></p>\n");
}

static void table_of_spread(struct text *out, const struct spread *spread) {
    int64_t sum = 0;
    text_add(out,
             "<details><summary>Numbers by day</summary>\n<div class=\"wide tall\"><table><thead><tr><th "
             "scope=\"col\">Day (UTC)</th><th scope=\"col\" class=\"n\">hosts</th><th scope=\"col\" "
             "class=\"n\">together</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < spread->count; i++) {
        sum += spread->hosts[i];
        text_add(out, "<tr><th scope=\"row\">");
        day_text(out, spread->days[i]);
        text_format(out, "</th><td class=\"n\">%lld</td><td class=\"n\">%lld</td></tr>\n",
                    (long long)spread->hosts[i], (long long)sum);
    }
    text_add(out, "</tbody></table></div></details>\n");
}

static void put_spread(struct serve_page *page, const struct questions_element *element) {
    struct spread *spread = calloc(1, sizeof *spread);
    struct text *out = &page->out;
    if (!spread) {
        page->failed = true;
        return;
    }
    take_spread(page, element, spread);
    text_add(out, "<section><h2>Spread</h2>\n<p>Hosts with <b>");
    page_text(out, questions_element_word(element->common));
    text_char(out, ':');
    page_text(out, element->value);
    text_add(out, "</b> by the day on which it came");
    if (spread->count > 0) {
        text_add(out, ", from ");
        day_text(out, spread->days[0]);
        text_add(out, " to ");
        day_text(out, spread->days[spread->count - 1]);
    }
    text_add(out, ".</p>\n");
    if (spread->undated > 0)
        text_format(out, "<p class=\"note\">On %lld further hosts the day is not known.</p>\n",
                    (long long)spread->undated);
    if (spread->cut)
        text_format(out, "<p class=\"more\">The first %d days.</p>\n", DAYS);
    if (spread->count > 0) {
        draw_spread(out, spread);
        table_of_spread(out, spread);
    }
    text_add(out, "</section>\n");
    free(spread);
}

/* --- places --- */

static size_t take_countries(struct serve_page *page, const struct questions_element *element,
                             struct serve_country *countries) {
    struct question question;
    size_t count = 0;
    questions_map(&question, store_dialect(page->store), false, element);
    struct engine_rows *rows = questions_ask(page->store, &question);
    while (count < COUNTRIES && store_next(page->store, rows)) {
        char *name = strdup(store_text(page->store, rows, 0));
        if (!name)
            break;
        countries[count++] = (struct serve_country){.name = name,
                                                    .hosts = store_number(page->store, rows, 1),
                                                    .carriers = store_number(page->store, rows, 2),
                                                    .compromised = store_number(page->store, rows, 3)};
    }
    store_finish(page->store, rows);
    questions_free(&question);
    return count;
}

static void put_places(struct serve_page *page, const struct questions_element *element) {
    struct serve_country *countries = calloc(COUNTRIES, sizeof *countries);
    size_t count = countries ? take_countries(page, element, countries) : 0;
    struct question question;
    bool known = count > 1 || (count == 1 && countries[0].name[0]);
    page->failed = page->failed || !countries;
    text_add(&page->out, "<section>\n");
    if (known) {
        serve_map(page, countries, count);
        const struct serve_table table = {.links = {{"place", "hosts?country=", "place"}}};
        questions_map(&question, store_dialect(page->store), false, element);
        serve_table_print(page, &question, &table);
        text_add(&page->out,
                 "<p class=\"note\"><i>carriers</i>: hosts that have what is named above. Rates are of the "
                 "hosts known in that country; of fewer than 10 they say little.</p>\n");
    } else
        text_add(&page->out, "<h2>Countries</h2>\n<p class=\"note\">The store knows no country of any host: "
                             "<code>assay fleet place</code> tells it.</p>\n");
    text_add(&page->out, "</section>\n");
    for (size_t i = 0; i < count; i++)
        free(countries[i].name);
    free(countries);
}

/* --- the page --- */

static void ask_element(struct serve_page *page) {
    text_add(&page->out,
             "<form class=\"ask\" action=\"overview\" method=\"get\"><label>What the hosts have in common: "
             "name:… sha256:… authentihash:… product:… marked:…<input type=\"search\" name=\"element\" "
             "maxlength=\"1024\" value=\"");
    page_text(&page->out, serve_page_argument(page, "element"));
    text_add(&page->out, "\"></label><button>Show</button></form>\n");
}

void serve_overview(struct serve_page *page) {
    struct questions_element element;
    struct question collisions;
    const char *asked = serve_page_argument(page, "element");
    static const struct serve_table table = {.caption = "Machine ids that several hosts have",
                                             .none = "None.",
                                             .links = {{"name", "host?id=", "host"}}};
    serve_page_begin(page, "Fleet");
    if (page->serve->store_name) {
        text_add(&page->out, "<p class=\"from\">Store: <code>");
        page_path(&page->out, page->serve->store_name);
        text_add(&page->out, "</code></p>\n");
    }
    verdicts(page);
    ask_element(page);
    bool some =
        asked[0] ? questions_element(asked, &element) : questions_found_element(page->store, &element);
    if (some)
        put_spread(page, &element);
    else
        text_add(&page->out, asked[0]
                                 ? "<p class=\"alert\">That names no element.</p>\n"
                                 : "<p class=\"note\">Nothing that was found to be at least high is on two "
                                   "hosts: there is no spread to show unless an element is named.</p>\n");
    put_places(page, some ? &element : NULL);
    questions_collisions(&collisions, store_dialect(page->store));
    serve_table_print(page, &collisions, &table);
}
