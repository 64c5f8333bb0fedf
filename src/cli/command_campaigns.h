/* command_campaigns: lists of campaigns that are named with --campaign, for scan and overlap. */
#ifndef CLI_COMMAND_CAMPAIGNS_H
#define CLI_COMMAND_CAMPAIGNS_H

#include "engine/zygote.h"
#include "intel/campaigns.h"

/* Reads one list, of any form, in a confined process of `zygote`, which was started with compile_worker: into
 * the form of intel/campaigns.h. `name` NULL: a campaign without one is called as the file. False when the
 * reason has been said on stderr. */
bool command_campaigns_compile(struct zygote *zygote, const char *path, const char *name, bool unconfined,
                               struct text *out) MUST_USE;

/* Reads all of these and adds them; starts the processes by itself, so nothing may be open yet. */
bool command_campaigns_add(const char *const *paths, size_t count, bool unconfined,
                           struct campaigns *campaigns) MUST_USE;

/* Is a list of campaigns meant: a file that begins like one? */
bool command_campaigns_are(const char *path);

#endif
