/* yara_condition: what must be so for the condition of a rule to hold, as far as its words show.
 *
 * Both answers are certain or not given: what is not understood may hold for anything. */
#ifndef DETECT_YARA_CONDITION_H
#define DETECT_YARA_CONDITION_H

#include "base/span.h"
#include "base/text.h"

enum { YARA_CONDITION_NESTING = 24, YARA_CONDITION_ANY = -1, YARA_CONDITION_MZ = 'M' | 'Z' << 8 };

/* The two bytes, as a little-endian number, with which every content begins that it holds for;
 * YARA_CONDITION_ANY. */
int yara_condition_gate(struct span condition);

/* Is it false for every content that has none of the rule's strings? `no_mz`: and does not begin with MZ. */
bool yara_condition_needs_string(struct span condition, bool no_mz);

/* Appends an expression that holds whenever the condition does, and names no modules, variables or other
 * rules. False if nothing of the kind is seen in it: nothing was appended. */
bool yara_condition_own(struct span condition, struct text *out);

#endif
