#include "detect/inspect_shape.h"

#include "base/row.h"
#include "format/picture.h"
#include "format/shape.h"
#include "model/facts.h"

void inspect_shape_head(const char *name, struct span head, struct text *rows) {
    struct row_writer row;
    bool dpapi;
    uint64_t epoch;
    enum shape shape = shape_of(name, head, &dpapi);
    bool timer = shape == SHAPE_NONE && shape_epoch(name, head, &epoch);
    if (shape == SHAPE_NONE && !timer)
        return;
    row_begin(&row, rows, FACT_shape);
    row_string(&row, FACT_shape_kind, timer ? "epoch" : shape_word(shape));
    row_integer(&row, FACT_shape_dpapi, dpapi);
    row_integer(&row, FACT_shape_entropy, span_entropy(head));
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
