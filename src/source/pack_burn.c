/* Bundles of WiX (Burn): a program with cabinets behind it, of which the first one holds the manifest. */
#include "base/digest.h"
#include "base/text.h"
#include "format/burn.h"
#include "format/burn_manifest.h"
#include "source/pack_cab.h"
#include "source/pack_path.h"

enum { HEAD = 4096, SECTION = 4096, CAB_PEEK = 36, LOOKUPS = 4096 };

enum phase { ATTACHED, DETACHED, BESIDE, MISSING, DONE };

struct bundle {
    struct pack *pack;
    struct burn_place place;
    struct burn burn;
    struct burn_manifest manifest;
    enum phase phase;
    size_t at; /* what the phase looks at next */
    size_t members, lookups, next_fact, next_download;
    bool told;         /* the first fact */
    struct pack inner; /* the container that is walked; format NULL: none */
    struct job inner_memory;
    uint32_t container;          /* which one: its number, with `attached` */
    bool attached, unreadable;   /* unreadable: a container that is there could not be walked */
    struct span id;              /* of the container */
    struct evidence_reader file; /* of a payload beside the bundle */
    bool in_file;
    const struct burn_manifest_payload *payload; /* in hand; NULL: none is known */
    uint64_t size, given;                        /* bytes of the member in hand */
    struct digest *digest;
    bool digesting;
    struct text name, path;
    char version[32];
};

static bool suspect(struct span head, uint64_t size) {
    struct burn_place place;
    return size > HEAD && burn_find(head, &place);
}

/* --- containers --- */

static void leave(struct bundle *b) {
    if (b->inner.format) {
        b->pack->reader.bytes_read += b->inner.reader.bytes_read;
        b->inner.format->close(&b->inner);
    }
    b->inner = (struct pack){0};
    job_reset(&b->inner_memory);
}

/* What the inner job knows of damage is the outer one's to tell. */
static void pass_notes(struct bundle *b, struct job *job) {
    const struct fault *fault = &b->inner_memory.fault;
    for (size_t i = 0; i < b->inner_memory.noted && i < JOB_NOTES; i++)
        job_note(job, b->inner_memory.notes[i].code, b->inner_memory.notes[i].offset,
                 b->inner_memory.notes[i].text);
    if (fault->code != FAULT_NONE)
        job_note(job, fault->code, fault->offset, fault->text);
    b->inner_memory.noted = 0;
}

static bool is_cabinet(struct evidence_reader *reader, struct job *job) {
    uint8_t head[CAB_PEEK];
    return reader->size >= CAB_PEEK && reader_read(reader, job, 0, head, CAB_PEEK) == CAB_PEEK &&
           pack_cab.suspect(span_of(head, CAB_PEEK, 0), reader->size);
}

static bool enter(struct bundle *b, struct job *job, struct evidence_reader reader) {
    leave(b);
    if (!is_cabinet(&reader, job)) {
        job_note(job, FAULT_BAD, reader.base, "a container of this bundle is no cabinet");
        return false;
    }
    b->inner = (struct pack){.format = &pack_cab, .reader = reader, .memory = &b->inner_memory};
    bool good = pack_cab.open(&b->inner);
    pass_notes(b, job);
    if (!good)
        leave(b);
    return good;
}

/* The container as the program finds it; or, if there is none, as the order of writing has it: a signature
 * that was put on without the writer's knowledge moves the place where the program looks. */
static bool place_of(struct bundle *b, struct job *job, uint32_t number, struct evidence_reader *ret) {
    struct evidence_reader *reader = &b->pack->reader;
    uint64_t at = burn_container_at(&b->burn, &b->place, number), other = b->burn.stub;
    for (uint32_t i = 0; i < number; i++)
        other += b->burn.sizes[i];
    *ret = reader_within(reader, at < reader->size ? at : reader->size, b->burn.sizes[number]);
    if (other != at && other < reader->size && (ret->size == 0 || !is_cabinet(ret, job))) {
        struct evidence_reader second = reader_within(reader, other, b->burn.sizes[number]);
        if (is_cabinet(&second, job)) {
            job_note(job, FAULT_BAD, other,
                     "a container of this bundle does not lie where the program looks");
            *ret = second;
            at = other;
        }
    }
    if (ret->size > 0 && ret->size < b->burn.sizes[number])
        job_note(job, FAULT_TORN, reader->size, "the bundle ends in the middle of a container");
    return ret->size > 0;
}

/* --- opening --- */

