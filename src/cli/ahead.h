/* ahead: pages of `assay serve` that were made before: by a process that makes those of a large store which
 * take long while nobody waits for them, and by requests.
 *
 * A page is kept with the state of the store that it was made of, and is given for that state alone: what is
 * given is what would be made. Pages are files in memory, so that one that is given is not copied. The
 * process opens the store for itself, is as polite as a process can be, and is killed with us; if it dies,
 * pages are made when they are asked for. All of this belongs to one thread, but for ahead_start and
 * ahead_stop, between which that thread lives. */
#ifndef CLI_AHEAD_H
#define CLI_AHEAD_H

#include "base/fault.h"
#include "base/text.h"

#include <stdint.h>

enum {
    AHEAD_PAGES = 64,       /* kept at once */
    AHEAD_BYTES = 16 << 20, /* of them all */
    AHEAD_KEY = 1024        /* bytes of what a page is known by */
};

/* What a store holds: the same numbers, the same current cases. */
struct ahead_state {
    int64_t hosts, newest, sum;
};

struct ahead;

/* In the process: makes pages of the store at `where`, beside which there are `cases`, and calls `tell` for
 * each with a file, which stays the maker's. */
typedef void ahead_tell(void *context, const char *key, const struct ahead_state *state, int file);
typedef void ahead_make(const char *where, bool cases, ahead_tell *tell, void *context);
_Noreturn void ahead_work(int socket, ahead_make *make);

/* `work` calls ahead_work in the process. NULL if memory ran out. To be called before there are threads and
 * before any database is open: SQLite knows its locks by process. */
struct ahead *ahead_start(void (*work)(int socket)) MUST_USE;
void ahead_stop(struct ahead *ahead); /* NULL is fine */

/* Tells the process to make the pages of this store. Without it, pages of requests are kept all the same. */
void ahead_begin(struct ahead *ahead, const char *where, bool cases);

/* A descriptor of the page, the caller's to close; -1 if there is none of that state. If the state is new,
 * the process is told to begin anew, but not more than once a minute. */
int ahead_find(struct ahead *ahead, const char *key, const struct ahead_state *state) MUST_USE;

/* Keeps a page that was made for a request; `file` stays the caller's. */
void ahead_keep(struct ahead *ahead, const char *key, const struct ahead_state *state, int file);

#endif
