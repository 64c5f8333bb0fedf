/* disk: a disk, a volume or a $MFT in a file. Internal to engine/. */
#ifndef ENGINE_DISK_H
#define ENGINE_DISK_H

#include "engine/run.h"

/* What the parts that are attached to the pool are. True also if a further part is wanted. False, with *why,
 * if it could not be found out. `memory` keeps the texts of notes and digests. */
bool disk_identify(struct run *run, struct protocol_found *ret, struct protocol_notes *notes,
                   struct text *memory, const char **why);

/* All volumes of an identified disk, volume or $MFT of `size` bytes, and their shadow copies. */
void disk_examine(struct run *run, const struct engine_target *target, uint64_t evidence, uint64_t size,
                  const struct protocol_found *found);

#endif
