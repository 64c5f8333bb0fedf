/* file_disguised_traits: what else the judge file_disguised looks for, beside logs, blobs and documents. For
 * file_disguised.c only. */
#ifndef JUDGE_FILE_DISGUISED_TRAITS_H
#define JUDGE_FILE_DISGUISED_TRAITS_H

#include "case/casefile.h"

/* Programs of Windows' names, pictures, names of logs after the machine's own GUID, dense files and timers.
 */
bool file_disguised_traits(struct casefile *casefile) MUST_USE;

/* Calls for each row; false if the case could not be read or written. */
bool file_disguised_each(struct casefile *casefile, const char *sql,
                         bool (*judge_row)(struct casefile *, struct db_query *)) MUST_USE;

/* A finding with up to two particulars. */
bool file_disguised_say(struct casefile *casefile, int64_t artifact, enum severity severity,
                        enum strength strength, const char *summary, const char *key, const char *value,
                        const char *also, const char *also_value) MUST_USE;

#endif
