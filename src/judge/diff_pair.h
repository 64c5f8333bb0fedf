/* diff_pair: what differs between two programs, as a person reads it and as rules ask for it. */
#ifndef JUDGE_DIFF_PAIR_H
#define JUDGE_DIFF_PAIR_H

#include "judge/capability.h"
#include "judge/diff.h"
#include "judge/release_image.h"

/* What rules ask of a pair of programs, or of a program alone (then only what it is itself). */
struct diff_traits {
    bool known; /* it is a program, and was loaded */
    /* Builds */
    bool same_build;   /* link time (or its hash), linker and Rich header are the same */
    bool code_changed; /* an executable section of the same name has other bytes, or there is another one */
    bool code_hashed;  /* that was seen by digests */
    bool header_only;  /* all sections of the same names have the same bytes, and none came or went */
    bool linker_changed, rich_changed, rich_lost, pdb_changed, reproducible_changed;
    const char *toolchain; /* of the later one: linker, and whether it has a Rich header; never NULL */
    bool
        same_module; /* of .NET, without native code: the compiler's number of this very module is the same */
    /* Versions */
    bool has_version, same_version, lower_version;
    /* Structure */
    bool entry_section_changed, entry_in_last, entry_writable;
    bool imports_moved;       /* their directory lies in a section that was not there */
    unsigned sections_gained; /* but for what an option of the linker adds: .edata with exports, .reloc */
    unsigned executable_gained;
    const char *odd_section; /* the first section gained that is executable; "" */
    /* By class: an import (or function of a native library that an assembly declares) that the later one has,
     * where the earlier one had none of that class; NULL: none */
    const char *capabilities[API_CLASSES];
    const char *named[API_CLASSES]; /* the same of functions that it names and does not import */
    bool hashes_before;             /* the earlier one found functions by numbers of their names, too */
    struct release_names dlls_gained, imports_gained, exports_gained, exports_lost, mentioned_gained;
    uint64_t exports_before;
    struct release_names texts_gained; /* as release_image.texts */
    uint64_t overlay_gained;
    bool program_carried;   /* a resource came that is a program */
    uint64_t dense_carried; /* bytes of resources that came and are as packed or encrypted */
    /* Signing */
    bool was_signed, is_signed, was_broken, broken; /* broken: the digest does not match */
    bool signer_changed, organization_changed, issuer_changed, stamp_changed, algorithm_changed, pages_lost;
    bool key_changed;                     /* of the strong name that an assembly had */
    uint64_t slack_gained, stowed_gained; /* bytes that no signer's habit explains */
    unsigned slack_entropy;
};

/* Both sides, or one; NULL for a side that is no program. Changes are added to `pair`, all texts are `job`'s;
 * what the images hold may go afterwards. False if memory runs out. */
bool diff_pair_compare(struct job *job, const struct release_image *before, const struct release_image *after,
                       struct diff_pair *pair, struct diff_traits *ret) MUST_USE;

/* Adds one change; texts are copied. */
void diff_pair_add(struct job *job, struct diff_pair *pair, const char *group, const char *what,
                   const char *before, const char *after);

/* "a, b and 3 more"; the job's. */
const char *diff_pair_list(struct job *job, const struct release_names *names, size_t most);

/* The organization in a subject in OpenSSL's one-line form, else its common name; the job's. */
const char *diff_pair_organization(struct job *job, const char *subject);

#endif
