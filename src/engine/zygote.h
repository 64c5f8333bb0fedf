/* zygote: a small single-threaded process that starts workers.
 *
 * It is forked before any evidence or database is opened and holds nothing but its socket, so what it forks
 * holds nothing either. The parent asks it for a worker and hands over that worker's socket; when a worker
 * ends it asks how. The zygote and all workers die with the parent. */
#ifndef ENGINE_ZYGOTE_H
#define ENGINE_ZYGOTE_H

#include "base/fault.h"

#include <stdbool.h>
#include <sys/types.h>

struct zygote {
    int socket;
    pid_t pid;
};

/* Forks the zygote. `work` runs in each worker with its end of the socket and never returns to here. */
bool zygote_start(struct zygote *ret, void (*work)(int socket)) MUST_USE;

/* Starts a worker; `*socket` is our end. */
bool zygote_spawn(struct zygote *zygote, pid_t *pid, int *socket) MUST_USE;

/* Waits for a worker to end and gives its wait status (waitpid(2)); -1 if unknown. */
int zygote_reap(struct zygote *zygote, pid_t pid);

void zygote_stop(struct zygote *zygote);

#endif
