#include "format/pe_sections.h"

#include <math.h>

enum { HEADER_SIZE = 40, NAME_SIZE = 8, LOADER_SECTOR = 0x200, PAGE = 0x1000, TABLE_ALIGN = 8 };

/* Counts eight bytes a turn in four tables, so that equal neighbours do not wait for each other. */
static unsigned entropy(struct span bytes) {
    uint32_t counts[4][256] = {{0}};
    struct cursor cursor = cursor_of(bytes);
    while (cursor_left(&cursor) >= 8) {
        uint64_t v = cursor_u64(&cursor);
        counts[0][v & 255]++;
        counts[1][v >> 8 & 255]++;
        counts[2][v >> 16 & 255]++;
        counts[3][v >> 24 & 255]++;
        counts[0][v >> 32 & 255]++;
        counts[1][v >> 40 & 255]++;
        counts[2][v >> 48 & 255]++;
        counts[3][v >> 56]++;
    }
    while (cursor_left(&cursor) > 0)
        counts[0][cursor_u8(&cursor)]++;
    if (bytes.size == 0)
        return 0;
    double sum = 0, total = (double)bytes.size;
    for (int i = 0; i < 256; i++) {
        double n = (double)counts[0][i] + counts[1][i] + counts[2][i] + counts[3][i];
        if (n > 0)
            sum += n * log2(n);
    }
    double bits = log2(total) - sum / total;
    return bits > 0 ? (unsigned)(bits * 1000 + 0.5) : 0;
}

static void read_section(struct pe_image *image, struct cursor *cursor, struct pe_section *section) {
    struct span name = cursor_take(cursor, NAME_SIZE);
    while (name.size > 0 && span_u8(name, name.size - 1) == 0)
        name = span_part(name, 0, name.size - 1);
    section->virtual_size = cursor_u32(cursor);
    section->rva = cursor_u32(cursor);
    section->raw_size = cursor_u32(cursor);
    section->raw_offset = cursor_u32(cursor);
    cursor_skip(cursor, 12);
    section->characteristics = cursor_u32(cursor);
    const char *text = pe_image_text(image, name);
    section->name = text ? text : "";
}

/* Sections that share their bytes could make 64 MiB into 128 GiB of counting. */
static void measure(struct pe_image *image, struct pe_section *sections, size_t count, uint64_t table) {
    uint64_t left = 2 * (uint64_t)image->bytes.size;
    for (size_t i = 0; i < count; i++) {
        struct pe_section *section = &sections[i];
        struct span raw = span_clip(image->bytes, section->raw_offset, section->raw_size);
        uint64_t at = table + i * HEADER_SIZE;
        if (raw.size < section->raw_size)
            pe_image_lost_raw(image, at, section->raw_offset, section->raw_size,
                              "the raw data of a section is not all there");
        if (raw.size > left) {
            job_note(image->job, FAULT_LIMIT, at, "sections share so many bytes that not all are measured");
            continue;
        }
        left -= raw.size;
        section->entropy = image->brief ? 0 : entropy(raw);
    }
}

/* As the loader and pefile round: down, and only where the alignment is one that the loader heeds. */
static uint64_t round_rva(const struct pe *pe, uint32_t rva) {
    uint32_t alignment = pe->section_alignment < PAGE ? pe->file_alignment : pe->section_alignment;
    return alignment > 0 ? rva - rva % alignment : rva;
}

static uint64_t round_raw(const struct pe *pe, uint32_t offset) {
    return pe->file_alignment < LOADER_SECTOR ? offset : offset - offset % LOADER_SECTOR;
}

struct order {
    uint32_t rva;
    size_t section;
};

static int by_rva(const void *a, const void *b) {
    const struct order *x = a, *y = b;
    if (x->rva != y->rva)
        return x->rva < y->rva ? -1 : 1;
    return x->section < y->section ? -1 : 1;
}

/* A section reaches as far as its larger size says (the virtual one if the raw one leaves the file), but not
 * into the next; where two begin together the first one has what both want. */
