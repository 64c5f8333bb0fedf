/* ntfs_build: the sections of an index while they grow. Shared by ntfs_build.c (records in) and ntfs_gather.c
 * (what can only be done when all records are in). */
#ifndef SOURCE_NTFS_BUILD_H
#define SOURCE_NTFS_BUILD_H

#include "source/ntfs_layout.h"
#include "source/ntfs_mft.h"

/* A part of a stream's runs that does not begin at its first cluster; joined when all are there. */
struct ntfs_piece {
    uint32_t record, hash;
    uint64_t lowest;
    uint32_t first, count; /* extents */
};

struct ntfs_build {
    struct job *job;
    const struct ntfs_index_input *input;
    struct ntfs_mft mft;
    struct ntfs_index_summary summary;
    uint8_t *map;
    size_t map_size;
    uint64_t offset[NTFS_LAYOUT_SECTIONS], room[NTFS_LAYOUT_SECTIONS]; /* bytes; items */
    struct ntfs_row *rows;
    struct ntfs_link *links;
    struct ntfs_stream *streams;
    struct ntfs_extent *extents;
    uint32_t *order;
    uint8_t *names, *resident;
    uint64_t *prints;
    uint64_t populated[NTFS_LAYOUT_SECTIONS]; /* bytes whose pages are there; see populate */
    uint64_t used[NTFS_LAYOUT_SECTIONS];      /* items */
    uint8_t *scratch;                         /* behind the sections; cut off at the end */
    uint64_t scratch_offset, scratch_room;    /* bytes */
    struct ntfs_piece *pieces;                /* grow from the start of scratch */
    uint64_t piece_count, piece_room;
    uint8_t *waiting;                    /* copies of extension records that came before their base */
    uint64_t waiting_used, waiting_room; /* bytes */
    uint64_t taken, named;               /* records looked at; base records that have a name */
    bool limited;                        /* a cap was reached and noted */
};

/* Takes `wanted` items of a section; false, noted once, when its room is used up. */
bool ntfs_build_room(struct ntfs_build *build, enum ntfs_layout_section section, uint64_t wanted);

/* ntfs_index_build. */
bool ntfs_build_index(struct job *job, const struct ntfs_index_input *input,
                      struct ntfs_index_summary *ret) MUST_USE;

#endif
