/* as_html: the parts of the page that `assay report CASE -o x.html` writes, in the order in which they stand.
 *
 * Each part writes one or more <section>, whole. Lists are capped, and what is left out is counted there. A
 * part is false if the case could not be read. Memory grows with none of the tables. docs/report.md says what
 * stands where. */
#ifndef REPORT_AS_HTML_H
#define REPORT_AS_HTML_H

#include "report/export.h"
#include "report/page.h"

enum {
    AS_HTML_HOSTS = 200,        /* verdicts of hosts told */
    AS_HTML_CHAINS = 20,        /* attacks */
    AS_HTML_STEPS = 400,        /* steps of one attack, findings of a step, links to a step */
    AS_HTML_FULL = 10000,       /* findings with everything about them */
    AS_HTML_LINES = 100000,     /* further findings, one line each */
    AS_HTML_RULES = 256,        /* detectors with a text of their own */
    AS_HTML_CAMPAIGNS = 50,     /* campaigns */
    AS_HTML_ITEMS = 500,        /* items of one campaign, relations of one */
    AS_HTML_STAKES = 3000,      /* stakes */
    AS_HTML_ROWS = 500,         /* rows of coverage, evidence, volumes, of the run: each */
    AS_HTML_OF_STEPS = 1500,    /* events of files of steps */
    AS_HTML_OF_FINDINGS = 1500, /* events of files with findings of medium severity or more */
    AS_HTML_NEAR = 1000,        /* events close to a step */
    AS_HTML_CLOSE = 60,         /* seconds that are close */
    AS_HTML_BINS = 20000        /* bins of the timeline, of all sources */
};

/* A detector or judge that said something. */
struct as_html_rule {
    char *id;
    uint64_t findings;
};

struct as_html {
    struct casefile *casefile;
    struct db *db;
    const struct export_options *options;
    struct output *output;
    struct text out;
    struct as_html_rule
        rules[AS_HTML_RULES]; /* the gravest first; the number of a rule is its place, from 1 */
    size_t rule_count;
};

/* Hands over what was written so far. */
void as_html_flush(struct as_html *page);

/* The query failed, or will not run: closes it; true if the case is still sound. */
bool as_html_sound(struct as_html *page, struct db_query *query) MUST_USE;

/* The text of a cell, escaped; <td>...</td> of one; of a time; of a number. Nothing inside for NULL. */
void as_html_cell(struct text *out, struct db_query *query, int at);
void as_html_column(struct text *out, struct db_query *query, int at);
void as_html_column_time(struct text *out, struct db_query *query, int at);
void as_html_column_count(struct text *out, struct db_query *query, int at);

/* <p class="more">: `count` things that are not on this page; nothing if it is 0. */
void as_html_more(struct text *out, uint64_t count, const char *what);

/* The number of a rule; 0 if it has none. */
size_t as_html_rule_number(const struct as_html *page, const char *id);

/* A query whose rows belong, in order, to the (chain, step) in their first two cells, read along with another
 * that has the same order. */
struct as_html_along {
    struct db_query *query;
    bool there;
};
void as_html_along_start(struct as_html_along *along, struct db *db, const char *sql);
/* True while there are rows of that chain and step; rows before are passed over. */
bool as_html_along_at(struct as_html_along *along, int64_t chain, int64_t step) MUST_USE;
void as_html_along_next(struct as_html_along *along);

/* A title for the whole page, without markup. */
bool as_html_title(struct as_html *page, struct text *title) MUST_USE;

bool as_html_verdict(struct as_html *page) MUST_USE;  /* as_html_verdict.c */
bool as_html_chains(struct as_html *page) MUST_USE;   /* as_html_chain.c: stories, steps, the graph's data */
bool as_html_timeline(struct as_html *page) MUST_USE; /* as_html_timeline.c */
bool as_html_findings(struct as_html *page) MUST_USE; /* as_html_finding.c */
bool as_html_rules(struct as_html *page) MUST_USE;    /* as_html_rule.c: explanations */
bool as_html_coverage(struct as_html *page) MUST_USE; /* as_html_coverage.c */
bool as_html_stakes(struct as_html *page) MUST_USE;   /* as_html_stake.c */
bool as_html_overlap(struct as_html *page) MUST_USE;  /* as_html_overlap.c */
bool as_html_evidence(struct as_html *page) MUST_USE; /* as_html_evidence.c */

#endif
