/* compile: reads a published list (intel/lists_read.h) in a confined process.
 *
 * One process a list: it is sent the open file and an empty memory file, gives up everything else
 * (engine/confine.h), compiles, and ends. What it leaves is foreign bytes: it is read when the process is
 * gone and has to make sense (lists_sound) before anybody uses it. */
#ifndef ENGINE_COMPILE_H
#define ENGINE_COMPILE_H

#include "engine/zygote.h"
#include "intel/lists_read.h"

#define COMPILE_FILE ((uint64_t)256 << 20) /* bytes of a list at most */

/* What the zygote is to be started with (zygote_start), after digest_prepare. Never returns. */
_Noreturn void compile_worker(int socket);

/* Reads the list that `fd` is open on, from its start, into `out`, which is empty. False with line and reason
 * in `error`, without the file's name. `unconfined` lets the process run where the system offers no sandbox.
 */
bool compile_list(struct zygote *zygote, int fd, const struct lists_source *source, bool unconfined,
                  struct text *out, struct text *error) MUST_USE;

/* The same of a list of campaigns, in any form (intel/campaigns_read.h), called `file`: into the form of
 * intel/campaigns.h, which has been read once to see that it makes sense. `name`: of a campaign without one.
 */
bool compile_campaigns(struct zygote *zygote, int fd, const char *name, const char *file, bool unconfined,
                       struct text *out, struct text *error) MUST_USE;

/* In such a process: reads the file that `fd` is open on into *data, to be freed in any case; NULL, or the
 * reason. */
const char *compile_read(int fd, char **data, size_t *size) MUST_USE;

/* In such a process: puts the bytes into an empty memory file, with the few calls that it has left. */
bool compile_leave(int memory, const struct text *out) MUST_USE;

/* A process's words: printable ASCII, 200 bytes at most. */
void compile_words(struct span words, struct text *ret);

#endif
