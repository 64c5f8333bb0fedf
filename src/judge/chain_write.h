/* chain_write: rows of the tables of a chain. */
#ifndef JUDGE_CHAIN_WRITE_H
#define JUDGE_CHAIN_WRITE_H

#include "judge/chain_story.h"

bool chain_write(struct chain_case *c, uint64_t number, const struct chain_story *story) MUST_USE;

#endif
