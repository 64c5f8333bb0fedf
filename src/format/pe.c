#include "format/pe.h"

#include "format/pe_debug.h"
#include "format/pe_exports.h"
#include "format/pe_image.h"
#include "format/pe_imphash.h"
#include "format/pe_imports.h"
#include "format/pe_rich.h"
#include "format/pe_sections.h"
#include "format/pe_version.h"

enum { DOS_SIZE = 64, LFANEW = 0x3c, FILE_HEADER_SIZE = 24 }; /* with its signature */

static uint32_t u32_at(struct span bytes, uint64_t at) {
    struct cursor cursor = cursor_of(span_part(bytes, at, 4));
    return cursor_u32(&cursor);
}

static bool has_signature(struct span bytes, uint64_t at) {
    return span_starts(span_from(bytes, at), "PE\0\0", 4);
}

bool pe_sniff(struct span head) {
    if (head.size < DOS_SIZE || !span_starts(head, "MZ", 2))
        return false;
    uint32_t at = u32_at(head, LFANEW);
    return !span_holds(head, at, 4) || has_signature(head, at);
}

/* The standard fields of the optional header; the caller has read the magic. */
static void read_standard(struct cursor *cursor, struct pe *pe) {
    pe->linker_major = cursor_u8(cursor);
    pe->linker_minor = cursor_u8(cursor);
    cursor_skip(cursor, 12); /* SizeOfCode and the two data sizes */
    pe->entry = cursor_u32(cursor);
    cursor_skip(cursor, 4); /* BaseOfCode */
}

static void read_windows(struct cursor *cursor, struct pe *pe) {
    bool wide = pe->magic == PE_MAGIC_64;
    if (!wide)
        cursor_skip(cursor, 4); /* BaseOfData */
    pe->image_base = wide ? cursor_u64(cursor) : cursor_u32(cursor);
    pe->section_alignment = cursor_u32(cursor);
    pe->file_alignment = cursor_u32(cursor);
    pe->system_major = cursor_u16(cursor);
    pe->system_minor = cursor_u16(cursor);
    cursor_skip(cursor, 12); /* image and subsystem versions, Win32VersionValue */
    pe->image_size = cursor_u32(cursor);
    pe->header_size = cursor_u32(cursor);
    uint64_t checksum = cursor_offset(cursor);
    pe->checksum = cursor_u32(cursor);
    if (!cursor->torn)
        pe->checksum_offset = checksum;
    pe->subsystem = cursor_u16(cursor);
    pe->dll_characteristics = cursor_u16(cursor);
    cursor_skip(cursor, wide ? 32 : 16); /* stack and heap sizes */
    cursor_skip(cursor, 4);              /* LoaderFlags */
    pe->directory_count = cursor_u32(cursor);
}

static void read_directories(struct cursor *cursor, struct pe *pe) {
    for (size_t i = 0; i < PE_DIRECTORIES && i < pe->directory_count; i++) {
        uint64_t at = cursor_offset(cursor);
        struct pe_directory directory = {.rva = cursor_u32(cursor)};
        directory.size = cursor_u32(cursor);
        if (cursor->torn)
            return;
        pe->directories[i] = directory;
        pe->directories_present = i + 1;
        if (i == PE_DIRECTORY_SECURITY)
            pe->security_offset = at;
    }
}

static bool read_optional(struct pe_image *image, uint64_t at) {
    struct pe *pe = image->pe;
    struct cursor cursor = cursor_of(span_from(image->bytes, at));
    pe->magic = cursor_u16(&cursor);
    if (cursor.torn)
        return job_fail(image->job, FAULT_TORN, at, "the file ends before the optional header");
    if (pe->magic != PE_MAGIC_32 && pe->magic != PE_MAGIC_64 && pe->magic != PE_MAGIC_ROM)
        return job_fail(image->job, FAULT_BAD, at, "the optional header is of no known kind");
    read_standard(&cursor, pe);
    if (pe->magic != PE_MAGIC_ROM) {
        read_windows(&cursor, pe);
        read_directories(&cursor, pe);
    }
    if (cursor.torn)
        job_note(image->job, FAULT_TORN, at, "the file ends within the optional header");
    struct pe_directory table = pe_image_directory(image, PE_DIRECTORY_SECURITY);
    if (table.rva != 0 && table.size != 0) {
        pe->table_offset = table.rva;
        pe->table_size = table.size;
    }
    return true;
}

