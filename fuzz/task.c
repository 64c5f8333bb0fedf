#include "format/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span bytes, struct span part) {
    if (part.size > 0 && (part.data < bytes.data || part.data + part.size > bytes.data + bytes.size))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    struct task task = task_of(bytes);
    struct task_action action;
    unsigned count = 0;
    while (task_next(&task, &action)) {
        check(bytes, action.command);
        check(bytes, action.arguments);
        check(bytes, action.folder);
        check(bytes, action.class_id);
        if (++count > TASK_ACTIONS)
            __builtin_trap();
    }
    if (task_next(&task, &action))
        __builtin_trap();
    return 0;
}
