/* Containers that lie in resources of a program, as those of Squirrel carry their packages. */
#include "base/text.h"
#include "format/pe_resources.h"
#include "source/pack_path.h"
#include "source/packs.h"

enum {
    WINDOW = 8 << 20,
    /* bytes of a program in which its tree of resources is read */ LEAST = 64,
    MAGIC = 24
};

struct carrier {
    struct pe pe;
    struct pe_resources resources;
    size_t next;
    uint64_t at, left; /* of the member in hand */
    struct text name, path;
};

static bool suspect(struct span head, uint64_t size) {
    return size > LEAST && span_starts(head, "MZ", 2);
}

/* Where a resource lies in the file, if it is there and a container. */
static bool is_container(struct pack *pack, const struct carrier *carrier, size_t number, uint64_t *at) {
    const struct pe_resource *resource = &carrier->resources.list[number];
    uint8_t bytes[MAGIC];
    struct job aside;
    if (resource->size < LEAST || !pe_offset(&carrier->pe, resource->rva, at) || *at >= pack->reader.size ||
        pack->reader.size - *at < sizeof bytes)
        return false;
    job_init(&aside, 4096);
    struct span head = span_of(bytes, reader_read(&pack->reader, &aside, *at, bytes, sizeof bytes), *at);
    job_reset(&aside);
    return packs_looks(head) || span_starts(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
}

static bool open(struct pack *pack) {
    struct job *memory = pack->memory;
    struct carrier *carrier = pack->state = job_alloc(memory, 1, sizeof *carrier);
    size_t want = pack->reader.size < WINDOW ? (size_t)pack->reader.size : WINDOW;
    uint8_t *bytes = carrier ? job_alloc(memory, want + 1, 1) : NULL;
    uint64_t at;
    if (!bytes)
        return false;
    struct span window = span_of(bytes, reader_read(&pack->reader, memory, 0, bytes, want), 0);
    if (!pe_decode_brief(memory, window, pack->reader.size, &carrier->pe))
        return false;
    pe_resources_read(memory, &carrier->pe, window, &carrier->resources);
    memory->noted = 0; /* damage of the program is told where programs are read */
    for (size_t i = 0; i < carrier->resources.count; i++)
        if (is_container(pack, carrier, i, &at))
            return memory->fault.code == FAULT_NONE;
    return job_fail(memory, FAULT_BAD, 0, "no container in the resources of this program");
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct carrier *carrier = pack->state;
    const struct pe_resources *resources = &carrier->resources;
    (void)job;
    while (carrier->next < resources->count) {
        const struct pe_resource *resource = &resources->list[carrier->next++];
        if (!is_container(pack, carrier, carrier->next - 1, &carrier->at))
            continue;
        carrier->left = resource->size;
        text_clear(&carrier->name);
        text_format(&carrier->name, "[Resource]/%s/%s", resource->type, resource->name);
        uint32_t flags = pack_path(&carrier->path, text_string(&carrier->name), carrier->name.size);
        *ret = (struct pack_member){.path = span_of(text_string(&carrier->path), carrier->path.size, 0),
                                    .size = resource->size,
                                    .flags = flags};
        if (resource->size > pack->reader.size - carrier->at)
            ret->flags |= PACK_DAMAGED;
        return true;
    }
    carrier->left = 0;
    return false;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct carrier *carrier = pack->state;
    size_t want = carrier->left < size ? (size_t)carrier->left : size;
    size_t got = want > 0 ? reader_read(&pack->reader, job, carrier->at, to, want) : 0;
    carrier->at += got;
    carrier->left = got < want ? 0 : carrier->left - got;
    return got;
}

static void close(struct pack *pack) {
    struct carrier *carrier = pack->state;
    if (carrier)
        text_free(&carrier->name), text_free(&carrier->path);
}

const struct pack_format pack_resource = {
    .name = "resource", .suspect = suspect, .open = open, .next = next, .read = read, .close = close};
