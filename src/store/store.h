/* store: the cases of many hosts and the questions that can be asked of all of them (docs/fleet.md).
 *
 * `where` is a path (SQLite, one file) or clickhouse://USER@HOST:PORT/DATABASE (clickhouses:// with TLS). The
 * password is never part of it: $ASSAY_STORE_PASSWORD, or the first line of the file that
 * $ASSAY_STORE_PASSWORD_FILE names, which nobody else may read.
 *
 * Of each host the newest case counts: by the time of the scan, then by id. Adding a case that is there, or
 * an older one than is there, changes nothing. An import counts as a whole or not at all. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/engine.h"
#include "store/extract.h"

struct store;

/* NULL with the reason in `error`. */
struct store *store_open(const char *where, enum store_mode mode, struct text *error) MUST_USE;
void store_close(struct store *store);

/* The first error, "" if there was none. */
const char *store_error(const struct store *store);
enum sql_engine store_dialect(const struct store *store);

enum store_added {
    STORE_ADDED,
    STORE_REPLACED, /* an older case of the host counts no more */
    STORE_OLDER,    /* a newer one is there; nothing was changed */
    STORE_SAME,     /* it is there already */
    STORE_REFUSED,  /* no case, or one that says nothing of a host: `reason` */
    STORE_FAILED    /* the store cannot be written: store_error */
};

struct store_report {
    uint64_t host, things;    /* things: 0 if nothing was written */
    uint64_t collides;        /* another host that has the same machine id; 0 if none */
    struct text name, reason; /* the caller's to free */
};

/* Reads the case at `path` as somebody's: refused in words if it is none of this version, damaged, or asks
 * for more steps than any case of ours. */
enum store_added store_add(struct store *store, const char *path, struct store_report *report) MUST_USE;

/* The same of rows that are at hand. */
enum store_added store_put(struct store *store, const struct extract *extract,
                           struct store_report *report) MUST_USE;

/* The host of that id or name, which may have its domain behind a dot; 0 with the reason in store_error if
 * there is none, or several of that name. */
uint64_t store_host(struct store *store, const char *host) MUST_USE;

/* The host and all that is of it alone is gone; false with the reason in store_error. */
bool store_forget(struct store *store, const char *host) MUST_USE;

/* Site, country, owner, role and addresses of network cards (in the form of store_host.mac) of a host,
 * instead of what was there. */
enum { STORE_PLACE_FIELDS = ENGINE_PLACE_FIELDS };
bool store_place(struct store *store, uint64_t host, const char *const fields[STORE_PLACE_FIELDS]) MUST_USE;

/* Who is told how far long questions are, as far as the engine can say it; NULL for nobody. */
void store_progress(struct store *store, engine_progress *tell, void *context);

/* A question; NULL if it failed. Rows come in the order that it asks for. */
struct engine_rows *store_ask(struct store *store, struct sql *sql) MUST_USE;
bool store_next(struct store *store, struct engine_rows *rows) MUST_USE;
const char *store_text(struct store *store, struct engine_rows *rows, unsigned column);
int64_t store_number(struct store *store, struct engine_rows *rows, unsigned column);
void store_finish(struct store *store, struct engine_rows *rows);

#endif
