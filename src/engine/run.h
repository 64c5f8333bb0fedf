/* run: what the parts of one engine_run share. Internal to engine/. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/engine.h"
#include "engine/pool.h"
#include "engine/progress.h"
#include "engine/protocol.h"
#include "engine/tally.h"

struct run {
    const struct engine_options *options;
    struct engine_sink *sink;
    struct engine_result *result;
    struct pool *pool;
    struct progress progress;
    uint64_t next_artifact; /* the next number, from 1 */
    uint64_t volumes;       /* numbers given out */
    uint64_t indexes;       /* the same: of indexes whose contents are read */
    struct nested *nested;  /* engine/nested.h */
    size_t nested_count;
    unsigned depth;        /* of the evidence in hand: how many others it lies in */
    uint64_t taken;        /* the same: a bit for each file beside it that a package took in */
    uint64_t nested_bytes; /* of memory that they take, those out of archives */
    uint64_t matched;      /* of the target in hand: what lies there */
    volatile int stop;     /* for the pool: interrupted, or the sink failed */
};

/* Notes the sink's answer; false stops the run. */
bool run_sink(struct run *run, bool answer);

/* Must the run end? Also takes over an interrupt. */
bool run_stopping(struct run *run);

/* A finding of `damaged` about a place. */
bool run_damage(struct run *run, struct casefile_place place, uint64_t offset, const char *text, size_t size);

/* Counts evidence that is lost as a whole. What was found inside other evidence is no PATH that was refused:
 * if it has no reader it is only told, else it counts as a volume. */
void run_refused(struct run *run, const struct casefile_evidence *evidence, const char *state);

/* A worker's words as one line of printable ASCII, cut. */
void run_words(struct span words, char to[TALLY_REASON]);

/* Each note as such a finding, `base` added to offsets. */
bool run_notes(struct run *run, struct casefile_place place, const struct protocol_notes *notes);

/* Hands the rows of one item to the sink. False if they are not sane. */
bool run_rows(struct run *run, uint64_t artifact, struct span rows);

/* Counts one content and says whether it was a loss. */
void run_count(struct run *run, struct tally *tally, unsigned state, unsigned codes, const char *reason,
               uint64_t size);

/* Counts a message of `size` bytes about the artifact in hand; false if they are more than such evidence of
 * that many bytes can yield, so that a worker that was taken over cannot fill the disk. */
bool run_within(struct pool_job *job, size_t size, uint64_t evidence);

/* The tally's lines to the sink. */
void run_tally(struct run *run, struct tally *tally, uint64_t evidence, uint64_t volume);

/* Evidence of `size` bytes that is lost as a whole: seen and not read. What lies in other evidence was
 * counted there as a file. */
void run_unread(struct run *run, const struct casefile_evidence *evidence, const char *reason, uint64_t size);

/* Is the listing inside the target? */
bool run_accepts(const struct engine_target *target, const struct listing *listing);

/* Runs one job and gathers the payload of its answer of type `want`. False, with *why, if the worker died. */
bool run_ask(struct run *run, struct pool_job *job, uint32_t want, struct text *answer, const char **why);

/* The same; what comes before the answer are rows about an artifact, if that is not 0. */
bool run_ask_about(struct run *run, struct pool_job *job, uint32_t want, uint64_t artifact, uint64_t most,
                   struct text *answer, const char **why);

#endif
