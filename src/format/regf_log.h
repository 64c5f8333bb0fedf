/* regf_log: transaction logs of registry hives, applied in memory: the old form (.LOG, a bitmap of pages),
 * and that of Windows 8.1 and later (.LOG1 and .LOG2, numbered entries with hashes). */
#ifndef FORMAT_REGF_LOG_H
#define FORMAT_REGF_LOG_H

#include "base/job.h"
#include "base/span.h"

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
