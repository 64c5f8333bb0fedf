/* pack_overlay: where the image of a program ends in its file. For formats of packs that programs carry. */
#ifndef SOURCE_PACK_OVERLAY_H
#define SOURCE_PACK_OVERLAY_H

#include "source/pack.h"

/* The end of the last section's raw data, by the headers in the first 4096 bytes; 0 if they are none of a
 * program or lie further in. */
uint64_t pack_overlay(struct evidence_reader *reader, struct job *job);

/* The first place from `from` on where `magic` stands, at most `most` bytes further; UINT64_MAX if there is
 * none. */
uint64_t pack_overlay_find(struct evidence_reader *reader, struct job *job, uint64_t from, uint64_t most,
                           const void *magic, size_t size);

#endif
