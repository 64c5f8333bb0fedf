#include "format/msi_tables.h"

enum {
    POOL_ENTRY = 4,
    LONG_REFERENCES = 0x8000, /* in the upper half of the pool's first entry */
    SIZE = 0xff,              /* of a column's type: bytes of a number */
    VALID = 0x100,
    STRING = 0x800,
    NULLABLE = 0x1000,
    UTF8 = 65001,
    WESTERN = 1252,
    PACKED = 0x3800, /* names: two characters of six bits from here on */
    SINGLE = 0x4800, /* one */
    TABLE = 0x4840   /* in front of a table's name */
};

static char letter(unsigned six) {
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    return letters[six & 63];
}

bool msi_tables_name(struct text *text, struct span utf16) {
    struct cursor c = cursor_of(utf16);
    bool table = false;
    for (bool first = true; cursor_left(&c) > 0; first = false) {
        struct span unit = cursor_left(&c) >= 2 ? cursor_take(&c, 2) : cursor_take(&c, 1);
        unsigned value = span_u8(unit, 0) | (unsigned)span_u8(unit, 1) << 8;
        if (first && value == TABLE && unit.size == 2) {
            table = true;
        } else if (value >= PACKED && value < SINGLE) {
            text_char(text, letter(value - PACKED));
            text_char(text, letter((value - PACKED) >> 6));
        } else if (value >= SINGLE && value < TABLE) {
            text_char(text, letter(value - SINGLE));
        } else {
            if (value >= 0xd800 && value < 0xdc00 && cursor_left(&c) >= 2)
                unit = span_of(unit.data, 2 + cursor_take(&c, 2).size, unit.offset);
            text_from_utf16(text, unit);
        }
    }
    return table;
}

/* --- strings --- */

/* A string of more than 65535 bytes has two entries: the upper half of its size stands as the count of
 * references of an entry that is otherwise empty. */
static void read_pool(struct job *job, struct cursor *c, struct msi_tables *msi) {
    uint64_t at = 0;
    uint32_t n = 1;
    for (; cursor_left(c) >= POOL_ENTRY; n++) {
        uint64_t size = cursor_u16(c), references = cursor_u16(c);
        if (size == 0 && references > 0 && cursor_left(c) >= POOL_ENTRY) {
            size = references << 16 | cursor_u16(c);
            cursor_skip(c, 2);
        }
        if (!span_holds(msi->data, at, size)) {
            job_note(job, FAULT_TORN, c->span.offset + c->at,
                     "the strings of an installer database are cut off");
            break;
        }
        msi->strings[n] = (struct msi_tables_string){(uint32_t)at, (uint32_t)size};
        at += size;
    }
    msi->count = n;
}

static uint32_t reference(struct cursor *c, unsigned bytes) {
    uint32_t low = cursor_u16(c);
    return bytes == 3 ? low | (uint32_t)cursor_u8(c) << 16 : low;
}

static struct span string_of(const struct msi_tables *msi, uint32_t number) {
    if (number == 0 || number >= msi->count)
        return span_part(msi->data, 0, 0);
    return span_part(msi->data, msi->strings[number].at, msi->strings[number].size);
}

bool msi_tables_open(struct job *job, struct span pool, struct span data, struct span names,
                     struct span columns, struct msi_tables *ret) {
    struct cursor c = cursor_of(pool);
    *ret = (struct msi_tables){.data = data, .columns = columns, .names = names, .count = 1};
    ret->strings = job_alloc(job, pool.size / POOL_ENTRY + 1, sizeof *ret->strings);
    if (!ret->strings)
        return false;
    if (data.size > UINT32_MAX)
        return job_fail(job, FAULT_LIMIT, 0, "an installer database with too many strings");
    ret->code_page = cursor_u16(&c);
    unsigned high = cursor_u16(&c);
    ret->code_page |= (high & 0x7fff) << 16;
    ret->reference = high & LONG_REFERENCES ? 3 : 2;
    read_pool(job, &c, ret);
    ret->column_rows = (uint32_t)(columns.size / (2 * ret->reference + 4));
    if (ret->column_rows > MSI_TABLES_SCHEMA)
        job_note(job, FAULT_LIMIT, columns.offset, "an installer database with too many columns");
    return true;
}

/* --- tables --- */

/* A cell of _Columns, which lies column behind column: table, number, name, type. */
static uint32_t schema(const struct msi_tables *msi, uint32_t row, unsigned column) {
    unsigned r = msi->reference;
    const unsigned before[] = {0, r, r + 2, 2 * r + 2}, width[] = {r, 2, r, 2};
    struct cursor c = cursor_of(msi->columns);
    cursor_seek(&c, (uint64_t)msi->column_rows * before[column] + (uint64_t)row * width[column]);
    return reference(&c, width[column]);
}

/* A column whose values are streams of their own. */
static bool is_stream(unsigned type) {
    return (type & ~(unsigned)NULLABLE) == (STRING | VALID);
}