static bool is_manifest(struct span path) {
    return span_equal(path, span_of("0", 1, 0));
}

static bool read_manifest(struct bundle *b, struct job *job) {
    struct pack_member member;
    while (pack_cab.next(&b->inner, job, &member)) {
        if (!is_manifest(member.path) || member.reason)
            continue;
        size_t size = member.size < BURN_MANIFEST_SIZE ? (size_t)member.size : BURN_MANIFEST_SIZE + 1;
        uint8_t *bytes = job_alloc(job, size + 1, 1);
        if (!bytes)
            return false;
        size = pack_cab.read(&b->inner, job, bytes, size);
        return burn_manifest_decode(job, span_of(bytes, size, 0), &b->manifest);
    }
    job_note(job, FAULT_BAD, b->burn.stub, "a bundle without a manifest");
    return true;
}

static bool open(struct pack *pack) {
    uint8_t head[HEAD], section[SECTION];
    struct job *job = pack->memory;
    struct evidence_reader first;
    struct bundle *b = pack->state = job_alloc(job, 1, sizeof *b);
    if (!b)
        return false;
    b->pack = pack;
    b->name.max = b->path.max = 8 * PACK_PATH;
    job_init(&b->inner_memory, job->cap);
    size_t want = pack->reader.size < HEAD ? (size_t)pack->reader.size : HEAD;
    size_t got = want > 0 ? reader_read(&pack->reader, job, 0, head, want) : 0;
    if (!burn_find(span_of(head, got, 0), &b->place) || b->place.at >= pack->reader.size)
        return job_fail(job, FAULT_BAD, 0, "no bundle of WiX");
    uint64_t room = pack->reader.size - b->place.at;
    want = b->place.size < SECTION ? b->place.size : SECTION;
    got = want > 0 ? reader_read(&pack->reader, job, b->place.at, section, want < room ? want : (size_t)room)
                   : 0;
    if (!burn_read(job, span_of(section, got, b->place.at), &b->burn))
        return false;
    if (b->burn.stub >= pack->reader.size)
        return job_fail(job, FAULT_BAD, b->place.at, "the stub of a bundle, without containers");
    if (!(b->digest = digest_new()))
        return job_fail(job, FAULT_LIMIT, 0, "no memory for digests");
    if (place_of(b, job, 0, &first) && enter(b, job, first) && !read_manifest(b, job)) {
        job->fault =
            (struct fault){FAULT_UNSUPPORTED, 0, "a manifest of a bundle that needs too much memory"};
        return false;
    }
    leave(b);
    return true;
}

/* --- members of containers --- */

