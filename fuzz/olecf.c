#include "format/olecf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    const struct span *bytes = context;
    struct span part = span_clip(*bytes, offset, size);
    if (part.size < size)
        job_note(job, FAULT_TORN, offset + part.size, "the evidence ends here");
    return span_copy(part, to, size);
}

/* All streams are opened and read at their ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct olecf olecf;
    struct olecf_stream stream = {0};
    struct span bytes = span_of(data, size, 0);
    uint8_t to[1000];
    job_init(&job, 64 << 20);
    bool opened = olecf_open(&job, fetch, &bytes, size, &olecf);
    if (opened != (job.fault.code == FAULT_NONE))
        abort();
    for (size_t i = 0; opened && i < olecf.count; i++) {
        const struct olecf_entry *entry = &olecf.entries[i];
        if (entry->name_size > OLECF_NAME ||
            (entry->reached && i > 0 && (size_t)entry->parent >= olecf.count))
            abort();
        if (entry->kind != OLECF_STREAM || !olecf_open_stream(&olecf, &job, i, &stream))
            continue;
        size_t got = olecf_read(&olecf, &job, &stream, 0, to, sizeof to);
        uint64_t last = stream.there > 10 ? stream.there - 10 : 0;
        if (stream.there > stream.size || got > stream.there || olecf_place(&olecf, &stream, last) > size ||
            olecf_read(&olecf, &job, &stream, last, to, sizeof to) > 10)
            abort();
    }
    job_reset(&job);
    return 0;
}
