/* inspect_prefetch: a prefetch file as a row of prefetch and one of prefetch_file for each path. For
 * inspect.c only. */
#ifndef DETECT_INSPECT_PREFETCH_H
#define DETECT_INSPECT_PREFETCH_H

#include "base/job.h"
#include "base/text.h"

/* Damage ends in the job. */
void inspect_prefetch(struct job *job, struct span bytes, struct text *rows);

#endif
