/* Programs that .NET has made one file of: the files behind the host, told by a manifest. */
#include "base/text.h"
#include "format/dotnet_bundle.h"
#include "format/inflate.h"
#include "source/pack_overlay.h"
#include "source/pack_path.h"

enum {
    MARKS = 16,          /* places of the mark that are looked at: a program may hold it as data */
    HOST = 64 << 20,     /* bytes of a program in which it is looked for; .NET's largest host has 12 MiB */
    MANIFEST = 16 << 20, /* bytes of a manifest that are held */
    OFFSET = 8           /* bytes of its offset, before the mark */
};

struct bundle {
    struct pack *pack;
    struct dotnet_bundle manifest;
    struct dotnet_bundle_entry entry;
    struct inflate inflate;
    uint64_t at, end; /* stored bytes of the member that are not fetched yet */
    uint64_t left;    /* bytes of it that are not given yet */
    bool readable, opened, broken;
    unsigned facts;
    uint32_t given;
    struct text name, path;
    char version[32];
};

static bool suspect(struct span head, uint64_t size) {
    return size > 4096 && span_starts(head, "MZ", 2);
}

/* --- opening --- */

/* The manifest's offset by the mark at `mark`; 0 if there is none behind the host. It is the last of a
 * bundle: where the file ends before it, the bundle is cut. */
static uint64_t offset_before(struct pack *pack, uint64_t mark, uint64_t host_end) {
    uint8_t bytes[OFFSET];
    if (mark < OFFSET || reader_read(&pack->reader, pack->memory, mark - OFFSET, bytes, OFFSET) < OFFSET)
        return 0;
    struct cursor c = cursor_of(span_of(bytes, OFFSET, mark - OFFSET));
    uint64_t offset = cursor_u64(&c);
    pack->certain |= offset >= host_end && offset <= UINT32_MAX;
    return offset >= host_end && offset < pack->reader.size ? offset : 0;
}

/* The host lies before the overlay and the manifest in it, so that programs without one are never searched.
 */
static uint64_t find(struct pack *pack) {
    uint64_t end = pack_overlay(&pack->reader, pack->memory), found = 0;
    if (end == 0 || end == pack->reader.size)
        return 0;
    uint64_t most = end < HOST ? end : HOST, from = 0;
    for (unsigned i = 0; i < MARKS && found == 0 && from < most; i++) {
        uint64_t mark = pack_overlay_find(&pack->reader, pack->memory, from, most - from, dotnet_bundle_mark,
                                          DOTNET_BUNDLE_MARK);
        if (mark == UINT64_MAX)
            break;
        found = offset_before(pack, mark, end);
        from = mark + DOTNET_BUNDLE_MARK;
    }
    return found;
}

static bool open(struct pack *pack) {
    uint64_t offset = find(pack);
    if (offset == 0)
        return pack->certain ? job_fail(pack->memory, FAULT_TORN, pack->reader.size,
                                        "this .NET bundle ends before its manifest")
                             : job_fail(pack->memory, FAULT_BAD, 0, "no program that is a .NET bundle");
    uint64_t room = pack->reader.size - offset;
    size_t size = room < MANIFEST ? (size_t)room : MANIFEST;
    struct bundle *bundle = pack->state = job_alloc(pack->memory, 1, sizeof *bundle);
    uint8_t *bytes = job_alloc(pack->memory, size, 1);
    if (!bundle || !bytes)
        return false;
    bundle->pack = pack;
    bundle->name.max = bundle->path.max = 4 * PACK_PATH;
    size = reader_read(&pack->reader, pack->memory, offset, bytes, size);
    return dotnet_bundle_open(pack->memory, span_of(bytes, size, offset), &bundle->manifest);
}

/* --- members --- */

static const char *refuse(const struct bundle *bundle) {
    const struct dotnet_bundle_entry *entry = &bundle->entry;
    if (entry->size > INT64_MAX || entry->packed > INT64_MAX)
        return "its size is none";
    if (entry->size > 0 && entry->offset >= bundle->pack->reader.size)
        return "the bundle says that its bytes lie outside of the file";
    return NULL;
}

