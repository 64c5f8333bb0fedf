#include "source/pack_msi_text.h"

enum { COMPARED = 1024 }; /* bytes of lines that decide about their order */

static void add_cell(struct text *text, const struct msi_tables_table *table, uint32_t row, unsigned column) {
    int32_t number = msi_tables_number(table, row, column);
    struct span string = msi_tables_text(table, row, column);
    size_t start = text->size;
    if (number != MSI_TABLES_NULL) {
        text_format(text, "%d", number);
        return;
    }
    while (string.size > 0) {
        size_t n = 0;
        while (n < string.size && string.data[n] >= ' ')
            n++;
        msi_tables_stored(table->msi, text, span_part(string, 0, n));
        if (n < string.size)
            text_format(text, "\\x%02X", string.data[n++]);
        string = span_from(string, n);
        if (text->full || text->size - start > PACK_TABLE)
            return;
    }
}

static int by_bytes(const void *left, const void *right) {
    const struct span *a = left, *b = right;
    size_t size = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->data, b->data, size < COMPARED ? size : COMPARED);
    if (order == 0 && size < COMPARED)
        order = (a->size > b->size) - (a->size < b->size);
    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static bool add_rows(const struct msi_tables_table *table, struct job *job, struct text *scratch,
                     struct text *text) {
    struct span *lines = job_alloc(job, table->rows, sizeof *lines);
    if (!lines)
        return false;
    for (uint32_t row = 0; row < table->rows && !scratch->full; row++) {
        lines[row].offset = scratch->size;
        for (unsigned column = 0; column < table->count; column++) {
            if (column > 0)
                text_char(scratch, '\t');
            add_cell(scratch, table, row, column);
        }
        text_char(scratch, '\n');
        lines[row].size = scratch->size - lines[row].offset;
    }
    if (scratch->full)
        return false;
    for (uint32_t row = 0; row < table->rows; row++)
        lines[row].data = (const uint8_t *)scratch->data + lines[row].offset;
    if (table->rows > 0)
        qsort(lines, table->rows, sizeof *lines, by_bytes);
    for (uint32_t row = 0; row < table->rows; row++)
        text_bytes(text, lines[row].data, lines[row].size);
    return !text->full;
}

bool pack_msi_text(struct pack_msi_database *d, struct job *job, const struct pack_msi_stream *stream,
                   struct text *scratch, struct text *text) {
    struct msi_tables_table table;
    text_clear(scratch);
    text_clear(text);
    scratch->max = text->max = PACK_TABLE;
    if (!msi_tables_find(&d->msi, job, (const char *)stream->name.data,
                         pack_msi_database_load(d, job, stream), &table))
        return false;
    for (unsigned column = 0; column < table.count; column++) {
        if (column > 0)
            text_char(text, '\t');
        msi_tables_stored(&d->msi, text, table.names[column]);
    }
    text_char(text, '\n');
    return add_rows(&table, job, scratch, text);
}
