/* saying: what judges share when they put a finding together. */
#ifndef JUDGE_SAYING_H
#define JUDGE_SAYING_H

#include "case/casefile.h"

/* Adds a particular; nothing if the value is NULL or empty. The value must stay until the finding is written.
 */
static inline void saying_detail(struct finding *finding, const char *key, const char *value) {
    if (value && value[0] && finding->detail_count < FINDING_DETAILS)
        finding->details[finding->detail_count++] = (struct finding_detail){key, value};
}

/* Writes it about an artifact. */
static inline bool saying_write(struct casefile *casefile, int64_t artifact, const struct finding *finding,
                                const struct casefile_reference *references, size_t count) {
    return casefile_finding(casefile, (struct casefile_place){.artifact = (uint64_t)artifact}, finding,
                            references, count);
}

#endif
