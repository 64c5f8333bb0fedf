/* finding: one answer about one artifact, with the byte range that shows it.
 *
 * Severity says how bad it is if true, strength how well it is established. All texts are UTF-8 in stored
 * form (base/text.h) and need to live only during the call that takes the finding. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "base/span.h"

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
enum strength { STRENGTH_WEAK, STRENGTH_FIRM, STRENGTH_STRONG };

enum { FINDING_DETAILS = 16, FINDING_EXCERPT = 64 };

struct finding_detail {
    const char *key, *value;
};

struct finding {
    const char *detector; /* id of the row that says it */
    enum severity severity;
    enum strength strength;
    uint64_t offset, size; /* in the artifact, bytes; size 0 if no range shows it */
    const char *summary;   /* one sentence, without the path */
    struct span excerpt;   /* first bytes of the range; cut at FINDING_EXCERPT */
    struct finding_detail details[FINDING_DETAILS];
    size_t detail_count;
};

static inline const char *severity_word(enum severity severity) {
    static const char *const words[] = {"info", "low", "medium", "high", "critical"};
    return (unsigned)severity <= SEVERITY_CRITICAL ? words[severity] : "?";
}

static inline const char *strength_word(enum strength strength) {
    static const char *const words[] = {"weak", "firm", "strong"};
    return (unsigned)strength <= STRENGTH_STRONG ? words[strength] : "?";
}

#endif
