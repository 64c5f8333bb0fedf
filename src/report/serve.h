/* serve: the pages of `assay serve`: cases, and the questions to a store, as a browser shows them.
 *
 * Pages change nothing and remember nothing; each is whole in itself, has no script, and links to others by
 * addresses relative to its own, so that the token in front of them is in no page. The page of a case is its
 * report (report/as_html.h), with the scripts of that. All texts come from cases of strangers and are
 * escaped. docs/serve.md says which page shows what.
 *
 * digest_prepare must have been called. */
#ifndef REPORT_SERVE_H
#define REPORT_SERVE_H

#include "base/output.h"
#include "model/singled.h"
#include "store/store.h"

/* A case that was named; `reason` says why it cannot be shown, "" if it can. */
struct serve_case {
    char *path;
    struct text reason, name, domain, verdict;
    uint64_t host, caseid, collected, since; /* caseid 0: it is not of one host */
    unsigned rank;
    bool complete;
};

struct serve {
    struct serve_case *cases;
    size_t case_count;
    bool has_cases;         /* somebody else has some: the bar leads to them */
    struct store *store;    /* NULL for none, and as long as it cannot be opened */
    const char *store_name; /* as it was named; NULL for none */
    /* Who was singled out, for an element (NULL: what stands out). The answer lives until the next call. NULL
     * with the reason in `why`; NULL for none. */
    const struct singled *(*singled)(void *context, struct store *store, const char *element,
                                     struct text *why);
    void *context;
};

/* Looks at the case at `path`, as a stranger's. False if memory ran out. */
bool serve_add(struct serve *serve, const char *path) MUST_USE;

/* Frees the cases; the store stays the caller's. */
void serve_free(struct serve *serve);

struct serve_request {
    const char *path;                                               /* "/", "/case" … */
    const char *(*argument)(const void *context, const char *name); /* NULL if it is not there */
    const void *context;
};

/* Writes the page and its policy. 200; 404 with a page that says so if there is no such host or value, with
 * nothing written if there is no such page; 500, and what was written does not count, if a case or the store
 * cannot be read: `why`. */
unsigned serve_answer(struct serve *serve, const struct serve_request *request, struct output *output,
                      struct text *policy, struct text *why) MUST_USE;

/* A page that says what went wrong, with a link to try again. */
void serve_failure(struct serve *serve, const struct serve_request *request, struct output *output,
                   struct text *policy, const char *why);

/* The policy of all pages but reports. */
void serve_policy(struct text *policy);

/* May the page be kept for as long as the store's cases are the same? */
bool serve_keeps(const char *path);

#endif
