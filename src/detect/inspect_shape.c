#include "detect/inspect_shape.h"

#include "base/row.h"
#include "format/picture.h"
#include "format/shape.h"
#include "model/facts.h"

enum { BLOCK = 4096, LEAST = 16 * BLOCK /* of a content, that blocks further in may tell something */ };

/* The least dense of three blocks at the quarters of a content; false if they are not all there. A log that
 * is one has blank or structured places. */
static bool further(struct content *content, struct job *job, uint64_t *read, uint64_t *ret) {
    *ret = UINT64_MAX;
    for (unsigned quarter = 1; quarter < 4; quarter++) {
        uint8_t block[BLOCK];
        size_t got = content->read(content, job, content->size / 4 * quarter, block, sizeof block);
        *read += got;
        if (got < sizeof block)
            return false;
        uint64_t entropy = span_entropy(span_of(block, sizeof block, 0));
        *ret = entropy < *ret ? entropy : *ret;
    }
    return true;
}

void inspect_shape_head(struct content *content, const char *name, struct job *job, struct text *rows,
                        uint64_t *read) {
    struct span head = content->head;
    struct row_writer row;
    bool dpapi;
    uint64_t epoch, inside;
    enum shape shape = shape_of(name, head, &dpapi);
    bool asked = (shape == SHAPE_CLFS || shape == SHAPE_ZEROS) && content->size >= LEAST &&
                 further(content, job, read, &inside);
    if (asked && inside >= SHAPE_DENSITY)
        shape = SHAPE_NOT_CLFS;
    bool timer = shape == SHAPE_NONE && shape_epoch(name, head, &epoch);
    if (shape == SHAPE_NONE && !timer)
        return;
    row_begin(&row, rows, FACT_shape);
    row_string(&row, FACT_shape_kind, timer ? "epoch" : shape_word(shape));
    row_integer(&row, FACT_shape_dpapi, dpapi);
    row_integer(&row, FACT_shape_entropy, span_entropy(head));
    if (asked)
        row_integer(&row, FACT_shape_further_entropy, inside);
    if (timer)
        row_integer(&row, FACT_shape_epoch, epoch);
}

void inspect_shape_picture(struct job *job, struct span bytes, struct text *rows) {
    enum picture picture = picture_sniff(bytes);
    size_t end;
    (void)job;
    if (!picture_end(picture, bytes, &end))
        return;
    struct span rest = span_from(bytes, end);
    if (span_is_zero(rest))
        return;
    struct row_writer row;
    row_begin(&row, rows, FACT_shape);
    row_string(&row, FACT_shape_kind, picture_word(picture));
    row_integer(&row, FACT_shape_dpapi, 0);
    row_integer(&row, FACT_shape_entropy, span_entropy(span_clip(bytes, 0, 4096)));
    row_integer(&row, FACT_shape_appended, rest.size);
    row_integer(&row, FACT_shape_appended_offset, end);
    row_integer(&row, FACT_shape_appended_entropy, span_entropy(rest));
}
