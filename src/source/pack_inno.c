/* Installers of Inno Setup, and the headers of such that lie beside a program. */
#include "source/pack_inno_find.h"
#include "source/pack_inno_private.h"

enum { LEAST = 64, LONGEST = 1 << 16 /* bytes of a block that are asked for at once */ };

static const char unknown_version[] = "headers of a version of Inno Setup that is not read";
static const char too_large[] = "headers of this installer that are larger than is read";
static const char damaged[] = "the headers of this installer cannot be read";

static bool suspect(struct span head, uint64_t size) {
    struct inno_version version;
    return size > LEAST && (span_starts(head, "MZ", 2) || inno_version_read(head, &version));
}

/* --- headers --- */

/* A whole block, whose size is not told before: `*ret` grows. */
static bool read_block(struct pack_inno *inno, uint64_t at, struct span *ret) {
    struct job *memory = inno->pack->memory;
    size_t room = LONGEST, size = 0;
    uint8_t *bytes = job_alloc(memory, room, 1);
    bool good = pack_inno_stream_block(&inno->stream, memory, at);
    while (good && bytes) {
        size_t got = pack_inno_stream_read(&inno->stream, memory, bytes + size, room - size);
        size += got;
        if (size < room)
            break;
        if (room >= PACK_TABLE)
            return job_fail(memory, FAULT_LIMIT, at, "the headers of this installer are larger than is read");
        uint8_t *larger = job_alloc(memory, 2 * room, 1);
        if (larger)
            memcpy(larger, bytes, size);
        bytes = larger;
        room *= 2;
    }
    *ret = bytes ? span_of(bytes, size, 0) : span_of("", 0, 0);
    return good && bytes;
}

/* What stops the reading of headers stops no scan: the installer is one, and is told as one that is not
 * opened.
 */
static void refuse(struct pack_inno *inno, const char *why, uint32_t flags) {
    struct job *memory = inno->pack->memory;
    bool limit = memory->fault.code == FAULT_LIMIT;
    inno->refused = limit ? too_large : why;
    inno->refused_flags = limit ? PACK_UNSUPPORTED : flags;
    if (memory->fault.code != FAULT_NONE)
        job_note(memory, memory->fault.code, inno->table.headers, memory->fault.text);
    memory->fault = (struct fault){FAULT_NONE, 0, NULL};
}

static void read_headers(struct pack_inno *inno) {
    struct job *memory = inno->pack->memory;
    uint8_t word[INNO_VERSION];
    struct span headers, locations;
    uint64_t at = inno->table.headers, size = inno->pack->reader.size;
    size_t got = at < size && size - at >= sizeof word
                     ? reader_read(&inno->pack->reader, memory, at, word, sizeof word)
                     : 0;
    if (!inno->table.sound)
        job_note(memory, FAULT_BAD, at, "the table of this installer does not match its CRC-32");
    if (!inno_version_read(span_of(word, got, at), &inno->version)) {
        bool older = inno->table.headers == 0 && !inno->table.sound;
        refuse(inno, older ? unknown_version : damaged, older ? PACK_UNSUPPORTED : PACK_DAMAGED);
    } else if (inno->version.number < INNO_OLDEST || inno->version.number > INNO_NEWEST) {
        refuse(inno, unknown_version, PACK_UNSUPPORTED);
    } else if (!read_block(inno, at + INNO_VERSION, &headers) ||
               !read_block(inno, inno->stream.block_end, &locations) ||
               !inno_setup_read(memory, &inno->version, headers, locations, &inno->setup)) {
        refuse(inno, damaged, PACK_DAMAGED);
    }
}

static bool open(struct pack *pack) {
    struct pack_inno *inno = pack->state = job_alloc(pack->memory, 1, sizeof *inno);
    if (!inno)
        return false;
    inno->pack = inno->stream.pack = pack;
    inno->scratch.max = inno->path.max = inno->name.max = inno->value.max = PACK_INNO_TEXT;
    if (!pack_inno_find(pack, &inno->table))
        return false;
    if (!(inno->digest = digest_new()))
        return job_fail(pack->memory, FAULT_LIMIT, 0, "no memory for a digest");
    read_headers(inno);
    inno->stream.setup = &inno->setup;
    inno->stream.data = inno->table.data;
    return pack->memory->fault.code == FAULT_NONE && pack_inno_items(inno);
}

/* --- members --- */

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct pack_inno *inno = pack->state;
    (void)job;
    if (inno->next == inno->item_count)
        return false;
    inno->item = &inno->items[inno->next++];
    pack_inno_read_begin(inno);
    *ret = (struct pack_member){.path = inno->item->path,
                                .role = span_of("", 0, 0),
                                .size = inno->size,
                                .flags = inno->item->flags,
                                .reason = inno->item->reason};
    if (inno->item->source == PACK_INNO_LOCATION)
        ret->modified = inno->location.modified;
    return true;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    return pack_inno_read(pack->state, job, to, size);
}

static void close(struct pack *pack) {
    struct pack_inno *inno = pack->state;
    if (!inno)
        return;
    digest_free(inno->digest);
    pack_inno_stream_close(&inno->stream);
    text_free(&inno->scratch);
    text_free(&inno->path);
    text_free(&inno->name);
    text_free(&inno->value);
}

const struct pack_format pack_inno = {.name = "inno",
                                      .suspect = suspect,
                                      .open = open,
                                      .next = next,
                                      .read = read,
                                      .fact = pack_inno_fact,
                                      .close = close};
