/* olecf: compound files, which hold streams in a tree of storages ([MS-CFB]; docs/format/olecf.md).
 *
 * Read through a function that fetches bytes at an offset. The tables (FAT, mini FAT, directory) are held in
 * memory of the job, at most OLECF_TABLE bytes each; streams are read where they lie. The tree that orders
 * names is walked without trust in its order or shape: each entry counts once. Chains that end early, leave
 * the file or go in circles are noted, and what comes before that is read. All chains together may cost a few
 * times the number of sectors. */
#ifndef FORMAT_OLECF_H
#define FORMAT_OLECF_H

#include "base/job.h"
#include "base/span.h"

enum {
    OLECF_HEADER = 512,
    OLECF_ENTRY = 128,      /* bytes of a directory entry */
    OLECF_NAME = 64,        /* bytes of a name at most */
    OLECF_TABLE = 64 << 20, /* bytes of a table at most */
    OLECF_NOTHING = -1      /* no entry */
};

/* Reads up to `size` bytes at `offset` and returns how many; fewer only where the evidence ends or cannot be
 * read, noted in `job`. */
typedef size_t olecf_fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size);

enum olecf_kind { OLECF_STORAGE = 1, OLECF_STREAM = 2, OLECF_ROOT = 5 };

struct olecf_entry {
    uint8_t kind;             /* enum olecf_kind; 0 and others: unused */
    bool reached;             /* from the root */
    uint8_t name_size;        /* bytes */
    uint8_t name[OLECF_NAME]; /* UTF-16, without the NUL */
    uint32_t left, right, child;
    int32_t first, next; /* inside it, and behind it in the same storage, by index; OLECF_NOTHING */
    int32_t parent;      /* index; OLECF_NOTHING of the root and of what is not reached */
    uint32_t start;
    uint64_t size;              /* bytes, as told */
    uint64_t created, modified; /* FILETIME, 0 if not told */
    uint8_t class_id[16];
    uint32_t state; /* bits of the user */
};

/* A row of units of a chain that lie one behind the other. */
struct olecf_run {
    uint64_t at;    /* bytes: in the file, or in the mini stream */
    uint64_t start; /* bytes from the start of the stream */
};

/* A stream that is open. Zero it before its first use; its memory is used again by the next
 * olecf_open_stream. */
struct olecf_stream {
    uint64_t size, there; /* bytes as told, and how many its chain has */
    bool mini;
    struct olecf_run *runs;
    size_t count, room;
};

struct olecf {
    olecf_fetch *fetch;
    void *context;
    struct job *memory;
    uint64_t size; /* of the file */
    unsigned version, sector;
    uint32_t cutoff; /* smaller streams lie in the mini stream */
    uint32_t *fat, *mini_fat;
    size_t fat_count, mini_count;
    struct olecf_entry *entries; /* the first is the root, if its kind says so */
    size_t count;
    struct olecf_stream root; /* the mini stream */
    uint64_t steps;           /* of chains, left */
};

/* Does it begin like a compound file? */
bool olecf_is(struct span head);

/* Opens it; tables in `memory`, which must outlive it. False with a fault there: TORN, BAD, UNSUPPORTED
 * (version), LIMIT. Damage that leaves something to read is noted in it. */
bool olecf_open(struct job *memory, olecf_fetch *fetch, void *context, uint64_t size,
                struct olecf *ret) MUST_USE;

/* Opens the stream of entries[index]. False with a fault in the file's memory: LIMIT. A chain that is shorter
 * than told or makes no sense is noted in `job`. */
bool olecf_open_stream(struct olecf *olecf, struct job *job, size_t index,
                       struct olecf_stream *stream) MUST_USE;

/* Up to `size` bytes of the stream at `offset`; fewer only at the end of what is there. */
size_t olecf_read(struct olecf *olecf, struct job *job, const struct olecf_stream *stream, uint64_t offset,
                  void *to, size_t size);

/* Where that byte lies in the file, for notes; the size of the file if nowhere. */
uint64_t olecf_place(const struct olecf *olecf, const struct olecf_stream *stream, uint64_t offset);

#endif
