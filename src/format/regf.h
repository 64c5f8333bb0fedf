/* regf: hives of the Windows registry (docs/format/regf.md).
 *
 *     struct regf hive;
 *     struct regf_walk *walk;
 *     if (regf_open(job, bytes, &hive) && (walk = regf_walk_new(&hive)))
 *         while (regf_next(walk, &item))
 *             item.kind is REGF_KEY, or REGF_VALUE of the last key
 *
 * A walk yields every key of the tree, a parent before what is below it, each followed by its values; then
 * what no list names: keys in cells in use (LOST) and remains in free cells, in the slack of cells and behind
 * the hive (DELETED), with those of their values that are still there; then such values without a key. Any
 * bytes may be taken for remains, so those are believed only if every field is plausible; values of remains
 * whose data was written over say so.
 *
 * Links are followed once, to any cell, also to one that is marked free or has a wrong size, which is damage
 * and told; a bad element of a list costs that element, a bad list its elements, which the walk then finds as
 * LOST. Damage is noted in the job with its place and counted; it ends nothing. All memory is the job's:
 * about a 32nd of the hive, and the longest value that is kept in segments. Spans point into the bytes given,
 * which must stay. Time is bounded by the job's steps; when they are used up the walk ends with a LIMIT
 * fault. */
#ifndef FORMAT_REGF_H
#define FORMAT_REGF_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

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

enum regf_type {
    REGF_REG_NONE,
    REGF_SZ,
    REGF_EXPAND_SZ,
    REGF_BINARY,
    REGF_DWORD,
    REGF_DWORD_BE,
    REGF_REG_LINK,
    REGF_MULTI_SZ,
    REGF_RESOURCE_LIST,
    REGF_RESOURCE_DESCRIPTOR,
    REGF_RESOURCE_REQUIREMENTS,
    REGF_QWORD
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

struct regf_value {
    uint32_t cell;
    uint64_t offset;  /* of its cell in the artifact */
    struct span name; /* empty: the key's default value */
    bool latin;
    uint32_t type;        /* enum regf_type; others exist */
    uint32_t size;        /* bytes of data, as it says */
    bool cut;             /* not all of them are there */
    bool gone;            /* remains: what was its data is something else by now */
    struct span data;     /* as far as it is in one piece; see regf_data */
    struct span segments; /* offsets of its segments, or empty */
};

enum regf_kind { REGF_KEY, REGF_VALUE };

struct regf_item {
    enum regf_kind kind;
    enum regf_state state;
    unsigned depth;      /* of the key: 0 is the root; 0 too where state is not LIVE */
    struct regf_key key; /* of a value too; its cell is REGF_NONE if that is not known */
    struct regf_value value;
};

struct regf_walk;

/* Is it the start of a hive? Logs begin alike, but say so. */
bool regf_sniff(struct span head);

/* False, with a fault, if this is no hive at all: it has neither a base block nor a first bin; or if memory
 * runs out. A base block that is damaged is told and what can be is read. */
bool regf_open(struct job *job, struct span file, struct regf *ret) MUST_USE;

/* NULL with a fault if memory runs out. One walk for each regf_open. */
struct regf_walk *regf_walk_new(struct regf *hive) MUST_USE;

bool regf_next(struct regf_walk *walk, struct regf_item *ret) MUST_USE;

/* The data of a value in one piece: all that is there. Valid until the next call. False with a fault if
 * memory or steps run out. */
bool regf_data(struct regf *hive, const struct regf_value *value, struct span *ret) MUST_USE;

/* Adds a name of a key or value in stored form, of at most `units` characters. */
void regf_name(struct span name, bool latin, size_t units, struct text *text);

/* Adds the path of a key by the parents that it and they name: names in stored form, each behind a slash; the
 * root is empty. False if that does not lead to the root; the path then begins with `?`. */
bool regf_path(const struct regf *hive, const struct regf_key *key, struct text *text);

/* Adds what data say as plain UTF-8 (unpaired surrogates and NULs as \uHHHH): strings up to their NUL, the
 * strings of MULTI_SZ with a newline between, numbers in decimal. False if the type has no such form or this
 * does not tell all of the data. */
bool regf_text(uint32_t type, struct span data, struct text *text);

/* "REG_SZ" and so on; NULL for types without a name. */
const char *regf_type_name(uint32_t type);

/* "live", "lost", "deleted". */
const char *regf_state_word(enum regf_state state);

enum regf_log { REGF_LOG_NONE, REGF_LOG_OLD, REGF_LOG_NEW };

struct regf_replayed {
    enum regf_log form;
    uint32_t entries, pages; /* applied; an old log is one entry */
    uint32_t sequence;       /* of the hive afterwards */
    bool base;               /* the base block came from a log */
    bool gap;                /* a log has entries, but not those that come next */
};

/* Applies transaction logs to a hive in memory, as Windows does when it loads a dirty one; to one that is not
 * dirty nothing. `bytes` has room for `room` bytes, of which `*size` are the hive; both may change. Logs are
 * whole files, in any order; what they do not offer is left as it is. A damaged log is noted in the job (its
 * offsets are those of its span) and applied up to there. Returns whether anything was applied. */
bool regf_replay(struct job *job, uint8_t *bytes, size_t *size, size_t room, const struct span *logs,
                 size_t count, struct regf_replayed *ret);

/* Bytes that a hive may have after its logs were applied, at most. */
uint64_t regf_replay_room(size_t size, const struct span *logs, size_t count);

/* The hash of log entries (Marvin32 with the registry's seed). */
uint64_t regf_marvin32(struct span bytes);

#endif
