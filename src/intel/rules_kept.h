/* rules_kept: the sets of rules of YARA that a user keeps (intel/kept.h, folder `rules`), by name.
 *
 * A set's texts are the sources as they were. Form, little-endian: 8 bytes magic; string date; u32 rules; u32
 * files, each a string: its name, a string: its text. A string is a u32 and so many bytes. */
#ifndef INTEL_RULES_KEPT_H
#define INTEL_RULES_KEPT_H

#include "base/span.h"
#include "intel/kept.h"
#include "intel/rules.h"

#define RULES_KEPT_MAGIC "assay\x1aYK"

enum { RULES_KEPT_SETS = 1000 };

extern const struct kept_kind rules_kept_kind;

struct rules_kept {
    char date[11];
    uint32_t rules, files;
};

/* What a set says of itself. False with the reason in `error`. */
bool rules_kept_look(const struct kept_file *file, struct rules_kept *ret, struct text *error) MUST_USE;

/* Adds the files of all sets, called SET/NAME; the only file of a set that has its name is called so. */
bool rules_kept_add(struct rules *rules, struct text *error) MUST_USE;

/* Adds the files of one set that lies in memory: rules_kept_add's part that reads. False if it is damaged. */
bool rules_kept_read(struct rules *rules, struct span bytes, const char *name, struct text *error) MUST_USE;

/* A set's bytes: of `rules` those files that are not left out. */
void rules_kept_write(const struct rules *rules, const bool *left_out, const char *date, uint32_t count,
                      struct text *ret);

#endif
