/* Installers of the Nullsoft Scriptable Install System, and the data of their uninstallers. */
#include "base/text.h"
#include "format/inflate.h"
#include "format/nsis.h"
#include "source/pack_overlay.h"
#include "source/pack_path.h"

enum { TEXT = 64 * 1024 /* bytes of a path or a value while it is put together */ };
enum { FIRST = 4 << 20, /* bytes behind a program in which the first header is looked for */ SNIFF = 16 };
enum {
    AGAIN = 1 << 30 /* bytes that are unpacked anew at most, for members that were told in another order */
};

/* A member of the script. */
struct item {
    uint64_t at;     /* of its block, in the data */
    uint32_t number; /* of the instruction */
    struct span path;
    uint64_t modified;
    uint32_t flags;
    bool behind; /* it is the block behind that one */
};

struct installer {
    struct pack *pack;
    struct nsis_head head;
    struct nsis nsis;
    uint64_t start, end; /* behind the first header; of the data; in the container */
    uint64_t data;       /* where blocks begin: in the container, or in the stream if solid */
    enum nsis_packing packing;
    bool solid;
    struct inflate inflate;
    uint64_t packed_at, packed_end; /* of the inflate in hand */
    uint64_t out, again;            /* of the solid stream: bytes given; given anew in all */
    bool broken;
    struct item *items;
    size_t count, next, next_fact;
    const struct item *item; /* in hand; NULL: the header */
    bool header_told, begun, stored;
    uint64_t left, header_at; /* of the member in hand */
    uint8_t filter[5];
    struct text out_dir, saved, scratch, name, value;
};

static const char writer[] = "NSIS";

static bool suspect(struct span head, uint64_t size) {
    struct nsis_head found;
    return size > NSIS_HEAD && (span_starts(head, "MZ", 2) || nsis_head_read(head, &found));
}

/* --- streams --- */

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct installer *nsis = context;
    uint64_t room = nsis->packed_end - nsis->packed_at;
    size_t want = room < size ? (size_t)room : size;
    size_t got = want > 0 ? reader_read(&nsis->pack->reader, job, nsis->packed_at, to, want) : 0;
    nsis->packed_at += got;
    return got;
}

/* LZMA has its properties in front, and sometimes a byte that says whether x86 code was changed before. */
static bool open_lzma(struct installer *nsis, struct job *job) {
    struct inflate_filter filters[2] = {{.kind = INFLATE_X86}, {.kind = INFLATE_LZMA1}};
    uint8_t filtered = 0;
    if (nsis->packing == NSIS_LZMA_FILTERED && more(nsis, job, &filtered, 1) == 0)
        return false;
    if (more(nsis, job, nsis->filter, sizeof nsis->filter) < sizeof nsis->filter)
        return false;
    filters[1].properties = span_of(nsis->filter, sizeof nsis->filter, 0);
    size_t first = filtered ? 0 : 1;
    return inflate_open_filters(&nsis->inflate, nsis->pack->memory, filters + first, 2 - first, PACK_UNKNOWN,
                                more, nsis);
}

static bool open_stream(struct installer *nsis, struct job *job, uint64_t at, uint64_t size) {
    struct job *memory = nsis->pack->memory;
    uint64_t room = at < nsis->end ? nsis->end - at : 0;
    nsis->packed_at = at;
    nsis->packed_end = at + (size < room ? size : room);
    bool good = nsis->packing == NSIS_LZMA || nsis->packing == NSIS_LZMA_FILTERED
                    ? open_lzma(nsis, job)
                    : inflate_open(&nsis->inflate, memory,
                                   nsis->packing == NSIS_BZIP2 ? INFLATE_NSIS_BZIP2 : INFLATE_NSIS_DEFLATE,
                                   more, nsis);
    if (!good && memory->fault.code == FAULT_BAD) { /* of this block alone */
        job_note(job, FAULT_BAD, at, memory->fault.text);
        memory->fault = (struct fault){FAULT_NONE, 0, NULL};
    }
    return good;
}

static size_t pull(struct installer *nsis, struct job *job, uint8_t *to, size_t size) {
    size_t got = nsis->broken ? 0 : inflate_read(&nsis->inflate, job, to, size);
    nsis->out += got;
    nsis->broken = got < size;
    return got;
}

