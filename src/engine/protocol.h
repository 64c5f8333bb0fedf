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
    PROTOCOL_SETUP = 16, /* fds: status page, perhaps rules. Options for all later jobs */
    PROTOCOL_PARTS,      /* fds: parts of the evidence that later jobs are about. struct protocol_parts. Not
                            answered */
    PROTOCOL_VOLUMES,    /* empty. Answered by one PROTOCOL_FOUND */
    PROTOCOL_INDEX,      /* fd: empty memfd. struct protocol_place, u8 flags. One PROTOCOL_INDEXED */
    PROTOCOL_FILE,       /* fds: a file, then what lies beside it. u64 item, u64 size, string name, u8
                            PROTOCOL_FILE_*, string path, u8 what there is: 1 its .idx, 2 .LOG, 4 .LOG1, 8 .LOG2, 16
                            -wal.       PROTOCOL_ITEMS */
    PROTOCOL_RANGE,   /* fds: index, perhaps bits of the positions meant, then perhaps of the records of which
                         all   events are kept. struct protocol_range. PROTOCOL_ITEMS */
    PROTOCOL_SHADOWS, /* struct protocol_place of a volume. One PROTOCOL_SHADOWED */
    PROTOCOL_ARCHIVE, /* fd: empty memfd. Indexes the members of the parts. One PROTOCOL_ARCHIVED */
    PROTOCOL_MEMBERS, /* like RANGE, over the index of an archive. PROTOCOL_ITEMS */
    PROTOCOL_EXTRACT, /* fds: index of an archive, empty memfd. u32 row, u64 most bytes. One
                         PROTOCOL_EXTRACTED */
    PROTOCOL_DIGEST,  /* empty: digests of the disk inside the parts. One PROTOCOL_DIGESTED */
    PROTOCOL_BESIDE,  /* fds: files beside the parts, in which a package may go on. struct protocol_parts. Not
                         answered */
    /* worker to parent */
    PROTOCOL_FOUND = 64,
    PROTOCOL_INDEXED,
    PROTOCOL_ITEMS,
    PROTOCOL_SHADOWED,
    PROTOCOL_DIGESTED,
    PROTOCOL_ARCHIVED, /* u8 built, notes, string host, u64 PROTOCOL_BESIDE_MOST bits. Before it perhaps
                          ITEMS: rows about a package */
    PROTOCOL_EXTRACTED /* u8 whole, notes, u64 bytes */
};

enum {
    PROTOCOL_FILE_MASK = 31,
    PROTOCOL_FILE_PACKAGE = 1, /* it lies in or below the folder of an Appx package */
    PROTOCOL_FILE_OPEN = 2,    /* what it is or carries is opened as evidence of its own */
    PROTOCOL_VOLUMES_MAX = 256,
    PROTOCOL_TEXT = 512,
    PROTOCOL_SKIPS = 64,
    PROTOCOL_SHADOWS_MAX = 512,
    PROTOCOL_BESIDE_MOST = 64 /* files beside a package; a bit each says that it was taken in */
};

/* Some of the parts of the evidence (source/image.h): `count` of them from number `first`, of `total`. The
 * message that holds the last one makes the evidence complete. */
struct protocol_parts {
    uint32_t first, total, count;
    uint64_t sizes[WIRE_FDS];
    char names[WIRE_FDS][256];
};
void protocol_parts_write(struct text *out, const struct protocol_parts *parts);
bool protocol_parts_read(struct span payload, struct protocol_parts *ret) MUST_USE;

/* A volume of the evidence, or one of its shadow copies. */
struct protocol_place {
    uint64_t base, size; /* of the volume in the evidence */
    uint32_t shadow;     /* number of the shadow copy, from 1; 0: the volume itself */
};
void protocol_place_write(struct text *out, const struct protocol_place *place);
bool protocol_place_read(struct cursor *c, struct protocol_place *ret) MUST_USE;

struct protocol_shadow {
    uint64_t created; /* FILETIME */
    uint8_t identifier[16];
    bool readable;
};
struct protocol_shadowed {
    uint32_t count;
    struct protocol_shadow shadows[PROTOCOL_SHADOWS_MAX];
};
void protocol_shadowed_write(struct text *out, const struct protocol_shadowed *shadowed,
                             const struct job *job);

struct protocol_options {
    bool inspect, hash, md5, sha1, unconfined;
    bool trust_only, keep_events, release;
    uint64_t now;
    uint64_t max_size;                  /* bytes; larger contents are not loaded */
    uint64_t max_members, max_unpacked; /* of archives; 0: as source/archive.h says */
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
    char wanted[256];      /* base name of a further file that is needed; "" if none is */
    char container[32];    /* disk image format: "E01" ...; "" for raw bytes */
    bool refused;          /* a format that is known but not read */
    uint64_t size;         /* of the disk inside, bytes */
    struct span md5, sha1; /* digests that the image stores about itself; empty if none. Of the payload */
    char scheme[8];
    char archive[16]; /* "zip", "tar.gz", "msi", ...; "" for none */
    bool package;     /* it is a pack, or a program that carries a ZIP: a file, too */
    char looks[16];   /* like a container that could not be opened; "" for none */
    uint32_t record_size, omitted, count;
    uint64_t bytes_read;
    struct protocol_volume volumes[PROTOCOL_VOLUMES_MAX];
};

void protocol_found_write(struct text *out, const struct protocol_found *found, const struct job *job);
/* `notes` receives the damage found on the way, at most JOB_NOTES; texts lie in `payload`. */
struct protocol_note {
    uint8_t code;          /* enum fault_code */
    uint64_t offset, size; /* size 0: not told */
    struct span text;
};
struct protocol_notes {
    size_t count;
    uint64_t more; /* notes that were made beyond those kept */
    struct protocol_note note[JOB_NOTES + 1];
};
bool protocol_found_read(struct span payload, struct protocol_found *ret,
                         struct protocol_notes *notes) MUST_USE;

bool protocol_shadowed_read(struct span payload, struct protocol_shadowed *ret,
                            struct protocol_notes *notes) MUST_USE;

/* Digests of `size` bytes: what was there of the disk. */
struct protocol_digests {
    uint64_t size;
    uint8_t md5[16], sha1[20], sha256[32];
};
void protocol_digests_write(struct text *out, const struct protocol_digests *digests, const struct job *job);
bool protocol_digests_read(struct span payload, struct protocol_digests *ret,
                           struct protocol_notes *notes) MUST_USE;

/* The job's fault, if any, first; then its notes. */
void protocol_notes_write(struct text *out, const struct job *job);
bool protocol_notes_read(struct cursor *cursor, struct protocol_notes *ret) MUST_USE;

enum {
    PROTOCOL_STANDALONE = 1,
    PROTOCOL_CONTENT = 2,
    PROTOCOL_HASH_MFT = 4,
    PROTOCOL_PRINTS = 8,
    PROTOCOL_INDEXES = 16
};

/* Positions [first, last) of an index's reading order, without those in skip. */
struct protocol_range {
    struct protocol_place place;
    uint64_t
        index; /* number of the index in this run, from 1: the worker keeps it mapped until another comes */
    uint64_t first, last;
    bool packages; /* what is found is opened as evidence of its own, packages too */
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
    bool nested;        /* an image or $MFT that is to be opened as evidence of its own */
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
