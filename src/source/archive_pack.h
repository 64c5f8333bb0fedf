/* archive_pack: what archives that are packs need. Internal to source/archive*.c. */
#ifndef SOURCE_ARCHIVE_PACK_H
#define SOURCE_ARCHIVE_PACK_H

#include "source/archive_build.h"

/* Rows of all members. */
bool archive_pack_build(struct archive_build *build) MUST_USE;

void archive_pack_begin(struct archive_plan *plan);
void archive_pack_end(struct archive_plan *plan);

/* The member in hand is read no more. */
void archive_pack_let_go(struct archive_plan *plan);

/* Bytes of a content at an offset, none of which are in its head. */
size_t archive_pack_read(struct archive_content *content, struct job *job, uint64_t offset, uint8_t *to,
                         size_t size);

#endif