static unsigned width_of(const struct msi_tables *msi, unsigned type) {
    if (is_stream(type))
        return 2;
    if (type & STRING)
        return msi->reference;
    return (type & SIZE) <= 2 ? 2 : (type & SIZE) == 4 ? 4 : 0;
}

static bool is(struct span bytes, const char *name) {
    return span_equal(bytes, span_of(name, strlen(name), 0));
}

bool msi_tables_find(const struct msi_tables *msi, struct job *job, const char *name, struct span data,
                     struct msi_tables_table *ret) {
    unsigned row = 0;
    bool seen[MSI_TABLES_COLUMNS] = {0};
    *ret = (struct msi_tables_table){.msi = msi, .data = data};
    for (uint32_t i = 0; i < msi->column_rows && i < MSI_TABLES_SCHEMA; i++) {
        if (!is(string_of(msi, schema(msi, i, 0)), name))
            continue;
        unsigned number = (schema(msi, i, 1) ^ 0x8000) - 1;
        if (number >= MSI_TABLES_COLUMNS || seen[number])
            return false;
        seen[number] = true;
        ret->names[number] = string_of(msi, schema(msi, i, 2));
        ret->types[number] = (uint16_t)(schema(msi, i, 3) ^ 0x8000);
        ret->count++;
    }
    for (unsigned i = 0; i < ret->count; i++) {
        unsigned width = width_of(msi, ret->types[i]);
        if (!seen[i] || width == 0)
            return false;
        ret->at[i] = (uint16_t)row;
        row += width;
    }
    if (row == 0)
        return false;
    ret->rows = (uint32_t)(data.size / row);
    if (data.size % row > 0)
        job_note(job, FAULT_BAD, data.offset, "a table of an installer database is no whole number of rows");
    return true;
}

bool msi_tables_has(const struct msi_tables *msi, struct span name) {
    struct cursor c = cursor_of(msi->names);
    for (unsigned i = 0; i < MSI_TABLES_LISTED && cursor_left(&c) >= msi->reference; i++)
        if (span_equal(string_of(msi, reference(&c, msi->reference)), name))
            return name.size > 0;
    return false;
}

unsigned msi_tables_column(const struct msi_tables_table *table, const char *name) {
    unsigned i = 0;
    while (i < table->count && !is(table->names[i], name))
        i++;
    return i;
}

static struct cursor cell(const struct msi_tables_table *table, uint32_t row, unsigned column,
                          unsigned *width) {
    struct cursor c = cursor_of(table->data);
    bool there = column < table->count && row < table->rows;
    *width = there ? width_of(table->msi, table->types[column]) : 0;
    cursor_seek(&c, there ? (uint64_t)table->rows * table->at[column] + (uint64_t)row * *width : UINT64_MAX);
    return c;
}

struct span msi_tables_text(const struct msi_tables_table *table, uint32_t row, unsigned column) {
    unsigned width;
    struct cursor c = cell(table, row, column, &width);
    bool string = width > 0 && table->types[column] & STRING && !is_stream(table->types[column]);
    return string_of(table->msi, string ? reference(&c, width) : 0);
}

int32_t msi_tables_number(const struct msi_tables_table *table, uint32_t row, unsigned column) {
    unsigned width;
    struct cursor c = cell(table, row, column, &width);
    if (width == 0 || table->types[column] & STRING)
        return MSI_TABLES_NULL;
    uint32_t value = width == 4 ? cursor_u32(&c) : cursor_u16(&c);
    if (value == 0)
        return MSI_TABLES_NULL;
    return width == 4 ? (int32_t)(value ^ 0x80000000u) : (int32_t)value - 0x8000;
}

/* --- code pages --- */

static void from_western(struct text *text, uint8_t byte) {
    static const uint16_t upper[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                       0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                       0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                       0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};
    unsigned value = byte < 0x80 || byte >= 0xa0 ? byte : upper[byte - 0x80];
    if (value == 0)
        text_format(text, "\\x%02X", byte);
    else if (value < 0x80)
        text_char(text, (char)value);
    else if (value < 0x800)
        text_format(text, "%c%c", 0xc0 | value >> 6, 0x80 | (value & 63));
    else
        text_format(text, "%c%c%c", 0xe0 | value >> 12, 0x80 | (value >> 6 & 63), 0x80 | (value & 63));
}

void msi_tables_stored(const struct msi_tables *msi, struct text *text, struct span bytes) {
    bool utf8 =
        (msi->code_page == UTF8 || msi->code_page == 0) && text_valid((const char *)bytes.data, bytes.size);
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] == '\\')
            text_add(text, "\\\\");
        else if (utf8 && bytes.data[i] != 0)
            text_char(text, (char)bytes.data[i]);
        else if (bytes.data[i] == 0 || (bytes.data[i] >= 0x80 && msi->code_page != WESTERN))
            text_format(text, "\\x%02X", bytes.data[i]);
        else
            from_western(text, bytes.data[i]);
}
