/* Which page is asked for; what stands around all of them. */
#include "report/serve.h"

#include "report/export.h"
#include "report/serve_page.h"
#include "store/extract.h"

#include <stdlib.h>

/* --- cases --- */

static void head_of(struct serve_case *entry, const struct extract *head) {
    text_add(&entry->name, head->host.name);
    text_add(&entry->domain, head->host.domain);
    text_add(&entry->verdict, head->made.verdict);
    entry->host = head->host.host;
    entry->caseid = head->made.caseid;
    entry->collected = head->made.collected;
    entry->since = head->made.since;
    entry->rank = head->made.rank;
    entry->complete = head->made.complete;
}

/* A case that is not of one host has a report all the same. */
bool serve_add(struct serve *serve, const char *path) {
    struct serve_case *cases = realloc(serve->cases, (serve->case_count + 1) * sizeof *cases);
    if (!cases)
        return false;
    serve->cases = cases;
    struct serve_case *entry = &cases[serve->case_count];
    *entry = (struct serve_case){.path = strdup(path)};
    if (!entry->path)
        return false;
    serve->case_count++;
    struct casefile *casefile = casefile_open(path, &entry->reason);
    if (casefile) {
        struct extract head;
        struct text why = {0};
        if (extract_head(casefile, &head, &why))
            head_of(entry, &head);
        else
            text_add(&entry->verdict, text_string(&why));
        extract_free(&head);
        text_free(&why);
    } else if (entry->reason.size == 0)
        text_add(&entry->reason, "it cannot be read");
    casefile_close(casefile);
    return true;
}

void serve_free(struct serve *serve) {
    for (size_t i = 0; i < serve->case_count; i++) {
        struct serve_case *entry = &serve->cases[i];
        free(entry->path);
        text_free(&entry->reason);
        text_free(&entry->name);
        text_free(&entry->domain);
        text_free(&entry->verdict);
    }
    free(serve->cases);
    serve->cases = NULL;
    serve->case_count = 0;
}

const struct serve_case *serve_case_of(const struct serve *serve, uint64_t caseid, size_t *at) {
    for (*at = 0; *at < serve->case_count; ++*at)
        if (caseid != 0 && serve->cases[*at].caseid == caseid)
            return &serve->cases[*at];
    return NULL;
}

/* --- around a page --- */

static const struct {
    const char *path, *name; /* name: in the bar; NULL for what is reached from others */
    bool of_store;
    void (*make)(struct serve_page *page);
} pages[] = {
    {"overview", "Overview", true, serve_overview},
    {"singled-out", "Singled out", true, serve_singled},
    {"stack", "Stacks", true, serve_stack},
    {"hosts", "Hosts", true, serve_hosts},
    {"search", "Search", true, serve_search},
    {"cases", "Cases", false, serve_cases},
    {"host", NULL, true, serve_host},
    {"value", NULL, true, serve_value},
};
enum { PAGES = sizeof pages / sizeof pages[0] };

static const enum page_file styles[] = {PAGE_STYLE, PAGE_SERVE};
enum { STYLES = sizeof styles / sizeof styles[0] };

/* Its forms are asked for again, which a still page has none of. */
void serve_policy(struct text *policy) {
    text_add(policy,
             "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; style-src");
    for (size_t i = 0; i < STYLES; i++)
        page_hash(policy, styles[i]);
}

static const char *path_of(const struct serve *serve, const struct serve_request *request) {
    const char *path = request->path + 1;
    return path[0] ? path : serve->store_name ? "overview" : "cases";
}

static void bar(struct serve_page *page) {
    const struct serve *serve = page->serve;
    const char *path = path_of(serve, page->request);
    text_add(&page->out, "<a class=\"skip\" href=\"#page\">Skip to the page</a>\n<header class=\"top\">\n"
                         "<p class=\"brand\"><b>assay</b> serve</p>\n<nav aria-label=\"Pages\"><ul>\n");
    for (size_t i = 0; i < PAGES; i++)
        if (pages[i].name &&
            (pages[i].of_store ? serve->store_name != NULL : serve->case_count > 0 || serve->has_cases))
            text_format(&page->out, "<li><a href=\"%s\"%s>%s</a></li>\n", pages[i].path,
                        strcmp(path, pages[i].path) == 0 ? " aria-current=\"page\"" : "", pages[i].name);
    text_add(&page->out, "</ul></nav>\n</header>\n<main id=\"page\">\n");
}

