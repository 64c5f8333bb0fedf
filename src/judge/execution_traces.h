/* execution_traces: what the case knows of programs that ran, were loaded or were there. For the judge
 * execution.
 *
 * Every row of prefetch, bam and the like names a path; rows that say the same of one path of one machine
 * become one trace. Presence is no execution: docs/execution.md says which source has which grade. */
#ifndef JUDGE_EXECUTION_TRACES_H
#define JUDGE_EXECUTION_TRACES_H

#include "judge/host_path.h"

enum {
    EXECUTION_TRACES = 500000,  /* kept at most */
    EXECUTION_TEXT = 256 << 20, /* bytes of their paths at most */
    EXECUTION_HOSTS = 1024,     /* machines that are told apart */
    EXECUTION_DETAIL = 256      /* bytes of a detail */
};

enum execution_kind { EXECUTION_EXECUTED, EXECUTION_LOADED, EXECUTION_PRESENT, EXECUTION_CHANGED };
enum { EXECUTION_KINDS = EXECUTION_CHANGED + 1 };

struct execution_trace {
    size_t path, detail;  /* in `texts`: path in normal form (stored); by whom, or ""; see the accessors */
    int64_t artifact;     /* the file, 0 if not known or gone */
    int64_t traced, row;  /* artifact and ordinal of the row that says it; of several, the latest */
    uint64_t first, last; /* FILETIME; 0 none */
    uint64_t count;
    uint32_t host; /* number in `hosts` */
    uint8_t kind, source;
};

/* What a machine has to tell by. */
struct execution_host {
    int64_t evidence, volume;
    bool placed;
    uint64_t prefetch_files;
    bool system_hive, prefetch_off; /* EnablePrefetcher is 0 in its current control set */
};

struct execution_traces {
    struct execution_trace *list;
    struct execution_host *hosts;
    uint32_t *slots;
    size_t count, host_count, slot_count;
    struct text texts;
    uint64_t omitted; /* that there was no room for */
};

/* Reads the case. False if it cannot be read or memory runs out. Free in either case. */
bool execution_traces_gather(struct db *db, struct execution_traces *ret) MUST_USE;
void execution_traces_free(struct execution_traces *traces);

const char *execution_traces_path(const struct execution_traces *traces, const struct execution_trace *trace);
const char *execution_traces_detail(const struct execution_traces *traces,
                                    const struct execution_trace *trace);

/* "executed", "loaded", "present", "changed"; "prefetch", "bam" and so on. */
const char *execution_traces_kind(unsigned kind);
const char *execution_traces_source(unsigned source);

/* The machine that an artifact lies on; NULL if none of its files told anything. */
const struct execution_host *execution_traces_host(const struct execution_traces *traces, int64_t evidence,
                                                   int64_t volume);

#endif
