/* policy_read: from the XML of a policy to its parts, references not yet resolved. For policy.c only. */
#ifndef INTEL_POLICY_READ_H
#define INTEL_POLICY_READ_H

#include "intel/policy.h"

/* False with line and reason in `error`. Everything comes from `memory`. */
bool policy_read(struct job *memory, struct span bytes, struct policy *ret, struct text *error) MUST_USE;

/* Counts what is not understood, and keeps the first of it. */
void policy_note(struct job *memory, struct policy *policy, size_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A copy of the NUL-terminated text in memory; NULL if that is used up. */
const char *policy_copy(struct job *memory, const char *text);

#endif
