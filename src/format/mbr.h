/* mbr: partition tables of master and extended boot records (docs/format/mbr.md). */
#ifndef FORMAT_MBR_H
#define FORMAT_MBR_H

#include "base/job.h"
#include "base/span.h"

enum { MBR_PRIMARY = 4, MBR_LOGICAL_MAX = 128, MBR_PROTECTIVE = 0xee };

struct mbr_partition {
    uint8_t type;
    uint64_t first, count; /* sectors, first counted from the start of the disk */
};

struct mbr {
    struct mbr_partition partitions[MBR_PRIMARY]; /* in table order; extended ones too */
    size_t count;
    bool protective; /* a GPT is meant to follow */
};

/* Reads sector 0 of something that has `sectors` sectors. False, without a fault, unless it is a sane table:
 * the signature 55 AA; four entries with a status of 00 or 80, at most one of them active, each either empty
 * or with a type, a first sector and a length; at least one used, at least one that begins inside, none
 * overlapping. Partitions may be longer than the image, which may have been cut. The caller has excluded file
 * system boot sectors. */
bool mbr_read(struct span sector, uint64_t sectors, struct mbr *ret) MUST_USE;

/* True for the types of an extended partition: 05, 0f, 85. */
bool mbr_is_extended(uint8_t type);

/* Reads the extended boot record at sector `at` of the chain that begins at sector `extended`. On success
 * `ret` is its logical partition (count 0 if there is none) and `*next` the sector of the next record, 0 at
 * the end. A next record that does not lie behind this one is a loop and ends the chain with a BAD fault in
 * `job`. */
bool mbr_logical_read(struct job *job, struct span sector, uint64_t at, uint64_t extended,
                      struct mbr_partition *ret, uint64_t *next) MUST_USE;

#endif
