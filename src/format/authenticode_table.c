#include "format/authenticode_table.h"

#include "format/der.h"

enum { HEADER = 8, ALIGN = 8 };

struct walk {
    struct job *job;
    const struct authenticode_layout *layout;
    struct authenticode_table *table;
};

static uint64_t end_of(uint64_t start, uint64_t size) {
    return size > UINT64_MAX - start ? UINT64_MAX : start + size;
}

bool authenticode_table_usable(const struct authenticode_layout *layout) {
    return layout->table_size > 0 && layout->directory_at > 0 &&
           layout->table_at >= end_of(layout->directory_at, 8) &&
           layout->table_at >= end_of(layout->checksum_at, 4) && layout->table_at < layout->file_size;
}

/* Where the first value of an entry ends. What is no SEQUENCE is no signature, so all of it is slack. */
static void measure(struct walk *w, struct authenticode_entry *entry) {
    struct fault why;
    size_t size = 0;
    struct span body = entry->body;
    entry->der = span_part(body, 0, 0);
    entry->slack = body;
    if (span_u8(body, 0) != DER_SEQUENCE)
        return;
    if (!der_measure(body, &size, &entry->strict, &why)) {
        /* What is cut off may be behind the end of the entry or of the file; either way nothing is behind it.
         */
        entry->slack = span_from(body, body.size);
        if (entry->whole)
            job_note(w->job, why.code, entry->offset,
                     "a signature is longer than its entry in the table, or damaged");
        return;
    }
    entry->der = span_part(body, 0, size);
    entry->slack = span_from(body, size);
    if (!entry->strict)
        job_note(w->job, FAULT_BAD, body.offset, "the length of a signature is not encoded as DER demands");
}

/* One entry at `at` in the table's bytes; false if none can start there. */
static bool entry_read(struct walk *w, uint64_t at, struct authenticode_entry *ret) {
    struct cursor c = cursor_of(span_from(w->table->bytes, at));
    uint64_t offset = cursor_offset(&c), left = w->layout->table_size - at;
    *ret = (struct authenticode_entry){.offset = offset};
    ret->length = cursor_u32(&c);
    ret->revision = cursor_u16(&c);
    ret->type = cursor_u16(&c);
    if (c.torn)
        return false;
    if (ret->length < HEADER) {
        if (ret->length != 0)
            job_note(w->job, FAULT_BAD, offset,
                     "an entry of the certificate table is shorter than its header");
        return false;
    }
    uint64_t size = ret->length - HEADER;
    ret->whole = size <= cursor_left(&c) && ret->length <= left;
    if (ret->length > left)
        job_note(w->job, FAULT_BAD, offset, "an entry of the certificate table is longer than the table");
    ret->body = span_clip(span_from(c.span, HEADER), 0, size);
    measure(w, ret);
    uint64_t end = at + ret->length; /* both are below 2^33 */
    ret->gap = span_clip(w->table->bytes, end, (ALIGN - end % ALIGN) % ALIGN);
    return true;
}

static void relate(struct authenticode_table *table, uint64_t size) {
    uint64_t difference = size > table->sum ? size - table->sum : table->sum - size;
    table->sum_relation = difference == 0      ? AUTHENTICODE_TABLE_EXACT
                          : difference < ALIGN ? AUTHENTICODE_TABLE_ROUNDING
                                               : AUTHENTICODE_TABLE_DIFFERENT;
}

static bool entries_read(struct walk *w) {
    struct authenticode_table *table = w->table;
    uint64_t at = 0;
    table->entries = job_alloc(w->job, AUTHENTICODE_TABLE_ENTRIES, sizeof *table->entries);
    if (!table->entries)
        return false;
    while (at < table->bytes.size) {
        struct authenticode_entry entry;
        if (table->entry_count == AUTHENTICODE_TABLE_ENTRIES) {
            job_note(w->job, FAULT_LIMIT, table->bytes.offset + at,
                     "a certificate table has more entries than are read");
            break;
        }
        if (!entry_read(w, at, &entry))
            break;
        table->entries[table->entry_count++] = entry;
        uint64_t step = ((uint64_t)entry.length + ALIGN - 1) / ALIGN * ALIGN;
        table->sum += step;
        at += step;
    }
    table->tail = span_clip(table->bytes, at, table->bytes.size);
    relate(table, w->layout->table_size);
    return true;
}

static void note_place(struct job *job, const struct authenticode_layout *layout) {
    if (layout->table_at >= layout->file_size)
        job_note(job, FAULT_TORN, layout->file_size, "the certificate table lies behind the end of the file");
    else
        job_note(job, FAULT_BAD, layout->table_at, "the certificate table overlaps the headers");
}

bool authenticode_table_decode(struct job *job, const struct authenticode_layout *layout, struct span bytes,
                               struct authenticode_table *ret) {
    *ret = (struct authenticode_table){.bytes = bytes};
    struct walk w = {job, layout, ret};
    if (layout->table_size == 0) {
        ret->bytes = span_part(bytes, 0, 0);
        ret->tail = ret->bytes;
        return true;
    }
    ret->usable = authenticode_table_usable(layout);
    if (!ret->usable) {
        note_place(job, layout);
        ret->bytes = span_part(bytes, 0, 0);
        ret->tail = ret->bytes;
        return true;
    }
    uint64_t there = layout->file_size - layout->table_at;
    ret->bytes = span_clip(bytes, 0, layout->table_size);
    ret->bytes.offset = layout->table_at;
    ret->whole = ret->bytes.size == layout->table_size;
    if (there < layout->table_size)
        job_note(job, FAULT_TORN, layout->file_size, "the certificate table ends behind the end of the file");
    else if (!ret->whole)
        job_note(job, FAULT_LIMIT, layout->table_at + ret->bytes.size,
                 "the certificate table was not read to its end");
    ret->after_offset = end_of(layout->table_at, layout->table_size);
    if (ret->after_offset < layout->file_size)
        ret->after_size = layout->file_size - ret->after_offset;
    return entries_read(&w);
}
