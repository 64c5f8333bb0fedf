/* chain_link: joins what belongs together (docs/verdict.md, Links). n log n in things and findings. */
#ifndef JUDGE_CHAIN_LINK_H
#define JUDGE_CHAIN_LINK_H

#include "judge/chain_case.h"

/* Strong and firm links: edges, and parents. Things without a stage are joined to nothing. */
bool chain_link(struct chain_case *c) MUST_USE;

/* The root of a thing in a union-find, and joining; `false` if they were one already. The lower number
 * becomes the root, so that the outcome depends on what is joined alone. */
uint32_t chain_link_root(uint32_t *parents, uint32_t thing);
bool chain_link_unite(uint32_t *parents, uint32_t a, uint32_t b);

bool chain_link_edge(struct chain_case *c, struct chain_edge edge) MUST_USE;

bool chain_link_staged(const struct chain_case *c, uint32_t thing); /* has it a stage? */

const char *chain_link_kind(enum chain_kind kind);       /* "names" */
enum strength chain_link_strength(enum chain_kind kind); /* by kind alone */

#endif
