#include "source/pack_inno_stream.h"

#include "source/pack_inno_text.h"

#include <strings.h>

enum { MAGIC = 4, NAME = 1024 };

/* --- packed bytes --- */

/* The name that those of other files begin with: the installer's own, as it is now, without its end. */
static void name_installer(struct pack_inno_stream *stream) {
    static const char *const ends[] = {"-0.bin", ".exe"};
    struct span name = stream->pack->name;
    if (name.size == 0)
        name = span_of("setup", 5, 0);
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(ends[i]);
        if (name.size > size && strncasecmp((const char *)name.data + name.size - size, ends[i], size) == 0) {
            name.size -= size;
            break;
        }
    }
    text_bytes(&stream->name, name.data, name.size);
}

/* They are counted, with a letter if a disk holds several. */
static void name_slice(struct pack_inno_stream *stream, uint32_t slice) {
    const struct inno_setup *setup = stream->setup;
    struct span base = setup->texts[INNO_TEXT_BASE_NAME];
    uint32_t many = setup->slices_per_disk;
    text_clear(&stream->name);
    stream->name.max = NAME;
    if (base.size == 0)
        name_installer(stream);
    else
        pack_inno_text(setup, base, &stream->name);
    text_format(&stream->name, "-%u", many > 1 ? slice / many + 1 : slice + 1);
    if (many > 1 && many <= 26)
        text_char(&stream->name, (char)('a' + slice % many));
    text_add(&stream->name, ".bin");
}

/* The one that was asked for last is kept. */
static bool find_slice(struct pack_inno_stream *stream, struct job *job, uint32_t slice) {
    struct pack_inno_slice *kept = &stream->kept;
    uint8_t head[INNO_SLICE];
    if (kept->asked && kept->number == slice)
        return kept->there;
    *kept = (struct pack_inno_slice){.asked = true, .number = slice};
    struct pack *pack = stream->pack;
    name_slice(stream, slice);
    if (!pack->sibling ||
        !pack->sibling(pack->sibling_context, job, span_of(text_string(&stream->name), stream->name.size, 0),
                       &kept->reader))
        return false;
    uint64_t there = kept->reader.size;
    size_t got = there >= sizeof head ? reader_read(&kept->reader, job, 0, head, sizeof head) : 0;
    struct cursor c = cursor_of(span_of(head, got, 0));
    bool named = span_starts(cursor_take(&c, 8), "idska32\x1a", 8);
    uint64_t size = cursor_u32(&c);
    kept->end = size < there ? size : there;
    kept->there = named && !c.torn && kept->end >= INNO_SLICE;
    return kept->there;
}

static bool open_slice(struct pack_inno_stream *stream, struct job *job, uint32_t slice) {
    if (!find_slice(stream, job, slice))
        return false;
    stream->reader = stream->kept.reader;
    stream->slice = slice;
    stream->at = INNO_SLICE;
    stream->end = stream->kept.end;
    return true;
}

static size_t more_raw(struct pack_inno_stream *stream, struct job *job, uint8_t *to, size_t size) {
    size_t want = stream->left < size ? (size_t)stream->left : size, done = 0;
    while (done < want) {
        uint64_t room = stream->end > stream->at ? stream->end - stream->at : 0;
        if (room == 0) {
            if (stream->beside && stream->slice < stream->last_slice &&
                open_slice(stream, job, stream->slice + 1))
                continue;
            job_note(job, FAULT_TORN, stream->at,
                     "the packed bytes of this installer go on where nothing is");
            break;
        }
        size_t part = room < want - done ? (size_t)room : want - done;
        size_t got = reader_read(&stream->reader, job, stream->at, to + done, part);
        stream->at += got;
        stream->left -= got;
        done += got;
        if (got < part)
            break;
    }
    return done;
}

static bool next_piece(struct pack_inno_stream *stream, struct job *job) {
    uint8_t sum[4];
    uint64_t at = stream->at;
    stream->piece_at = stream->piece_size = 0;
    if (stream->left == 0)
        return false;
    size_t got = more_raw(stream, job, sum, sizeof sum);
    stream->piece_size = more_raw(stream, job, stream->piece, sizeof stream->piece);
    struct cursor c = cursor_of(span_of(sum, got, 0));
    if (cursor_u32(&c) == inflate_crc(0, span_of(stream->piece, stream->piece_size, 0)) && !c.torn)
        return stream->piece_size > 0;
    job_note(job, FAULT_BAD, at, "a piece of this installer does not match its CRC-32");
    stream->piece_size = 0;
    stream->left = 0;
    return false;
}

static size_t more_framed(struct pack_inno_stream *stream, struct job *job, uint8_t *to, size_t size) {
    size_t done = 0;
    while (done < size && (stream->piece_at < stream->piece_size || next_piece(stream, job))) {
        struct span rest =
            span_of(stream->piece + stream->piece_at, stream->piece_size - stream->piece_at, 0);
        size_t part = span_copy(rest, to + done, size - done);
        stream->piece_at += part;
        done += part;
    }
    return done;
}

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct pack_inno_stream *stream = context;
    return stream->framed ? more_framed(stream, job, to, size) : more_raw(stream, job, to, size);
}

/* --- unpacking --- */

