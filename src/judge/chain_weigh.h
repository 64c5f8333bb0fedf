/* chain_weigh: fragments (what strong and firm links join), their words, and the weak links that join them to
 * chains (docs/verdict.md). n log n. */
#ifndef JUDGE_CHAIN_WEIGH_H
#define JUDGE_CHAIN_WEIGH_H

#include "judge/chain_case.h"

struct chain_fragment {
    uint32_t root, host, things;
    enum chain_word word;
    enum strength strength; /* of what makes the word */
    enum severity severity; /* the gravest firm finding with a stage */
    unsigned kins;          /* independent witnesses */
    bool seed, way_in, grave;
    int64_t first; /* of its way in if it has one, else of all it has; 0 if no time is known */
};

struct chain_fragments {
    struct chain_fragment *list;
    uint32_t *of; /* by thing: its fragment, or CHAIN_NONE without a stage */
    size_t count;
};

/* After chain_link and chain_ran. */
bool chain_weigh(struct chain_case *c, struct chain_fragments *ret) MUST_USE;
void chain_weigh_free(struct chain_fragments *fragments);

/* Weak links: fills c->chains and adds edges of kind TIME. */
bool chain_join(struct chain_case *c, const struct chain_fragments *fragments) MUST_USE;

#endif