static bool hash_of(struct span text, enum digest_kind *kind) {
    static const enum digest_kind kinds[] = {DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (text.size == 2 * digest_size(kinds[i]))
            return *kind = kinds[i], true;
    return false;
}

static void begin(struct bundle *b, const struct burn_manifest_payload *payload, uint64_t size) {
    enum digest_kind kind;
    b->payload = payload;
    b->size = size;
    b->given = 0;
    b->digesting = payload && hash_of(payload->hash, &kind);
    if (b->digesting)
        digest_start(b->digest, kind);
}

static uint32_t put_path(struct bundle *b, const char *folder, struct span path, struct pack_member *ret) {
    text_clear(&b->name);
    text_add(&b->name, folder);
    text_bytes(&b->name, path.data, path.size);
    uint32_t flags = pack_path(&b->path, text_string(&b->name), b->name.size);
    ret->path = span_of(text_string(&b->path), b->path.size, 0);
    return flags;
}

/* A file of a container, by what the manifest calls it. */
static void place_member(struct bundle *b, struct job *job, struct pack_member *ret) {
    static const char manifest[] = "manifest", unknown[] = "in no manifest";
    bool interface = b->attached && b->container == 0;
    struct burn_manifest_payload *payload = burn_manifest_find(&b->manifest, interface, b->id, ret->path);
    ret->role = span_of("", 0, 0);
    ret->flags &= ~(uint32_t)PACK_UNSAFE;
    if (payload) {
        payload->mark = true;
        ret->role = payload->role;
        ret->flags |= put_path(b, interface ? "[UX]/" : "", payload->path, ret);
        if (payload->size != UINT64_MAX && payload->size != ret->size)
            job_note(job, FAULT_BAD, 0, "a payload is not as large as the bundle's manifest says");
    } else if (interface && is_manifest(ret->path)) {
        ret->role = span_of(manifest, sizeof manifest - 1, 0);
        ret->flags |= put_path(b, "[UX]/", span_of("manifest.xml", 12, 0), ret);
    } else {
        ret->role = span_of(unknown, sizeof unknown - 1, 0);
        ret->flags |= put_path(b, interface ? "[UX]/" : "[Container]/", ret->path, ret);
    }
    if (interface)
        ret->flags |= PACK_OWN;
    begin(b, ret->reason ? NULL : payload, ret->size);
}

static bool next_of_container(struct bundle *b, struct job *job, struct pack_member *ret) {
    if (!b->inner.format)
        return false;
    if (!pack_cab.next(&b->inner, job, ret)) {
        leave(b);
        return false;
    }
    place_member(b, job, ret);
    return true;
}

static struct span id_of(const struct bundle *b, uint32_t number) {
    for (size_t i = 0; number > 0 && i < b->manifest.container_count; i++)
        if (b->manifest.containers[i].attached && b->manifest.containers[i].index == number)
            return b->manifest.containers[i].id;
    return span_of("", 0, 0);
}

static bool next_attached(struct bundle *b, struct job *job) {
    struct evidence_reader reader;
    if (b->at >= b->burn.count)
        return false;
    b->container = (uint32_t)b->at++;
    b->attached = true;
    b->id = id_of(b, b->container);
    if (place_of(b, job, b->container, &reader) && !enter(b, job, reader))
        b->unreadable = true;
    return true;
}

static bool find_beside(struct bundle *b, struct job *job, struct span name, struct evidence_reader *ret) {
    struct pack *pack = b->pack;
    return pack->sibling && name.size > 0 && b->lookups++ < LOOKUPS &&
           pack->sibling(pack->sibling_context, job, name, ret);
}

static bool next_detached(struct bundle *b, struct job *job) {
    struct evidence_reader reader;
    if (b->at >= b->manifest.container_count || b->at >= BURN_CONTAINERS)
        return false;
    const struct burn_manifest_container *container = &b->manifest.containers[b->at++];
    b->attached = false;
    b->id = container->id;
    if (!container->attached && find_beside(b, job, container->path, &reader) && !enter(b, job, reader))
        b->unreadable = true;
    return true;
}

/* --- what lies in no container --- */

static void describe(struct bundle *b, struct burn_manifest_payload *payload, struct pack_member *ret) {
    *ret = (struct pack_member){.role = payload->role,
                                .size = payload->size == UINT64_MAX ? PACK_UNKNOWN : payload->size};
    ret->flags = put_path(b, payload->interface ? "[UX]/" : "", payload->path, ret);
    if (payload->interface)
        ret->flags |= PACK_OWN;
    begin(b, NULL, 0);
}

/* What would be fetched when the bundle is run is no part of it: a fact. */
static bool next_beside(struct bundle *b, struct job *job, struct pack_member *ret) {
    while (b->at < b->manifest.payload_count) {
        struct burn_manifest_payload *payload = &b->manifest.payloads[b->at++];
        if (payload->embedded)
            continue;
        struct span name = payload->source.size > 0 ? payload->source : payload->path;
        bool here = find_beside(b, job, name, &b->file);
        if (!here && payload->url.size > 0)
            continue;
        describe(b, payload, ret);
        if (here) {
            b->in_file = true;
            ret->size = b->file.size;
            begin(b, payload, b->file.size);
            if (payload->size != UINT64_MAX && payload->size != b->file.size)
                job_note(job, FAULT_BAD, 0, "a payload is not as large as the bundle's manifest says");
        } else {
            ret->flags |= PACK_UNSUPPORTED;
            ret->reason = "it lies beside the bundle, in no container";
        }
        return true;
    }
    return false;
}

static const struct burn_manifest_container *container_of(const struct bundle *b, struct span id) {
    for (size_t i = 0; i < b->manifest.container_count && i < BURN_CONTAINERS; i++)
        if (span_equal(b->manifest.containers[i].id, id))
            return &b->manifest.containers[i];
    return NULL;
}

static bool next_missing(struct bundle *b, struct pack_member *ret) {
    while (b->at < b->manifest.payload_count) {
        struct burn_manifest_payload *payload = &b->manifest.payloads[b->at++];
        if (!payload->embedded || payload->mark)
            continue;
        const struct burn_manifest_container *container = container_of(b, payload->container);
        bool elsewhere = container && !container->attached;
        describe(b, payload, ret);
        ret->flags |= PACK_UNSUPPORTED;
        ret->reason = b->unreadable ? "its container cannot be read"
                      : elsewhere   ? "its container is another file, which is not here"
                                    : "no container of the bundle has it";
        return true;
    }
    return false;
}

/* --- the walk --- */

static bool step(struct bundle *b, struct job *job, struct pack_member *ret) {
    if (next_of_container(b, job, ret))
        return true;
    bool more = false;
    switch (b->phase) {
    case ATTACHED:
        more = next_attached(b, job);
        break;
    case DETACHED:
        more = next_detached(b, job);
        break;
    case BESIDE:
        if (next_beside(b, job, ret))
            return true;
        break;
    case MISSING:
        if (next_missing(b, ret))
            return true;
        break;
    case DONE:
        return false;
    }
    if (!more && !b->inner.format) {
        b->phase++;
        b->at = 0;
    }
    return false;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct bundle *b = pack->state;
    b->in_file = false;
    begin(b, NULL, 0);
    while (b->phase != DONE) {
        if (!step(b, job, ret))
            continue;
        if (b->members++ < PACK_MEMBERS)
            return true;
        job_note(job, FAULT_LIMIT, 0, "a bundle with too many members");
        leave(b);
        b->phase = DONE;
    }
    return false;
}

static bool is_hash(struct span text, const uint8_t *value, size_t size) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 2 * size; i++) {
        unsigned digit = i % 2 ? value[i / 2] & 15u : value[i / 2] >> 4;
        uint8_t letter = span_u8(text, i);
        if ((letter >= 'A' && letter <= 'F' ? letter | 0x20 : letter) != digits[digit])
            return false;
    }
    return true;
}

