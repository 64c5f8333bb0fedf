/* image: a disk, a volume or a $MFT in a file. Internal to engine/. */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H

#include "engine/run.h"

/* What the evidence is. False, with *why, if it could not be found out. */
bool image_identify(struct run *run, int fd, uint64_t size, struct protocol_found *ret,
                    struct protocol_notes *notes, struct text *memory, const char **why);

/* All volumes of an identified disk, volume or $MFT. */
void image_examine(struct run *run, const struct engine_target *target, uint64_t evidence, int fd,
                   uint64_t size, const struct protocol_found *found);

#endif
