/* collection_rules: what collectors call their files, as data. Shared by collection*.c and nobody else.
 *
 * A pattern is a path whose components are compared without regard to the case of ASCII letters; `*` in a
 * component stands for any characters. A path fits if its first components fit the pattern; more may follow,
 * unless the pattern ends in `$` behind a slash. */
#ifndef SOURCE_COLLECTION_RULES_H
#define SOURCE_COLLECTION_RULES_H

#include "source/collection.h"

/* Does `path` fit `pattern`? */
bool collection_rules_fit(struct span path, const char *pattern);

/* Below a folder that is a Windows volume; below one that is the root of a Unix system. NULL ends. */
extern const char *const collection_rules_windows[], *const collection_rules_unix[];

/* A file that only this collector writes; where from the top of the collection. */
struct collection_own {
    enum collection_kind kind;
    const char *pattern;
    bool proves; /* the others are its files once it is known */
};
extern const struct collection_own collection_rules_own[];
extern const size_t collection_rules_own_count;

/* Names under which collectors keep the streams of NTFS's own files, which cannot be written as such. */
struct collection_stream {
    const char *pattern; /* of the path below a drive, whole */
    const char *path, *stream;
};
extern const struct collection_stream collection_rules_streams[];
extern const size_t collection_rules_stream_count;

#endif
