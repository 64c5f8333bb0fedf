#include "format/task_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t longest;

static void check(const char *text) {
    size_t size = text ? strlen(text) : 0;
    longest = size > longest ? size : longest;
    if (!text || size > TASK_FILE_TEXT)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct task_file file;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 16 << 20);
    (void)task_file_sniff(bytes);
    if (task_file_decode(&job, bytes, &file)) {
        check(file.uri);
        check(file.author);
        check(file.source);
        check(file.date);
        check(file.user);
        check(file.group);
        check(file.run_level);
        check(file.logon_type);
        check(file.triggers);
        for (size_t i = 0; i < file.count; i++) {
            check(file.actions[i].command);
            check(file.actions[i].arguments);
            check(file.actions[i].folder);
            check(file.actions[i].class_id);
            check(file.actions[i].data);
        }
        if (file.count > TASK_ACTIONS || (file.complete && job.noted > 0))
            __builtin_trap();
    }
    job_reset(&job);
    return 0;
}
