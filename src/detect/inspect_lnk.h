/* inspect_lnk: a shell link as a row of lnk. For inspect.c only. */
#ifndef DETECT_INSPECT_LNK_H
#define DETECT_INSPECT_LNK_H

#include "base/job.h"
#include "base/text.h"

/* Damage ends in the job. */
void inspect_lnk(struct job *job, struct span bytes, struct text *rows);

#endif
