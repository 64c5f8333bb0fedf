#include "intel/policy_match.h"

#include <strings.h>

/* Microsoft's page on file rules: with both ends the range between them; a denial with a minimum alone is of
 * that version and older ones, the reverse of an allowance. A maximum alone is of that version and older
 * ones: the page says newer ones for denials, but the published list, full of 65535.65535.65535.65535, would
 * then deny nothing (docs/trust.md). */
static void range(const struct policy_rule *rule, bool denies, uint64_t *low, uint64_t *high) {
    *low = rule->has_minimum ? rule->minimum : 0;
    *high = rule->has_maximum ? rule->maximum : UINT64_MAX;
    if (denies && rule->has_minimum && !rule->has_maximum) {
        *low = 0;
        *high = rule->minimum;
    }
}

static bool version_fits(const struct policy_rule *rule, bool denies, const struct policy_match_file *file) {
    uint64_t low, high;
    range(rule, denies, &low, &high);
    if (!file->has_version)
        return low == 0 && high == UINT64_MAX;
    return file->version >= low && file->version <= high;
}

static bool same(const char *a, const char *b) {
    return b && strcasecmp(a, b) == 0;
}

static bool hash_fits(const struct policy_rule *rule, const struct policy_match_file *file) {
    return span_equal(rule->hash, rule->hash.size == 20 ? file->sha1 : file->sha256);
}

/* Every term of the rule holds. */
static bool rule_fits(const struct policy_rule *rule, bool denies, const struct policy_match_file *file) {
    if (rule->unread || (rule->hash.size > 0 && !hash_fits(rule, file)))
        return false;
    for (size_t i = 0; i < POLICY_NAMES; i++)
        if (rule->names[i] && strcmp(rule->names[i], "*") != 0 && !same(rule->names[i], file->names[i]))
            return false;
    return version_fits(rule, denies, file);
}

static const struct policy_rule *find_hash(const struct policy_scenario *scenario, struct span hash,
                                           const struct policy_match_file *file) {
    size_t low = 0, high = scenario->hash_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct span one = scenario->hashes[middle]->hash;
        bool below =
            one.size != hash.size ? one.size < hash.size : memcmp(one.data, hash.data, hash.size) < 0;
        if (below)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < scenario->hash_count && span_equal(scenario->hashes[low]->hash, hash); low++)
        if (rule_fits(scenario->hashes[low], true, file))
            return scenario->hashes[low];
    return NULL;
}

static const struct policy_rule *find_file(const struct policy_scenario *scenario,
                                           const struct policy_match_file *file) {
    const struct policy_rule *found = NULL;
    if (file->sha256.size == 32)
        found = find_hash(scenario, file->sha256, file);
    if (!found && file->sha1.size == 20)
        found = find_hash(scenario, file->sha1, file);
    for (size_t i = 0; !found && file->driver && i < scenario->files.count; i++) {
        const struct policy_rule *rule = scenario->files.list[i].rule;
        if (rule && rule->action == POLICY_DENY && rule->hash.size == 0 && rule_fits(rule, true, file))
            found = rule;
    }
    return found;
}

static bool has_word(const char *words, const char *word) {
    size_t size = strlen(word);
    for (const char *at = words; at && (at = strstr(at, word)); at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == 0))
            return true;
    return false;
}

/* The terms about the signature. */
static bool signer_fits(const struct policy_signer *signer, const struct policy_match_signature *signature,
                        size_t *link) {
    for (*link = 0; *link < signature->chain_count; (*link)++)
        if (span_equal(signature->chain[*link], signer->tbs))
            break;
    if (*link == signature->chain_count || signer->tbs.size == 0)
        return false;
    for (size_t i = 0; i < signer->usages.count; i++)
        if (!has_word(signature->usages, signer->usages.list[i].usage))
            return false;
    return (!signer->publisher || same(signer->publisher, signature->publisher)) &&
           (!signer->issuer || same(signer->issuer, signature->issuer)) &&
           (!signer->oem || same(signer->oem, signature->program));
}

/* The terms about the file: one attribute of those that there are. */
static bool attributes_fit(const struct policy_signer *signer, const struct policy_match_file *file,
                           const struct policy_rule **rule) {
    *rule = NULL;
    for (size_t i = 0; i < signer->attributes.count; i++) {
        const struct policy_rule *one = signer->attributes.list[i].rule;
        if (one && rule_fits(one, true, file)) {
            *rule = one;
            return true;
        }
    }
    return signer->attributes.count == 0;
}

static bool is_excepted(const struct policy_denied *denied, const struct policy_match_file *file) {
    for (size_t i = 0; i < denied->except.count; i++)
        if (rule_fits(denied->except.list[i].rule, false, file))
            return true;
    return false;
}

static bool find_signer(const struct policy *policy, const struct policy_match_file *file,
                        const struct policy_match_signature *signature, struct policy_match *ret) {
    for (size_t i = 0; i < policy->kernel.denied_count; i++) {
        const struct policy_denied *denied = &policy->kernel.denied[i];
        const struct policy_signer *signer = denied->signer;
        const struct policy_rule *rule;
        size_t link;
        if (denied->unread || !signer || signer->unread || !signer_fits(signer, signature, &link) ||
            !attributes_fit(signer, file, &rule) || is_excepted(denied, file))
            continue;
        *ret = (struct policy_match){policy, rule, signer, link};
        return true;
    }
    return false;
}

struct policy_match policy_match_file(const struct policies *policies, const struct policy_match_file *file) {
    for (int audit = 0; audit < 2; audit++)
        for (size_t i = 0; i < policies->count; i++) {
            const struct policy *policy = policies->list[i];
            const struct policy_rule *rule =
                policy->audit == (audit != 0) ? find_file(&policy->kernel, file) : NULL;
            if (rule)
                return (struct policy_match){.policy = policy, .rule = rule};
        }
    return (struct policy_match){0};
}

struct policy_match policy_match_signature(const struct policies *policies,
                                           const struct policy_match_file *file,
                                           const struct policy_match_signature *signature) {
    struct policy_match match = {0};
    for (int audit = 0; audit < 2 && file->driver; audit++)
        for (size_t i = 0; i < policies->count; i++)
            if (policies->list[i]->audit == (audit != 0) &&
                find_signer(policies->list[i], file, signature, &match))
                return match;
    return match;
}
