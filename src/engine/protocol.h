/* protocol: what parent and workers say to each other. docs/protocol.md has the same as prose.
 *
 * The parent trusts nothing a worker says: every decoder here checks every length and number and is fuzzed.
 * Texts from workers stay untrusted bytes until they are escaped or stored. */
#ifndef ENGINE_PROTOCOL_H
#define ENGINE_PROTOCOL_H

#include "base/job.h"
#include "base/text.h"
#include "base/wire.h"

enum protocol_type {
    /* parent to worker; each ends with POOL_DONE from the worker, but for SETUP */
    PROTOCOL_SETUP = 16, /* fd: status page. Options for all later jobs */
    PROTOCOL_VOLUMES,    /* fd: evidence. u64 size. Answered by one PROTOCOL_FOUND */
    PROTOCOL_INDEX, /* fds: evidence, empty memfd. u64 offset, u64 size, u8 flags. One PROTOCOL_INDEXED */
    PROTOCOL_FILE,  /* fd: evidence. u64 item, u64 size, string name, u8 1 in a package. PROTOCOL_ITEMS */
    PROTOCOL_RANGE, /* fds: evidence, index. struct protocol_range. PROTOCOL_ITEMS */
    /* worker to parent */
    PROTOCOL_FOUND = 32,
    PROTOCOL_INDEXED,
    PROTOCOL_ITEMS
};

enum { PROTOCOL_VOLUMES_MAX = 256, PROTOCOL_TEXT = 512, PROTOCOL_SKIPS = 64 };

struct protocol_options {
    bool inspect, hash, md5, sha1, unconfined;
    bool trust_only, keep_events;
    uint64_t now;
    uint64_t max_size; /* bytes; larger contents are not loaded */
};

void protocol_options_write(struct text *out, const struct protocol_options *options);
bool protocol_options_read(struct span payload, struct protocol_options *ret) MUST_USE;

struct protocol_volume {
    uint64_t offset, size, present;
    uint32_t ordinal, cluster_size, record_size;
    uint64_t serial;
    char filesystem[32], name[PROTOCOL_TEXT];
};

struct protocol_found {
    uint8_t kind; /* enum volumes_kind */
    bool readable;
    char container[32], scheme[8];
    uint32_t record_size, omitted, count;
    uint64_t bytes_read;
    struct protocol_volume volumes[PROTOCOL_VOLUMES_MAX];
};

void protocol_found_write(struct text *out, const struct protocol_found *found, const struct job *job);
/* `notes` receives the damage found on the way, at most JOB_NOTES; texts lie in `payload`. */
struct protocol_note {
    uint8_t code; /* enum fault_code */
    uint64_t offset;
    struct span text;
};
struct protocol_notes {
    size_t count;
    uint64_t more; /* notes that were made beyond those kept */
    struct protocol_note note[JOB_NOTES + 1];
};
bool protocol_found_read(struct span payload, struct protocol_found *ret,
                         struct protocol_notes *notes) MUST_USE;

/* The job's fault, if any, first; then its notes. */
void protocol_notes_write(struct text *out, const struct job *job);
bool protocol_notes_read(struct cursor *cursor, struct protocol_notes *ret) MUST_USE;

enum { PROTOCOL_STANDALONE = 1, PROTOCOL_CONTENT = 2, PROTOCOL_HASH_MFT = 4, PROTOCOL_INDEXES = 8 };

/* Positions [first, last) of an index's reading order, without those in skip. */
struct protocol_range {
    uint64_t base, size; /* of the volume in the evidence */
    uint64_t first, last;
    uint32_t skip_count;
    uint64_t skip[PROTOCOL_SKIPS];
};
void protocol_range_write(struct text *out, const struct protocol_range *range);
bool protocol_range_read(struct span payload, struct protocol_range *ret) MUST_USE;

/* How far an artifact was read. */
enum artifact_state { STATE_UNREAD, STATE_READ, STATE_HEAD, STATE_SKIPPED, STATE_DAMAGED, STATES };
const char *protocol_state_word(unsigned state);

/* One artifact's result, or a part of it if its rows are many: `final` marks the last part. */
struct protocol_item {
    uint64_t item;
    bool final;
    uint8_t state;      /* enum artifact_state */
    uint8_t codes;      /* 1 << enum fault_code, for each kind of damage met */
    uint64_t size;      /* bytes that turned out to be there, of those the source promised */
    struct span reason; /* why not read; UTF-8 by promise only */
    struct span rows;   /* base/row.h */
};
void protocol_item_write(struct text *out, const struct protocol_item *item);
/* False at the end (`*bad` false) or if malformed (`*bad` true). */
bool protocol_item_next(struct cursor *cursor, struct protocol_item *ret, bool *bad) MUST_USE;

#endif
