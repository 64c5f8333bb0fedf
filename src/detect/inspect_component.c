#include "detect/inspect_component.h"

#include "base/row.h"
#include "format/component.h"
#include "model/facts.h"

static void add_row(enum component_kind kind, struct text *rows) {
    struct row_writer row;
    if (kind == COMPONENT_NONE)
        return;
    row_begin(&row, rows, FACT_component);
    row_string(&row, FACT_component_kind, component_word(kind));
}

void inspect_component_head(struct span head, struct text *rows) {
    add_row(component_sniff(head), rows);
}

void inspect_component_image(const struct pe *pe, struct span bytes, struct text *rows) {
    add_row(component_image(pe, bytes), rows);
}
