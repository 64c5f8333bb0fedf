/* A package of any bytes: what comes out of a member is what its directory tells of it, or nothing does. */
#include "intel/package.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct package package;
    const char *why = NULL;
    uint64_t all = 0;
    job_init(&job, (size_t)64 << 20);
    bool good = package_open(&job, span_of(data, size, 0), package_wants_rules, &package, &why);
    if (!good && !why)
        abort();
    for (size_t i = 0; good && i < package.count && all < 4 << 20; i++) {
        struct text text = {0};
        const char *name = package.list[i].name;
        if (!text_valid(name, strlen(name)) || !package_wants_rules(name) || name[0] == '/')
            abort();
        if (package_read(&package, i, &text, &why)) {
            if (text.size != package.list[i].size ||
                inflate_crc(0, span_of(text.data, text.size, 0)) != package.list[i].crc)
                abort();
        } else if (!why || text.size > 0)
            abort();
        all += package.list[i].size;
        text_free(&text);
    }
    job_reset(&job);
    return 0;
}
