/* inspect_regf_trace: values of a hive that tell which programs were there or ran, as rows of shimcache,
 * userassist, bam and amcache (docs/execution.md). For inspect_regf.c only.
 *
 * Told of each key and then of its values, in the order of the walk; it looks at the paths alone, so it does
 * not matter which hive it is. */
#ifndef DETECT_INSPECT_REGF_TRACE_H
#define DETECT_INSPECT_REGF_TRACE_H

#include "base/job.h"
#include "base/text.h"

enum inspect_regf_trace_kind {
    INSPECT_REGF_TRACE_NONE,
    INSPECT_REGF_TRACE_SHIMCACHE,
    INSPECT_REGF_TRACE_USERASSIST,
    INSPECT_REGF_TRACE_BAM,
    INSPECT_REGF_TRACE_DAM,
    INSPECT_REGF_TRACE_FILE,
    INSPECT_REGF_TRACE_APPLICATION_FILE,
    INSPECT_REGF_TRACE_DRIVER
};

struct inspect_regf_trace {
    struct job *job;                   /* damage is noted here */
    struct text *rows;                 /* here they go */
    uint64_t made;                     /* rows so far */
    enum inspect_regf_trace_kind kind; /* of the key that the next values are of */
    bool live;                         /* no remains: what is damaged is told */
    uint64_t key, last_write;
    const char *state;
    struct text tail;    /* the part of the key's path that names a user, a class or a file */
    struct text pending; /* a row of amcache that is not written yet */
    uint64_t filled;     /* its columns that have a value, as bits */
    bool keyed;          /* its digest is known from the key's name */
    struct text scratch;
};

/* A key with its path (stored names, each behind a slash), number, time and state ("live" and so on). */
void inspect_regf_trace_key(struct inspect_regf_trace *trace, const struct text *path, uint64_t number,
                            uint64_t last_write, const char *state);

struct inspect_regf_trace_value {
    const char *name; /* stored form */
    size_t name_size;
    uint32_t type;
    struct span data;
    uint64_t number;
};
void inspect_regf_trace_value(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value);

/* Writes what is pending and frees the rest. */
void inspect_regf_trace_end(struct inspect_regf_trace *trace);

#endif
