#include "format/wof.h"

#include "format/lzx.h"
#include "format/xpress_huffman.h"

enum { VERSION = 1, FILE_VERSION = 1, HASH = 20 };

static bool refuse(struct fault *fault, enum fault_code code, uint64_t offset, const char *text) {
    *fault = (struct fault){code, offset, text};
    return false;
}

bool wof_read_reparse(struct span data, struct wof_reparse *ret, struct fault *fault) {
    struct cursor c = cursor_of(data);
    *ret = (struct wof_reparse){0};
    *fault = (struct fault){0};
    ret->version = cursor_u32(&c);
    ret->provider = cursor_u32(&c);
    uint32_t version = cursor_u32(&c);
    if (c.torn)
        return refuse(fault, FAULT_TORN, cursor_offset(&c), "the reparse point of WOF is cut off");
    bool wim = ret->provider == WOF_WIM;
    if (ret->version != VERSION || !(wim || (ret->provider == WOF_FILE && version == FILE_VERSION)))
        return refuse(fault, FAULT_UNSUPPORTED, data.offset, "a WOF provider or version that is not known");
    if (!wim)
        ret->algorithm = cursor_u32(&c);
    ret->flags = cursor_u32(&c);
    if (wim) {
        ret->wim = cursor_u64(&c);
        ret->hash = cursor_take(&c, HASH);
    }
    if (c.torn)
        return refuse(fault, FAULT_TORN, cursor_offset(&c), "the reparse point of WOF is cut off");
    if (ret->algorithm >= WOF_ALGORITHMS)
        return refuse(fault, FAULT_UNSUPPORTED, data.offset + 12, "a WOF algorithm that is not known");
    return true;
}

bool wof_layout(uint32_t algorithm, uint64_t size, uint64_t stored, struct wof_layout *ret,
                struct fault *fault) {
    static const uint32_t chunks[WOF_ALGORITHMS] = {4096, 32768, 8192, 16384};
    *ret = (struct wof_layout){.size = size, .stored = stored};
    *fault = (struct fault){0};
    if (algorithm >= WOF_ALGORITHMS)
        return refuse(fault, FAULT_UNSUPPORTED, 0, "a WOF algorithm that is not known");
    ret->algorithm = (enum wof_algorithm)algorithm;
    ret->chunk = chunks[algorithm];
    ret->entry = size > UINT32_MAX ? 8 : 4;
    ret->chunks = size / ret->chunk + (size % ret->chunk > 0);
    ret->table = ret->chunks > 0 ? (ret->chunks - 1) * ret->entry : 0; /* at most 2^52 * 8 */
    if (ret->table > stored || ret->chunks > stored - ret->table)
        return refuse(fault, FAULT_TORN, stored, "a WOF stream that is too short for its chunks");
    return true;
}

/* Entry k, from 0, ends chunk k and begins chunk k + 1; the first chunk begins behind the table. */
void wof_entries(const struct wof_layout *layout, uint64_t first, uint64_t count, uint64_t *offset,
                 uint64_t *size) {
    uint64_t entries = layout->chunks > 0 ? layout->chunks - 1 : 0;
    uint64_t from = first > 0 ? first - 1 : 0;
    from = from < entries ? from : entries;
    first = first < entries ? first : entries;
    uint64_t end = count < entries - first ? first + count : entries;
    *offset = from * layout->entry;
    *size = count > 0 ? (end - from) * layout->entry : 0;
}

static uint64_t entry_at(const struct wof_layout *layout, uint64_t k, struct cursor *c) {
    uint64_t at = k * layout->entry;
    if (at < c->span.offset) {
        c->torn = true;
        return 0;
    }
    cursor_seek(c, at - c->span.offset);
    return layout->entry == 8 ? cursor_u64(c) : cursor_u32(c);
}

bool wof_locate(const struct wof_layout *layout, uint64_t i, struct span table, struct wof_chunk *ret,
                struct fault *fault) {
    struct cursor c = cursor_of(table);
    uint64_t data = layout->stored - layout->table, start = 0, end = data;
    *ret = (struct wof_chunk){0};
    *fault = (struct fault){0};
    if (i >= layout->chunks)
        return refuse(fault, FAULT_BAD, 0, "no such WOF chunk");
    bool last = i == layout->chunks - 1;
    if (i > 0)
        start = entry_at(layout, i - 1, &c);
    if (!last)
        end = entry_at(layout, i, &c);
    uint64_t offset = (i > 0 ? i - 1 : 0) * layout->entry;
    if (c.torn)
        return refuse(fault, FAULT_TORN, offset, "the table of a WOF stream is cut off");
    if (start >= end)
        return refuse(fault, start >= data ? FAULT_TORN : FAULT_BAD, offset, "a WOF chunk without bytes");
    if (end > data)
        return refuse(fault, FAULT_TORN, offset, "a WOF chunk beyond the end of its stream");
    uint64_t size = last ? layout->size - i * layout->chunk : layout->chunk;
    if (end - start > size)
        return refuse(fault, FAULT_BAD, offset, "a WOF chunk that takes more than it stands for");
    *ret = (struct wof_chunk){layout->table + start, (uint32_t)(end - start), (uint32_t)size};
    return true;
}

bool wof_decode(const struct wof_layout *layout, const struct wof_chunk *chunk, struct span in, uint8_t *to,
                struct unpacked *ret) {
    struct span bytes = span_clip(in, 0, chunk->stored);
    if (chunk->stored < chunk->size)
        return layout->algorithm == WOF_LZX ? lzx_decode(bytes, to, chunk->size, ret)
                                            : xpress_huffman_decode(bytes, to, chunk->size, ret);
    struct unpack out = unpack_of(to, chunk->size);
    out.at = span_copy(bytes, to, chunk->size);
    *ret = (struct unpacked){.used = out.at};
    if (out.at < out.size)
        ret->fault = (struct fault){FAULT_TORN, bytes.offset + bytes.size, "a WOF chunk that is cut off"};
    return unpack_end(&out, ret);
}
