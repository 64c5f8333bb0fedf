/* evtx: event logs of Windows Vista and later ([MS-EVEN6]; docs/format/evtx.md).
 *
 * A log is a header of EVTX_HEADER bytes and chunks of EVTX_CHUNK bytes, which stand for themselves: give
 * each to evtx_chunk, then take its records by evtx_next until it returns false. Records come in the order in
 * which they lie: those in use first, then those in slack, behind the last one or in a chunk that the log has
 * given up. Damage to what is in use is noted in the job and passed over: the next record is looked for in
 * steps of 8 bytes. What cannot be read in slack is ordinary and only counted.
 *
 * Memory is taken once from the job (EVTX_MEMORY suffices) besides little that evtx_close frees. */
#ifndef FORMAT_EVTX_H
#define FORMAT_EVTX_H

#include "format/evtx_binxml.h"

enum {
    EVTX_HEADER = 4096, /* bytes before the first chunk */
    EVTX_CHUNK_HEADER = 512,
    EVTX_RECORD_MIN = 28, /* bytes */
    EVTX_MEMORY = 16 << 20,
    EVTX_PAIRS = 4096 /* of one event */
};

/* The header, as far as it can be read. */
struct evtx_header {
    uint64_t first_chunk, last_chunk, next_record;
    uint32_t flags;
    uint16_t minor, major, chunks; /* the count has 16 bits, a log may have more */
    bool present;                  /* it begins like one */
    bool sound;                    /* its checksum is right */
    bool dirty, full;
};

/* Is it the beginning of a log? */
bool evtx_sniff(struct span head) MUST_USE;

/* The first EVTX_HEADER bytes, or fewer, of a file. What does not fit is noted. */
void evtx_header(struct job *job, struct span head, struct evtx_header *ret);

/* What is pulled out of System. */
enum evtx_field {
    EVTX_PROVIDER,
    EVTX_PROVIDER_GUID,
    EVTX_SOURCE, /* EventSourceName */
    EVTX_EVENT,  /* EventID */
    EVTX_QUALIFIERS,
    EVTX_VERSION,
    EVTX_LEVEL,
    EVTX_TASK,
    EVTX_OPCODE,
    EVTX_KEYWORDS,
    EVTX_CREATED, /* TimeCreated */
    EVTX_RECORD,  /* EventRecordID */
    EVTX_ACTIVITY,
    EVTX_RELATED,
    EVTX_PROCESS,
    EVTX_THREAD,
    EVTX_CHANNEL,
    EVTX_COMPUTER,
    EVTX_USER,
    EVTX_FIELDS
};

/* One record. Nodes and their values stay until the next evtx_next or evtx_chunk. */
struct evtx_event {
    uint64_t offset; /* in the file */
    uint64_t number; /* as its header says */
    uint64_t time;   /* FILETIME when it was written, the same */
    uint32_t size;   /* bytes */
    bool slack;
    bool damaged; /* its XML could be read in part only, or not at all */
    const struct evtx_node *nodes;
    uint32_t count;
    const struct evtx_node *fields[EVTX_FIELDS]; /* the first value of each; NULL if it has none */
    const struct evtx_node *data;                /* EventData, UserData or whatever follows System; NULL */
};

struct evtx {
    struct evtx_binxml binxml;
    struct job *job;
    struct evtx_header header;
    struct span chunk;
    uint64_t number;  /* of the chunk in the file, from 0 */
    uint64_t last;    /* record number of the one before, in this chunk */
    uint32_t at, end; /* next record; end of what is in use */
    bool slack, chained, any, unsealed;
    struct {
        uint64_t chunks;  /* in use */
        uint64_t empty;   /* all zero, or only room without content */
        uint64_t spare;   /* chunks that the header does not count */
        uint64_t damaged; /* chunks with a wrong header or checksum, with gaps, or that are something else */
        uint64_t records, slack, broken; /* broken: in use, and read in part or not at all */
        uint64_t lost;                   /* in slack, and the same */
    } tally;
};

/* Begins a log. False without memory. */
bool evtx_open(struct job *job, const struct evtx_header *header, struct evtx *ret) MUST_USE;
void evtx_close(struct evtx *evtx);

/* Begins a chunk, `number` from 0, or what is left of one at the end of a file; the bytes must stay. */
void evtx_chunk(struct evtx *evtx, struct span chunk, uint64_t number);

bool evtx_next(struct evtx *evtx, struct evtx_event *ret) MUST_USE;

/* One datum of an event: a value with the name that tells it apart, in document order. */
struct evtx_pair {
    const struct evtx_name *element, *attribute; /* attribute: NULL if it is an element's content */
    struct span name;                            /* UTF-16: an attribute Name of a Data; else empty */
    const struct evtx_node *first;               /* of `count` values that belong together */
    uint32_t count;
};

/* The datum from node `*at` on, which begins at 0; false if there is no more. */
bool evtx_pair(const struct evtx_event *event, uint32_t *at, struct evtx_pair *ret) MUST_USE;

#endif
