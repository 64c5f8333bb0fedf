/* A database, and a log that goes with it. The last two bytes say where the database ends, in units of 64
 * bytes. */
#include "format/sqlite_file_row.h"
#include "format/sqlite_file_schema.h"
#include "format/sqlite_file_walk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct job job;

static void check_inside(const struct sqlite_file *file, struct span bytes) {
    const struct span places[] = {file->source.bytes, file->source.log,
                                  span_of(file->scratch, file->scratch_size, 0)};
    if (bytes.size == 0)
        return;
    for (size_t i = 0; i < 3; i++)
        if (bytes.data >= places[i].data && bytes.data + bytes.size <= places[i].data + places[i].size)
            return;
    abort();
}

static void check_row(const struct sqlite_file_row *row) {
    struct sqlite_file_value value;
    struct text text = {0};
    for (int i = 0; i < 40 && sqlite_file_value(row, i, &value); i++) {
        check_inside(row->file, value.bytes);
        if (value.kind == SQLITE_FILE_TEXT && value.bytes.size < 5000)
            sqlite_file_text(row->file, value.bytes, &text);
        if (text.size > 0 && !text_valid(text_string(&text), text.size))
            abort();
        text_clear(&text);
    }
    text_free(&text);
}

/* Each page as the root of a table: the trees of a database do not share any. */
static void walk_all(struct sqlite_file *file) {
    uint64_t damaged = file->damaged;
    for (uint32_t root = 1; root <= file->pages && root < 20; root++) {
        struct sqlite_file_walk walk;
        struct sqlite_file_row row;
        uint64_t rows = 0;
        if (!sqlite_file_begin(file, root, &walk))
            continue;
        while (sqlite_file_next(&walk, &row)) {
            if (walk.depth == 0 || walk.depth > SQLITE_FILE_DEPTH || ++rows > (uint64_t)file->pages * 32768)
                abort();
            check_row(&row);
        }
    }
    if (file->damaged < damaged || file->damaged > job.noted)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sqlite_file file;
    struct sqlite_file_table table;
    if (size < 2)
        return 0;
    struct span all = span_of(data, size - 2, 0);
    size_t end = ((size_t)data[size - 2] << 8 | data[size - 1]) * 64;
    struct sqlite_file_source source = {.bytes = span_clip(all, 0, end), .log = span_from(all, end)};
    job_init(&job, 32 << 20);
    job.steps = 200000;
    if (sqlite_file_open(&job, &source, &file)) {
        static const char *const names[] = {"a", "b", "urls"}, *const columns[] = {"x", "url", "id"};
        for (size_t i = 0; i < 3; i++)
            if (sqlite_file_find(&file, names[i], &table))
                for (size_t c = 0; c < 3; c++)
                    if (sqlite_file_column(&table, columns[c]) > SQLITE_FILE_SQL)
                        abort();
        walk_all(&file);
    } else if (job.fault.code == FAULT_NONE)
        abort();
    job_reset(&job);
    return 0;
}
