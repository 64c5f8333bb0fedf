#include "format/electron_fuse.h"

#include <assert.h>

enum { VERSION = 1 };

static const char mark[] = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
static_assert(sizeof mark == ELECTRON_FUSE_MARK + 1, "a mark has 32 bytes");

static bool decode(struct span behind, struct span *ret) {
    struct cursor c = cursor_of(behind);
    unsigned version = cursor_u8(&c), count = cursor_u8(&c);
    struct span wire = cursor_take(&c, count);
    if (c.torn || version != VERSION || count == 0)
        return false;
    for (size_t i = 0; i < wire.size; i++)
        if (!electron_fuse_state(wire.data[i]))
            return false;
    *ret = wire;
    return true;
}

bool electron_fuse_find(struct span image, uint64_t from, struct electron_fuse *ret) {
    struct span rest = span_from(image, from);
    while (rest.size >= ELECTRON_FUSE_MARK) {
        const uint8_t *found = memmem(rest.data, rest.size, mark, ELECTRON_FUSE_MARK);
        if (!found)
            return false;
        rest = span_from(rest, (size_t)(found - rest.data) + ELECTRON_FUSE_MARK);
        struct span wire;
        if (decode(rest, &wire)) {
            *ret = (struct electron_fuse){(uint64_t)(wire.data - image.data) + wire.size, wire};
            return true;
        }
    }
    return false;
}

void electron_fuse_start(struct electron_fuse_stream *stream) {
    stream->size = stream->behind = 0;
    stream->tail_size = stream->count = 0;
}

/* `at`: where the bytes lie in the stream. What was found already is passed over. */
static void look(struct electron_fuse_stream *stream, struct span bytes, uint64_t at) {
    struct electron_fuse fuses;
    uint64_t from = stream->behind > at ? stream->behind - at : 0;
    for (; electron_fuse_find(bytes, from, &fuses); from = fuses.behind) {
        stream->behind = at + fuses.behind;
        if (stream->count < ELECTRON_FUSE_PLACES) {
            stream->wire_size[stream->count] =
                span_copy(fuses.wire, stream->wire[stream->count], sizeof stream->wire[0]);
            stream->count++;
        }
    }
}

void electron_fuse_add(struct electron_fuse_stream *stream, struct span bytes) {
    size_t head = span_copy(span_of(stream->tail, stream->tail_size, 0), stream->joined, ELECTRON_FUSE_MOST);
    size_t joined = head + span_copy(bytes, stream->joined + head, ELECTRON_FUSE_MOST);
    struct span last = bytes;
    look(stream, span_of(stream->joined, joined, 0), stream->size - head);
    if (bytes.size > ELECTRON_FUSE_MOST)
        look(stream, bytes, stream->size);
    else
        last = span_of(stream->joined, joined, 0);
    last = span_from(last, last.size > ELECTRON_FUSE_MOST ? last.size - ELECTRON_FUSE_MOST : 0);
    stream->tail_size = span_copy(last, stream->tail, sizeof stream->tail);
    stream->size += bytes.size;
}

const char *electron_fuse_name(size_t number) {
    static const char *const names[] = {"RunAsNode",
                                        "EnableCookieEncryption",
                                        "EnableNodeOptionsEnvironmentVariable",
                                        "EnableNodeCliInspectArguments",
                                        "EnableEmbeddedAsarIntegrityValidation",
                                        "OnlyLoadAppFromAsar",
                                        "LoadBrowserProcessSpecificV8Snapshot",
                                        "GrantFileProtocolExtraPrivileges",
                                        "WasmTrapHandlers"};
    return number < sizeof names / sizeof names[0] ? names[number] : NULL;
}

const char *electron_fuse_state(uint8_t byte) {
    switch (byte) {
    case 0x30:
        return "off";
    case 0x31:
        return "on";
    case 0x72:
        return "removed";
    case 0x90:
        return "inherited";
    default:
        return NULL;
    }
}
