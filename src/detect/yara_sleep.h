/* yara_sleep: rules that cannot hold before one of their strings is found sleep until then.
 *
 * libyara evaluates the condition of every rule for every content. Asleep is what it calls disabled, which is
 * decided anew for every content, after its strings were looked for and before conditions are evaluated. */
#ifndef DETECT_YARA_SLEEP_H
#define DETECT_YARA_SLEEP_H

#include "base/job.h"
#include "base/span.h"

struct YR_RULES;        /* libyara's */
struct YR_SCAN_CONTEXT; /* its scanner */

struct yara_sleep {
    struct YR_RULES *rules;
    uint32_t *awake; /* numbers of the rules that were woken for the content in hand */
    size_t count;
};

/* `sleepers` has a bit for each rule, by its number. False if it is too short or memory runs out. */
bool yara_sleep_begin(struct yara_sleep *sleep, struct job *job, struct YR_RULES *rules,
                      struct span sleepers) MUST_USE;

/* Wakes the rules of which the scanner has found a string. */
void yara_sleep_wake(struct yara_sleep *sleep, const struct YR_SCAN_CONTEXT *scanner);

/* Sends them to sleep again, after the content. */
void yara_sleep_again(struct yara_sleep *sleep);

#endif
