#include "format/pe_resources.h"

#include "format/pe_image.h"

enum { FOLDER_SIZE = 16, ENTRY_SIZE = 8, DATA_SIZE = 16, TYPE, NAME, LANGUAGE, NUMBER_TEXT = 12 };
#define SUBFOLDER 0x80000000u

struct walk {
    struct pe_image image;
    uint64_t root; /* RVA of the tree */
    struct pe_resource *list;
    size_t count, folders;
    bool cut, damaged;
    struct pe_resource next; /* what the folders on the way say */
};

static const char *type_word(uint32_t id) {
    static const char *const words[] = {NULL,     "CURSOR",       "BITMAP",       "ICON", "MENU",
                                        "DIALOG", "STRING",       "FONTDIR",      "FONT", "ACCELERATOR",
                                        "RCDATA", "MESSAGETABLE", "GROUP_CURSOR", NULL,   "GROUP_ICON",
                                        NULL,     "VERSION",      "DLGINCLUDE",   NULL,   "PLUGPLAY",
                                        "VXD",    "ANICURSOR",    "ANIICON",      "HTML", "MANIFEST"};
    return id < sizeof words / sizeof words[0] ? words[id] : NULL;
}

/* What is there of `size` bytes at this RVA. */
static struct span at_rva(const struct walk *w, uint64_t rva, uint64_t size) {
    const struct pe_mapping *mapping = pe_image_mapping(w->image.pe, rva);
    uint64_t offset = mapping ? rva - mapping->base + mapping->raw : rva;
    uint64_t left = !mapping ? size : offset < mapping->raw_end ? mapping->raw_end - offset : 0;
    struct span bytes = w->image.bytes;
    if (offset < bytes.offset)
        return span_part(bytes, 0, 0);
    return span_clip(bytes, offset - bytes.offset, size < left ? size : left);
}

static void damage(struct walk *w, uint64_t offset) {
    if (!w->damaged)
        job_note(w->image.job, FAULT_BAD, offset, "a part of the resources is not there");
    w->damaged = true;
}

/* u16 count of units, then these; text in the job's memory, or NULL. */
static const char *named(struct walk *w, uint32_t at) {
    struct span bytes = at_rva(w, w->root + at, 2 + PE_RESOURCE_NAME);
    struct cursor c = cursor_of(bytes);
    uint64_t size = 2 * (uint64_t)cursor_u16(&c);
    struct span name = cursor_take(&c, size < PE_RESOURCE_NAME ? size : PE_RESOURCE_NAME);
    if (c.torn) {
        damage(w, bytes.offset);
        return NULL;
    }
    return pe_image_utf16(&w->image, name);
}

static const char *numbered(struct walk *w, uint32_t id) {
    char *text = job_alloc(w->image.job, NUMBER_TEXT, 1);
    if (text)
        snprintf(text, NUMBER_TEXT, "#%u", id);
    return text;
}

static const char *label(struct walk *w, uint32_t id, bool type) {
    const char *text = id & SUBFOLDER          ? named(w, id & ~SUBFOLDER)
                       : type && type_word(id) ? type_word(id)
                                               : numbered(w, id);
    return text ? text : "";
}

static void add_leaf(struct walk *w, uint32_t at) {
    struct span entry = at_rva(w, w->root + at, DATA_SIZE);
    struct cursor c = cursor_of(entry);
    uint32_t rva = cursor_u32(&c), size = cursor_u32(&c);
    if (c.torn) {
        damage(w, entry.offset);
        return;
    }
    if (w->count == PE_RESOURCES) {
        w->cut = true;
        return;
    }
    struct pe_resource *resource = &w->list[w->count++];
    *resource = w->next;
    resource->rva = rva;
    resource->size = size;
    resource->bytes = at_rva(w, rva, size);
}

static void walk_folder(struct walk *w, uint32_t at, int level);

static void walk_entry(struct walk *w, uint32_t id, uint32_t where, int level) {
    if (level == TYPE)
        w->next.type = label(w, id, true);
    else if (level == NAME)
        w->next.name = label(w, id, false);
    else
        w->next.language = id;
    if (where & SUBFOLDER && level < LANGUAGE)
        walk_folder(w, where & ~SUBFOLDER, level + 1);
    else if (!(where & SUBFOLDER))
        add_leaf(w, where);
    else
        damage(w, w->image.bytes.offset);
}

static void walk_folder(struct walk *w, uint32_t at, int level) {
    if (w->folders++ >= PE_RESOURCE_FOLDERS) {
        w->cut = true;
        return;
    }
    struct cursor c =
        cursor_of(at_rva(w, w->root + at, FOLDER_SIZE + (uint64_t)PE_RESOURCE_ENTRIES * ENTRY_SIZE));
    cursor_skip(&c, 12);
    unsigned count = cursor_u16(&c);
    count += cursor_u16(&c);
    w->cut = w->cut || count > PE_RESOURCE_ENTRIES;
    for (unsigned i = 0; i < count && i < PE_RESOURCE_ENTRIES && !c.torn && !w->cut; i++) {
        uint32_t id = cursor_u32(&c), where = cursor_u32(&c);
        if (!c.torn)
            walk_entry(w, id, where, level);
    }
    if (c.torn)
        damage(w, cursor_offset(&c));
}

void pe_resources_read(struct job *job, const struct pe *pe, struct span bytes, struct pe_resources *ret) {
    struct pe copy = *pe;
    struct walk w = {.image = {.job = job, .bytes = bytes, .file_size = pe->file_size, .pe = &copy},
                     .next = {.type = "", .name = ""}};
    *ret = (struct pe_resources){0};
    w.root = pe_image_directory(&w.image, PE_DIRECTORY_RESOURCE).rva;
    if (w.root == 0)
        return;
    w.list = job_alloc(job, PE_RESOURCES, sizeof *w.list);
    if (!w.list)
        return;
    walk_folder(&w, 0, TYPE);
    text_free(&w.image.scratch);
    *ret = (struct pe_resources){w.list, w.count, w.cut};
}
