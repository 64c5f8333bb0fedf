/* job: one artifact's memory, faults and budget.
 *
 * All memory that decoding one artifact needs comes from its job, is capped, zeroed, and freed at once by
 * job_reset. A job belongs to one thread.
 *
 * Two ways to report damage: job_fail stops the decoder (first one wins, kept in job->fault); job_note says
 * that a part could not be read while the rest goes on. Both end as `damaged` findings. */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { JOB_NOTES = 32 }; /* notes kept for one artifact; more are only counted */

struct job_block;

struct job {
    struct fault fault; /* the one that stopped the work, or FAULT_NONE */
    struct fault notes[JOB_NOTES];
    uint64_t note_sizes[JOB_NOTES]; /* bytes that each is about, 0 if it does not say */
    size_t noted;                   /* notes made; may exceed JOB_NOTES */
    size_t used, cap;               /* bytes */
    uint64_t steps;                 /* budget left; see job_step */
    struct job_block *blocks;
};

enum { JOB_STEPS = 50000000 }; /* the usual step budget of an artifact */

/* An empty job that may hold `cap` bytes. Free with job_reset. */
void job_init(struct job *job, size_t cap);

/* Frees all memory, forgets faults and notes, refills the step budget. The job can be used again. */
void job_reset(struct job *job);

/* The same for a job that is used again at once: what was given out is gone and forgotten, but a block of
 * memory may be kept, which spares asking the system for each of many small artifacts. End with job_reset. */
void job_recycle(struct job *job);

/* `count` zeroed items of `size` bytes, aligned for any type; valid until job_reset. NULL with a LIMIT fault
 * when the cap or the machine's memory is reached. An empty request yields a valid pointer. */
void *job_alloc(struct job *job, size_t count, size_t size) MUST_USE;

/* Records the fault unless there is one already. Always returns false, to be returned in turn. */
bool job_fail(struct job *job, enum fault_code code, uint64_t offset, const char *text);

/* Records damage that does not stop the work. The same code at the same offset is noted once in a row. */
void job_note(struct job *job, enum fault_code code, uint64_t offset, const char *text);

/* The same about the `size` bytes from `offset` on. */
void job_note_range(struct job *job, enum fault_code code, uint64_t offset, uint64_t size, const char *text);

/* Takes `count` from the step budget; false with a LIMIT fault when it is used up. For loops whose length the
 * evidence decides. */
bool job_step(struct job *job, uint64_t count, uint64_t offset) MUST_USE;

#endif
