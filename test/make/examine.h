/* Runs inspect_content over bytes in memory and answers questions about the rows. Static, for tests and fuzz
 * targets. A failure inside stops the program. */
#ifndef TEST_MAKE_EXAMINE_H
#define TEST_MAKE_EXAMINE_H

#include "base/row.h"
#include "detect/inspect.h"
#include "model/facts.h"

struct examine_memory {
    struct content content; /* first, so that both are one address */
    const uint8_t *data;
    size_t there; /* bytes that can be read; fewer than content.size if the evidence is cut */
};

struct examine {
    struct job job;
    struct text rows;
    struct inspect_result result;
};

static inline size_t examine_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to,
                                  size_t size) {
    const struct examine_memory *m = (const struct examine_memory *)content;
    struct span part = span_clip(span_of(m->data, m->there, 0), offset, size);
    if (part.size < size)
        job_note(job, FAULT_TORN, m->there, "the evidence ends");
    return span_copy(part, to, size);
}

/* Examines `there` bytes of a content that claims `size`. Free with examine_free. */
static inline void examine_cut(struct examine *e, const uint8_t *data, size_t there, uint64_t size,
                               const struct inspect_options *options) {
    struct examine_memory m = {
        {size, span_of(data, there < CONTENT_HEAD ? there : CONTENT_HEAD, 0), examine_read, NULL},
        data,
        there};
    *e = (struct examine){.rows = {.max = 64 << 20}};
    job_init(&e->job, INSPECT_MEMORY);
    inspect_content(&m.content, "test.bin", &e->job, options, &e->rows, &e->result);
}

static inline void examine(struct examine *e, const uint8_t *data, size_t size) {
    static const struct inspect_options options = {.inspect = true};
    examine_cut(e, data, size, size, &options);
}

static inline void examine_free(struct examine *e) {
    text_free(&e->rows);
    job_reset(&e->job);
}

static inline const struct row_cell *examine_cell(const struct row *row, unsigned column) {
    for (size_t i = 0; i < row->count; i++)
        if (row->cells[i].column == column)
            return &row->cells[i];
    return NULL;
}

/* Checks every row's form and length; the number of rows of `table`. */
static inline size_t examine_rows(const struct examine *e, unsigned table) {
    struct cursor c = cursor_of(span_of(e->rows.data, e->rows.size, 0));
    struct row row;
    size_t count = 0;
    bool bad = false;
    for (size_t start = 0; row_next(&c, &row, &bad); start = c.at) {
        if (c.at - start >= INSPECT_ROW)
            abort();
        count += row.table == table;
    }
    if (bad || e->rows.full)
        abort();
    return count;
}

/* Row `index` of a table; false if there are fewer. */
static inline bool examine_row(const struct examine *e, unsigned table, size_t index, struct row *ret) {
    struct cursor c = cursor_of(span_of(e->rows.data, e->rows.size, 0));
    bool bad;
    while (row_next(&c, ret, &bad))
        if (ret->table == table && index-- == 0)
            return true;
    return false;
}

static inline uint64_t examine_integer(const struct row *row, unsigned column) {
    const struct row_cell *cell = examine_cell(row, column);
    return cell ? cell->integer : UINT64_MAX;
}

static inline bool examine_says(const struct row *row, unsigned column, const char *text) {
    const struct row_cell *cell = examine_cell(row, column);
    return cell && span_equal(cell->bytes, span_of(text, strlen(text), 0));
}

/* Finding `index` of a detector; false if there are fewer. */
static inline bool examine_finding(const struct examine *e, const char *detector, size_t index,
                                   struct row *ret) {
    for (size_t i = 0; examine_row(e, FACT_finding, i, ret); i++)
        if (examine_says(ret, FACT_finding_detector, detector) && index-- == 0)
            return true;
    return false;
}

static inline size_t examine_findings(const struct examine *e, const char *detector) {
    struct row row;
    size_t count = 0;
    while (examine_finding(e, detector, count, &row))
        count++;
    return count;
}

#endif
