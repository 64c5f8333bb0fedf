#include "report/emit_row.h"

#include "model/finding.h"

static void field(struct emit *emit, struct db_query *query, int at, const struct emit_row_field *field) {
    int64_t number = db_integer(query, at);
    if (db_is_null(query, at))
        return;
    if (field->kind == EMIT_ROW_NUMBER)
        emit_number(emit, field->key, number);
    else if (field->kind == EMIT_ROW_TEXT)
        emit_text(emit, field->key, db_text(query, at, NULL));
    else if (field->kind == EMIT_ROW_STRENGTH)
        emit_text(emit, field->key, strength_word((enum strength)number));
    else if (number > 0)
        emit_time(emit, field->key, (uint64_t)number);
}

void emit_row(struct emit *emit, struct db_query *query, int first, const struct emit_row_field *fields,
              size_t count) {
    for (size_t i = 0; i < count; i++)
        field(emit, query, first + (int)i, &fields[i]);
}
