/* Lists of catalogs, and what a catalog looks like from outside. */
#include "format/cat.h"
#include "format/der_time.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct cat cat;
    struct der value;
    struct fault why;
    uint64_t time;
    struct cursor c = cursor_of(span_of(data, size, 0));
    job_init(&job, 16 << 20);
    (void)!cat_sniff(c.span);
    if (cat_decode(&job, c.span, &cat))
        for (size_t i = 0; i < cat.count; i++)
            if ((cat.members[i].size != 20 && cat.members[i].size != 32) ||
                (i > 0 && memcmp(&cat.members[i - 1], &cat.members[i], sizeof cat.members[i]) == 0))
                abort();
    while (der_next(&c, &value, &why))
        (void)!der_time(&value, &time);
    job_reset(&job);
    return 0;
}