/* Goes to a place of the solid stream. */
static bool go(struct installer *nsis, struct job *job, uint64_t place) {
    static uint8_t discarded[64 * 1024];
    if (place < nsis->out) {
        nsis->again += place;
        nsis->out = 0;
        nsis->broken = nsis->again > AGAIN;
        if (nsis->broken) {
            job_note(job, FAULT_LIMIT, place, "members that are told in too many orders");
            return false;
        }
        if (!open_stream(nsis, job, nsis->start, PACK_UNKNOWN))
            return false;
    }
    while (!nsis->broken && nsis->out < place) {
        uint64_t part = place - nsis->out;
        (void)pull(nsis, job, discarded, part < sizeof discarded ? (size_t)part : sizeof discarded);
    }
    return !nsis->broken;
}

/* --- the header --- */

static bool find(struct installer *nsis) {
    struct pack *pack = nsis->pack;
    uint8_t bytes[NSIS_HEAD];
    uint64_t at = 0, from = 0;
    size_t got = reader_read(&pack->reader, pack->memory, 0, bytes, sizeof bytes);
    if (span_starts(span_of(bytes, got, 0), "MZ", 2)) {
        from = pack_overlay(&pack->reader, pack->memory);
        at = from ? pack_overlay_find(&pack->reader, pack->memory, from, FIRST,
                                      "\xef\xbe\xad\xdeNullsoftInst", 16)
                  : UINT64_MAX;
        if (at == UINT64_MAX || at < from + 4)
            return job_fail(pack->memory, FAULT_BAD, 0, "no installer of NSIS behind this program");
        at -= 4;
        got = reader_read(&pack->reader, pack->memory, at, bytes, sizeof bytes);
    }
    if (!nsis_head_read(span_of(bytes, got, at), &nsis->head))
        return job_fail(pack->memory, FAULT_BAD, at, "no first header of NSIS");
    uint64_t room = pack->reader.size - at;
    if (nsis->head.following > room)
        job_note(pack->memory, FAULT_TORN, pack->reader.size, "the installer ends before its data do");
    nsis->start = at + NSIS_HEAD;
    nsis->end = at + (nsis->head.following < room ? nsis->head.following : room);
    return nsis->end > nsis->start || job_fail(pack->memory, FAULT_TORN, at, "an installer without data");
}

static size_t read_stored(struct installer *nsis, struct job *job, uint8_t *header, uint32_t size) {
    nsis->data = nsis->start + 4 + size;
    return reader_read(&nsis->pack->reader, job, nsis->start + 4, header, size);
}

static size_t read_solid(struct installer *nsis, struct job *job, uint8_t *header, uint32_t size) {
    uint8_t told[4];
    nsis->data = 4 + (uint64_t)size;
    nsis->broken = !open_stream(nsis, job, nsis->start, PACK_UNKNOWN);
    if (pull(nsis, job, told, sizeof told) < sizeof told)
        return 0;
    struct cursor c = cursor_of(span_of(told, sizeof told, 0));
    return cursor_u32(&c) == size ? pull(nsis, job, header, size) : 0;
}

static size_t read_block_of_header(struct installer *nsis, struct job *job, uint32_t packed, uint8_t *header,
                                   uint32_t size) {
    nsis->data = nsis->start + 4 + packed;
    nsis->broken = !open_stream(nsis, job, nsis->start + 4, packed);
    return pull(nsis, job, header, size);
}

/* `data` becomes where blocks begin. The first bytes of a solid stream may look like the size of a block. */
static size_t unpack_header(struct installer *nsis, struct span head, uint8_t *header, uint32_t size) {
    struct job *memory = nsis->pack->memory, aside;
    struct cursor c = cursor_of(head);
    uint32_t packed = cursor_u32(&c) & 0x7fffffff;
    if (nsis->packing == NSIS_STORED)
        return read_stored(nsis, memory, header, size);
    if (nsis->solid)
        return read_solid(nsis, memory, header, size);
    job_init(&aside, 4096);
    size_t got =
        packed < nsis->end - nsis->start ? read_block_of_header(nsis, &aside, packed, header, size) : 0;
    job_reset(&aside);
    if (got == size)
        return got;
    nsis->solid = true;
    nsis->packing = NSIS_DEFLATE;
    nsis->out = 0;
    return read_solid(nsis, memory, header, size);
}

