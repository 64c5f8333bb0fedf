/* Sources of rules divided: any bytes are read, and every set's text lies within bounds. */
#include "detect/yara_divide.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct yara_divide divide;
    struct text out = {0};
    struct yara_source sources[2] = {
        {span_of("a/b.yar", 7, 0), span_of(data, size / 2, 0)},
        {span_of("a/c.yar", 7, 0), span_of(data + size / 2, size - size / 2, 0)}};
    job_init(&job, (size_t)64 << 20);
    if (yara_divide_read(&job, sources, 2, &divide) && yara_divide_settle(&job, &divide))
        for (enum yara_set set = YARA_ALL; set < YARA_SETS; set++)
            for (size_t i = 0; i < 2; i++) {
                text_clear(&out);
                yara_divide_write(&divide, i, set, &out);
                (void)yara_divide_wants(&divide, set);
                if (set != YARA_TRIGGERS && out.size != sources[i].text.size)
                    abort();
            }
    text_free(&out);
    job_reset(&job);
    return 0;
}
