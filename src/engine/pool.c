#include "engine/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MILLISECONDS = 100 };

struct worker {
    pid_t pid;
    int socket;
    struct pool_status *status;
    struct pool_job jobs[POOL_WINDOW]; /* oldest first: the one it is busy with */
    size_t job_count;
    uint64_t generation; /* of what it was sent of pool.attached ... */
    size_t attached;     /* ... and how many of those messages */
    uint64_t last_beats;
    unsigned still; /* ticks without a beat */
    bool stalled;   /* we ended it */
};

struct pool {
    struct zygote *zygote;
    struct pool_options options;
    struct worker workers[POOL_WORKERS];
    unsigned count;
    struct pool_job *again; /* jobs to hand out before asking the client */
    size_t again_count, again_room;
    const struct pool_message *attached;
    size_t attached_count;
    uint64_t generation; /* counts calls of pool_attach */
    uint64_t past_bytes, past_files;
    unsigned deaths;
    const char *failed; /* constant; why nothing more can be done */
    unsigned landlock;
    char buffer[WIRE_MAX + 8];
};

static void end_job(struct pool_job *job) {
    for (size_t i = 0; job->own_fds && i < job->fd_count; i++)
        close(job->fds[i]);
    text_free(&job->payload);
    free(job->client_data);
    *job = (struct pool_job){0};
}

static bool worker_start(struct pool *pool, struct worker *worker) {
    *worker = (struct worker){.socket = -1};
    int page = memfd_create("assay-status", MFD_CLOEXEC);
    bool good = page >= 0 && ftruncate(page, 4096) == 0;
    int fds[2] = {page, pool->options.setup_fd ? *pool->options.setup_fd : -1};
    void *map = good ? mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0) : MAP_FAILED;
    good = map != MAP_FAILED && zygote_spawn(pool->zygote, &worker->pid, &worker->socket) &&
           wire_send(worker->socket, pool->options.setup_type, pool->options.setup, fds,
                     pool->options.setup_fd ? 2 : 1, true) == WIRE_OK;
    if (page >= 0)
        close(page);
    if (good)
        worker->status = map;
    else if (map != MAP_FAILED)
        munmap(map, 4096);
    return good;
}

static const char *how_it_ended(int status, bool stalled) {
    if (stalled)
        return "the worker stood still and was ended (wall clock)";
    if (status == -1)
        return "the worker was lost";
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 3 ? "the worker could not be confined" : "the worker gave up";
    switch (WTERMSIG(status)) {
    case SIGSEGV:
        return "the worker crashed (invalid memory access)";
    case SIGBUS:
        return "the worker crashed (bus error)";
    case SIGABRT:
        return "the worker stopped itself (abort)";
    case SIGFPE:
        return "the worker crashed (arithmetic)";
    case SIGILL:
        return "the worker crashed (illegal instruction)";
    case SIGKILL:
        return "the worker was killed (out of memory?)";
    case SIGSYS:
        return "the worker made a forbidden system call";
    default:
        return "the worker was ended by a signal";
    }
}

static void worker_forget(struct pool *pool, struct worker *worker) {
    if (!worker->status)
        return;
    pool->past_bytes += worker->status->bytes;
    pool->past_files += worker->status->files;
    pool->landlock = worker->status->landlock ? (unsigned)worker->status->landlock : pool->landlock;
    munmap(worker->status, 4096);
    close(worker->socket);
    worker->status = NULL;
    worker->socket = -1;
}

static void put_back(struct pool *pool, struct pool_job *job) {
    if (pool->again_count == pool->again_room) {
        size_t room = pool->again_room ? pool->again_room * 2 : 16;
        struct pool_job *again = realloc(pool->again, room * sizeof *again);
        if (!again) {
            pool->failed = "out of memory";
            end_job(job);
            return;
        }
        pool->again = again;
        pool->again_room = room;
    }
    pool->again[pool->again_count++] = *job;
}

