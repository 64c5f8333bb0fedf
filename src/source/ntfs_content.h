/* ntfs_content: the bytes of streams, in the order in which they lie on the volume.
 *
 * A plan walks a part of the index's reading order. For each stream it fills in a struct content whose head
 * has been read. Exactly adjacent neighbours that are wanted are read together: their first CONTENT_HEAD
 * bytes, or all of them if the plan is made for whole contents. No byte of evidence is read twice while a
 * content is read forward.
 *
 * Sparse ranges and bytes beyond the initialized size are zeros and cost no reading. What NTFS or the system
 * compressed (LZNT1, WOF) is decoded a unit at a time. What cannot be read (encrypted, or kept elsewhere) is
 * refused by name: ntfs_content.fault, and read returns 0. */
#ifndef SOURCE_NTFS_CONTENT_H
#define SOURCE_NTFS_CONTENT_H

#include "format/wof.h"
#include "model/content.h"
#include "source/ntfs_index.h"
#include "source/reader.h"

enum {
    NTFS_CONTENT_WINDOW = 256 * 1024, /* bytes read together */
    NTFS_CONTENT_UNIT = 64 * 1024,    /* bytes of the largest compression unit that NTFS makes */
    NTFS_CONTENT_TABLE = 4096         /* bytes read at once of a table of WOF chunks */
};

/* The decoded unit that was read last, and what it takes to decode one. Of no content: stream is
 * NTFS_INDEX_NONE. */
struct ntfs_unit {
    uint32_t stream;
    uint64_t number;
    uint8_t *bytes, *packed; /* NTFS_CONTENT_UNIT each */
    size_t size;             /* valid ones of `bytes` */
    uint32_t table_stream;   /* whose table ... */
    struct span table;       /* ... and which part of it; in `table_bytes`, NTFS_CONTENT_TABLE */
    uint8_t *table_bytes;
};

struct ntfs_plan {
    const struct ntfs_index *index;
    struct evidence_reader reader; /* bytes_read counts up; base is the volume's first byte */
    uint32_t next, last;           /* positions in the reading order */
    bool whole;
    uint8_t *window;    /* of the job given to ntfs_content_plan */
    uint64_t window_at; /* offset in the volume of window[0] */
    size_t window_size; /* bytes valid */
    struct ntfs_unit unit;
};

/* Where a walk along a stream's extents ended: extent, and the offset in the stream at which it begins. */
struct ntfs_place {
    const struct ntfs_stream *meta;
    uint32_t extent;
    uint64_t extent_start;
};

struct ntfs_content {
    struct content content; /* first, so that a struct content * can be turned back */
    uint32_t stream, record;
    struct fault fault; /* why the content cannot be read at all, or FAULT_NONE */
    struct ntfs_plan *plan;
    const struct ntfs_stream *meta;
    struct ntfs_place place;
    struct ntfs_place packed; /* of the stream that keeps it compressed; only for NTFS_STREAM_WOF */
    struct wof_layout layout; /* the same */
    uint8_t head[CONTENT_HEAD];
};

/* A plan for the positions [first, last) of the reading order over a volume whose bytes `reader` sees.
 * `whole` says that all contents are wanted and not only heads. False if memory runs out. The window is of
 * `job`, which must outlive the plan. */
bool ntfs_content_plan(struct job *job, const struct ntfs_index *index, struct evidence_reader reader,
                       uint32_t first, uint32_t last, bool whole, struct ntfs_plan *ret) MUST_USE;

/* The next content; false at the end. `ret` is valid until it is used again and must not be moved; it needs
 * the plan. Damage is noted in `job`: TORN where the evidence ends, BAD for absurd runs, IO. */
bool ntfs_content_next(struct ntfs_plan *plan, struct job *job, struct ntfs_content *ret);

/* Opens one stream out of order, through the plan's reader. Streams that cannot be read get a fault. */
void ntfs_content_open(struct ntfs_plan *plan, struct job *job, uint32_t stream, struct ntfs_content *ret);

#endif