static void check(struct bundle *b, struct job *job) {
    uint8_t value[DIGEST_MAX];
    enum digest_kind kind;
    b->digesting = false;
    digest_end(b->digest, value);
    if (hash_of(b->payload->hash, &kind) && !is_hash(b->payload->hash, value, digest_size(kind)))
        job_note(job, FAULT_BAD, 0, "the payload's bytes are not those that the bundle's manifest names");
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct bundle *b = pack->state;
    size_t got = 0;
    if (b->in_file) {
        uint64_t left = b->file.size - b->given;
        size_t want = left < size ? (size_t)left : size;
        got = want > 0 ? reader_read(&b->file, job, b->given, to, want) : 0;
    } else if (b->inner.format) {
        got = pack_cab.read(&b->inner, job, to, size);
    }
    b->given += got;
    if (b->digesting)
        digest_add(b->digest, span_of(to, got, 0));
    if (b->digesting && b->given == b->size)
        check(b, job);
    return got;
}

/* --- facts --- */

static bool is_writer(const struct burn_manifest_fact *fact) {
    return strcmp(fact->kind, "writer") == 0;
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    static const char writer[] = "WiX Burn";
    struct bundle *b = pack->state;
    (void)job;
    if (!b->told) {
        const struct burn_manifest_fact *first = b->manifest.fact_count > 0 ? b->manifest.facts : NULL;
        struct span version = first && is_writer(first) ? first->value : span_of("", 0, 0);
        b->told = true;
        *ret = (struct pack_fact){"writer", span_of(writer, sizeof writer - 1, 0), version};
        return true;
    }
    while (b->next_fact < b->manifest.fact_count) {
        const struct burn_manifest_fact *found = &b->manifest.facts[b->next_fact++];
        if (is_writer(found))
            continue;
        *ret = (struct pack_fact){found->kind, found->name, found->value};
        return true;
    }
    while (b->next_download < b->manifest.payload_count) {
        const struct burn_manifest_payload *payload = &b->manifest.payloads[b->next_download++];
        if (payload->url.size == 0)
            continue;
        *ret = (struct pack_fact){"download", payload->path, payload->url};
        return true;
    }
    if (b->next_download == b->manifest.payload_count && !b->manifest.complete) {
        b->next_download++;
        *ret = (struct pack_fact){"partial", span_of("manifest", 8, 0),
                                  span_of("not all of it is understood", 27, 0)};
        return true;
    }
    return false;
}

static void close(struct pack *pack) {
    struct bundle *b = pack->state;
    if (!b)
        return;
    leave(b);
    digest_free(b->digest);
    text_free(&b->name);
    text_free(&b->path);
}

const struct pack_format pack_burn = {.name = "burn",
                                      .suspect = suspect,
                                      .open = open,
                                      .next = next,
                                      .read = read,
                                      .fact = fact,
                                      .close = close};
