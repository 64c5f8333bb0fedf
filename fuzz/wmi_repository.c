#include "format/wmi_repository.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span bytes, const struct wmi_string *string) {
    struct span text = string->text, of_class, name;
    struct text out = {0};
    if (text.size > 0 && (text.data < bytes.data || text.data + text.size > bytes.data + bytes.size))
        __builtin_trap();
    wmi_repository_text(string, 4096, &out);
    (void)wmi_repository_path(span_of(text_string(&out), out.size, 0), &of_class, &name);
    text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    struct wmi_repository repository;
    struct wmi_instance instance;
    uint64_t last = 0;
    wmi_repository_open(bytes, size, &repository);
    while (wmi_repository_next(&repository, &instance)) {
        const struct wmi_string *const strings[] = {&instance.name,    &instance.filter, &instance.consumer,
                                                    &instance.query,   &instance.space,  &instance.program,
                                                    &instance.command, &instance.folder, &instance.engine,
                                                    &instance.script,  &instance.file};
        if (instance.offset < last)
            __builtin_trap();
        last = instance.offset + 1;
        for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
            check(bytes, strings[i]);
    }
    return 0;
}
