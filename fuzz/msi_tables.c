#include "format/msi_tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span take(struct cursor *c) {
    size_t size = cursor_u16(c);
    return cursor_take(c, size < cursor_left(c) ? size : cursor_left(c));
}

static void read_table(const struct msi_tables *msi, struct job *job, const char *name, struct span data) {
    struct msi_tables_table table;
    if (!msi_tables_find(msi, job, name, data, &table))
        return;
    for (uint32_t row = 0; row < table.rows; row++)
        for (unsigned column = 0; column <= table.count; column++) {
            struct text text = {0};
            struct span cell = msi_tables_text(&table, row, column);
            if (cell.size > msi->data.size)
                abort();
            (void)msi_tables_number(&table, row, column);
            msi_tables_stored(msi, &text, span_clip(cell, 0, 100));
            if (!text_valid(text_string(&text), text.size))
                abort();
            text_free(&text);
        }
}

/* Five streams, each behind two bytes of size: pool, data, names, columns, and a table. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct msi_tables msi;
    struct text name = {0};
    struct cursor c = cursor_of(span_of(data, size, 0));
    struct span streams[5];
    for (int i = 0; i < 5; i++)
        streams[i] = take(&c);
    job_init(&job, 4 << 20);
    (void)msi_tables_name(&name, streams[4]);
    if (!text_valid(text_string(&name), name.size))
        abort();
    text_free(&name);
    if (msi_tables_open(&job, streams[0], streams[1], streams[2], streams[3], &msi)) {
        read_table(&msi, &job, "File", streams[4]);
        read_table(&msi, &job, "Property", streams[4]);
    }
    job_reset(&job);
    return 0;
}
