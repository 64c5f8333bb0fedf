/* rules_kept: the sets of rules of YARA that a user keeps (assay intel add), by name.
 *
 * A set is one file, NAME.rules in the folder `rules` beside lists.intel, that is only ever replaced as a
 * whole; its texts are the sources as they were. It is believed if it belongs to the user or to root and
 * nobody else may write to it.
 *
 * Form, little-endian: 8 bytes magic; string date; u32 rules; u32 files, each a string: its name, a string:
 * its text. A string is a u32 and so many bytes. */
#ifndef INTEL_RULES_KEPT_H
#define INTEL_RULES_KEPT_H

#include "base/span.h"
#include "intel/rules.h"

#define RULES_KEPT_MAGIC "assay\x1aYK"

enum { RULES_KEPT_NAME = 100, RULES_KEPT_SETS = 1000 };

struct rules_kept {
    char name[RULES_KEPT_NAME + 1], date[11];
    char *path;
    uint32_t rules, files;
};

struct rules_kept_list {
    struct rules_kept *list;
    size_t count;
};

/* What may be the name of a set, and a file. */
bool rules_kept_name(const char *name);

/* All sets of the user in the order of their names; none if there is no folder. False with the reason in
 * `error`. */
bool rules_kept_list(struct rules_kept_list *ret, struct text *error) MUST_USE;
void rules_kept_free(struct rules_kept_list *list);

/* Adds the files of all sets, called SET/NAME; the only file of a set that has its name is called so. */
bool rules_kept_add(struct rules *rules, struct text *error) MUST_USE;

/* Adds the files of one set that lies in memory: rules_kept_add's part that reads. False if it is damaged. */
bool rules_kept_read(struct rules *rules, struct span bytes, const char *name, struct text *error) MUST_USE;

/* A set's bytes: of `rules` those files that are not left out. */
void rules_kept_write(const struct rules *rules, const bool *left_out, const char *date, uint32_t count,
                      struct text *ret);

/* Replaces or removes a set in the folder of lists.intel (lists_file_home), which the caller has locked. */
bool rules_kept_save(const char *folder, const char *name, const struct text *bytes,
                     struct text *error) MUST_USE;
bool rules_kept_remove(const char *folder, const char *name, struct text *error) MUST_USE;

#endif