static size_t map(const struct pe *pe, const struct order *order, struct pe_mapping *mappings) {
    size_t count = 0;
    uint64_t covered = 0;
    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[order[i].section];
        uint64_t base = round_rva(pe, section->rva), raw = round_raw(pe, section->raw_offset);
        uint64_t size = section->virtual_size;
        if (raw <= pe->file_size && section->raw_size <= pe->file_size - raw && section->raw_size > size)
            size = section->raw_size;
        uint64_t next = i + 1 < pe->section_count ? order[i + 1].rva : 0;
        uint64_t end = next > section->rva && base + size > next ? next : base + size;
        uint64_t start = base < covered ? covered : base;
        if (start >= end)
            continue;
        mappings[count++] = (struct pe_mapping){
            .start = start,
            .end = end,
            .base = base,
            .raw = raw,
            .raw_end = (uint64_t)section->raw_offset + section->raw_size,
            .section = order[i].section,
        };
        covered = end;
    }
    return count;
}

bool pe_sections_decode(struct pe_image *image, uint64_t at, uint16_t claimed) {
    struct pe *pe = image->pe;
    struct span table = span_clip(image->bytes, at, (uint64_t)claimed * HEADER_SIZE);
    size_t count = table.size / HEADER_SIZE;
    if (count < claimed)
        pe_image_lost_raw(image, at + count * HEADER_SIZE, at, (uint64_t)claimed * HEADER_SIZE,
                          "the section table is not all there");
    if (count > PE_SECTIONS) {
        job_note(image->job, FAULT_LIMIT, at, "more section headers than are read");
        count = PE_SECTIONS;
    }
    struct pe_section *sections = job_alloc(image->job, count, sizeof *sections);
    struct order *order = job_alloc(image->job, count, sizeof *order);
    struct pe_mapping *mappings = job_alloc(image->job, count, sizeof *mappings);
    if (!sections || !order || !mappings)
        return false;
    struct cursor cursor = cursor_of(table);
    for (size_t i = 0; i < count; i++) {
        read_section(image, &cursor, &sections[i]);
        order[i] = (struct order){sections[i].rva, i};
    }
    measure(image, sections, count, at);
    pe->sections = sections;
    pe->section_count = count;
    if (count > 1)
        qsort(order, count, sizeof *order, by_rva);
    pe->mapping_count = map(pe, order, mappings);
    pe->mappings = mappings;
    return image->job->fault.code == FAULT_NONE;
}

static void reach(struct pe *pe, uint64_t start, uint64_t size) {
    if (start <= pe->file_size && size <= pe->file_size - start && start + size > pe->image_end)
        pe->image_end = start + size;
}

/* Fewer than eight zero bytes before the certificate table only align it. */
static bool is_alignment(const struct pe_image *image, uint64_t start, uint64_t end) {
    struct span gap = span_part(image->bytes, start, end - start);
    return end == start || (end - start < TABLE_ALIGN && gap.size == end - start && span_is_zero(gap));
}

static void find_overlay(struct pe_image *image) {
    struct pe *pe = image->pe;
    uint64_t start = pe->image_end, end = pe->file_size, table = pe->table_offset;
    bool has_table = pe->table_size > 0 && table >= start && table <= end;
    if (has_table && !is_alignment(image, start, table))
        end = table;
    else if (has_table)
        start = pe->table_size < end - table ? table + pe->table_size : end;
    if (end > start) {
        pe->overlay_offset = start;
        pe->overlay_size = end - start;
    }
}

void pe_sections_end(struct pe_image *image, uint64_t optional, uint64_t size) {
    struct pe *pe = image->pe;
    reach(pe, optional, size);
    for (size_t i = 0; i < pe->section_count; i++)
        reach(pe, pe->sections[i].raw_offset, pe->sections[i].raw_size);
    for (size_t i = 0; i < pe->directories_present; i++) {
        uint64_t offset;
        if (i != PE_DIRECTORY_SECURITY && pe_image_offset(pe, pe->directories[i].rva, &offset))
            reach(pe, offset, pe->directories[i].size);
    }
    find_overlay(image);
}
