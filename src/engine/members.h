/* members: an archive as evidence, and the triage collection that it may be. Internal to engine/. */
#ifndef ENGINE_MEMBERS_H
#define ENGINE_MEMBERS_H

#include "engine/run.h"

/* All members of the archive whose parts are attached, `size` bytes. Tells the evidence's row when host and
 * collector are known. */
void members_examine(struct run *run, const struct engine_target *target, struct casefile_evidence *evidence,
                     uint64_t size);

/* What lies in the archive whose parts are attached at `target->inner`, taken out: a sealed descriptor, which
 * is then the caller's, and the drive that it was on, "" if not known. `size` is that of the archive, then of
 * what was taken out. -1, with *why, if there is no such member or nothing comes out. `evidence` is what
 * damage on the way is told of, `name` the archive's base name. */
int members_take(struct run *run, const struct engine_target *target, uint64_t evidence, const char *name,
                 uint64_t *size, char drive[3], const char **why) MUST_USE;

#endif
