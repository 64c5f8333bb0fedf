/* singled: who, among the hosts that carry a common element, has something that none of the others has
 * (docs/singled-out.md).
 *
 * The order: a host counts as its gravest rare thing does, never as their sum. The answer: whether hosts with
 * such things are more frequent among those with the element than chance would have it, by a permutation test
 * within groups that were set up and collected alike. Same store, same answer: the test has a fixed seed. */
#ifndef JUDGE_SINGLED_H
#define JUDGE_SINGLED_H

#include "model/singled.h"
#include "store/store.h"

struct singled_options {
    const char *element; /* as singled_rows_load */
    const char *targets; /* what a target list says, NUL at the end; NULL for none */
    unsigned most;       /* hosts that are told; 0: 20 */
};

/* False with the reason in `why` if the store cannot be read or the element is no good. singled_free in
 * either case. */
bool singled_judge(struct store *store, const struct singled_options *options, struct singled *ret,
                   struct text *why) MUST_USE;
void singled_free(struct singled *singled);

/* The word for a stage, "" for none, and for an answer: nobody, somebody, too-small, no-element. */
const char *singled_answer_word(enum singled_answer answer);

#endif
