/* Rows from a worker that is not sane, into a case. */
#include "case/casefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct casefile *open_case(void) {
    static const struct explanation damaged = {"damaged", "t", "w", "i", "v", "", SEVERITY_INFO};
    struct text error = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    if (!c || !casefile_detector(c, "detector", &damaged))
        abort();
    text_free(&error);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct casefile *c = open_case();
    struct cursor cursor = cursor_of(span_of(data, size, 0));
    struct row row;
    bool bad;
    while (row_next(&cursor, &row, &bad)) {
        enum casefile_taken taken = casefile_row(c, &row, 1 + size % 3);
        if (taken == CASEFILE_FAILED) /* whatever a worker says, the case must go on */
            abort();
        if (taken == CASEFILE_REFUSED)
            break;
    }
    if (!casefile_finish(c, NULL))
        abort();
    casefile_close(c);
    return 0;
}
