/* task: what a scheduled task runs, as the registry keeps it: value Actions of a key below TaskCache\Tasks
 * (docs/format/task.md). Pure; nothing is allocated.
 *
 *     struct task task = task_of(bytes);
 *     while (task_next(&task, &action)) ...
 *     task.damaged says whether something could not be read.
 */
#ifndef FORMAT_TASK_H
#define FORMAT_TASK_H

#include "base/span.h"

enum task_kind { TASK_RUN, TASK_COM, TASK_MAIL, TASK_MESSAGE };

enum { TASK_ACTIONS = 32 /* Windows allows as many */ };

struct task {
    struct cursor cursor;
    unsigned version, count;
    bool damaged;
};

struct task_action {
    enum task_kind kind;
    struct span command, arguments, folder; /* UTF-16; of TASK_RUN */
    struct span class_id;                   /* 16 bytes; of TASK_COM */
};

struct task task_of(struct span bytes);

/* False at the end, and where it is damaged. */
bool task_next(struct task *task, struct task_action *ret);

#endif
