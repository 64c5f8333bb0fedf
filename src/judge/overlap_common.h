/* overlap_common: what else a case and the lists know that takes weight from an item: clean software, names
 * that everybody has, hosts on which nothing happened. */
#ifndef JUDGE_OVERLAP_COMMON_H
#define JUDGE_OVERLAP_COMMON_H

#include "judge/overlap_parts.h"

struct overlap_common;

/* NULL if the case cannot be read or memory runs out. */
struct overlap_common *overlap_common_open(const struct overlap_looking *l) MUST_USE;
void overlap_common_close(struct overlap_common *common); /* NULL is fine */

/* Appends why the item says little, and gives the hundredths of its weight that are left; 100, and nothing is
 * appended, if nothing is known against it. */
unsigned overlap_common_ask(struct overlap_common *common, const struct campaigns_item *item,
                            const struct overlap_sight *sight, struct text *why);

/* Appends where the item was seen, for people. */
void overlap_common_place(struct overlap_common *common, const struct overlap_sight *sight,
                          struct text *place);

/* The finding that tells of it: of `detector` if it is given, else the gravest of its artifact; 0: none. */
int64_t overlap_common_finding(struct overlap_common *common, int64_t artifact, const char *detector,
                               const char *detail);

#endif
