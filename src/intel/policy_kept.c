#include "intel/policy_kept.h"

#include <stdlib.h>

const struct kept_kind policy_kept_kind = {
    .folder = "policies",
    .suffix = ".policy",
    .what = "driver policies",
    .bytes = POLICY_FILE,
    .files = POLICY_KEPT,
};

bool policy_kept_read(struct policies *policies, const struct kept_file *file, struct text *error) {
    char *bytes;
    size_t size;
    if (!kept_load(&policy_kept_kind, file->path, &bytes, &size, error))
        return false;
    bool good = policy_parse(policies, file->path, span_of(bytes, size, 0), error);
    if (!good)
        text_format(error, "; 'assay intel remove %s' takes it away", file->name);
    free(bytes);
    return good;
}

bool policy_kept_add(struct policies *policies, struct text *error) {
    struct kept_list kept;
    bool good = kept_list(&policy_kept_kind, &kept, error);
    for (size_t i = 0; good && i < kept.count; i++)
        good = policy_kept_read(policies, &kept.list[i], error);
    kept_free(&kept);
    return good;
}

static size_t kernel_denials(const struct policy *policy) {
    size_t count = 0;
    for (size_t i = 0; i < policy->kernel.files.count; i++) {
        const struct policy_rule *rule = policy->kernel.files.list[i].rule;
        count += rule && rule->action == POLICY_DENY;
    }
    return count;
}

void policy_kept_tell(const char *name, const char *date, const struct policy *policy, struct text *ret) {
    size_t hashes = 0, names = 0;
    for (size_t i = 0; i < policy->rule_count; i++)
        if (policy->rules[i].action == POLICY_DENY) {
            hashes += policy->rules[i].hash.size > 0;
            names += policy->rules[i].hash.size == 0;
        }
    text_format(ret, "%s: driver policy %s%s%s%s of %s, ", name,
                policy->name[0] ? policy->name : "without name", policy->version[0] ? " " : "",
                policy->version, policy->audit ? " (audit only)" : "", date);
    text_grouped(ret, hashes + names);
    text_add(ret, " Deny rules, ");
    text_grouped(ret, hashes);
    text_add(ret, " by hash and ");
    text_grouped(ret, names);
    text_add(ret, " by name and version, ");
    text_grouped(ret, policy->kernel.denied_count + policy->user.denied_count);
    text_add(ret, " denied signers; for the kernel ");
    text_grouped(ret, kernel_denials(policy));
    text_add(ret, " and ");
    text_grouped(ret, policy->kernel.denied_count);
    if (policy->noted > 0)
        text_format(ret, "; %zu parts are not understood", policy->noted);
}
