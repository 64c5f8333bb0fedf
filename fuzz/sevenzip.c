#include "format/sevenzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A directory, as it is after unpacking. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct sevenzip seven;
    struct sevenzip_head head;
    bool packed;
    job_init(&job, 64 << 20);
    (void)!sevenzip_head_read(span_of(data, size, 0), size, &head);
    if (sevenzip_read(&job, span_of(data, size, 0), &seven, &packed))
        for (size_t i = 0; i < seven.folder_count; i++) {
            const struct sevenzip_folder *folder = &seven.folders[i];
            if (folder->coder_count == 0 || folder->coder_count > SEVENZIP_CODERS ||
                folder->first_stream + folder->stream_count > seven.packed_count)
                __builtin_trap();
        }
    job_reset(&job);
    return 0;
}
