/* Installer databases for tests: strings, tables and streams in a compound file. */
#ifndef TEST_MAKE_MSI_MADE_H
#define TEST_MAKE_MSI_MADE_H

#include "make/olecf_made.h"

enum { MSI_MADE_STRINGS = 1024, MSI_MADE_BYTES = 256 * 1024, MSI_MADE_TABLES = 24 };

struct msi_made {
    struct olecf_made file;
    bool long_references;
    unsigned code_page;
    const char *strings[MSI_MADE_STRINGS];
    unsigned count; /* of strings, from 1 */
    uint8_t pool[4 * MSI_MADE_STRINGS + 64], data[MSI_MADE_BYTES];
    size_t pool_size, data_size;
    uint8_t tables[MSI_MADE_TABLES][4096], names[1024], columns[8192];
    size_t table_count, column_rows;
    unsigned cells[4][512]; /* of _Columns */
};

static inline unsigned msi_made_string(struct msi_made *m, const char *string) {
    for (unsigned i = 1; i <= m->count; i++)
        if (strcmp(m->strings[i], string) == 0)
            return i;
    m->strings[++m->count] = string;
    return m->count;
}

static inline unsigned msi_made_letter(char c) {
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    const char *found = c ? strchr(letters, c) : NULL;
    return found ? (unsigned)(found - letters) : 64;
}

/* A stream under its packed name. */
static inline size_t msi_made_stream(struct msi_made *m, const char *name, bool table, size_t parent,
                                     const void *data, size_t size) {
    size_t index = olecf_made_add(&m->file, "", parent, data, size);
    struct olecf_made_file *file = &m->file.files[index - 1];
    if (table) {
        olecf_made_number(file->name, 0x4840, 2);
        file->name_size = 2;
    }
    while (*name) {
        unsigned a = msi_made_letter(name[0]), b = a < 64 ? msi_made_letter(name[1]) : 64;
        unsigned unit = b < 64 ? 0x3800 + (b << 6 | a) : a < 64 ? 0x4800 + a : (unsigned char)*name;
        olecf_made_number(file->name + file->name_size, unit, 2);
        file->name_size += 2;
        name += b < 64 ? 2 : 1;
    }
    return index;
}

static inline unsigned msi_made_width(const struct msi_made *m, char kind) {
    return kind == 's' ? (m->long_references ? 3 : 2) : kind == 'l' ? 4 : 2;
}

/* A table. `columns`: names, each behind a letter: s string, i and l numbers of 2 and 4 bytes, v a stream.
 * `cells`: row by row; NULL is null. */
static inline void msi_made_table(struct msi_made *m, const char *name, const char *const *columns,
                                  unsigned count, const char *const *cells, unsigned rows) {
    uint8_t *to = m->tables[m->table_count];
    size_t at = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned row = (unsigned)m->column_rows++, kind = (unsigned char)columns[i][0];
        m->cells[0][row] = msi_made_string(m, name);
        m->cells[1][row] = 0x8000 + i + 1;
        m->cells[2][row] = msi_made_string(m, columns[i] + 1);
        m->cells[3][row] = 0x8000 ^ (kind == 's'   ? 0x1dffu
                                     : kind == 'i' ? 0x1502u
                                     : kind == 'l' ? 0x1104u
                                                   : 0x1900u);
        unsigned width = msi_made_width(m, columns[i][0]);
        for (unsigned k = 0; k < rows; k++, at += width) {
            const char *cell = cells[k * count + i];
            uint64_t value = 0;
            if (cell && kind == 's')
                value = msi_made_string(m, cell);
            else if (cell && kind != 'v')
                value = (uint64_t)strtol(cell, NULL, 10) ^ (width == 4 ? 0x80000000u : 0x8000u);
            else if (cell)
                value = 1;
            olecf_made_number(to + at, value, width);
        }
    }
    m->table_count++;
    msi_made_stream(m, name, true, 0, to, at);
    unsigned reference = msi_made_width(m, 's');
    olecf_made_number(m->names + (m->table_count - 1) * reference, msi_made_string(m, name), reference);
}

/* Adds the pool and the schema and makes the file. */
static inline void msi_made_write(struct msi_made *m) {
    unsigned reference = msi_made_width(m, 's');
    size_t at = 0;
    for (unsigned column = 0; column < 4; column++)
        for (size_t row = 0; row < m->column_rows; row++) {
            unsigned width = column % 2 ? 2 : reference;
            olecf_made_number(m->columns + at, m->cells[column][row], width);
            at += width;
        }
    olecf_made_number(m->pool, m->code_page | (m->long_references ? 0x80000000u : 0), 4);
    m->pool_size = 4;
    for (unsigned i = 1; i <= m->count; i++) {
        size_t size = strlen(m->strings[i]);
        if (size > 65535) {
            olecf_made_number(m->pool + m->pool_size, size >> 16 << 16, 4);
            m->pool_size += 4;
        }
        olecf_made_number(m->pool + m->pool_size, (size & 0xffff) | 1u << 16, 4);
        m->pool_size += 4;
        memcpy(m->data + m->data_size, m->strings[i], size);
        m->data_size += size;
    }
    msi_made_stream(m, "_Columns", true, 0, m->columns, at);
    msi_made_stream(m, "_Tables", true, 0, m->names, m->table_count * reference);
    msi_made_stream(m, "_StringPool", true, 0, m->pool, m->pool_size);
    msi_made_stream(m, "_StringData", true, 0, m->data, m->data_size);
    if (m->file.version == 0)
        m->file.version = 3;
    olecf_made_write(&m->file);
}

#endif
