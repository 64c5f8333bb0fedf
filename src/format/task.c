#include "format/task.h"

enum { RUN = 0x6666, COM = 0x7777, MAIL = 0x8888, MESSAGE = 0x9999, MAIL_STRINGS = 8 };

struct task task_of(struct span bytes) {
    struct task task = {.cursor = cursor_of(bytes)};
    task.version = cursor_u16(&task.cursor);
    if (task.version > 1)
        cursor_take(&task.cursor, cursor_u32(&task.cursor)); /* whose rights it has: named elsewhere, too */
    task.damaged = task.cursor.torn || task.version == 0 || task.version > 3;
    return task;
}

static struct span string(struct cursor *cursor) {
    return cursor_take(cursor, cursor_u32(cursor));
}

static void skip_mail(struct cursor *cursor) {
    for (int i = 0; i < MAIL_STRINGS; i++)
        string(cursor);
    for (uint32_t files = cursor_u32(cursor); files > 0 && !cursor->torn; files--)
        string(cursor);
    for (uint32_t headers = cursor_u32(cursor); headers > 0 && !cursor->torn; headers--) {
        string(cursor);
        string(cursor);
    }
}

static bool read_action(struct task *task, unsigned magic, struct task_action *ret) {
    struct cursor *cursor = &task->cursor;
    string(cursor); /* its name within the task */
    *ret = (struct task_action){0};
    switch (magic) {
    case RUN:
        ret->command = string(cursor);
        ret->arguments = string(cursor);
        ret->folder = string(cursor);
        if (task->version == 3)
            cursor_skip(cursor, 2);
        return true;
    case COM:
        ret->kind = TASK_COM;
        ret->class_id = cursor_take(cursor, 16);
        string(cursor);
        return true;
    case MAIL:
        ret->kind = TASK_MAIL;
        skip_mail(cursor);
        return true;
    case MESSAGE:
        ret->kind = TASK_MESSAGE;
        string(cursor);
        string(cursor);
        return true;
    default:
        return false;
    }
}

bool task_next(struct task *task, struct task_action *ret) {
    struct task_action action;
    if (task->damaged || cursor_left(&task->cursor) == 0)
        return false;
    unsigned magic = cursor_u16(&task->cursor);
    if (task->count++ == TASK_ACTIONS || !read_action(task, magic, &action) || task->cursor.torn) {
        task->damaged = true;
        return false;
    }
    *ret = action;
    return true;
}
