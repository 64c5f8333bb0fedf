#include "detect/yara_sleep.h"

#include <yara.h>

bool yara_sleep_begin(struct yara_sleep *sleep, struct job *job, struct YR_RULES *rules,
                      struct span sleepers) {
    *sleep = (struct yara_sleep){.rules = rules};
    sleep->awake = job_alloc(job, (size_t)rules->num_rules + 1, sizeof *sleep->awake);
    if (!sleep->awake || sleepers.size < ((size_t)rules->num_rules + 7) / 8)
        return false;
    for (uint32_t i = 0; i < rules->num_rules; i++)
        if (span_u8(sleepers, i / 8) >> i % 8 & 1)
            rules->rules_table[i].flags |= RULE_FLAGS_DISABLED;
    return true;
}

void yara_sleep_wake(struct yara_sleep *sleep, const struct YR_SCAN_CONTEXT *scanner) {
    const YR_RULES *rules = sleep->rules;
    for (uint32_t i = 0; i < rules->num_strings; i++) {
        if (!scanner->matches[i].head)
            continue;
        YR_RULE *rule = &rules->rules_table[rules->strings_table[i].rule_idx];
        if (!RULE_IS_DISABLED(rule))
            continue;
        rule->flags &= ~RULE_FLAGS_DISABLED;
        sleep->awake[sleep->count++] = rules->strings_table[i].rule_idx;
    }
}

void yara_sleep_again(struct yara_sleep *sleep) {
    for (size_t i = 0; i < sleep->count; i++)
        sleep->rules->rules_table[sleep->awake[i]].flags |= RULE_FLAGS_DISABLED;
    sleep->count = 0;
}
