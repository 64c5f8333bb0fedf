/* lists_file: compiled lists (intel/lists.h) as files, and those that a run knows.
 *
 * The lists of a user are one file, lists.intel, that is only ever replaced as a whole. It is believed if it
 * belongs to the user or to root and nobody else may write to it. */
#ifndef INTEL_LISTS_FILE_H
#define INTEL_LISTS_FILE_H

#include "intel/lists_read.h"

enum { LISTS_FILE_SHELVES = 80 };

struct lists_shelf {
    struct lists lists;
    char *bytes; /* what `lists` borrows */
    char *path;
    bool shipped; /* with the program */
};

struct lists_set {
    struct lists_shelf shelf[LISTS_FILE_SHELVES];
    size_t count;
};

void lists_file_free(struct lists_set *set);

/* Adds a compiled file and reads it whole to see that it makes sense. With `owned`, its owner and rights must
 * be as above; it is then ours, and only its frame is looked at. False with the reason in `error`; nothing
 * was added. */
bool lists_file_load(struct lists_set *set, const char *path, bool owned, struct text *error) MUST_USE;

/* Adds a table that the program ships with, compiling it. */
bool lists_file_ship(struct lists_set *set, const char *path, const char *name, struct text *error) MUST_USE;

/* Adds compiled bytes, which become the set's. */
bool lists_file_take(struct lists_set *set, struct text *bytes, const char *path,
                     struct text *error) MUST_USE;

/* Which further digests of files are worth computing: bits by enum lists_digest, of lists that the user
 * brought. */
unsigned lists_file_wants(const struct lists_set *set);

/* The folder that lists.intel is written to: $ASSAY_INTEL, else $XDG_DATA_HOME/assay/intel, else
 * ~/.local/share/assay/intel. False if there is none. */
bool lists_file_home(struct text *folder, struct text *error) MUST_USE;

/* Keeps others from changing the lists in `folder`, which is made if it is not there, until the descriptor is
 * closed; -1 with the reason in `error`. */
int lists_file_lock(const char *folder, struct text *error);

/* Replaces the file `name` in `folder` as a whole; false with the reason, and the old one stands. */
bool lists_file_save(const char *folder, const char *name, const struct text *bytes,
                     struct text *error) MUST_USE;

/* One line about a list: name, form, date, what it holds. */
void lists_file_tell(const struct lists_list *list, struct text *ret);

#define LISTS_FILE_NAME "lists.intel"

#endif
