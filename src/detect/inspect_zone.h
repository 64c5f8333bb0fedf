/* inspect_zone: a mark of the web as a row of zone. For inspect.c only. */
#ifndef DETECT_INSPECT_ZONE_H
#define DETECT_INSPECT_ZONE_H

#include "base/job.h"
#include "base/text.h"

/* A row in any case: that there is a mark is a fact, whatever it says. Damage ends in the job. */
void inspect_zone(struct job *job, struct span bytes, struct text *rows);

#endif
