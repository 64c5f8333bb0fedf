/* driver_traces_read: the tables of a case that tell of drivers, row by row. For driver_traces.c. */
#ifndef JUDGE_DRIVER_TRACES_READ_H
#define JUDGE_DRIVER_TRACES_READ_H

#include "base/db.h"
#include "judge/driver_traces.h"

/* One row. Texts are borrowed during the call; NULL or "" where nothing is told. */
struct driver_sign {
    int64_t traced;   /* artifact of which machine it is, and that says it */
    unsigned kinds;   /* bits by driver_trace_kind */
    const char *path; /* as it is written there, or a path on the volume of `traced` with `on_volume` */
    bool on_volume, command;
    uint64_t time, made, deleted;         /* FILETIME; 0 none */
    const char *service, *signer, *event; /* event: in words */
    bool vouched, slack;
    struct listed_file digests;
};

/* Calls `take` for each. False if the case cannot be read, memory runs out or `take` returns false. */
bool driver_traces_read(struct db *db, bool (*take)(void *context, const struct driver_sign *sign),
                        void *context) MUST_USE;

#endif
