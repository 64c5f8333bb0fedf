/* ntfs_layout: how an index lies in its memfd. Shared by who builds it and who reads it, and nobody else. */
#ifndef SOURCE_NTFS_LAYOUT_H
#define SOURCE_NTFS_LAYOUT_H

#include "source/ntfs_index.h"

enum ntfs_layout_section {
    NTFS_LAYOUT_ROWS,
    NTFS_LAYOUT_LINKS,
    NTFS_LAYOUT_STREAMS,
    NTFS_LAYOUT_EXTENTS,
    NTFS_LAYOUT_ORDER,
    NTFS_LAYOUT_NAMES,
    NTFS_LAYOUT_RESIDENT,
    NTFS_LAYOUT_PRINTS,
    NTFS_LAYOUT_SECTIONS
};

#define NTFS_LAYOUT_MAGIC   0x5845444e49534641u
#define NTFS_LAYOUT_VERSION 4u

enum { NTFS_LAYOUT_PAGE = 4096 };

struct ntfs_layout {
    uint64_t magic, version, size; /* size: of the memfd, bytes */
    struct {
        uint64_t offset, count; /* bytes; items */
    } sections[NTFS_LAYOUT_SECTIONS];
    struct ntfs_index_summary summary;
};

_Static_assert(sizeof(struct ntfs_layout) <= NTFS_LAYOUT_PAGE, "the header is one page");
_Static_assert(sizeof(struct ntfs_row) == 104, "memory a record is promised");
_Static_assert(sizeof(struct ntfs_link) == 56, "memory a link is promised");
_Static_assert(sizeof(struct ntfs_stream) == 48, "memory a stream is promised");

/* Bytes of one item of a section. */
static inline size_t ntfs_layout_item(enum ntfs_layout_section section) {
    static const size_t items[NTFS_LAYOUT_SECTIONS] = {sizeof(struct ntfs_row),
                                                       sizeof(struct ntfs_link),
                                                       sizeof(struct ntfs_stream),
                                                       sizeof(struct ntfs_extent),
                                                       sizeof(uint32_t),
                                                       1,
                                                       1,
                                                       sizeof(uint64_t)};
    return items[section];
}

#endif
