/* archive_layout: how an index lies in its memfd. Shared by who builds it and who reads it, and nobody else.
 */
#ifndef SOURCE_ARCHIVE_LAYOUT_H
#define SOURCE_ARCHIVE_LAYOUT_H

#include "source/archive.h"

enum archive_layout_section {
    ARCHIVE_LAYOUT_ROWS,
    ARCHIVE_LAYOUT_ORDER,
    ARCHIVE_LAYOUT_RANGES,
    ARCHIVE_LAYOUT_NAMES,
    ARCHIVE_LAYOUT_SECTIONS
};

#define ARCHIVE_LAYOUT_MAGIC   0x5643524153534141u
#define ARCHIVE_LAYOUT_VERSION 2u

enum { ARCHIVE_LAYOUT_PAGE = 4096 };

struct archive_layout {
    uint64_t magic, version, size; /* size: of the memfd, bytes */
    struct {
        uint64_t offset, count; /* bytes; items */
    } sections[ARCHIVE_LAYOUT_SECTIONS];
    struct archive_summary summary;
};

_Static_assert(sizeof(struct archive_layout) <= ARCHIVE_LAYOUT_PAGE, "the header is one page");
_Static_assert(sizeof(struct archive_row) == 120, "memory a member is promised");

/* Bytes of one item of a section. */
static inline size_t archive_layout_item(enum archive_layout_section section) {
    static const size_t items[ARCHIVE_LAYOUT_SECTIONS] = {sizeof(struct archive_row), sizeof(uint32_t),
                                                          sizeof(struct sparse_range), 1};
    return items[section];
}

/* Why a member cannot be read: archive_row.reason. Methods of ZIP are behind ARCHIVE_LAYOUT_METHOD. */
enum archive_layout_reason {
    ARCHIVE_LAYOUT_READABLE,
    ARCHIVE_LAYOUT_TRADITIONAL,
    ARCHIVE_LAYOUT_AES,
    ARCHIVE_LAYOUT_STRONG,
    ARCHIVE_LAYOUT_GNU_SPARSE,
    ARCHIVE_LAYOUT_NO_FILE,
    ARCHIVE_LAYOUT_NOWHERE,
    ARCHIVE_LAYOUT_PACK, /* in the pack's words */
    ARCHIVE_LAYOUT_METHOD = 256
};

/* Did more come out of a packed TAR than `summary` allows? */
static inline bool archive_layout_grown(const struct archive_summary *summary,
                                        const struct inflate *inflate) {
    return inflate->out > summary->suspect &&
           (inflate->out - summary->suspect) / summary->ratio > inflate->in;
}

/* The same for one member by its declared sizes. */
static inline bool archive_layout_grows(uint64_t ratio, uint64_t packed, uint64_t unpacked) {
    return unpacked > ARCHIVE_LAYOUT_PAGE && (unpacked - ARCHIVE_LAYOUT_PAGE) / ratio > packed;
}

#endif
