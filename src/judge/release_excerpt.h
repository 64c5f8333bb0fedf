/* release_excerpt: texts of a release that its case holds, and what differs between two of them. */
#ifndef JUDGE_RELEASE_EXCERPT_H
#define JUDGE_RELEASE_EXCERPT_H

#include "judge/release.h"

enum {
    RELEASE_EXCERPT_LINE = 160, /* bytes of a line that are told */
    RELEASE_EXCERPT_TOLD = 12   /* lines of each side that are told */
};

/* The whole text as UTF-8, the job's; empty if the case holds none, or it cannot be unpacked. */
struct span release_excerpt(const struct release *release, struct job *job, int64_t artifact);

struct release_lines {
    uint64_t gained, lost; /* lines that one side has more often than the other */
    const char *told;      /* "-old" and "+new", a line each, stored form; the job's */
};

/* Lines that came and went, whatever their order. False if memory runs out. */
bool release_excerpt_compare(struct job *job, struct span before, struct span after,
                             struct release_lines *ret) MUST_USE;

/* The text of a key at the top of a JSON text; "" if there is none. The job's. */
const char *release_excerpt_key(struct job *job, struct span json, const char *key);

#endif
