#include "format/lnk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span bytes, const struct lnk_string *string) {
    struct text text = {0};
    if (string->text.size > 0 &&
        (string->text.data < bytes.data || string->text.data + string->text.size > bytes.data + bytes.size))
        __builtin_trap();
    lnk_text(string, &text);
    if (!text_valid(text_string(&text), text.size))
        __builtin_trap();
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct lnk lnk;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 1 << 16);
    bool good = lnk_decode(&job, bytes, &lnk);
    if (good != (job.fault.code == FAULT_NONE) || good != (lnk_sniff(bytes) && size >= 76))
        __builtin_trap();
    const struct lnk_string *const strings[] = {&lnk.label,   &lnk.local_path, &lnk.share,
                                                &lnk.suffix,  &lnk.name,       &lnk.relative,
                                                &lnk.working, &lnk.arguments,  &lnk.icon};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        check(bytes, strings[i]);
    job_reset(&job);
    return 0;
}
