#include "format/pe_version.h"

enum {
    RT_VERSION = 16,
    FOLDER_SIZE = 16,
    ENTRY_SIZE = 8,
    DATA_SIZE = 16,
    LEVELS = 3,    /* type, name, language */
    ATTEMPTS = 64, /* entries followed until one is a version resource */
    FIXED_SIZE = 52
};
#define SUBFOLDER       0x80000000u
#define FIXED_SIGNATURE 0xfeef04bdu

struct reader {
    struct pe_image *image;
    struct pe_version *version;
    uint64_t root; /* RVA of the resource tree */
    unsigned tried;
    bool cut; /* the resource is not all there, so that what it says of lengths proves nothing */
    struct pe_string *strings;
};

/* A block: u16 length, u16 value length, u16 type, key in UTF-16, then value and children, each on 4 bytes.
 */
struct block {
    struct span key;
    struct span rest; /* from the value on */
    uint16_t value_size;
};

static void align(struct cursor *cursor) {
    size_t over = cursor->at % 4;
    if (over != 0 && cursor_left(cursor) > 0)
        cursor_skip(cursor, cursor_left(cursor) < 4 - over ? cursor_left(cursor) : 4 - over);
}

static struct span until_nul(struct span utf16) {
    struct cursor cursor = cursor_of(utf16);
    while (cursor_left(&cursor) >= 2)
        if (cursor_u16(&cursor) == 0)
            return span_part(utf16, 0, cursor.at - 2);
    return utf16;
}

/* The block at the cursor, and the cursor behind it. False at the end, with a note if that is not the right
 * one. */
static bool next_block(struct reader *reader, struct cursor *cursor, struct block *ret) {
    align(cursor);
    if (cursor_left(cursor) < 6)
        return false;
    struct span start = span_from(cursor->span, cursor->at);
    uint16_t length = cursor_u16(cursor);
    if (length == 0)
        return false;
    if (!reader->cut && (length < 6 || length > start.size))
        job_note(reader->image->job, FAULT_BAD, start.offset,
                 "a block of the version resource has a wrong length");
    if (length < 6)
        return false;
    struct cursor inner = cursor_of(span_clip(start, 0, length));
    cursor_skip(&inner, 2);
    struct block block = {.value_size = cursor_u16(&inner)};
    cursor_skip(&inner, 2);
    block.key = until_nul(span_from(inner.span, inner.at));
    uint64_t behind = block.key.size + 2;
    cursor_skip(&inner, behind < cursor_left(&inner) ? behind : cursor_left(&inner));
    align(&inner);
    block.rest = span_from(inner.span, inner.at);
    cursor_skip(cursor, inner.span.size - 2);
    *ret = block;
    return true;
}

static bool key_is(struct span key, const char *ascii) {
    struct cursor cursor = cursor_of(key);
    while (*ascii && cursor_u16(&cursor) == (uint16_t)*ascii)
        ascii++;
    return *ascii == 0 && !cursor.torn && cursor_left(&cursor) == 0;
}

/* Blocks are aligned to the resource, not to what they lie in; every inner span starts aligned, so both
 * agree. */
static void read_string(struct reader *reader, const struct block *block) {
    struct pe_version *version = reader->version;
    if (version->string_count == PE_VERSION_STRINGS) {
        job_note(reader->image->job, FAULT_LIMIT, block->rest.offset, "more version strings than are read");
        return;
    }
    const char *key = pe_image_utf16(reader->image, block->key);
    const char *value = pe_image_utf16(reader->image, until_nul(block->rest));
    if (key && value)
        reader->strings[version->string_count++] = (struct pe_string){key, value};
}

static bool read_tables(struct reader *reader, struct span info) {
    struct cursor tables = cursor_of(info);
    struct block table, string;
    while (next_block(reader, &tables, &table)) {
        struct cursor strings = cursor_of(table.rest);
        while (next_block(reader, &strings, &string)) {
            if (!job_step(reader->image->job, 1, string.rest.offset))
                return false;
            read_string(reader, &string);
        }
    }
    return reader->image->job->fault.code == FAULT_NONE;
}

static void read_fixed(struct reader *reader, struct span value) {
    struct pe_version *version = reader->version;
    struct cursor cursor = cursor_of(value);
    uint32_t signature = cursor_u32(&cursor);
    cursor_skip(&cursor, 4);
    uint32_t file_high = cursor_u32(&cursor), file_low = cursor_u32(&cursor);
    uint32_t product_high = cursor_u32(&cursor), product_low = cursor_u32(&cursor);
    uint32_t mask = cursor_u32(&cursor), flags = cursor_u32(&cursor);
    uint32_t system = cursor_u32(&cursor), type = cursor_u32(&cursor);
    if (cursor.torn || signature != FIXED_SIGNATURE) {
        if (!reader->cut)
            job_note(reader->image->job, FAULT_BAD, value.offset,
                     "the fixed part of the version resource is damaged");
        return;
    }
    version->fixed = true;
    version->file[0] = (uint16_t)(file_high >> 16);
    version->file[1] = (uint16_t)file_high;
    version->file[2] = (uint16_t)(file_low >> 16);
    version->file[3] = (uint16_t)file_low;
    version->product[0] = (uint16_t)(product_high >> 16);
    version->product[1] = (uint16_t)product_high;
    version->product[2] = (uint16_t)(product_low >> 16);
    version->product[3] = (uint16_t)product_low;
    version->flags = flags & mask;
    version->system = system;
    version->type = type;
}

