/* diff_rules: what is asked of a change. A rule looks at all pairs and adds findings. docs/diff.md. */
#ifndef JUDGE_DIFF_RULES_H
#define JUDGE_DIFF_RULES_H

#include "judge/diff_pair.h"

struct diff_judging {
    struct job *job;
    const struct release *before, *after;
    struct diff *diff;
    struct diff_traits *traits; /* by pair */
    struct diff_others others;
};

struct diff_rule {
    struct explanation text;
    /* False if memory runs out or a case cannot be read. */
    bool (*judge)(struct diff_judging *judging);
};

#define DIFF_RULE(name) extern const struct diff_rule diff_rule_##name;
#include "judge/diff_rules.def"
#undef DIFF_RULE

/* A finding of the rule about a pair, to which particulars can be added; NULL if there is no room. `summary`
 * is copied. */
struct diff_finding *diff_rules_find(struct diff_judging *judging, const struct diff_rule *rule,
                                     const struct diff_pair *pair, enum severity severity,
                                     enum strength strength, const char *summary);
void diff_rules_detail(struct diff_judging *judging, struct diff_finding *finding, const char *key,
                       const char *value); /* copied; nothing for "" and NULL */
void diff_rules_number(struct diff_judging *judging, struct diff_finding *finding, const char *key,
                       uint64_t value, const char *unit);
void diff_rules_cite(struct diff_finding *finding, const struct diff_pair *pair);

/* Is the step one that explains nothing new: none, a patch, or not known? */
bool diff_rules_small(const struct diff_judging *judging);

/* The maker of a toolchain, by the linker's version: "14" of Microsoft and of LLVM's that imitates it, "2" of
 * GNU, "3" of Go; "" if not known. Written to `to`. */
void diff_rules_family(const char *toolchain, char to[16]);

/* All of them, in their order. */
bool diff_rules_run(struct diff_judging *judging) MUST_USE;

/* The traits of a pair. */
static inline struct diff_traits *diff_rules_traits(const struct diff_judging *judging, size_t pair) {
    return &judging->traits[pair];
}

#endif