/* A worker has ended or must end: its jobs are settled and a fresh one takes its place. */
static void bury(struct pool *pool, struct worker *worker, struct pool_client *client, const char *why) {
    uint64_t current = worker->status ? worker->status->current : 0;
    kill(worker->pid, SIGKILL);
    int status = zygote_reap(pool->zygote, worker->pid);
    if (!why)
        why = how_it_ended(status, worker->stalled);
    worker_forget(pool, worker);
    pool->deaths++;
    struct pool_job jobs[POOL_WINDOW];
    size_t count = worker->job_count;
    memcpy(jobs, worker->jobs, sizeof jobs);
    for (size_t i = count; i-- > 0;) {
        if (i > 0 || client->died(client, &jobs[i], current, why))
            put_back(pool, &jobs[i]);
        else
            end_job(&jobs[i]);
    }
    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 3)
        pool->failed = "workers cannot be confined on this system";
    else if (!worker_start(pool, worker))
        pool->failed = "a worker process could not be started";
}

static bool take_next(struct pool *pool, struct pool_client *client, struct pool_job *ret) {
    if (pool->again_count > 0) {
        *ret = pool->again[--pool->again_count];
        return true;
    }
    *ret = (struct pool_job){0};
    return client->next(client, ret);
}

/* True if the worker has all that it needs to know of the evidence in hand. */
static bool attach(struct pool *pool, struct worker *worker) {
    if (worker->generation != pool->generation) {
        worker->generation = pool->generation;
        worker->attached = 0;
    }
    for (; worker->attached < pool->attached_count; worker->attached++) {
        const struct pool_message *message = &pool->attached[worker->attached];
        if (wire_send(worker->socket, message->type, message->payload, message->fds, message->fd_count,
                      false) != WIRE_OK)
            return false;
    }
    return true;
}

static enum wire_status send_job(struct pool *pool, struct worker *worker, const struct pool_job *job) {
    struct span payload = span_of(job->payload.data, job->payload.size, 0);
    if (!attach(pool, worker))
        return WIRE_AGAIN;
    return wire_send(worker->socket, job->type, payload, job->fds, job->fd_count, false);
}

/* Hands out jobs until all workers have enough; the emptiest first. */
static void hand_out(struct pool *pool, struct pool_client *client) {
    for (size_t depth = 0; depth < POOL_WINDOW; depth++) {
        for (unsigned i = 0; i < pool->count; i++) {
            struct worker *worker = &pool->workers[i];
            struct pool_job job;
            if (worker->socket < 0 || worker->job_count != depth)
                continue;
            if (!take_next(pool, client, &job))
                return;
            if (send_job(pool, worker, &job) != WIRE_OK) { /* a closed socket is noticed when it is read */
                put_back(pool, &job);
                continue;
            }
            worker->jobs[worker->job_count++] = job;
        }
    }
}

static void finish_first(struct worker *worker) {
    end_job(&worker->jobs[0]);
    worker->job_count--;
    memmove(&worker->jobs[0], &worker->jobs[1], worker->job_count * sizeof worker->jobs[0]);
}

/* Reads what a worker has sent; buries it if it is gone or makes no sense. */
static void listen_to(struct pool *pool, struct worker *worker, struct pool_client *client) {
    for (int i = 0; i < 64; i++) {
        struct wire_message message;
        enum wire_status got = wire_receive(worker->socket, pool->buffer, &message, false);
        if (got == WIRE_AGAIN)
            return;
        for (size_t fd = 0; fd < message.fd_count; fd++)
            close(message.fds[fd]);
        if (got != WIRE_OK) {
            bury(pool, worker, client, got == WIRE_ERROR ? "the worker sent a malformed message" : NULL);
            return;
        }
        bool sound = worker->job_count > 0 &&
                     (message.type == POOL_DONE
                          ? client->finished(client, &worker->jobs[0])
                          : client->message(client, &worker->jobs[0], message.type, message.payload));
        if (!sound) {
            bury(pool, worker, client, "the worker sent a malformed message");
            return;
        }
        if (message.type == POOL_DONE)
            finish_first(worker);
    }
}

