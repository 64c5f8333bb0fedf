#include "source/pack_inno_find.h"

#include "format/pe.h"

enum { HEAD = 4096, FOLDER = 16, ENTRY = 8, ENTRIES = 512, RCDATA = 10 };
#define DEEPER 0x80000000u

static struct span look(struct pack *pack, uint64_t at, uint8_t *bytes, size_t size) {
    struct job aside;
    uint64_t room = at < pack->reader.size ? pack->reader.size - at : 0;
    size_t want = room < size ? (size_t)room : size;
    job_init(&aside, HEAD);
    struct span found =
        span_of(bytes, want > 0 ? reader_read(&pack->reader, &aside, at, bytes, want) : 0, at);
    job_reset(&aside);
    return found;
}

/* Where the entry of this number leads from the folder of resources at `folder` in the tree at `tree`; with
 * `any`, the first one. */
static bool descend(struct pack *pack, uint64_t tree, uint32_t folder, uint32_t number, bool any,
                    uint32_t *ret) {
    uint8_t bytes[FOLDER + ENTRY * ENTRIES];
    struct cursor c = cursor_of(look(pack, tree + (folder & ~DEEPER), bytes, sizeof bytes));
    cursor_skip(&c, 12);
    unsigned count = cursor_u16(&c);
    count += cursor_u16(&c);
    for (unsigned i = 0; i < count && !c.torn; i++) {
        uint32_t id = cursor_u32(&c);
        *ret = cursor_u32(&c);
        if (!c.torn && (any || id == number))
            return true;
    }
    return false;
}

static bool find_resource(struct pack *pack, const struct pe *pe, uint64_t *ret) {
    uint64_t tree;
    uint32_t at = 0;
    uint8_t bytes[8];
    if (pe->directories_present <= PE_DIRECTORY_RESOURCE ||
        pe->directories[PE_DIRECTORY_RESOURCE].size == 0 ||
        !pe_offset(pe, pe->directories[PE_DIRECTORY_RESOURCE].rva, &tree))
        return false;
    if (!descend(pack, tree, 0, RCDATA, false, &at) || !(at & DEEPER) ||
        !descend(pack, tree, at, INNO_RESOURCE, false, &at) || !(at & DEEPER) ||
        !descend(pack, tree, at, 0, true, &at) || at & DEEPER)
        return false;
    struct cursor c = cursor_of(look(pack, tree + at, bytes, sizeof bytes));
    uint32_t rva = cursor_u32(&c);
    return !c.torn && pe_offset(pe, rva, ret);
}

/* A program of its own would be told of where programs are read: nothing of it is noted here. */
static bool find_in_program(struct pack *pack, struct span head, uint64_t *ret) {
    struct pe pe;
    struct job aside;
    job_init(&aside, 1 << 20);
    bool found = pe_decode_brief(&aside, head, pack->reader.size, &pe) && find_resource(pack, &pe, ret);
    job_reset(&aside);
    return found;
}

bool pack_inno_find(struct pack *pack, struct inno_table *ret) {
    uint8_t bytes[HEAD], table[INNO_TABLE];
    struct inno_version version;
    struct span head = look(pack, 0, bytes, sizeof bytes);
    uint64_t at = 0;
    *ret = (struct inno_table){.sound = true};
    if (inno_version_read(head, &version))
        return true;
    bool found = span_starts(head, "MZ", 2) && (inno_pointer_read(span_part(head, INNO_POINTER, 12), &at) ||
                                                find_in_program(pack, head, &at));
    if (!found || !inno_table_read(look(pack, at, table, sizeof table), ret))
        return job_fail(pack->memory, FAULT_BAD, 0, "no installer of Inno Setup behind this program");
    return true;
}
