/* serve_page: what the pages of `assay serve` are made of. */
#ifndef REPORT_SERVE_PAGE_H
#define REPORT_SERVE_PAGE_H

#include "report/page.h"
#include "report/serve.h"
#include "store/questions.h"

enum {
    SERVE_ROWS = 100,    /* of a table on one page */
    SERVE_PAGES = 10000, /* of a table at most */
    SERVE_RANKED = 20,   /* hosts of the ranking on one page */
    SERVE_ARGUMENT = 4096
};

/* One page in the making. */
struct serve_page {
    struct serve *serve;
    struct store *store;
    const struct serve_request *request;
    struct output *output;
    struct text out;
    struct text *why;  /* what went wrong */
    bool failed, none; /* none: there is no such host or value */
};

/* A page of this kind; false after serve_page_fail. `title` is plain text. */
void serve_page_begin(struct serve_page *page, const char *title);
void serve_page_flush(struct serve_page *page);

/* The argument, valid UTF-8 and not longer than SERVE_ARGUMENT; "" if it is not there or not that. */
const char *serve_page_argument(const struct serve_page *page, const char *name);
/* A number of a host; 0 if it is none. */
uint64_t serve_page_number(const struct serve_page *page, const char *name);

/* Text for an address: a value behind = in a link, quoted attribute. */
void serve_page_value(struct text *out, const char *value);

/* Where a cell leads to. */
struct serve_link {
    const char *key;       /* of the column */
    const char *address;   /* up to the value, such as "search?text=" */
    const char *value_key; /* the column whose value follows; of kind QUESTIONS_ID or text */
};
enum { SERVE_LINKS = 4, SERVE_LEFT_OUT = 3 };
struct serve_table {
    const char *caption; /* a heading */
    const char *none;    /* a sentence if there are no rows */
    struct serve_link links[SERVE_LINKS];
    const char *left_out[SERVE_LEFT_OUT]; /* columns */
    /* Of a question without LIMIT: the argument that says which SERVE_ROWS of its rows stand on this page,
     * and the address of its other pages up to that argument, as it stands in an attribute; NULL: all rows.
     */
    const char *page, *address;
    int64_t *ids; /* SERVE_ROWS, or NULL: takes column `thing` of the rows on this page */
};

/* Which page of something an argument asks for, from 0 on; 0 if it asks for none that can be. */
uint64_t serve_page_at(const struct serve_page *page, const char *name);
/* Links to the page before and the one behind `at`, each with `rows`, of which `shown` are on this one. */
void serve_page_turn(struct serve_page *page, const struct serve_table *table, uint64_t at, uint64_t rows,
                     uint64_t shown, bool more);

/* Asks, writes a heading and the table, frees the question. Columns that are empty everywhere are left out.
 * Returns how many rows there are at least: more than SERVE_ROWS if this is not the only page. */
uint64_t serve_table_print(struct serve_page *page, struct question *question,
                           const struct serve_table *table);

/* --- the pages --- */
void serve_cases(struct serve_page *page);    /* list */
void serve_overview(struct serve_page *page); /* of a store */
void serve_hosts(struct serve_page *page);
void serve_host(struct serve_page *page);
void serve_stack(struct serve_page *page);
void serve_value(struct serve_page *page);
void serve_search(struct serve_page *page);
void serve_singled(struct serve_page *page);

/* A line of the list of cases that are of this case's id; NULL for none. */
const struct serve_case *serve_case_of(const struct serve *serve, uint64_t caseid, size_t *at);

/* A rate in percent of `hosts`, which is marked where they are few. */
void serve_rate(struct text *out, int64_t some, int64_t hosts);

/* A map of the world, hosts by country in shades; what is on no outline is told beside. */
struct serve_country {
    char *name; /* as the store has it */
    int64_t hosts, carriers, compromised;
};
void serve_map(struct serve_page *page, const struct serve_country *countries, size_t count);

#endif
