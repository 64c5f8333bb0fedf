/* task_file: the file of a scheduled task, Windows\System32\Tasks\**, XML of the schema
 * http://schemas.microsoft.com/windows/2004/02/mit/task ([MS-TSCH] 2.5; docs/format/task.md).
 *
 * Read are the registration, principals, triggers in short, actions, and whether the task is hidden and
 * enabled. XML is read by libexpat. A document type declaration is refused, and with it every entity. Texts
 * are UTF-8 as they stand, in the job's memory, "" where there is none. */
#ifndef FORMAT_TASK_FILE_H
#define FORMAT_TASK_FILE_H

#include "base/job.h"
#include "format/task.h"

enum {
    TASK_FILE_SIZE = 1 << 20,  /* bytes of a file that is read */
    TASK_FILE_TEXT = 16 << 10, /* bytes of one text; a longer one is cut */
    TASK_FILE_DEPTH = 32,      /* elements within each other */
    TASK_FILE_TRIGGERS = 64    /* that are told */
};

struct task_file_action {
    enum task_kind kind;
    const char *command, *arguments, *folder; /* of TASK_RUN */
    const char *class_id, *data; /* of TASK_COM: "{...}" as written, and what the class is given */
};

struct task_file {
    const char *uri, *author, *source, *date;          /* RegistrationInfo, as written */
    const char *user, *group, *run_level, *logon_type; /* of the first principal */
    const char
        *triggers; /* their elements without "Trigger", one space between: "Logon Calendar"; "" for none */
    bool hidden, enabled; /* Settings; as Windows takes them if nothing is said: not hidden, enabled */
    struct task_file_action actions[TASK_ACTIONS];
    size_t count;
    bool complete; /* all of it was read and understood, and nothing is cut */
};

/* Do these first bytes of a file look like one? UTF-16LE or UTF-8. */
bool task_file_sniff(struct span head);

/* What is wrong is noted in the job (BAD: not well-formed, no task; LIMIT), and what was read before stays.
 * False only if memory runs out. */
bool task_file_decode(struct job *job, struct span bytes, struct task_file *ret) MUST_USE;

#endif
