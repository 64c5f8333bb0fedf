/* intel: what is known at the start of a run. */
#ifndef INTEL_INTEL_H
#define INTEL_INTEL_H

#include "intel/campaigns.h"
#include "intel/certificates.h"
#include "intel/known.h"
#include "intel/lists_file.h"
#include "intel/phantoms.h"
#include "intel/policy.h"
#include "intel/roots.h"
#include "intel/stakes.h"

struct intel_options {
    const char *const *roots; /* files or folders with further roots */
    size_t root_count;
    bool no_default_roots;
    const char *const *certificates; /* further lists of distrusted certificates */
    size_t certificate_count;
    const char *const
        *policies; /* driver policies, besides driver-policy.xml of the intel place and those that are kept */
    size_t policy_count;
    const char *const *lists; /* compiled lists, besides the shipped ones and the user's */
    size_t list_count;
    const char *const *known; /* databases of known software */
    size_t known_count;
};

struct intel {
    struct roots roots;
    struct certificates certificates;
    struct policies policies;
    struct lists_set lists;
    const char *known[KNOWN_FILES]; /* paths, borrowed: looked at, and opened by whoever asks them */
    size_t known_count;
    struct phantoms phantoms;
    struct campaigns campaigns; /* shipped and kept; those that are named follow (cli/command_campaigns.h) */
    struct stakes stakes;
    uint64_t now; /* FILETIME as of which the run judges */
};

/* Reads everything. False with the reason in `error`. Free with intel_free in either case. */
bool intel_load(const struct intel_options *options, struct intel *ret, struct text *error) MUST_USE;
void intel_free(struct intel *intel);

/* Only the lists that are there without being named: the shipped ones and the user's. The same. */
bool intel_load_lists(struct lists_set *ret, struct text *error) MUST_USE;

#endif
