#include "format/pe_image.h"

const struct pe_mapping *pe_image_mapping(const struct pe *pe, uint64_t rva) {
    size_t low = 0, high = pe->mapping_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rva < pe->mappings[middle].start)
            high = middle;
        else if (rva >= pe->mappings[middle].end)
            low = middle + 1;
        else
            return &pe->mappings[middle];
    }
    return NULL;
}

bool pe_image_offset(const struct pe *pe, uint64_t rva, uint64_t *ret) {
    const struct pe_mapping *mapping = pe_image_mapping(pe, rva);
    uint64_t offset = mapping ? rva - mapping->base + mapping->raw : rva;
    if (offset >= pe->file_size)
        return false;
    *ret = offset;
    return true;
}

struct span pe_image_at(const struct pe_image *image, uint64_t rva, uint64_t size) {
    const struct pe_mapping *mapping = pe_image_mapping(image->pe, rva);
    if (!mapping)
        return span_clip(image->bytes, rva, size);
    uint64_t offset = rva - mapping->base + mapping->raw;
    uint64_t left = offset < mapping->raw_end ? mapping->raw_end - offset : 0;
    return span_clip(image->bytes, offset, size < left ? size : left);
}

struct pe_directory pe_image_directory(const struct pe_image *image, enum pe_directory_index index) {
    if ((size_t)index >= image->pe->directories_present)
        return (struct pe_directory){0, 0};
    return image->pe->directories[index];
}

void pe_image_lost_raw(struct pe_image *image, uint64_t at, uint64_t offset, uint64_t size,
                       const char *text) {
    bool in_file = offset <= image->file_size && size <= image->file_size - offset;
    bool in_window = span_holds(image->bytes, offset, size);
    job_note(image->job, !in_file ? FAULT_TORN : in_window ? FAULT_BAD : FAULT_LIMIT, at, text);
}

void pe_image_lost(struct pe_image *image, uint64_t at, uint64_t rva, uint64_t size, const char *text) {
    const struct pe_mapping *mapping = pe_image_mapping(image->pe, rva);
    if (!mapping && rva >= image->file_size) {
        job_note(image->job, FAULT_BAD, at, text);
        return;
    }
    uint64_t offset = mapping ? rva - mapping->base + mapping->raw : rva;
    /* What runs out of its section is a lie unless the section itself is cut. */
    if (mapping && (offset > mapping->raw_end || size > mapping->raw_end - offset))
        size = offset < mapping->raw_end ? mapping->raw_end - offset : 0;
    pe_image_lost_raw(image, at, offset, size, text);
}

static bool plain(struct span bytes) {
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t c = span_u8(bytes, i);
        if (c < 0x20 || c > 0x7e || c == '\\')
            return false;
    }
    return true;
}

static const char *keep(struct pe_image *image, struct span bytes) {
    if (bytes.size > PE_TEXT - image->text_used) {
        job_note(image->job, FAULT_LIMIT, 0, "the names of the image are larger than is kept");
        image->text_used = PE_TEXT; /* so that nothing more is looked for */
        return NULL;
    }
    char *copy = job_alloc(image->job, bytes.size + 1, 1);
    if (!copy)
        return NULL;
    image->text_used += bytes.size;
    span_copy(bytes, copy, bytes.size);
    return copy;
}

static const char *keep_scratch(struct pe_image *image) {
    struct text *text = &image->scratch;
    if (text->full) {
        job_fail(image->job, FAULT_LIMIT, 0, "no memory for a string");
        return NULL;
    }
    return keep(image, span_of(text_string(text), text->size, 0));
}

const char *pe_image_text(struct pe_image *image, struct span bytes) {
    if (plain(bytes))
        return keep(image, bytes);
    text_clear(&image->scratch);
    text_from_bytes(&image->scratch, bytes);
    return keep_scratch(image);
}

const char *pe_image_utf16(struct pe_image *image, struct span utf16) {
    struct cursor cursor = cursor_of(utf16);
    size_t start = 0;
    text_clear(&image->scratch);
    /* A slash is only special in names, and none of these is one. */
    while (cursor_left(&cursor) >= 2) {
        if (cursor_u16(&cursor) != '/')
            continue;
        text_from_utf16(&image->scratch, span_part(utf16, start, cursor.at - 2 - start));
        text_char(&image->scratch, '/');
        start = cursor.at;
    }
    text_from_utf16(&image->scratch, span_from(utf16, start));
    return keep_scratch(image);
}

struct span pe_image_until_nul(struct span bytes) {
    const uint8_t *nul = bytes.size > 0 ? memchr(bytes.data, 0, bytes.size) : NULL;
    return nul ? span_part(bytes, 0, (size_t)(nul - bytes.data)) : bytes;
}

const char *pe_image_name(struct pe_image *image, uint64_t at, uint64_t rva, const char *what) {
    if (image->text_used == PE_TEXT)
        return NULL;
    struct span there = pe_image_at(image, rva, PE_NAME);
    if (there.size == 0) {
        pe_image_lost(image, at, rva, 1, what);
        return NULL;
    }
    struct span name = pe_image_until_nul(there);
    if (name.size == PE_NAME)
        job_note(image->job, FAULT_LIMIT, at, what);
    else if (name.size == there.size)
        pe_image_lost(image, at, rva, there.size + 1, what);
    return pe_image_text(image, name);
}
