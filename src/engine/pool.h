/* pool: confined workers, the jobs they have, and what becomes of both.
 *
 * The parent never blocks on a worker: it hands out small jobs, a few at a time to each worker, and collects
 * messages. A worker that dies, sends nonsense or stands still for too long is ended; the job it was busy
 * with goes back to the client with the reason, the ones it had not begun are given to a fresh worker. */
#ifndef ENGINE_POOL_H
#define ENGINE_POOL_H

#include "base/span.h"
#include "base/text.h"
#include "base/wire.h"
#include "engine/zygote.h"

#include <stdatomic.h>

enum { POOL_WORKERS = 64, POOL_WINDOW = 4 };

/* One page shared with each worker, written by it alone; not trusted for anything but progress and blame. */
struct pool_status {
    _Atomic uint64_t current;  /* the item being examined, plus one; 0 between items */
    _Atomic uint64_t beats;    /* moves whenever work goes on */
    _Atomic uint64_t bytes;    /* of evidence, read by pread */
    _Atomic uint64_t files;    /* contents examined */
    _Atomic uint64_t landlock; /* ABI in force, 0 none */
};

struct pool_job {
    uint32_t type;
    struct text payload;
    int fds[WIRE_FDS];
    size_t fd_count;
    bool own_fds;         /* close them when the job has ended */
    uint64_t first, last; /* for the client */
    uint64_t bytes;       /* of messages about the item in hand, for the client */
    void *client_data;    /* for the client; freed with free() when the job has ended */
};

struct pool_message {
    uint32_t type;
    struct span payload;
    int fds[WIRE_FDS];
    size_t fd_count;
};

struct pool_client {
    /* Fills in the next job; false if there is none at this time. */
    bool (*next)(struct pool_client *client, struct pool_job *ret);
    /* A message about `job`. False if it is malformed: the worker is then ended. */
    bool (*message)(struct pool_client *client, struct pool_job *job, uint32_t type, struct span payload);
    /* The worker says that `job` is done. False if it cannot be: something of it is still missing. */
    bool (*finished)(struct pool_client *client, const struct pool_job *job);
    /* The worker ended while busy with `job`, at item `current` - 1 if current is not 0. True: try `job`
     * again (the client may have changed it). */
    bool (*died)(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why);
};

enum { POOL_DONE = 1 }; /* the message type with which a worker ends a job; all others go to the client */

struct pool;

struct pool_options {
    unsigned workers;
    unsigned stall_seconds;        /* no beat for so long ends a worker; 0 never */
    const volatile int *interrupt; /* not 0: hand out nothing more, end the workers, return */
    void (*tick)(void *data);      /* several times a second, may be NULL */
    void *tick_data;
    uint32_t setup_type; /* first message to each worker, with the status page's descriptor */
    struct span setup;
    const int *setup_fd; /* sent with it, behind the page; NULL: none */
};

/* NULL if no worker could be started; *error then says why. */
struct pool *pool_start(struct zygote *zygote, const struct pool_options *options,
                        const char **error) MUST_USE;
void pool_stop(struct pool *pool);

/* What every worker is sent before it gets its next job, in order, without an answer: the parts of the
 * evidence in hand. The messages, their payloads and descriptors stay the caller's, until the next call and
 * not while jobs run. */
void pool_attach(struct pool *pool, const struct pool_message *messages, size_t count);

/* Runs jobs until there are none left. False if it was interrupted or workers cannot be started any more. */
bool pool_run(struct pool *pool, struct pool_client *client) MUST_USE;

/* Sums over all workers, past ones too. */
uint64_t pool_bytes(const struct pool *pool);
uint64_t pool_files(const struct pool *pool);
unsigned pool_deaths(const struct pool *pool);

/* The Landlock ABI that the workers report, 0 if none or not known yet. */
unsigned pool_landlock(const struct pool *pool);

/* Why pool_run failed without an interrupt; constant, NULL if it did not. */
const char *pool_error(const struct pool *pool);

#endif