void serve_page_begin(struct serve_page *page, const char *title) {
    struct text whole = {0};
    text_format(&whole, "%s - assay", title);
    page_begin(page->output, text_string(&whole), NULL, styles, STYLES);
    text_free(&whole);
    bar(page);
    text_add(&page->out, "<h1>");
    page_text(&page->out, title);
    text_add(&page->out, "</h1>\n");
}

static void end(struct serve_page *page) {
    text_add(&page->out,
             "</main>\n<footer>\n<p>This page is made on this machine and served to it alone; it "
             "runs no script, and nothing can be changed from here.</p>\n</footer>\n</body>\n</html>\n");
    serve_page_flush(page);
}

void serve_page_flush(struct serve_page *page) {
    output_text(page->output, &page->out);
}

const char *serve_page_argument(const struct serve_page *page, const char *name) {
    const char *value = page->request->argument(page->request->context, name);
    return value && strlen(value) <= SERVE_ARGUMENT && text_valid(value, strlen(value)) ? value : "";
}

uint64_t serve_page_number(const struct serve_page *page, const char *name) {
    const char *value = serve_page_argument(page, name);
    size_t size = strspn(value, "0123456789");
    return size > 0 && size < 20 && !value[size] ? strtoull(value, NULL, 10) : 0;
}

void serve_page_value(struct text *out, const char *value) {
    text_percent(out, value, strlen(value), "/:");
}

/* The address of what was asked for, as it stands in an attribute. */
static void again(struct serve_page *page) {
    static const char *const names[] = {"field",   "order", "value", "text",  "element",
                                        "country", "rank",  "id",    "number"};
    text_add(&page->out, "<p><a href=\"");
    serve_page_value(&page->out, path_of(page->serve, page->request));
    bool first = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = serve_page_argument(page, names[i]);
        if (value[0]) {
            text_format(&page->out, "%s%s=", first ? "?" : "&amp;", names[i]);
            serve_page_value(&page->out, value);
            first = false;
        }
    }
    text_add(&page->out, "\">Try again</a></p>\n");
}

void serve_failure(struct serve *serve, const struct serve_request *request, struct output *output,
                   struct text *policy, const char *why) {
    struct serve_page page = {.serve = serve, .request = request, .output = output};
    text_clear(policy);
    serve_policy(policy);
    serve_page_begin(&page, "This cannot be shown");
    text_add(&page.out, "<p class=\"alert\" role=\"alert\">");
    page_text(&page.out, why);
    text_add(&page.out, "</p>\n");
    again(&page);
    end(&page);
    text_free(&page.out);
}

/* --- which page --- */

static unsigned report(struct serve *serve, const struct serve_request *request, struct output *output,
                       struct text *policy, struct text *why) {
    const struct export_options options = {.least = SEVERITY_INFO};
    struct serve_page page = {.serve = serve, .request = request};
    uint64_t number = serve_page_number(&page, "number");
    if (number == 0 || number > serve->case_count)
        return 404;
    struct casefile *casefile = casefile_open(serve->cases[number - 1].path, why);
    if (!casefile)
        return 500;
    page_policy(policy);
    text_add(policy, "; frame-ancestors 'none'");
    bool good = export_find("html")->print(casefile, &options, output);
    if (!good)
        text_add(why, output->error ? output_reason(output) : casefile_error(casefile));
    casefile_close(casefile);
    return good ? 200 : 500;
}

static unsigned make(struct serve *serve, size_t which, const struct serve_request *request,
                     struct output *output, struct text *policy, struct text *why) {
    struct serve_page page = {
        .serve = serve, .store = serve->store, .request = request, .output = output, .why = why};
    serve_policy(policy);
    pages[which].make(&page);
    if (serve->store && store_error(serve->store)[0]) {
        page.failed = true;
        text_add(why, store_error(serve->store));
    }
    end(&page);
    text_free(&page.out);
    return page.failed || output->error ? 500 : page.none ? 404 : 200;
}

unsigned serve_answer(struct serve *serve, const struct serve_request *request, struct output *output,
                      struct text *policy, struct text *why) {
    const char *path = path_of(serve, request);
    if (strcmp(path, "case") == 0)
        return report(serve, request, output, policy, why);
    for (size_t i = 0; i < PAGES; i++)
        if (strcmp(path, pages[i].path) == 0 && (!pages[i].of_store || serve->store))
            return make(serve, i, request, output, policy, why);
    return 404;
}

bool serve_keeps(const char *path) {
    static const char *const kept[] = {"singled-out", "stack", "search", "value"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(path, kept[i]) == 0)
            return true;
    return false;
}
