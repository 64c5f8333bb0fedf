#include "detect/inspect_prefetch.h"

#include "base/row.h"
#include "format/ntfs_record.h"
#include "format/prefetch.h"
#include "model/facts.h"

enum { PATH = 32768 }; /* bytes of a path that are kept */

static void add_path(struct row_writer *row, unsigned column, struct span utf16, struct text *text) {
    text_clear(text);
    text_from_utf16(text, span_clip(utf16, 0, PATH));
    row_text(row, column, text_string(text), text->size);
}

/* Times of runs before the last one, the latest first. */
static void add_earlier(struct row_writer *row, const struct prefetch *prefetch, struct text *text) {
    text_clear(text);
    for (size_t i = 1; i < PREFETCH_RUNS; i++)
        if (prefetch->times[i])
            text_format(text, "%s%llu", text->size ? " " : "", (unsigned long long)prefetch->times[i]);
    if (text->size > 0)
        row_text(row, FACT_prefetch_earlier_runs, text_string(text), text->size);
}

static void add_volumes(struct row_writer *row, const struct prefetch *prefetch, struct text *text) {
    struct prefetch_volume volume;
    text_clear(text);
    for (uint32_t i = 0; i < prefetch->volume_count; i++) {
        if (!prefetch_volume(prefetch, i, &volume))
            continue;
        if (text->size > 0)
            text_char(text, '\n');
        text_from_utf16(text, span_clip(volume.path, 0, 512));
        text_format(text, " %08X", volume.serial);
    }
    if (text->size > 0)
        row_text(row, FACT_prefetch_volumes, text_string(text), text->size);
}

static void add_files(const struct prefetch *prefetch, struct text *rows, struct text *text) {
    for (uint32_t i = 0; i < prefetch->file_count; i++) {
        struct prefetch_file file;
        struct row_writer row;
        if (!prefetch_file(prefetch, i, &file))
            continue;
        row_begin(&row, rows, FACT_prefetch_file);
        row_integer(&row, FACT_prefetch_file_ordinal, i);
        add_path(&row, FACT_prefetch_file_path, file.path, text);
        if (file.reference) {
            row_integer(&row, FACT_prefetch_file_file, NTFS_REFERENCE(file.reference));
            row_integer(&row, FACT_prefetch_file_file_sequence, file.reference >> 48);
        }
    }
}

void inspect_prefetch(struct job *job, struct span bytes, struct text *rows) {
    struct prefetch prefetch;
    struct row_writer row;
    struct text text = {0};
    if (!prefetch_decode(job, bytes, &prefetch))
        return;
    row_begin(&row, rows, FACT_prefetch);
    row_integer(&row, FACT_prefetch_version, prefetch.version);
    add_path(&row, FACT_prefetch_name, prefetch.name, &text);
    row_integer(&row, FACT_prefetch_hash, prefetch.hash);
    row_integer(&row, FACT_prefetch_runs, prefetch.runs);
    if (prefetch.times[0])
        row_integer(&row, FACT_prefetch_last_run, prefetch.times[0]);
    add_earlier(&row, &prefetch, &text);
    add_volumes(&row, &prefetch, &text);
    add_files(&prefetch, rows, &text);
    text_free(&text);
}