static const char *section_at(const struct pe *pe, uint32_t rva) {
    const struct pe_section *section = rva ? pe_section_of(pe, rva) : NULL;
    return section ? section->name : NULL;
}

static void find_entry(struct pe_image *image) {
    struct pe *pe = image->pe;
    pe->entry_section = section_at(pe, pe->entry);
    pe->import_section = section_at(pe, pe_image_directory(image, PE_DIRECTORY_IMPORT).rva);
}

static bool read_headers(struct pe_image *image) {
    struct pe *pe = image->pe;
    struct span bytes = image->bytes;
    if (!span_starts(bytes, "MZ", 2))
        return job_fail(image->job, FAULT_BAD, 0, "no MZ at the start");
    if (bytes.size < DOS_SIZE)
        return job_fail(image->job, FAULT_TORN, bytes.size, "the file ends within the DOS header");
    pe->header = u32_at(bytes, LFANEW);
    if (!span_holds(bytes, pe->header, FILE_HEADER_SIZE))
        return job_fail(image->job, FAULT_TORN, LFANEW, "the file ends before the PE header");
    if (!has_signature(bytes, pe->header))
        return job_fail(image->job, FAULT_BAD, pe->header, "no PE signature");
    struct cursor cursor = cursor_of(span_part(bytes, pe->header, FILE_HEADER_SIZE));
    cursor_skip(&cursor, 4);
    pe->machine = cursor_u16(&cursor);
    pe->section_claimed = cursor_u16(&cursor);
    pe->timestamp = cursor_u32(&cursor);
    cursor_skip(&cursor, 8); /* COFF symbols */
    uint16_t optional_size = cursor_u16(&cursor);
    pe->characteristics = cursor_u16(&cursor);
    uint64_t optional = pe->header + FILE_HEADER_SIZE;
    if (!read_optional(image, optional) ||
        !pe_sections_decode(image, optional + optional_size, pe->section_claimed))
        return false;
    pe_sections_end(image, optional, optional_size);
    find_entry(image);
    return true;
}

static bool decode(struct job *job, struct span bytes, uint64_t file_size, bool brief, struct pe *ret) {
    struct pe pe = {.file_size = file_size > bytes.size ? file_size : bytes.size};
    struct pe_image image = {
        .job = job, .bytes = bytes, .file_size = pe.file_size, .pe = &pe, .brief = brief};
    bool decoded = read_headers(&image);
    /* Each stops only when memory or steps are used up; nothing after it would get any. */
    if (decoded && brief)
        (void)!pe_version_decode(&image);
    else if (decoded)
        (void)(pe_rich_decode(&image) && pe_imports_decode(&image) && pe_imphash_make(&image) &&
               pe_exports_decode(&image) && pe_version_decode(&image) && pe_debug_decode(&image));
    text_free(&image.scratch);
    if (decoded)
        *ret = pe;
    return decoded;
}

bool pe_decode(struct job *job, struct span bytes, uint64_t file_size, struct pe *ret) {
    return decode(job, bytes, file_size, false, ret);
}

bool pe_decode_brief(struct job *job, struct span bytes, uint64_t file_size, struct pe *ret) {
    return decode(job, bytes, file_size, true, ret);
}

bool pe_offset(const struct pe *pe, uint32_t rva, uint64_t *ret) {
    return pe_image_offset(pe, rva, ret);
}

const struct pe_section *pe_section_of(const struct pe *pe, uint32_t rva) {
    const struct pe_mapping *mapping = pe_image_mapping(pe, rva);
    return mapping ? &pe->sections[mapping->section] : NULL;
}
