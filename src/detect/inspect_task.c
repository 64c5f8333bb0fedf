#include "detect/inspect_task.h"

#include "base/row.h"
#include "format/task_file.h"
#include "model/facts.h"

static void add(struct row_writer *row, unsigned column, const char *text) {
    if (text[0])
        row_string(row, column, text);
}

static void add_action(struct text *rows, size_t ordinal, const struct task_file_action *action) {
    static const char *const kinds[] = {"exec", "com", "mail", "message"};
    struct row_writer row;
    row_begin(&row, rows, FACT_task_action);
    row_integer(&row, FACT_task_action_ordinal, ordinal);
    row_string(&row, FACT_task_action_kind, kinds[action->kind]);
    add(&row, FACT_task_action_command, action->command);
    add(&row, FACT_task_action_arguments, action->arguments);
    add(&row, FACT_task_action_working, action->folder);
    add(&row, FACT_task_action_class_id, action->class_id);
    add(&row, FACT_task_action_data, action->data);
}

void inspect_task(struct job *job, struct span bytes, struct text *rows) {
    struct task_file file;
    struct row_writer row;
    if (!task_file_decode(job, bytes, &file))
        file.complete = false;
    row_begin(&row, rows, FACT_task);
    add(&row, FACT_task_uri, file.uri);
    add(&row, FACT_task_author, file.author);
    add(&row, FACT_task_source, file.source);
    add(&row, FACT_task_date, file.date);
    add(&row, FACT_task_principal, file.user[0] ? file.user : file.group);
    add(&row, FACT_task_run_level, file.run_level);
    add(&row, FACT_task_logon_type, file.logon_type);
    add(&row, FACT_task_triggers, file.triggers);
    row_integer(&row, FACT_task_hidden, file.hidden);
    row_integer(&row, FACT_task_enabled, file.enabled);
    row_integer(&row, FACT_task_complete, file.complete);
    for (size_t i = 0; i < file.count; i++)
        add_action(rows, i, &file.actions[i]);
}
