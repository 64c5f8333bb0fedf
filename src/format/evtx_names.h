/* evtx_names: names of elements and attributes of event logs, each kept once.
 *
 * A name is found by its UTF-16 bytes and then known by its address, so that nothing is compared or escaped
 * again for each record. Names live until evtx_names_begin drops them, which it does at the start of a chunk
 * when half of the room is used. The room is the job's, taken once; when it is full within one chunk, or too
 * many names of one hash meet, no name is given: the caller's LIMIT. */
#ifndef FORMAT_EVTX_NAMES_H
#define FORMAT_EVTX_NAMES_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    EVTX_NAMES = 16384,        /* kept at once, and slots of the table twice that */
    EVTX_NAME_UNITS = 512,     /* of one name, in UTF-16 units */
    EVTX_NAME_BYTES = 2 << 20, /* of all of them */
    EVTX_NAME_PROBES = 128     /* slots that are looked at for one name */
};

/* Names that mean something to the reader itself ([MS-EVEN6]; the schema of System is that of winmeta). */
enum evtx_known {
    EVTX_UNKNOWN,
#define EVTX_KNOWN(name) EVTX_NAME_##name,
#include "format/evtx_names.def"
#undef EVTX_KNOWN
    EVTX_KNOWN_COUNT
};

struct evtx_name {
    struct span utf16; /* a copy of its own */
    const char *json;  /* escaped, with quotes and a colon: "Name": */
    uint32_t json_size;
    uint32_t hash;
    enum evtx_known known;
    uint32_t object, count; /* the writer's: where it was last seen, and how often */
};

struct evtx_names {
    struct evtx_name *names;
    uint16_t *slots; /* number plus one; 0 is free */
    char *bytes;
    uint32_t count, used;
    struct text scratch; /* freed by evtx_names_free */
};

bool evtx_names_open(struct job *job, struct evtx_names *ret) MUST_USE;
void evtx_names_free(struct evtx_names *names);

/* At the start of a chunk, when nothing points to a name. True if they were dropped. */
bool evtx_names_begin(struct evtx_names *names);

/* The name of these bytes, or NULL: it is longer than EVTX_NAME_UNITS, or there is no room. */
struct evtx_name *evtx_names_get(struct evtx_names *names, struct span utf16) MUST_USE;

#endif
