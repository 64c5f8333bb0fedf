/* judges: every judge of judges.def, in the order in which they run. */
#ifndef JUDGE_JUDGES_H
#define JUDGE_JUDGES_H

#include "model/judge.h"

#include <stddef.h>

/* The list and its length; constant. */
const struct judge *const *judges_all(size_t *count);

/* The judge named `id`, or NULL. */
const struct judge *judges_find(const char *id);

#endif