/* The unpacked header. */
static bool read_header(struct installer *nsis) {
    struct job *memory = nsis->pack->memory;
    uint32_t size = nsis->head.header_size;
    uint8_t bytes[SNIFF], *header;
    if (size > PACK_TABLE)
        return job_fail(memory, FAULT_LIMIT, nsis->start,
                        "the script of this installer is larger than is read");
    size_t want = nsis->end - nsis->start < SNIFF ? (size_t)(nsis->end - nsis->start) : SNIFF;
    struct span head = span_of(bytes, reader_read(&nsis->pack->reader, memory, nsis->start, bytes, want), 0);
    nsis->packing = nsis_packing_of(head, size, &nsis->solid);
    if (!(header = job_alloc(memory, (size_t)size + 1, 1)))
        return false;
    if (unpack_header(nsis, head, header, size) < size)
        return job_fail(memory, FAULT_BAD, nsis->start, "the script of this installer cannot be unpacked");
    return nsis_read(memory, span_of(header, size, 0), &nsis->nsis);
}

/* --- members --- */

static bool keep(struct installer *nsis, const struct text *path, struct span *ret) {
    uint8_t *copy = job_alloc(nsis->pack->memory, path->size + 1, 1);
    if (copy)
        *ret = span_of(copy, span_copy(span_of(text_string(path), path->size, 0), copy, path->size), 0);
    return copy != NULL;
}

/* The path of a string, where $OUTDIR was if it names no place itself. */
static uint32_t place(struct installer *nsis, uint32_t string, struct text *ret) {
    text_clear(&nsis->scratch);
    if (!nsis_string(&nsis->nsis, string, true, &nsis->scratch)) {
        bool drive = nsis->scratch.size > 1 && nsis->scratch.data[1] == ':';
        bool rooted = nsis->scratch.size > 0 && nsis->scratch.data[0] == '/';
        if (!drive && !rooted) {
            text_clear(&nsis->value);
            text_bytes(&nsis->value, text_string(&nsis->out_dir), nsis->out_dir.size);
            text_char(&nsis->value, '/');
            text_bytes(&nsis->value, text_string(&nsis->scratch), nsis->scratch.size);
            return pack_path(ret, text_string(&nsis->value), nsis->value.size);
        }
    }
    return pack_path(ret, text_string(&nsis->scratch), nsis->scratch.size);
}

static void set_out_dir(struct installer *nsis, uint32_t string) {
    (void)place(nsis, string, &nsis->name);
    text_clear(&nsis->out_dir);
    text_bytes(&nsis->out_dir, text_string(&nsis->name), nsis->name.size);
}

static void save_out_dir(struct installer *nsis, uint32_t string) {
    text_clear(&nsis->scratch);
    (void)nsis_string(&nsis->nsis, string, true, &nsis->scratch);
    text_clear(&nsis->saved);
    text_bytes(&nsis->saved, text_string(&nsis->scratch), nsis->scratch.size);
}

static bool add_item(struct installer *nsis, size_t number, const struct nsis_entry *entry) {
    struct item *item = &nsis->items[nsis->count++];
    bool uninstaller = entry->operation == NSIS_UNINSTALLER;
    item->number = (uint32_t)number;
    item->flags = place(nsis, entry->values[uninstaller ? 0 : 1], &nsis->name);
    item->at = entry->values[uninstaller ? 1 : 2] & 0x7fffffff;
    item->behind = uninstaller;
    if (!uninstaller)
        item->modified = (uint64_t)entry->values[4] << 32 | entry->values[3];
    if (uninstaller)
        item->flags |= PACK_OWN | PACK_DELTA;
    else if (nsis->name.size > 11 && memcmp(nsis->name.data, "$PLUGINSDIR", 11) == 0)
        item->flags |= PACK_OWN;
    if (item->modified == UINT64_MAX)
        item->modified = 0;
    return keep(nsis, &nsis->name, &item->path);
}

