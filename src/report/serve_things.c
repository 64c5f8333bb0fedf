/* Pages of things: stacks, one value of a field, search. */
#include "report/serve_page.h"

#include <string.h>

enum { FIELD = 24 };

/* --- stacks --- */

/* The words of questions_fields(), one after the other; false at the end. */
static bool next_word(const char **at, char word[FIELD]) {
    size_t size = strcspn(*at, " ");
    if (size == 0 || size >= FIELD)
        return false;
    memcpy(word, *at, size);
    word[size] = 0;
    *at += size + ((*at)[size] == ' ');
    return true;
}

static void pick(struct text *out, const char *key, const char *before, const char *value, const char *chosen,
                 const char *label) {
    text_format(out, "<li><a href=\"stack?%s%s=%s\"%s>%s</a></li>\n", before, key, value,
                strcmp(value, chosen) == 0 ? " aria-current=\"true\"" : "", label);
}

static void fields(struct serve_page *page, const char *chosen, bool most) {
    const char *at = questions_fields();
    char word[FIELD], before[FIELD + 16];
    text_add(&page->out, "<nav aria-label=\"Fields\"><ul class=\"pick\">\n");
    while (next_word(&at, word))
        pick(&page->out, "field", most ? "order=common&amp;" : "", word, chosen, word);
    text_add(&page->out, "</ul></nav>\n<nav aria-label=\"Order\"><ul class=\"pick\">\n");
    snprintf(before, sizeof before, "field=%s&amp;", chosen);
    pick(&page->out, "order", before, "rare", most ? "common" : "rare", "the rarest first");
    pick(&page->out, "order", before, "common", most ? "common" : "rare", "the commonest things");
    text_add(&page->out, "</ul></nav>\n");
}

static void print_stack(struct serve_page *page, const char *word, bool most) {
    char value[FIELD + 32], address[FIELD + 48];
    struct question question;
    const struct questions_field *field = questions_field(word);
    snprintf(value, sizeof value, "value?field=%s&amp;value=", word);
    snprintf(address, sizeof address, "stack?field=%s&amp;order=%s&amp;", word, most ? "common" : "rare");
    const struct serve_table table = {
        .none = "There is none.", .links = {{"value", value, "value"}}, .page = "page", .address = address};
    if (most)
        questions_stack_common(&question, store_dialect(page->store), field, 0);
    else {
        const struct questions_stack stack = {.field = field, .rare = STORE_RARE};
        questions_stack(&question, store_dialect(page->store), &stack);
    }
    serve_table_print(page, &question, &table);
}

void serve_stack(struct serve_page *page) {
    const char *word = serve_page_argument(page, "field");
    bool most = strcmp(serve_page_argument(page, "order"), "common") == 0;
    if (!questions_field(word))
        word = "path";
    serve_page_begin(page, "Stacks");
    fields(page, word, most);
    text_format(
        &page->out,
        most ? "<p class=\"note\">Values by the commonest thing that has them: at least so many hosts "
               "have the value. <code>assay fleet stack --most</code> counts hosts over all things.</p>\n"
             : "<p class=\"note\">Values that at most %d hosts have, with distinct hosts over all things "
               "that share the value.</p>\n",
        STORE_RARE);
    print_stack(page, word, most);
}

/* --- one value --- */

static const struct serve_link thing_links[] = {
    {"name", "value?field=name&amp;value=", "name"},
    {"path", "value?field=path&amp;value=", "path"},
    {"sha256", "value?field=sha256&amp;value=", "sha256"},
    {"signer", "value?field=signer&amp;value=", "signer"},
};

/* Things, and the hosts that have any of them where they are few enough to be told together; `text`: or whose
 * name holds it. `address`: of this page, up to what its tables turn by. */
static void found(struct serve_page *page, struct question *things, const char *address, const char *text) {
    int64_t ids[SERVE_ROWS];
    struct question question;
    struct serve_table table = {
        .caption = "Things", .none = "There is none.", .page = "things", .address = address, .ids = ids};
    for (size_t i = 0; i < sizeof thing_links / sizeof thing_links[0]; i++)
        table.links[i] = thing_links[i];
    uint64_t count = serve_table_print(page, things, &table);
    bool many = count > SERVE_ROWS;
    if (many)
        text_format(&page->out,
                    "<p class=\"note\">That is more than %d things: which hosts have any of them is not told "
                    "here. Follow one.</p>\n",
                    SERVE_ROWS);
    if (many && !text)
        return;
    const struct serve_table of_hosts = {.caption = many ? "Hosts of such a name" : "Hosts",
                                         .none = "No host.",
                                         .links = {{"name", "host?id=", "host"}},
                                         .page = "hosts",
                                         .address = address};
    questions_found_hosts(&question, store_dialect(page->store), ids, many ? 0 : (size_t)count, text);
    serve_table_print(page, &question, &of_hosts);
}

void serve_value(struct serve_page *page) {
    const char *word = serve_page_argument(page, "field"), *value = serve_page_argument(page, "value");
    const struct questions_field *field = questions_field(word);
    struct question things;
    struct text title = {0}, address = {0};
    text_format(&title, "%s %s", field ? word : "No such value", field ? value : "");
    serve_page_begin(page, text_string(&title));
    text_free(&title);
    page->none = !field || !value[0];
    if (page->none)
        return;
    text_format(&address, "value?field=%s&amp;value=", word);
    serve_page_value(&address, value);
    text_add(&address, "&amp;");
    questions_found_value(&things, store_dialect(page->store), field, value);
    found(page, &things, text_string(&address), NULL);
    text_free(&address);
}

/* --- search --- */

void serve_search(struct serve_page *page) {
    const char *text = serve_page_argument(page, "text");
    struct question things;
    struct text address = {0};
    serve_page_begin(page, "Search");
    text_add(
        &page->out,
        "<form class=\"ask\" action=\"search\" method=\"get\" role=\"search\"><label>Part of a name, path, "
        "product, version, signer or host, or a whole digest<input type=\"search\" name=\"text\" "
        "maxlength=\"1024\" value=\"");
    page_text(&page->out, text);
    text_add(&page->out, "\"></label><button>Search</button></form>\n");
    if (!text[0])
        return;
    text_add(&address, "search?text=");
    serve_page_value(&address, text);
    text_add(&address, "&amp;");
    questions_found(&things, store_dialect(page->store), text);
    found(page, &things, text_string(&address), text);
    text_free(&address);
}
