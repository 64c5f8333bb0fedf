#include "format/pe_debug.h"

enum { ENTRY_SIZE = 28, RSDS_SIZE = 24, NB10_SIZE = 16, GUID_SIZE = 16 };

static struct span entry_data(struct pe_image *image, const struct pe_debug_entry *entry) {
    if (entry->offset != 0)
        return span_clip(image->bytes, entry->offset, entry->size);
    return pe_image_at(image, entry->rva, entry->size);
}

static void read_codeview(struct pe_image *image, struct pe_debug_entry *entry, uint64_t at) {
    struct pe_debug *debug = &image->pe->debug;
    struct span data = entry_data(image, entry);
    struct cursor cursor = cursor_of(data);
    bool rsds = span_starts(data, "RSDS", 4), nb10 = span_starts(data, "NB10", 4);
    if (!rsds && !nb10) {
        if (data.size < 4 && entry->size >= 4)
            pe_image_lost_raw(image, at, entry->offset, entry->size, "a CodeView record is not all there");
        return;
    }
    cursor_skip(&cursor, rsds ? 4 : 8);
    struct span signature = cursor_take(&cursor, rsds ? GUID_SIZE : 4);
    uint32_t age = cursor_u32(&cursor);
    struct span path = pe_image_until_nul(span_clip(data, cursor.at, PE_NAME));
    if (cursor.torn || (cursor.at + path.size == data.size && data.size < entry->size)) {
        pe_image_lost_raw(image, at, entry->offset, entry->size, "a CodeView record is not all there");
        if (cursor.torn)
            return;
    }
    if (path.size == PE_NAME)
        job_note(image->job, FAULT_LIMIT, at, "the path of a PDB is longer than is read");
    debug->pdb = pe_image_text(image, path);
    debug->pdb_age = age;
    span_copy(signature, debug->pdb_guid, GUID_SIZE);
}

static void read_entry(struct pe_image *image, struct cursor *cursor, struct pe_debug_entry *entry) {
    struct pe_debug *debug = &image->pe->debug;
    uint64_t at = cursor_offset(cursor);
    cursor_skip(cursor, 4);
    entry->timestamp = cursor_u32(cursor);
    cursor_skip(cursor, 4);
    entry->type = cursor_u32(cursor);
    entry->size = cursor_u32(cursor);
    entry->rva = cursor_u32(cursor);
    entry->offset = cursor_u32(cursor);
    if (entry->type == PE_DEBUG_REPRO)
        debug->reproducible = true;
    if (entry->type == PE_DEBUG_CODEVIEW && !debug->pdb)
        read_codeview(image, entry, at);
}

bool pe_debug_decode(struct pe_image *image) {
    struct pe_debug *debug = &image->pe->debug;
    struct pe_directory directory = pe_image_directory(image, PE_DIRECTORY_DEBUG);
    if (directory.rva == 0 || directory.size < ENTRY_SIZE)
        return true;
    uint64_t wanted = directory.size / ENTRY_SIZE;
    struct span table = pe_image_at(image, directory.rva, directory.size);
    if (wanted > PE_DEBUG_ENTRIES) {
        job_note(image->job, FAULT_LIMIT, table.offset, "more debug entries than are read");
        wanted = PE_DEBUG_ENTRIES;
    }
    size_t count = table.size / ENTRY_SIZE < wanted ? table.size / ENTRY_SIZE : (size_t)wanted;
    if (count < wanted)
        pe_image_lost(image, table.offset, directory.rva, wanted * ENTRY_SIZE,
                      "the debug directory is not all there");
    struct pe_debug_entry *entries = job_alloc(image->job, count, sizeof *entries);
    if (!entries)
        return false;
    struct cursor cursor = cursor_of(table);
    for (size_t i = 0; i < count; i++)
        read_entry(image, &cursor, &entries[i]);
    debug->entries = entries;
    debug->count = count;
    return image->job->fault.code == FAULT_NONE;
}
