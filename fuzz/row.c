/* Rows from a worker that is not sane, into a case: the bytes as they are, and the same bytes as choices
 * among tables, columns and values that nearly fit. Whatever a worker says, the case goes on and can be
 * finished. */
#include "case/casefile.h"
#include "case/casefile_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS = 200 }; /* that share a case: making and finishing one takes longer than all else */

static struct casefile *casefile;
static unsigned inputs;

static void demand(bool good) {
    if (!good)
        abort();
}

static void open_case(void) {
    static const struct explanation damaged = {"damaged", "t", "w", "i", "v", "", SEVERITY_INFO};
    struct text error = {0};
    casefile = casefile_create(NULL, false, &error);
    demand(casefile && casefile_detector(casefile, "detector", &damaged));
    text_free(&error);
}

static void take(struct span bytes, uint64_t artifact) {
    struct cursor cursor = cursor_of(bytes);
    struct row row;
    bool bad;
    while (row_next(&cursor, &row, &bad))
        demand(casefile_row(casefile, &row, artifact) != CASEFILE_FAILED);
}

static void choose_cell(struct row_writer *writer, struct cursor *from, unsigned column) {
    uint8_t how = cursor_u8(from);
    enum row_kind kind = casefile_schema_columns[column].kind;
    if (how == 0xff)
        column ^= cursor_u8(from);
    if (column == FACT_finding_detector && how < 0xf0)
        row_string(writer, column, "damaged");
    else if (kind == ROW_INTEGER && how < 0xf0)
        row_integer(writer, column, how & 1 ? cursor_u64(from) : cursor_u8(from) % 8);
    else {
        struct span bytes = cursor_take(from, cursor_u8(from) % 40);
        if (kind == ROW_BLOB || how == 0xfe)
            row_blob(writer, column, bytes.data, bytes.size);
        else
            row_text(writer, column, (const char *)bytes.data, bytes.size);
    }
}

static void choose_row(struct text *out, struct cursor *from) {
    struct row_writer writer;
    unsigned first, end, table = cursor_u8(from) % FACT_TABLES;
    casefile_schema_range((enum fact_table)table, &first, &end);
    row_begin(&writer, out, table);
    uint64_t columns = cursor_u64(from);
    for (unsigned column = first; column < end && !from->torn; column++)
        if (columns >> (column - first) % 64 & 1)
            choose_cell(&writer, from, column);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text rows = {0};
    struct cursor from = cursor_of(span_of(data, size, 0));
    if (!casefile)
        open_case();
    take(from.span, 1 + size % 3);
    while (cursor_left(&from) > 0) {
        uint8_t artifact = cursor_u8(&from);
        choose_row(&rows, &from);
        take(span_of(text_string(&rows), rows.size, 0), artifact % 80);
        text_clear(&rows);
    }
    text_free(&rows);
    if (++inputs % INPUTS == 0) {
        demand(casefile_finish(casefile, NULL));
        casefile_close(casefile);
        casefile = NULL;
    }
    return 0;
}