/* In the order of their data, so that a solid stream is read once. */
static int compare(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static bool gather(struct installer *nsis) {
    struct job *memory = nsis->pack->memory;
    struct nsis_entry entry;
    size_t all = nsis_entries(&nsis->nsis), room = 0;
    for (size_t i = 0; i < all; i++) {
        nsis_entry_read(&nsis->nsis, i, &entry);
        room += entry.operation == NSIS_EXTRACT || entry.operation == NSIS_UNINSTALLER;
    }
    if (room > PACK_MEMBERS) {
        job_note(memory, FAULT_LIMIT, nsis->start, "more members than are read");
        room = PACK_MEMBERS;
    }
    nsis->items = job_alloc(memory, room + 1, sizeof *nsis->items);
    if (!nsis->items)
        return false;
    text_add(&nsis->out_dir, "$INSTDIR");
    text_add(&nsis->saved, "$INSTDIR");
    nsis->nsis.out_dir = &nsis->out_dir;
    nsis->nsis.saved_out_dir = &nsis->saved;
    for (size_t i = 0; i < all; i++) {
        nsis_entry_read(&nsis->nsis, i, &entry);
        bool member = entry.operation == NSIS_EXTRACT || entry.operation == NSIS_UNINSTALLER;
        if (entry.operation == NSIS_SET_OUT_PATH)
            set_out_dir(nsis, entry.values[0]);
        else if (entry.operation == NSIS_ASSIGN && entry.values[0] == nsis_saved_out_dir(&nsis->nsis))
            save_out_dir(nsis, entry.values[1]);
        else if (member && nsis->count < room && !add_item(nsis, i, &entry))
            return false;
    }
    nsis->nsis.out_dir = nsis->nsis.saved_out_dir = NULL;
    qsort(nsis->items, nsis->count, sizeof *nsis->items, compare);
    return memory->fault.code == FAULT_NONE;
}

static bool open(struct pack *pack) {
    struct installer *nsis = pack->state = job_alloc(pack->memory, 1, sizeof *nsis);
    if (!nsis)
        return false;
    nsis->pack = pack;
    nsis->out_dir.max = nsis->saved.max = nsis->scratch.max = nsis->name.max = nsis->value.max = TEXT;
    return find(nsis) && read_header(nsis) && gather(nsis);
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    static const char header[] = "[NSIS]/script";
    struct installer *nsis = pack->state;
    (void)job;
    nsis->begun = false;
    nsis->left = nsis->header_at = 0;
    if (!nsis->header_told) {
        nsis->header_told = true;
        *ret = (struct pack_member){
            .path = span_of(header, sizeof header - 1, 0), .size = nsis->head.header_size, .flags = PACK_OWN};
        return true;
    }
    if (nsis->next == nsis->count)
        return false;
    nsis->item = &nsis->items[nsis->next++];
    *ret =
        (struct pack_member){.path = nsis->item->path,
                             .role = nsis->item->behind ? span_of("uninstaller", 11, 0) : span_of("", 0, 0),
                             .size = PACK_UNKNOWN,
                             .modified = nsis->item->modified,
                             .flags = nsis->item->flags};
    return true;
}

static bool begin_solid(struct installer *nsis, struct job *job, uint64_t at) {
    for (unsigned turn = 0;; turn++) {
        uint8_t size[4];
        if (!go(nsis, job, at) || pull(nsis, job, size, 4) < 4)
            return false;
        struct cursor c = cursor_of(span_of(size, 4, 0));
        nsis->left = cursor_u32(&c);
        if (turn == nsis->item->behind)
            return true;
        at += 4 + nsis->left;
    }
}

static bool begin_block(struct installer *nsis, struct job *job, uint64_t at) {
    for (unsigned turn = 0;; turn++) {
        uint8_t head[SNIFF];
        uint64_t room = at < nsis->end ? nsis->end - at : 0;
        size_t want = room < SNIFF ? (size_t)room : SNIFF;
        struct span bytes =
            span_of(head, want ? reader_read(&nsis->pack->reader, job, at, head, want) : 0, 0);
        struct cursor c = cursor_of(bytes);
        uint32_t size = cursor_u32(&c);
        if (c.torn)
            return false;
        nsis->stored = size < 0x80000000u;
        nsis->left = size & 0x7fffffff;
        nsis->packed_at = at + 4;
        if (turn == nsis->item->behind)
            break;
        at += 4 + nsis->left;
    }
    nsis->broken = false;
    uint64_t size = nsis->left, begin = nsis->packed_at;
    nsis->packed_end = size < nsis->end - begin ? begin + size : nsis->end;
    if (nsis->stored)
        return true;
    nsis->left = PACK_UNKNOWN;
    return open_stream(nsis, job, begin, size);
}

static size_t read_block(struct installer *nsis, struct job *job, uint8_t *to, size_t size) {
    size_t got;
    if (nsis->solid)
        got = pull(nsis, job, to, size);
    else if (nsis->stored)
        got = more(nsis, job, to, size);
    else
        return pull(nsis, job, to, size);
    if (got < size)
        job_note(job, FAULT_TORN, nsis->item->at, "the installer ends in the middle of this member");
    nsis->left -= got;
    return got;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct installer *nsis = pack->state;
    if (!nsis->item) {
        size_t got = span_copy(span_from(nsis->nsis.header, nsis->header_at), to, size);
        nsis->header_at += got;
        return got;
    }
    if (!nsis->begun) {
        nsis->begun = true;
        uint64_t at = nsis->data + nsis->item->at;
        if (!(nsis->solid ? begin_solid(nsis, job, at) : begin_block(nsis, job, at))) {
            nsis->left = 0;
            job_note(job, FAULT_BAD, nsis->item->at, "this member has no data where the script says");
        }
    }
    size_t want = nsis->left < size ? (size_t)nsis->left : size;
    return want > 0 ? read_block(nsis, job, to, want) : 0;
}

/* --- facts --- */

static void add(struct installer *nsis, uint32_t string, struct text *ret) {
    if (ret->size > 0)
        text_char(ret, ' ');
    (void)nsis_string(&nsis->nsis, string, false, ret);
}

static const char *tell(struct installer *nsis, const struct nsis_entry *entry) {
    static const char *const roots[] = {"HKCR", "HKCU", "HKLM", "HKU", "HKPD", "HKCC", "HKDD"};
    const uint32_t *values = entry->values;
    text_clear(&nsis->name);
    text_clear(&nsis->value);
    switch (entry->operation) {
    case NSIS_EXECUTE:
        text_add(&nsis->name, "Exec");
        add(nsis, values[0], &nsis->value);
        return "run";
    case NSIS_SHELL_EXECUTE:
        text_add(&nsis->name, "ExecShell");
        for (size_t i = 0; i < 3; i++)
            add(nsis, values[i], &nsis->value);
        return "run";
    case NSIS_REGISTER_DLL:
        text_add(&nsis->name, "call");
        add(nsis, values[0], &nsis->value);
        add(nsis, values[1], &nsis->value);
        return "run";
    case NSIS_SHORTCUT:
        text_add(&nsis->name, "shortcut ");
        add(nsis, values[0], &nsis->name);
        add(nsis, values[1], &nsis->value);
        add(nsis, values[2], &nsis->value);
        return "entry-point";
    case NSIS_WRITE_REGISTRY:
        if ((values[0] & 0x7fffffff) < sizeof roots / sizeof roots[0])
            text_add(&nsis->name, roots[values[0] & 0x7fffffff]);
        add(nsis, values[1], &nsis->name);
        add(nsis, values[2], &nsis->name);
        add(nsis, values[3], &nsis->value);
        return "registry";
    default:
        return NULL;
    }
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    static const char *const kinds[][2] = {{"2", "2, 64 bits"},
                                           {"3", "3, 64 bits"},
                                           {"3 Unicode", "3 Unicode, 64 bits"},
                                           {"2 Unicode (Park)", "2 Unicode (Park), 64 bits"}};
    struct installer *nsis = pack->state;
    struct nsis_entry entry;
    if (nsis->next_fact == 0) {
        const char *kind = kinds[nsis->nsis.kind][nsis->nsis.bits64];
        nsis->next_fact = 1;
        *ret = (struct pack_fact){"writer", span_of(writer, sizeof writer - 1, 0),
                                  span_of(kind, strlen(kind), 0)};
        return true;
    }
    while (nsis->next_fact <= nsis_entries(&nsis->nsis)) { /* by number, from 1 */
        nsis_entry_read(&nsis->nsis, nsis->next_fact++ - 1, &entry);
        const char *kind = tell(nsis, &entry);
        if (pack->memory->fault.code != FAULT_NONE) {
            job_note(job, FAULT_LIMIT, nsis->start, "more strings than are read");
            nsis->next_fact = SIZE_MAX;
            return false;
        }
        if (kind) {
            *ret = (struct pack_fact){kind, span_of(text_string(&nsis->name), nsis->name.size, 0),
                                      span_of(text_string(&nsis->value), nsis->value.size, 0)};
            return true;
        }
    }
    return false;
}

static void close(struct pack *pack) {
    struct installer *nsis = pack->state;
    if (!nsis)
        return;
    text_free(&nsis->out_dir);
    text_free(&nsis->saved);
    text_free(&nsis->scratch);
    text_free(&nsis->name);
    text_free(&nsis->value);
}

const struct pack_format pack_nsis = {.name = "nsis",
                                      .suspect = suspect,
                                      .open = open,
                                      .next = next,
                                      .read = read,
                                      .fact = fact,
                                      .close = close};
