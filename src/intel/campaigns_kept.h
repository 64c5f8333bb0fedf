/* campaigns_kept: the lists of campaigns that a user keeps (intel/kept.h, folder `campaigns`), by name, in
 * the form of intel/campaigns.h. */
#ifndef INTEL_CAMPAIGNS_KEPT_H
#define INTEL_CAMPAIGNS_KEPT_H

#include "intel/campaigns.h"
#include "intel/kept.h"

enum { CAMPAIGNS_KEPT = 500 };

extern const struct kept_kind campaigns_kept_kind;

/* Adds all of them; false, with file, line and reason, if one is damaged or not to be believed. */
bool campaigns_kept_add(struct campaigns *campaigns, struct text *error) MUST_USE;

/* The same for one. */
bool campaigns_kept_read(struct campaigns *campaigns, const struct kept_file *file,
                         struct text *error) MUST_USE;

#endif
