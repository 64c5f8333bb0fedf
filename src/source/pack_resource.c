/* Containers that lie in resources of a program, as those of Squirrel carry their packages. */
#include "base/text.h"
#include "format/pe_resources.h"
#include "source/pack_path.h"
#include "source/packs.h"

enum {
    HEADERS = 1 << 20, /* bytes of a program in which its headers are read, */
    TREE = 8 << 20,    /* and its tree of resources, from where that begins */
    LEAST = 64,
    MAGIC = 24
};

struct carrier {
    struct pe pe;
    struct pe_resources resources;
    size_t next;
    bool told;
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

static struct span window(struct pack *pack, uint64_t at, size_t most) {
    uint64_t left = at < pack->reader.size ? pack->reader.size - at : 0;
    size_t want = left < most ? (size_t)left : most;
    uint8_t *bytes = job_alloc(pack->memory, want + 1, 1);
    size_t got = bytes && want > 0 ? reader_read(&pack->reader, pack->memory, at, bytes, want) : 0;
    return span_of(bytes ? bytes : (const uint8_t *)"", got, at);
}

static bool open(struct pack *pack) {
    struct job *memory = pack->memory;
    struct carrier *carrier = pack->state = job_alloc(memory, 1, sizeof *carrier);
    uint64_t at;
    if (!carrier || !pe_decode_brief(memory, window(pack, 0, HEADERS), pack->reader.size, &carrier->pe))
        return false;
    uint32_t tree = carrier->pe.directories_present > PE_DIRECTORY_RESOURCE
                        ? carrier->pe.directories[PE_DIRECTORY_RESOURCE].rva
                        : 0;
    if (tree && pe_offset(&carrier->pe, tree, &at))
        pe_resources_read(memory, &carrier->pe, window(pack, at, TREE), &carrier->resources);
    memory->noted = 0; /* damage of the program is told where programs are read */
    for (size_t i = 0; i < carrier->resources.count; i++)
        if (is_container(pack, carrier, i, &at))
            return memory->fault.code == FAULT_NONE;
    return job_fail(memory, FAULT_BAD, 0, "no container in the resources of this program");
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct carrier *carrier = pack->state;
    const struct pe_resources *resources = &carrier->resources;
    if (resources->cut && !carrier->told)
        job_note(job, FAULT_LIMIT, 0, "more resources than are read");
    carrier->told = true;
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
