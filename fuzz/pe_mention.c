/* Names in the texts of anything: each lies where it is said to lie. */
#include "format/pe_mention.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct pe_mentions found;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 1 << 20);
    pe_mention_find(&job, bytes, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct pe_mention *mention = &found.list[i];
        size_t length = strlen(mention->name), width = mention->wide ? 2 : 1;
        if (length > PE_MENTION_NAME || length < 5 || mention->count == 0 ||
            !span_holds(bytes, mention->offset, width * length - (width - 1)))
            abort();
        for (size_t k = 0; k < length; k++)
            if (span_u8(bytes, mention->offset + k * width) != (uint8_t)mention->name[k])
                abort();
    }
    job_reset(&job);
    return 0;
}
