/* questions: what is asked of all hosts of a store, as SQL that both engines answer alike (store/sql.h).
 *
 * A question has columns: their keys are those of JSON lines and CSV, and say how a cell is meant. Rows come
 * in an order that is the same on both engines, so that the first `limit` are the same, too. Ask with
 * questions_ask, free with questions_free. What people give goes in as quoted text alone. */
#ifndef STORE_QUESTIONS_H
#define STORE_QUESTIONS_H

#include "store/sql.h"
#include "store/store.h"

enum questions_cell {
    QUESTIONS_TEXT,
    QUESTIONS_NUMBER,
    QUESTIONS_TIME, /* FILETIME, 0 for none */
    QUESTIONS_DAY,  /* days since 1601, 0 for none */
    QUESTIONS_YES,  /* 1 or 0 */
    QUESTIONS_ID,   /* of a host */
    QUESTIONS_RATE, /* no cell of its own: the number before it as a share of column `hosts` */
    QUESTIONS_SUM   /* the same: `hosts` of this row and all before it */
};

struct questions_column {
    const char *key;
    enum questions_cell cell;
};

enum { QUESTIONS_COLUMNS = 16 };

struct question {
    const char *name;
    struct sql sql;
    struct questions_column columns[QUESTIONS_COLUMNS];
    unsigned count;
    bool sketch;    /* estimates were asked for: */
    unsigned error; /* what numbers of hosts are off by, in thousandths, in 95 of 100 rows; 0: nothing */
};

/* What a cohort has in common. */
enum questions_common {
    QUESTIONS_SHA256,
    QUESTIONS_AUTHENTIHASH,
    QUESTIONS_PRODUCT,
    QUESTIONS_NAME,
    QUESTIONS_MARKED, /* things of that name on which something at least high was found on some host */
    QUESTIONS_COMMONS
};

struct questions_element {
    enum questions_common common;
    char value[1024]; /* lower case, but of products */
};

/* "sha256:…", "authentihash:…", "product:…", "name:…", "marked:…"; false for anything else, and for digests
 * that are none. */
bool questions_element(const char *text, struct questions_element *ret) MUST_USE;
const char *questions_element_word(enum questions_common common);

/* The element that stands out: the name of things with marks at least high that the most hosts have, at least
 * two. False if there is none, or the store failed. */
bool questions_found_element(struct store *store, struct questions_element *ret) MUST_USE;

/* The names of all that could be that element, and on how many hosts such things are, the most first. */
void questions_elements(struct question *ret, enum sql_engine engine, uint64_t limit);

/* Appends a subquery, in brackets: the things of the element (column thing). */
void questions_element_things(struct sql *sql, const struct questions_element *element);

/* The same: hosts that have any of them, with the earliest time (host, arrived; 0 for none known). */
void questions_cohort(struct sql *sql, const struct questions_element *element);

/* --- the questions; each initialises `ret` --- */

/* Every host with its verdict, the gravest first. */
void questions_hosts(struct question *ret, enum sql_engine engine);

/* A field that things are stacked by: path, name, sha256, authentihash, signer, service, driver, autostart,
 * exports, product, version; NULL if the word is none. */
struct questions_field;
const struct questions_field *questions_field(const char *word);
const char *questions_fields(void); /* all words, for people */

struct questions_stack {
    const struct questions_field *field;
    const char *kind; /* rows_kind_word; NULL for any */
    unsigned rare;    /* values that at most so many hosts have (at most STORE_RARE); 0: all */
    uint64_t limit;
    bool most;        /* the commonest first, not the rarest */
    bool approximate; /* hosts may be estimated where that is quicker: question.error says whether they are */
};
/* Distinct hosts for each value, and how many things share it. Without `rare` this reads all presences. */
void questions_stack(struct question *ret, enum sql_engine engine, const struct questions_stack *stack);

/* The commonest values, by the most hosts that one thing with the value has: at least so many have the value.
 * Reads no presences. */
void questions_stack_common(struct question *ret, enum sql_engine engine, const struct questions_field *field,
                            uint64_t limit);

/* One host: what its case says of things and of itself, the gravest first; and its things that at most `rare`
 * hosts have (at most STORE_RARE), those that came last first. */
void questions_host_marks(struct question *ret, enum sql_engine engine, uint64_t host, uint64_t limit);
void questions_host_rare(struct question *ret, enum sql_engine engine, uint64_t host, unsigned rare,
                         uint64_t limit);

/* How many hosts have which verdict, the gravest first. */
void questions_verdicts(struct question *ret, enum sql_engine engine);

/* Versions of an element, and on how many hosts it came when, a day a row. */
void questions_versions(struct question *ret, enum sql_engine engine,
                        const struct questions_element *element);
void questions_spread(struct question *ret, enum sql_engine engine, const struct questions_element *element);

/* Things of which a name, path, product, version, signer or digest holds a text, or is a digest; then hosts
 * that have any of them, or whose name holds it. */
void questions_search(struct question *ret, enum sql_engine engine, const char *text, uint64_t limit);
void questions_search_hosts(struct question *ret, enum sql_engine engine, const char *text, uint64_t limit);

/* The same for whoever has the things at hand then: things that hold a text, or whose field has a value, with
 * the number of each as a last column `thing`; then hosts that have any of `count` things or, with a text,
 * whose name holds it. The things are looked for once. No limit: a caller adds one. */
void questions_found(struct question *ret, enum sql_engine engine, const char *text);
void questions_found_value(struct question *ret, enum sql_engine engine, const struct questions_field *field,
                           const char *value);
void questions_found_hosts(struct question *ret, enum sql_engine engine, const int64_t *things, size_t count,
                           const char *text);

/* What one of two hosts has and the other has not: `side` first or second. `looked`: was the other
 * looked at where it would be? yes; partly: of that area (store/areas.def) or hive something was read; no.
 * What is missing where the answer is not yes may be there. */
void questions_diff(struct question *ret, enum sql_engine engine, uint64_t one, uint64_t other,
                    uint64_t limit);

/* Things that at most `rare` hosts have and that came to the first of them at `since` or later. */
void questions_watch(struct question *ret, enum sql_engine engine, uint64_t since, unsigned rare,
                     uint64_t limit);

/* Those that came into the store at `since` or later, with the first case that has them; whatever time they
 * have on their hosts, also none. What a newer case of the same host has again came with the older one. */
void questions_watch_added(struct question *ret, enum sql_engine engine, uint64_t since, unsigned rare,
                           uint64_t limit);

/* Hosts by country or by site: how many there are, have the element (NULL for none), are compromised. */
void questions_map(struct question *ret, enum sql_engine engine, bool sites,
                   const struct questions_element *element);

/* Machine ids that several hosts have. */
void questions_collisions(struct question *ret, enum sql_engine engine);

/* NULL, told by store_error, if it fails. */
struct engine_rows *questions_ask(struct store *store, struct question *question) MUST_USE;
void questions_free(struct question *question);

#endif
