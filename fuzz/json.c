#include "format/json.h"

#include "source/collection.h"
#include "source/sparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tokens(struct job *job, struct span all) {
    struct json json = json_of(job, all);
    struct json_token token;
    struct text text = {0};
    uint64_t number;
    for (size_t n = 0; json_next(&json, &token); n++) {
        text_clear(&text);
        json_string(token, &text);
        if (token.depth > JSON_DEPTH || n > 2 * all.size || !text_valid(text_string(&text), text.size))
            __builtin_trap();
        (void)!json_number(token, &number);
    }
    if (json_next(&json, &token) || json.broken != (job->fault.code != FAULT_NONE))
        __builtin_trap();
    text_free(&text);
}

/* The reader, and the two files that it is for: an index of a sparse file, and what tells the host. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct sparse_range ranges[64];
    static struct collection collection;
    struct span all = span_of(data, size, 0);
    uint32_t count = 0;
    uint64_t whole = 0;
    struct job job;
    job_init(&job, 1 << 20);
    read_tokens(&job, all);
    job_reset(&job);
    if (sparse_read(&job, all, ranges, 64, &count, &whole))
        for (uint32_t i = 0; i < count; i++)
            if (ranges[i].original + ranges[i].length > whole || ranges[i].present > ranges[i].length ||
                (i > 0 && (ranges[i].original < ranges[i - 1].original + ranges[i - 1].length ||
                           ranges[i].packed < ranges[i - 1].packed + ranges[i - 1].present)))
                __builtin_trap();
    job_reset(&job);
    collection_begin(&collection);
    if (collection_tell(&collection, &job, all) != (collection.host[0] != 0))
        __builtin_trap();
    job_reset(&job);
    return 0;
}
