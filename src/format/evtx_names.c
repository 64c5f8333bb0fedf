#include "format/evtx_names.h"

enum { SLOTS = 2 * EVTX_NAMES };

static const char *const words[] = {
    "",
#define EVTX_KNOWN(name) #name,
#include "format/evtx_names.def"
#undef EVTX_KNOWN
};

bool evtx_names_open(struct job *job, struct evtx_names *ret) {
    *ret = (struct evtx_names){0};
    ret->names = job_alloc(job, EVTX_NAMES, sizeof *ret->names);
    ret->slots = ret->names ? job_alloc(job, SLOTS, sizeof *ret->slots) : NULL;
    ret->bytes = ret->slots ? job_alloc(job, EVTX_NAME_BYTES, 1) : NULL;
    return ret->bytes != NULL;
}

void evtx_names_free(struct evtx_names *names) {
    text_free(&names->scratch);
}

bool evtx_names_begin(struct evtx_names *names) {
    if (names->count < EVTX_NAMES / 2 && names->used < EVTX_NAME_BYTES / 2)
        return false;
    memset(names->slots, 0, SLOTS * sizeof *names->slots);
    names->count = names->used = 0;
    return true;
}

static uint32_t hash_of(struct span utf16) {
    uint32_t hash = 0x811c9dc5u;
    for (size_t i = 0; i + 1 < utf16.size; i += 2)
        hash = (hash ^ (uint32_t)(utf16.data[i] | utf16.data[i + 1] << 8)) * 0x01000193u;
    return hash ^ hash >> 15;
}

static enum evtx_known known_as(struct span utf16) {
    for (size_t word = 1; word < EVTX_KNOWN_COUNT; word++) {
        size_t i = 0, size = strlen(words[word]);
        while (2 * size == utf16.size && i < size && utf16.data[2 * i] == (uint8_t)words[word][i] &&
               utf16.data[2 * i + 1] == 0)
            i++;
        if (i == size && 2 * size == utf16.size)
            return (enum evtx_known)word;
    }
    return EVTX_UNKNOWN;
}

static char *keep(struct evtx_names *names, struct span bytes) {
    char *to = names->bytes + names->used;
    names->used += (uint32_t)span_copy(bytes, to, EVTX_NAME_BYTES - names->used);
    return to;
}

static struct evtx_name *add(struct evtx_names *names, struct span utf16, uint32_t hash) {
    struct text *json = &names->scratch;
    text_clear(json);
    text_char(json, '"');
    text_json_utf16(json, utf16);
    text_bytes(json, "\":", 2);
    if (names->count == EVTX_NAMES || json->full || json->size + utf16.size > EVTX_NAME_BYTES - names->used)
        return NULL;
    struct evtx_name *name = &names->names[names->count];
    *name = (struct evtx_name){.json_size = (uint32_t)json->size, .hash = hash, .known = known_as(utf16)};
    name->utf16 = span_of(keep(names, utf16), utf16.size, utf16.offset);
    name->json = keep(names, span_of(json->data, json->size, 0));
    names->count++;
    return name;
}

struct evtx_name *evtx_names_get(struct evtx_names *names, struct span utf16) {
    if (utf16.size > 2 * EVTX_NAME_UNITS)
        return NULL;
    uint32_t hash = hash_of(utf16);
    for (uint32_t i = 0; i < EVTX_NAME_PROBES; i++) {
        uint16_t *slot = &names->slots[(hash + i) % SLOTS];
        if (*slot == 0) {
            struct evtx_name *name = add(names, utf16, hash);
            if (name)
                *slot = (uint16_t)names->count;
            return name;
        }
        struct evtx_name *name = &names->names[*slot - 1];
        if (name->hash == hash && span_equal(name->utf16, utf16))
            return name;
    }
    return NULL;
}
