/* members: an archive as evidence, and the triage collection that it may be. Internal to engine/. */
#ifndef ENGINE_MEMBERS_H
#define ENGINE_MEMBERS_H

#include "engine/run.h"

/* All members of the archive whose parts are attached, `size` bytes. Tells the evidence's row when host and
 * collector are known. */
void members_examine(struct run *run, const struct engine_target *target, struct casefile_evidence *evidence,
                     uint64_t size);

#endif
