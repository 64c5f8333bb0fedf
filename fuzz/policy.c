/* Driver policies: any bytes as XML, then a file and a signature made of the policy's own first rules. */
#include "intel/policy_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct policies *policies, const struct policy *policy) {
    for (size_t i = 0; i < policy->rule_count && i < 8; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        struct policy_match_file file = {.driver = true,
                                         .sha1 = rule->hash,
                                         .sha256 = rule->hash,
                                         .has_version = i % 2,
                                         .version = rule->maximum};
        for (size_t n = 0; n < POLICY_NAMES; n++)
            file.names[n] = rule->names[n];
        struct policy_match match = policy_match_file(policies, &file);
        if (match.policy && (match.signer || !match.rule || match.rule->unread))
            abort();
        for (size_t s = 0; s < policy->signer_count && s < 8; s++) {
            const struct policy_signer *signer = &policy->signers[s];
            struct policy_match_signature signature = {
                .chain = &signer->tbs,
                .chain_count = 1,
                .publisher = signer->publisher,
                .issuer = signer->issuer,
                .program = signer->oem,
                .usages = signer->usages.count ? signer->usages.list[0].usage : NULL};
            match = policy_match_signature(policies, &file, &signature);
            if (match.policy && (!match.signer || match.signer->unread || match.signer->tbs.size == 0))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct policies policies = {0};
    struct text text = {0};
    bool good = policy_parse(&policies, "p", span_of(data, size, 0), &text);
    if (good != (policies.count == 1) || good != (text.size == 0))
        abort();
    for (size_t i = 0; i < policies.count; i++) {
        policy_tell(policies.list[i], true, &text);
        if (!text_valid(text_string(&text), text.size))
            abort();
        ask(&policies, policies.list[i]);
    }
    text_free(&text);
    policy_free(&policies);
    return 0;
}
