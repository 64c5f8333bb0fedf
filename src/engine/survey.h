/* survey: what a worker answers about the evidence as a whole. Inside workers only.
 *
 * PROTOCOL_VOLUMES: the image, its partitions and file systems; PROTOCOL_SHADOWS: the shadow copies of one
 * volume; PROTOCOL_DIGEST: digests of all bytes. */
#ifndef ENGINE_SURVEY_H
#define ENGINE_SURVEY_H

#include "engine/attached.h"
#include "engine/pool.h"

struct survey {
    struct attached *attached;
    struct job *job; /* fresh */
    struct pool_status *status;
};

/* Appends the payload of the answer. False if the question makes no sense. */
bool survey_answer(struct survey *survey, uint32_t question, struct span payload,
                   struct text *answer) MUST_USE;

#endif
