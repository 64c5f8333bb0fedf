/* inspect_task: the file of a scheduled task as rows of task and task_action. For inspect.c only. Damage ends
 * in the job. */
#ifndef DETECT_INSPECT_TASK_H
#define DETECT_INSPECT_TASK_H

#include "base/job.h"
#include "base/text.h"

void inspect_task(struct job *job, struct span bytes, struct text *rows);

#endif
