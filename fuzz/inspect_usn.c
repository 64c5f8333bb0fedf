/* A change journal of a volume whose records are invented, too: what is chosen is a part of all that there
 * is, and both readings tell the same of the whole. */
#include "detect/inspect_usn.h"
#include "base/row.h"
#include "model/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 64, FILE_SIZE = 20 };

struct source {
    struct content content; /* first */
    struct span bytes;
};

struct file {
    uint64_t si[4], fn[4];
    uint16_t sequence;
    uint8_t flags;
};

struct told {
    uint64_t kept, records, summaries, complete, last;
    bool all;
};

static struct file files[FILES];

static size_t read_at(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct source *source = (struct source *)(void *)content;
    (void)job;
    return span_copy(span_clip(source->bytes, offset, size), to, size);
}

static bool stamps(const void *context, uint64_t record, struct inspect_stamps *ret) {
    const struct file *file = &files[record % FILES];
    (void)context;
    if (record >= FILES)
        abort();
    *ret = (struct inspect_stamps){.si = file->flags & 1 ? NULL : file->si,
                                   .fn = file->flags & 2 ? NULL : file->fn,
                                   .sequence = file->sequence,
                                   .deleted = file->flags & 4};
    return !(file->flags & 8);
}

static bool wanted(const void *context, uint64_t record) {
    (void)context;
    return files[record].flags & 16;
}

static const struct inspect_volume volume = {FILES, stamps, wanted, NULL};

static void read_files(struct cursor *c, unsigned count) {
    memset(files, 0, sizeof files);
    for (unsigned i = 0; i < count; i++) {
        struct file *file = &files[i];
        for (int k = 0; k < 4; k++)
            file->si[k] = file->fn[k] = cursor_u32(c) * (uint64_t)1000000;
        file->fn[0] += cursor_u8(c);
        file->sequence = cursor_u16(c);
        file->flags = cursor_u8(c);
    }
}

static struct told tell(struct span bytes, const struct inspect_options *options) {
    static struct job job;
    struct source source = {.content = {.size = bytes.size, .read = read_at}, .bytes = bytes};
    struct text rows = {0};
    struct told told = {.last = UINT64_MAX};
    uint64_t read = 0;
    struct row row;
    bool bad;
    job_init(&job, 8 << 20);
    if (!inspect_usn(&source.content, &job, options, 0, &rows, &read))
        abort();
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    while (row_next(&c, &row, &bad)) {
        if (row.table == FACT_usn) {
            if (told.last != UINT64_MAX && row.cells[0].integer <= told.last)
                abort();
            told.last = row.cells[0].integer;
            told.kept++;
        } else if (row.table == FACT_usn_summary) {
            told.summaries++;
            told.records = row.cells[0].integer;
            told.complete = row.cells[row.count - 1].integer;
            told.all = row.cells[2].bytes.size == 3;
            if (row.cells[1].integer != told.kept)
                abort();
        }
    }
    if (bad || told.summaries != 1 || (told.complete && job.noted > 0))
        abort();
    text_free(&rows);
    job_reset(&job);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cursor c = cursor_of(span_of(data, size, 0));
    unsigned count = cursor_u8(&c) % (FILES + 1);
    read_files(&c, count);
    struct span bytes = span_of(data, size, 0);
    bytes = span_from(bytes, 1 + (size_t)count * FILE_SIZE);
    bytes.offset = 0;
    struct inspect_options options = {.inspect = true, .keep_events = true, .volume = &volume};
    struct told all = tell(bytes, &options);
    options.keep_events = false;
    struct told some = tell(bytes, &options);
    if (!all.all || some.all || all.kept != all.records || some.kept > all.kept ||
        some.records != all.records || some.complete != all.complete)
        abort();
    return 0;
}