static void name_strings(struct pe_version *version) {
    const struct {
        const char *key;
        const char **value;
    } known[] = {
        {"CompanyName", &version->company},
        {"ProductName", &version->product_name},
        {"FileDescription", &version->description},
        {"OriginalFilename", &version->original_name},
        {"InternalName", &version->internal_name},
        {"FileVersion", &version->file_version},
        {"ProductVersion", &version->product_version},
    };
    for (size_t i = 0; i < version->string_count; i++)
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (!*known[k].value && strcmp(version->strings[i].key, known[k].key) == 0)
                *known[k].value = version->strings[i].value;
}

static bool read_version(struct reader *reader, struct span bytes) {
    struct cursor cursor = cursor_of(bytes);
    struct block root, child;
    if (!next_block(reader, &cursor, &root) || !key_is(root.key, "VS_VERSION_INFO"))
        return true;
    reader->strings = job_alloc(reader->image->job, PE_VERSION_STRINGS, sizeof *reader->strings);
    if (!reader->strings)
        return false;
    reader->version->present = true;
    reader->version->offset = bytes.offset;
    reader->version->strings = reader->strings;
    struct cursor children = cursor_of(root.rest);
    struct span value = cursor_take(&children, root.value_size);
    if (root.value_size > 0)
        read_fixed(reader, value);
    while (next_block(reader, &children, &child))
        if (key_is(child.key, "StringFileInfo") && !read_tables(reader, child.rest))
            return false;
    name_strings(reader->version);
    return true;
}

/* The data entry at `at` within the tree. */
static bool read_leaf(struct reader *reader, uint32_t at) {
    struct pe_image *image = reader->image;
    struct span entry = pe_image_at(image, reader->root + at, DATA_SIZE);
    struct cursor cursor = cursor_of(entry);
    uint32_t rva = cursor_u32(&cursor), size = cursor_u32(&cursor);
    if (cursor.torn) {
        pe_image_lost(image, entry.offset, reader->root + at, DATA_SIZE, "a resource entry is not all there");
        return true;
    }
    if (size > PE_VERSION_SIZE) {
        job_note(image->job, FAULT_LIMIT, entry.offset, "the version resource is larger than is read");
        size = PE_VERSION_SIZE;
    }
    struct span bytes = pe_image_at(image, rva, size);
    reader->cut = bytes.size < size;
    if (reader->cut)
        pe_image_lost(image, entry.offset, rva, size, "the version resource is not all there");
    return read_version(reader, bytes);
}

/* Walks one folder; only RT_VERSION is entered at the top. The depth is fixed, so no loop can be built. */
static bool read_folder(struct reader *reader, uint32_t at, unsigned level) {
    struct pe_image *image = reader->image;
    uint64_t rva = reader->root + at;
    struct cursor cursor =
        cursor_of(pe_image_at(image, rva, FOLDER_SIZE + (uint64_t)PE_RESOURCE_ENTRIES * ENTRY_SIZE));
    uint64_t offset = cursor_offset(&cursor);
    cursor_skip(&cursor, 12);
    unsigned count = cursor_u16(&cursor);
    count += cursor_u16(&cursor);
    if (count > PE_RESOURCE_ENTRIES)
        job_note(image->job, FAULT_LIMIT, offset, "more resource entries than are read");
    for (unsigned i = 0; i < count && i < PE_RESOURCE_ENTRIES && !cursor.torn; i++) {
        uint32_t id = cursor_u32(&cursor), where = cursor_u32(&cursor);
        if (cursor.torn || (level == 0 && id != RT_VERSION))
            continue;
        if (reader->version->present || reader->tried >= ATTEMPTS)
            return true;
        bool deeper = level + 1 < LEVELS && where & SUBFOLDER;
        reader->tried++;
        if (!job_step(image->job, 1, offset) || !(deeper ? read_folder(reader, where & ~SUBFOLDER, level + 1)
                                                         : read_leaf(reader, where & ~SUBFOLDER)))
            return false;
    }
    if (cursor.torn)
        pe_image_lost(image, offset, rva, FOLDER_SIZE + (uint64_t)count * ENTRY_SIZE,
                      "a resource folder is not all there");
    return true;
}

bool pe_version_decode(struct pe_image *image) {
    struct reader reader = {
        .image = image,
        .version = &image->pe->version,
        .root = pe_image_directory(image, PE_DIRECTORY_RESOURCE).rva,
    };
    return reader.root == 0 || read_folder(&reader, 0, 0);
}
