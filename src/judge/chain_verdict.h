/* chain_verdict: what a case comes to: a row of `verdict` a host, and one for the case (docs/verdict.md). */
#ifndef JUDGE_CHAIN_VERDICT_H
#define JUDGE_CHAIN_VERDICT_H

#include "judge/chain_case.h"

/* What is known of a host when all chains are told. Zero is a host of which nothing was found. */
struct chain_outcome {
    enum chain_word word;
    const char *title;          /* of its gravest chain; NULL without one */
    int64_t since;              /* 0 not known */
    uint64_t firm, weak, holes; /* findings: that count, notes, holes */
};

/* `outcomes`: one a host of `c`. */
bool chain_verdict(struct chain_case *c, const struct chain_outcome *outcomes) MUST_USE;

#endif
