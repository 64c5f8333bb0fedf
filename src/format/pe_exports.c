#include "format/pe_exports.h"

enum { DIRECTORY_SIZE = 40 };

struct tables {
    struct pe_directory directory;
    uint64_t offset; /* of the directory */
    uint32_t base;
    struct span names, ordinals, addresses;
    uint64_t address_end; /* of the address table as claimed, in bytes */
};

static struct span array_at(struct pe_image *image, uint64_t at, uint32_t rva, uint64_t size,
                            const char *text) {
    struct span array = pe_image_at(image, rva, size);
    if (array.size < size)
        pe_image_lost(image, at, rva, size, text);
    return array;
}

/* An address within the directory itself is that of a forwarder's name. */
static const char *read_forwarder(struct pe_image *image, const struct tables *tables, uint64_t at,
                                  uint32_t rva) {
    if (rva < tables->directory.rva || rva - tables->directory.rva >= tables->directory.size)
        return NULL;
    return pe_image_name(image, at, rva, "the target of a forwarded export is not all there");
}

static void read_export(struct pe_image *image, const struct tables *tables, size_t i,
                        struct pe_export *export) {
    struct span field = span_part(tables->names, (uint64_t)i * 4, 4);
    struct cursor name = cursor_of(field);
    struct cursor ordinal = cursor_of(span_part(tables->ordinals, (uint64_t)i * 2, 2));
    uint16_t index = cursor_u16(&ordinal);
    struct cursor address = cursor_of(span_part(tables->addresses, (uint64_t)index * 4, 4));
    const char *text =
        pe_image_name(image, field.offset, cursor_u32(&name), "the name of an export is not all there");
    export->name = text ? text : "";
    export->ordinal = tables->base + index;
    export->rva = ordinal.torn ? 0 : cursor_u32(&address);
    export->forwarder = read_forwarder(image, tables, field.offset, export->rva);
    /* A table that is cut was noted already. */
    if (!ordinal.torn && (uint64_t)index * 4 >= tables->address_end)
        job_note(image->job, FAULT_BAD, field.offset, "an exported name has no address");
}

static bool read_names(struct pe_image *image, const struct tables *tables) {
    struct pe_exports *exports = &image->pe->exports;
    size_t count = tables->names.size / 4;
    struct pe_export *names = job_alloc(image->job, count, sizeof *names);
    if (!names || !job_step(image->job, count, tables->offset))
        return false;
    exports->names = names;
    for (size_t i = 0; i < count && image->job->fault.code == FAULT_NONE; i++) {
        read_export(image, tables, i, &names[i]);
        exports->count = i + 1;
    }
    return image->job->fault.code == FAULT_NONE;
}

bool pe_exports_decode(struct pe_image *image) {
    struct pe_exports *exports = &image->pe->exports;
    struct tables tables = {.directory = pe_image_directory(image, PE_DIRECTORY_EXPORT)};
    if (tables.directory.rva == 0)
        return true;
    struct span bytes = pe_image_at(image, tables.directory.rva, DIRECTORY_SIZE);
    struct cursor cursor = cursor_of(bytes);
    tables.offset = bytes.offset;
    cursor_skip(&cursor, 4);
    uint32_t timestamp = cursor_u32(&cursor);
    cursor_skip(&cursor, 4);
    uint32_t name = cursor_u32(&cursor);
    tables.base = cursor_u32(&cursor);
    uint32_t address_count = cursor_u32(&cursor), name_count = cursor_u32(&cursor);
    uint32_t addresses = cursor_u32(&cursor), names = cursor_u32(&cursor), ordinals = cursor_u32(&cursor);
    if (cursor.torn) {
        pe_image_lost(image, bytes.offset, tables.directory.rva, DIRECTORY_SIZE,
                      "the export directory is not all there");
        return true;
    }
    exports->present = true;
    exports->timestamp = timestamp;
    exports->address_count = address_count;
    exports->name_count = name_count;
    exports->dll =
        name ? pe_image_name(image, bytes.offset + 12, name, "the export directory's name is not all there")
             : NULL;
    if (name_count > PE_EXPORTS) {
        job_note(image->job, FAULT_LIMIT, bytes.offset + 24, "more exported names than are read");
        name_count = PE_EXPORTS;
    }
    uint64_t reachable = address_count < 65536 ? address_count : 65536; /* by a 16-bit index */
    tables.address_end = 4 * reachable;
    tables.addresses = array_at(image, bytes.offset + 28, addresses, tables.address_end,
                                "the export address table is not all there");
    tables.names = array_at(image, bytes.offset + 32, names, 4 * (uint64_t)name_count,
                            "the export name table is not all there");
    tables.ordinals = array_at(image, bytes.offset + 36, ordinals, 2 * (uint64_t)name_count,
                               "the export ordinal table is not all there");
    return read_names(image, &tables);
}
