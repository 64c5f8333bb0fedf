/* chain_gather: reads a case for the judge `chain`: hosts, findings, what they are about. */
#ifndef JUDGE_CHAIN_GATHER_H
#define JUDGE_CHAIN_GATHER_H

#include "judge/chain_case.h"

/* `c` is zero but for casefile and db. False if the case cannot be read or memory runs out. */
bool chain_gather(struct chain_case *c) MUST_USE;

#endif
