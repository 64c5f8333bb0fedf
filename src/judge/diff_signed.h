/* diff_signed: signatures of what releases come in: databases of installers, cabinets, packages with a file
 * that signs them. For diff_signature.c only. */
#ifndef JUDGE_DIFF_SIGNED_H
#define JUDGE_DIFF_SIGNED_H

#include "judge/diff_rules.h"

/* Findings of the rule diff_signature, and changes of the pairs. False if a case cannot be read. */
bool diff_signed_judge(struct diff_judging *judging) MUST_USE;

#endif
