/* gpt: the GUID partition table (docs/format/gpt.md), either of the two that a disk has. */
#ifndef FORMAT_GPT_H
#define FORMAT_GPT_H

#include "base/job.h"
#include "base/span.h"

enum {
    GPT_ENTRIES_MAX = 1024,
    GPT_ENTRY_MAX = 1024,
    GPT_NAME = 72
}; /* entries; bytes of one; bytes of its name */

struct gpt {
    uint64_t entries;           /* first sector of the entry array */
    uint32_t count, entry_size; /* entries, bytes of one */
    uint32_t crc;               /* of the entry array */
    uint64_t first, last;       /* usable sectors */
    bool crc_matches;           /* the header's own */
};

struct gpt_partition {
    uint8_t type[16];
    uint64_t first, count; /* sectors */
    struct span name;      /* UTF-16LE without the padding, at most GPT_NAME bytes */
};

/* Reads the header of a table: sector 1, or the last one of the disk. False, without a fault, if there is no
 * such header; with a TORN, BAD or LIMIT fault in `job` if there is one but its sizes are beyond the caps. A
 * wrong checksum is noted in `job` and not fatal.
 */
bool gpt_read(struct job *job, struct span sector, struct gpt *ret) MUST_USE;

/* True if the checksum of the whole entry array, `count` times `entry_size` bytes, is right. */
bool gpt_entries_match(const struct gpt *gpt, struct span entries);

/* The entry at `at`, from 0; false if it is unused, outside the span or has no length. */
bool gpt_entry(const struct gpt *gpt, struct span entries, uint32_t at, struct gpt_partition *ret);

#endif
