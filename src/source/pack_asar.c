/* Archives of Electron applications: a directory as JSON, and the bytes of the members behind it. */
#include "base/digest.h"
#include "format/asar.h"
#include "source/pack.h"

struct asar_pack {
    struct asar asar;
    struct asar_entry entry;
    uint64_t data; /* in the container */
    uint64_t at;   /* bytes of the member that were read */
    uint64_t files, sealed;
    struct digest *digest; /* NULL: none is checked */
    bool checked, told;
    char words[96], directory[65]; /* facts: of the members, and the directory's digest */
    unsigned facts;
};

static bool suspect(struct span head, uint64_t size) {
    uint64_t text, data;
    return asar_head(head, size, &text, &data) && span_u8(head, ASAR_HEAD) == '{';
}

/* What programs check before they trust what the directory says. */
static void seal(struct asar_pack *asar, struct span text) {
    uint8_t value[DIGEST_MAX];
    digest_start(asar->digest, DIGEST_SHA256);
    digest_add(asar->digest, text);
    digest_end(asar->digest, value);
    for (size_t i = 0; i < 32; i++)
        snprintf(asar->directory + 2 * i, 3, "%02x", value[i]);
}

static bool open(struct pack *pack) {
    uint8_t head[ASAR_HEAD];
    uint64_t size, data;
    size_t got = reader_read(&pack->reader, pack->memory, 0, head, sizeof head);
    if (!asar_head(span_of(head, got, 0), pack->reader.size, &size, &data))
        return job_fail(pack->memory, FAULT_BAD, 0, "no archive of an Electron application");
    if (size > PACK_TABLE)
        return job_fail(pack->memory, FAULT_LIMIT, 0, "the directory of this archive is larger than is read");
    struct asar_pack *asar = pack->state = job_alloc(pack->memory, 1, sizeof *asar);
    uint8_t *text = job_alloc(pack->memory, (size_t)size, 1);
    if (!asar || !text)
        return false;
    got = reader_read(&pack->reader, pack->memory, ASAR_HEAD, text, (size_t)size);
    asar->asar = asar_of(pack->memory, span_of(text, got, ASAR_HEAD));
    asar->data = data;
    asar->digest = digest_new();
    if (!asar->digest)
        return false;
    seal(asar, span_of(text, got, 0));
    return true;
}

static void describe(const struct pack *pack, const struct asar_pack *asar, struct pack_member *ret) {
    const struct asar_entry *entry = &asar->entry;
    uint64_t room = pack->reader.size - asar->data;
    *ret = (struct pack_member){.path = entry->path, .size = entry->size};
    if (entry->folder)
        ret->flags = PACK_DIRECTORY;
    else if (entry->link || entry->unpacked)
        ret->flags = PACK_LINK;
    else if (!entry->placed || entry->offset > room) {
        ret->flags = PACK_UNSUPPORTED | PACK_DAMAGED;
        ret->reason = "the archive does not say where its bytes are, or outside of itself";
    } else if (entry->size > room - entry->offset)
        ret->flags = PACK_DAMAGED;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct asar_pack *asar = pack->state;
    if (!asar_next(&asar->asar, &asar->entry)) {
        if (pack->memory->fault.code != FAULT_NONE && !asar->told)
            job_note(job, pack->memory->fault.code, pack->memory->fault.offset, pack->memory->fault.text);
        return asar->told = true, false;
    }
    asar->at = 0;
    asar->checked = false;
    digest_start(asar->digest, DIGEST_SHA256);
    describe(pack, asar, ret);
    bool file = !(ret->flags & (PACK_DIRECTORY | PACK_LINK));
    asar->files += file;
    asar->sealed += file && asar->entry.sealed;
    return true;
}

static void check(struct asar_pack *asar, struct job *job) {
    uint8_t value[DIGEST_MAX];
    asar->checked = true;
    digest_end(asar->digest, value);
    if (asar->entry.sealed && memcmp(value, asar->entry.sha256, sizeof asar->entry.sha256) != 0)
        job_note(job, FAULT_BAD, asar->data + asar->entry.offset,
                 "the member's bytes are not those that the archive's integrity names");
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct asar_pack *asar = pack->state;
    const struct asar_entry *entry = &asar->entry;
    uint64_t left = entry->placed && !entry->folder && !entry->unpacked ? entry->size - asar->at : 0;
    uint64_t begin = asar->data + entry->offset + asar->at;
    uint64_t there = begin < pack->reader.size ? pack->reader.size - begin : 0;
    size_t want = left < size ? (size_t)left : size;
    size_t got = want <= there ? want : (size_t)there;
    got = got ? reader_read(&pack->reader, job, begin, to, got) : 0;
    digest_add(asar->digest, span_of(to, got, 0));
    asar->at += got;
    if (got < want)
        job_note(job, FAULT_TORN, begin + got, "the archive ends in the middle of this member");
    if (asar->at == entry->size && !asar->checked)
        check(asar, job);
    return got;
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct asar_pack *asar = pack->state;
    (void)job;
    if (asar->facts++ == 0) {
        *ret = (struct pack_fact){"integrity", span_of("directory", 9, 0), span_of(asar->directory, 64, 0)};
        return true;
    }
    if (asar->words[0] || asar->files == 0)
        return false;
    snprintf(asar->words, sizeof asar->words, "%llu of %llu files", (unsigned long long)asar->sealed,
             (unsigned long long)asar->files);
    *ret = (struct pack_fact){"integrity", span_of("sha256", 6, 0),
                              span_of(asar->words, strlen(asar->words), 0)};
    return true;
}

static void close(struct pack *pack) {
    struct asar_pack *asar = pack->state;
    if (!asar)
        return;
    asar_end(&asar->asar);
    digest_free(asar->digest);
}

const struct pack_format pack_asar = {.name = "asar",
                                      .suspect = suspect,
                                      .open = open,
                                      .next = next,
                                      .read = read,
                                      .fact = fact,
                                      .close = close};