static bool open_lzma(struct pack_inno_stream *stream, struct job *job, enum inflate_filter_kind kind) {
    size_t size = kind == INFLATE_LZMA1 ? 5 : 1;
    struct inflate_filter filter = {kind, span_of(stream->properties, size, 0)};
    return more(stream, job, stream->properties, size) == size &&
           inflate_open_filters(&stream->inflate, stream->pack->memory, &filter, 1, PACK_UNKNOWN, more,
                                stream);
}

/* The head of RFC 1950, which is not asked for a dictionary; what it frames has a better sum of its own. */
static bool open_zlib(struct pack_inno_stream *stream, struct job *job) {
    uint8_t head[2] = {0};
    return more(stream, job, head, sizeof head) == sizeof head && (head[0] & 15) == 8 && !(head[1] & 32) &&
           (head[0] << 8 | head[1]) % 31 == 0 &&
           inflate_open(&stream->inflate, stream->pack->memory, INFLATE_DEFLATE, more, stream);
}

static bool open_packing(struct pack_inno_stream *stream, struct job *job, enum inno_packing packing) {
    struct job *memory = stream->pack->memory;
    switch (packing) {
    case INNO_STORED:
        return inflate_open(&stream->inflate, memory, INFLATE_STORED, more, stream);
    case INNO_ZLIB:
        return open_zlib(stream, job);
    case INNO_BZIP2:
        return inflate_open(&stream->inflate, memory, INFLATE_BZIP2, more, stream);
    case INNO_LZMA:
        return open_lzma(stream, job, INFLATE_LZMA1);
    case INNO_LZMA2:
        return open_lzma(stream, job, INFLATE_LZMA2);
    case INNO_PACKINGS:
        break;
    }
    return false;
}

/* What is wrong with the head of packed bytes is wrong with these bytes alone. */
static bool begin(struct pack_inno_stream *stream, struct job *job, enum inno_packing packing) {
    struct job *memory = stream->pack->memory;
    stream->out = 0;
    stream->broken = !open_packing(stream, job, packing);
    if (!stream->broken)
        return true;
    bool told = memory->fault.code != FAULT_NONE;
    job_note(job, told ? memory->fault.code : FAULT_BAD, stream->at,
             told ? memory->fault.text : "packed bytes that begin as none do");
    if (memory->fault.code == FAULT_BAD || memory->fault.code == FAULT_UNSUPPORTED)
        memory->fault = (struct fault){FAULT_NONE, 0, NULL};
    return false;
}

bool pack_inno_stream_block(struct pack_inno_stream *stream, struct job *job, uint64_t at) {
    uint8_t bytes[INNO_BLOCK];
    struct inno_block block;
    stream->reader = stream->pack->reader;
    uint64_t size = stream->reader.size;
    size_t got = at < size && size - at >= sizeof bytes
                     ? reader_read(&stream->reader, job, at, bytes, sizeof bytes)
                     : 0;
    stream->broken = true;
    stream->out = 0;
    if (!inno_block_read(span_of(bytes, got, at), &block)) {
        job_note(job, got < sizeof bytes ? FAULT_TORN : FAULT_BAD, at,
                 "no block of Inno Setup where one should begin");
        return false;
    }
    stream->at = at + INNO_BLOCK;
    stream->left = block.size;
    stream->block_end = stream->at + block.size;
    stream->end = size;
    stream->framed = true;
    stream->beside = false;
    stream->piece_at = stream->piece_size = 0;
    return begin(stream, job, block.packed ? INNO_LZMA : INNO_STORED);
}

static bool seek(struct pack_inno_stream *stream, struct job *job, const struct inno_location *location) {
    stream->beside = stream->data == 0;
    stream->last_slice = location->last_slice;
    if (stream->beside)
        return open_slice(stream, job, location->first_slice) && location->at >= INNO_SLICE &&
               (stream->at = location->at) < stream->end;
    stream->reader = stream->pack->reader;
    stream->end = stream->reader.size;
    stream->at = stream->data + location->at;
    return stream->data < stream->end && location->at < stream->end - stream->data;
}

bool pack_inno_stream_chunk(struct pack_inno_stream *stream, struct job *job,
                            const struct inno_location *location) {
    uint8_t magic[MAGIC];
    stream->framed = false;
    stream->broken = true;
    stream->out = 0;
    bool there = seek(stream, job, location);
    stream->left = MAGIC;
    if (!there || more(stream, job, magic, MAGIC) < MAGIC || memcmp(magic, "zlb\x1a", MAGIC) != 0) {
        job_note(job, FAULT_BAD, location->at, "no chunk of this installer where its headers say");
        return false;
    }
    stream->left = location->packed_size;
    return begin(stream, job, location->packed ? stream->setup->packing : INNO_STORED);
}

bool pack_inno_stream_has(struct pack_inno_stream *stream, struct job *job,
                          const struct inno_location *location) {
    return stream->data != 0 || find_slice(stream, job, location->first_slice);
}

size_t pack_inno_stream_read(struct pack_inno_stream *stream, struct job *job, uint8_t *to, size_t size) {
    size_t got = stream->broken ? 0 : inflate_read(&stream->inflate, job, to, size);
    stream->out += got;
    stream->broken = stream->broken || got < size;
    return got;
}

void pack_inno_stream_close(struct pack_inno_stream *stream) {
    text_free(&stream->name);
}
