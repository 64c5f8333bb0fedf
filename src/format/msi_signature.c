#include "format/msi_signature.h"

#include <stdlib.h>

enum { PART = 64 << 10 };

struct reading {
    struct olecf *olecf;
    struct job *job;
    const struct msi_signature *signature;
    struct digest *digest;
    uint64_t left; /* bytes that streams may have together */
    uint8_t *part;
    bool names; /* names and the like are digested, not bytes */
};

static bool is_named(const struct olecf_entry *entry, const char *name) {
    size_t size = strlen(name);
    if (entry->name_size != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (entry->name[2 * i] != (uint8_t)name[i] || entry->name[2 * i + 1] != 0)
            return false;
    return true;
}

bool msi_signature_find(const struct olecf *olecf, struct msi_signature *ret) {
    bool found = false;
    ret->extended = OLECF_NOTHING;
    for (int32_t i = olecf->count > 0 ? olecf->entries[0].first : OLECF_NOTHING; i != OLECF_NOTHING;
         i = olecf->entries[i].next) {
        const struct olecf_entry *entry = &olecf->entries[i];
        if (entry->kind != OLECF_STREAM)
            continue;
        if (is_named(entry, "\x05"
                            "DigitalSignature")) {
            ret->signature = (size_t)i;
            found = true;
        } else if (is_named(entry, "\x05"
                                   "MsiDigitalSignatureEx"))
            ret->extended = i;
    }
    return found;
}

static int by_name(const void *left, const void *right) {
    const struct olecf_entry *a = *(const struct olecf_entry *const *)left,
                             *b = *(const struct olecf_entry *const *)right;
    size_t size = a->name_size < b->name_size ? a->name_size : b->name_size;
    int order = memcmp(a->name, b->name, size);
    return order ? order : (int)a->name_size - (int)b->name_size;
}

static bool fail(const struct reading *r, enum fault_code code, const char *text) {
    job_note(r->job, code, 0, text);
    return false;
}

static bool add_stream(struct reading *r, const struct olecf_entry *entry) {
    struct olecf_stream stream = {0};
    size_t index = (size_t)(entry - r->olecf->entries);
    if (entry->size == 0)
        return true;
    if (entry->size > r->left)
        return fail(r, FAULT_BAD, "streams of an installer database share bytes or leave the file");
    r->left -= entry->size;
    if (!olecf_open_stream(r->olecf, r->job, index, &stream))
        return false;
    for (uint64_t at = 0; at < entry->size;) {
        uint64_t want = entry->size - at < PART ? entry->size - at : PART;
        size_t got = olecf_read(r->olecf, r->job, &stream, at, r->part, (size_t)want);
        if (got < want)
            return fail(r, FAULT_TORN, "a stream of a signed installer database is not all there");
        digest_add(r->digest, span_of(r->part, got, 0));
        at += got;
    }
    return true;
}

static void add_number(struct reading *r, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    digest_add(r->digest, span_of(bytes, size, 0));
}

/* What is known of an entry beside its bytes. */
static void add_names(struct reading *r, const struct olecf_entry *entry) {
    if (entry->kind != OLECF_ROOT)
        digest_add(r->digest, span_of(entry->name, entry->name_size, 0));
    if (entry->kind == OLECF_STREAM)
        add_number(r, entry->size, 4);
    else
        digest_add(r->digest, span_of(entry->class_id, sizeof entry->class_id, 0));
    add_number(r, entry->state, 4);
    if (entry->kind == OLECF_ROOT)
        return;
    add_number(r, entry->created, 8);
    add_number(r, entry->modified, 8);
}

static bool is_signature(const struct reading *r, int32_t index) {
    return (size_t)index == r->signature->signature || index == r->signature->extended;
}

/* What a storage holds, in order; NULL if memory runs out. */
static const struct olecf_entry **list_members(struct reading *r, const struct olecf_entry *storage,
                                               size_t *count) {
    const struct olecf_entry *entries = r->olecf->entries, **list;
    size_t all = 0;
    for (int32_t i = storage->first; i != OLECF_NOTHING; i = entries[i].next)
        all++;
    list = job_alloc(r->job, all + 1, sizeof *list);
    *count = 0;
    for (int32_t i = storage->first; list && i != OLECF_NOTHING; i = entries[i].next)
        if (!is_signature(r, i))
            list[(*count)++] = &entries[i];
    if (list && *count > 0)
        qsort(list, *count, sizeof *list, by_name);
    return list;
}

/* Storages hold one another. */
static bool add_storage(struct reading *r, const struct olecf_entry *storage, unsigned depth) {
    size_t count;
    if (depth > MSI_SIGNATURE_DEPTH)
        return fail(r, FAULT_LIMIT, "storages of a signed installer database lie deeper than is read");
    const struct olecf_entry **list = list_members(r, storage, &count);
    if (!list)
        return false;
    if (r->names)
        add_names(r, storage);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        if (list[i]->kind == OLECF_STORAGE)
            good = add_storage(r, list[i], depth + 1);
        else if (r->names)
            add_names(r, list[i]);
        else
            good = add_stream(r, list[i]);
    if (good && !r->names)
        digest_add(r->digest, span_of(storage->class_id, sizeof storage->class_id, 0));
    return good;
}

/* Is what the stream holds the digest of all names? */
static bool check_names(struct reading *r, enum digest_kind kind, enum msi_signature_names *names) {
    uint8_t value[DIGEST_MAX], held[DIGEST_MAX];
    const struct olecf_entry *entry = &r->olecf->entries[r->signature->extended];
    struct olecf_stream stream = {0};
    r->names = true;
    digest_start(r->digest, kind);
    bool good = add_storage(r, &r->olecf->entries[0], 0) &&
                olecf_open_stream(r->olecf, r->job, (size_t)r->signature->extended, &stream);
    digest_end(r->digest, value);
    r->names = false;
    size_t size = digest_size(kind);
    bool same = good && entry->size == size && olecf_read(r->olecf, r->job, &stream, 0, held, size) == size &&
                memcmp(held, value, size) == 0;
    *names = same ? MSI_SIGNATURE_NAMES_MATCH : MSI_SIGNATURE_NAMES_DIFFER;
    return good;
}

bool msi_signature_digest(struct olecf *olecf, struct job *job, const struct msi_signature *signature,
                          enum digest_kind kind, struct digest *digest, uint8_t value[DIGEST_MAX],
                          enum msi_signature_names *names) {
    struct reading r = {.olecf = olecf,
                        .job = job,
                        .signature = signature,
                        .digest = digest,
                        .left = olecf->size,
                        .part = job_alloc(job, PART, 1)};
    *names = MSI_SIGNATURE_NO_NAMES;
    if (!r.part || (signature->extended != OLECF_NOTHING && !check_names(&r, kind, names)))
        return false;
    digest_start(digest, kind);
    bool good =
        (signature->extended == OLECF_NOTHING || add_stream(&r, &olecf->entries[signature->extended])) &&
        add_storage(&r, &olecf->entries[0], 0);
    digest_end(digest, value);
    return good;
}
