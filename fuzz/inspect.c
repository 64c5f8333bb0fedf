/* A whole content: image, signatures, digests, detectors, rows. */
#include "make/examine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    if (!ready && !(ready = inspect_prepare(NULL, 0)))
        abort();
    struct examine e;
    unsigned how = size > 0 ? data[size - 1] : 0; /* evidence that ends early, further digests */
    struct inspect_options options = {.inspect = true,
                                      .hash = how & 1,
                                      .md5 = how & 2,
                                      .sha1 = how & 4,
                                      .zone = how & 2,
                                      .keep_events = how & 8,
                                      .release = how & 1};
    struct inspect_directory directory = {.record = 5,
                                          .sequence = 5,
                                          .block = 512u << (how >> 5),
                                          .root = span_of(data, size / 4, 0),
                                          .bitmap = span_of(data, size < 8 ? size : 8, 0),
                                          .has_blocks = how & 2};
    if (how & 16)
        options.directory = &directory;
    examine_cut(&e, data, size, size + (how & 8 ? 100 : 0), &options);
    (void)examine_rows(&e, FACT_finding);
    if (e.result.has_sha256 && size > 0 && how & 8)
        abort();
    examine_free(&e);
    return 0;
}
