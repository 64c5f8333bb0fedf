#include "detect/inspect_shape.h"

#include "base/row.h"
#include "format/shape.h"
#include "model/facts.h"

void inspect_shape_head(const char *name, struct span head, struct text *rows) {
    struct row_writer row;
    bool dpapi;
    enum shape shape = shape_of(name, head, &dpapi);
    if (shape == SHAPE_NONE)
        return;
    row_begin(&row, rows, FACT_shape);
    row_string(&row, FACT_shape_kind, shape_word(shape));
    row_integer(&row, FACT_shape_dpapi, dpapi);
    row_integer(&row, FACT_shape_entropy, span_entropy(head));
}