static void watch(struct pool *pool, struct worker *worker) {
    if (!worker->status)
        return;
    uint64_t beats = worker->status->beats;
    if (worker->job_count == 0 || beats != worker->last_beats) {
        worker->last_beats = beats;
        worker->still = 0;
    } else if (pool->options.stall_seconds > 0 &&
               ++worker->still > pool->options.stall_seconds * 1000 / TICK_MILLISECONDS && !worker->stalled) {
        worker->stalled = true;
        kill(worker->pid, SIGKILL);
    }
}

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wait_for_workers(struct pool *pool, struct pool_client *client) {
    struct pollfd polled[POOL_WORKERS];
    for (unsigned i = 0; i < pool->count; i++)
        polled[i] = (struct pollfd){pool->workers[i].socket, POLLIN, 0};
    if (poll(polled, pool->count, TICK_MILLISECONDS) <= 0)
        return;
    for (unsigned i = 0; i < pool->count; i++)
        if (polled[i].revents)
            listen_to(pool, &pool->workers[i], client);
}

static bool busy(const struct pool *pool) {
    for (unsigned i = 0; i < pool->count; i++)
        if (pool->workers[i].job_count > 0)
            return true;
    return pool->again_count > 0;
}

/* After an interrupt or a failure: nothing that is still out will come back. */
static void drop_jobs(struct pool *pool) {
    for (unsigned i = 0; i < pool->count; i++)
        while (pool->workers[i].job_count > 0)
            finish_first(&pool->workers[i]);
    while (pool->again_count > 0)
        end_job(&pool->again[--pool->again_count]);
}

bool pool_run(struct pool *pool, struct pool_client *client) {
    uint64_t last = milliseconds();
    while (!pool->failed && !*pool->options.interrupt) {
        hand_out(pool, client);
        if (!busy(pool))
            return true;
        wait_for_workers(pool, client);
        uint64_t now = milliseconds();
        if (now - last < TICK_MILLISECONDS)
            continue;
        last = now;
        for (unsigned i = 0; i < pool->count; i++)
            watch(pool, &pool->workers[i]);
        if (pool->options.tick)
            pool->options.tick(pool->options.tick_data);
    }
    drop_jobs(pool);
    return false;
}

struct pool *pool_start(struct zygote *zygote, const struct pool_options *options, const char **error) {
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return *error = "out of memory", NULL;
    pool->zygote = zygote;
    pool->options = *options;
    pool->count = options->workers < 1              ? 1
                  : options->workers > POOL_WORKERS ? POOL_WORKERS
                                                    : options->workers;
    for (unsigned i = 0; i < pool->count; i++) {
        if (worker_start(pool, &pool->workers[i]))
            continue;
        pool->count = i;
        pool_stop(pool);
        return *error = "a worker process could not be started", NULL;
    }
    return pool;
}

void pool_stop(struct pool *pool) {
    if (!pool)
        return;
    drop_jobs(pool);
    for (unsigned i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];
        if (worker->socket < 0)
            continue;
        kill(worker->pid, SIGKILL);
        zygote_reap(pool->zygote, worker->pid);
        worker_forget(pool, worker);
    }
    free(pool->again);
    free(pool);
}

void pool_attach(struct pool *pool, const struct pool_message *messages, size_t count) {
    pool->attached = messages;
    pool->attached_count = count;
    pool->generation++;
}

uint64_t pool_bytes(const struct pool *pool) {
    uint64_t sum = pool->past_bytes;
    for (unsigned i = 0; i < pool->count; i++)
        sum += pool->workers[i].status ? pool->workers[i].status->bytes : 0;
    return sum;
}

uint64_t pool_files(const struct pool *pool) {
    uint64_t sum = pool->past_files;
    for (unsigned i = 0; i < pool->count; i++)
        sum += pool->workers[i].status ? pool->workers[i].status->files : 0;
    return sum;
}

unsigned pool_deaths(const struct pool *pool) {
    return pool->deaths;
}

unsigned pool_landlock(const struct pool *pool) {
    for (unsigned i = 0; i < pool->count; i++)
        if (pool->workers[i].status && pool->workers[i].status->landlock)
            return (unsigned)pool->workers[i].status->landlock;
    return pool->landlock;
}

const char *pool_error(const struct pool *pool) {
    return pool->failed;
}