static void describe(struct bundle *bundle, struct pack_member *ret) {
    const struct dotnet_bundle_entry *entry = &bundle->entry;
    const char *role = dotnet_bundle_role(&bundle->manifest, entry->type);
    uint64_t stored = entry->packed > 0 ? entry->packed : entry->size;
    char path[DOTNET_BUNDLE_PATH];
    size_t size = span_copy(entry->path, path, sizeof path);
    for (size_t i = 0; i < size; i++)
        if (path[i] == '\\')
            path[i] = '/';
    text_clear(&bundle->name);
    text_from_bytes(&bundle->name, span_of(path, size, entry->path.offset));
    *ret = (struct pack_member){.size = entry->size, .role = span_of(role, strlen(role), 0)};
    ret->flags = pack_path(&bundle->path, text_string(&bundle->name), bundle->name.size);
    ret->path = span_of(text_string(&bundle->path), bundle->path.size, entry->path.offset);
    ret->reason = refuse(bundle);
    bundle->readable = !ret->reason;
    if (ret->reason)
        ret->flags |= PACK_UNSUPPORTED | PACK_DAMAGED;
    else if (entry->size > 0 && stored > bundle->pack->reader.size - entry->offset)
        ret->flags |= PACK_DAMAGED;
    bundle->at = entry->offset;
    bundle->end = bundle->readable && entry->size > 0 ? entry->offset + stored : entry->offset;
    bundle->left = bundle->readable ? entry->size : 0;
    bundle->opened = bundle->broken = false;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct bundle *bundle = pack->state;
    bundle->left = 0;
    if (bundle->given == PACK_MEMBERS) {
        job_note(job, FAULT_LIMIT, bundle->entry.at, "the bundle has more files than are told");
        return false;
    }
    if (!dotnet_bundle_next(&bundle->manifest, job, &bundle->entry))
        return false;
    bundle->given++;
    describe(bundle, ret);
    return true;
}

/* --- bytes --- */

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct bundle *bundle = context;
    uint64_t end = bundle->end < bundle->pack->reader.size ? bundle->end : bundle->pack->reader.size;
    uint64_t left = bundle->at < end ? end - bundle->at : 0;
    size_t want = left < size ? (size_t)left : size;
    size_t got = want > 0 ? reader_read(&bundle->pack->reader, job, bundle->at, to, want) : 0;
    bundle->at += got;
    return got;
}

static size_t unpack(struct bundle *bundle, struct job *job, uint8_t *to, size_t size) {
    if (!bundle->opened &&
        !inflate_open(&bundle->inflate, bundle->pack->memory, INFLATE_DEFLATE, more, bundle)) {
        job_note(job, FAULT_LIMIT, bundle->entry.offset, "no memory to unpack this member");
        return 0;
    }
    bundle->opened = true;
    return inflate_read(&bundle->inflate, job, to, size);
}

/* All was given that the manifest promises; is there more? */
static void check_end(struct bundle *bundle, struct job *job) {
    uint8_t one;
    if (bundle->entry.packed > 0 && bundle->entry.size > 0 && bundle->inflate.state == INFLATE_GOES_ON &&
        inflate_read(&bundle->inflate, job, &one, 1) > 0)
        job_note(job, FAULT_BAD, bundle->entry.offset, "more bytes come out of this member than it says");
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct bundle *bundle = pack->state;
    size_t want = bundle->left < size ? (size_t)bundle->left : size, got = 0;
    if (want == 0 || bundle->broken)
        return 0;
    got = bundle->entry.packed > 0 ? unpack(bundle, job, to, want) : more(bundle, job, to, want);
    bundle->left -= got;
    bundle->broken = got < want;
    if (bundle->broken)
        job_note(job, FAULT_TORN, bundle->at, "this member has fewer bytes than the manifest says");
    else if (bundle->left == 0)
        check_end(bundle, job);
    return got;
}

/* --- facts --- */

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    static const char writer[] = ".NET bundle", name[] = "bundle";
    struct bundle *bundle = pack->state;
    (void)job;
    unsigned number = bundle->facts++;
    if (number == 0) {
        snprintf(bundle->version, sizeof bundle->version, "%u.%u", bundle->manifest.major,
                 bundle->manifest.minor);
        *ret = (struct pack_fact){"writer", span_of(writer, sizeof writer - 1, 0),
                                  span_of(bundle->version, strlen(bundle->version), 0)};
        return true;
    }
    if (number > 1)
        return bundle->facts = 2, false;
    text_clear(&bundle->name);
    text_from_bytes(&bundle->name, bundle->manifest.id);
    *ret = (struct pack_fact){"product-code", span_of(name, sizeof name - 1, 0),
                              span_of(text_string(&bundle->name), bundle->name.size, 0)};
    return true;
}

static void close(struct pack *pack) {
    struct bundle *bundle = pack->state;
    if (!bundle)
        return;
    text_free(&bundle->name);
    text_free(&bundle->path);
}

const struct pack_format pack_dotnet = {.name = "dotnet",
                                        .suspect = suspect,
                                        .open = open,
                                        .next = next,
                                        .read = read,
                                        .fact = fact,
                                        .close = close};
