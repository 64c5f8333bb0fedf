/* regf: hives of the Windows registry: base block, bins and cells (docs/format/regf.md).
 *
 *     struct regf hive;
 *     struct regf_walk *walk;
 *     if (regf_open(job, bytes, &hive) && (walk = regf_walk_new(&hive)))      format/regf_walk.h
 *         while (regf_next(walk, &item))
 *             item.kind is REGF_KEY, or REGF_VALUE of the last key
 *
 * Data of values: format/regf_value.h; what they say: format/regf_text.h; transaction logs, which are applied
 * before: format/regf_log.h. Damage is noted in the job with its place and counted; it ends nothing. All
 * memory is the job's: about a 32nd of the hive, and the longest value that is kept in segments. Spans point
 * into the bytes given, which must stay. */
#ifndef FORMAT_REGF_H
#define FORMAT_REGF_H

#include "base/job.h"
#include "base/span.h"

enum {
    REGF_BASE = 4096,  /* bytes of the base block; cells are counted from its end */
    REGF_UNIT = 8,     /* cells begin and end at multiples of it */
    REGF_DEPTH = 512,  /* levels of keys that Windows allows; what is deeper is LOST */
    REGF_BIG = 16344,  /* bytes of a segment of a value's data */
    REGF_HEADER = 512, /* bytes of the base block that mean something */
    REGF_BIN = 4096    /* bins are multiples of it */
};
#define REGF_NONE 0xffffffffu /* no cell */

enum regf_flag {
    REGF_ENTRY = 0x4,      /* the root */
    REGF_LINK = 0x10,      /* value SymbolicLinkValue names another key */
    REGF_LATIN = 0x20,     /* the name is in Latin-1 */
    REGF_PREDEFINED = 0x40 /* a handle instead of values */
};

enum regf_state { REGF_LIVE, REGF_LOST, REGF_DELETED, REGF_STATES };

struct regf {
    struct job *job;
    struct span bins; /* all behind the base block, also what the hive no longer needs */
    uint64_t written; /* FILETIME */
    uint32_t primary, secondary;
    uint32_t major, minor, root, bins_size; /* as the base block says; bins_size at most bins.size */
    struct span name;                       /* UTF-16LE up to its NUL: the end of a path, or empty */
    bool base_good;                         /* the base block has its signature and its checksum is right */
    bool dirty;                             /* writing it had begun and not ended: logs hold the rest */
    bool torn;                              /* there are fewer bytes than the base block says */
    uint64_t damaged;                       /* places that contradict the format */
    bool spent;                             /* the job's steps were used up */
    uint8_t *seen;                          /* a bit a unit: a key or value begins here that was told */
    uint8_t *used;                          /* the same: part of something that a list leads to */
    uint8_t *scratch;                       /* for data in segments */
    size_t scratch_size;
};

struct regf_key {
    uint32_t cell;    /* from the end of the base block; REGF_NONE: not known */
    uint64_t offset;  /* the same in the artifact */
    uint64_t written; /* FILETIME */
    uint32_t parent, subkeys, subkey_list, values, value_list; /* as it says */
    uint16_t flags;
    struct span name;       /* see regf_name */
    struct span class_name; /* UTF-16LE; empty if there is none */
};

/* Is it the start of a hive? Logs begin alike, but say so. */
bool regf_sniff(struct span head);

/* Reads the base block alone, quietly: up to `dirty`; the rest is zero. */
void regf_peek(struct span file, struct regf *ret);

/* False, with a fault, if this is no hive at all: it has neither a base block nor a first bin; or if memory
 * runs out. A base block that is damaged is told and what can be is read. */
bool regf_open(struct job *job, struct span file, struct regf *ret) MUST_USE;

/* "live", "lost", "deleted". */
const char *regf_state_word(enum regf_state state);

#endif
