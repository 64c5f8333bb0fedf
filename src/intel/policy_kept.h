/* policy_kept: the driver policies that a user keeps (intel/kept.h, folder `policies`), by name: the XML as
 * it was, with the date that it had. They are read like one that is named (intel/policy.h). */
#ifndef INTEL_POLICY_KEPT_H
#define INTEL_POLICY_KEPT_H

#include "intel/kept.h"
#include "intel/policy.h"

enum { POLICY_KEPT = 32 }; /* so that there is room for some that are named */

extern const struct kept_kind policy_kept_kind;

/* Adds all of them; false, with file, line and reason, if one is damaged or not to be believed. */
bool policy_kept_add(struct policies *policies, struct text *error) MUST_USE;

/* The same for one. */
bool policy_kept_read(struct policies *policies, const struct kept_file *file, struct text *error) MUST_USE;

/* One line: the name that it is kept by, the policy's own, version, date and what it denies. */
void policy_kept_tell(const char *name, const char *date, const struct policy *policy, struct text *ret);

#endif
