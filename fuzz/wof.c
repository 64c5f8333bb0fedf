#include "format/wof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_reparse(struct span data) {
    struct wof_reparse got;
    struct fault fault;
    bool good = wof_read_reparse(data, &got, &fault);
    if (good != (fault.code == FAULT_NONE) || (good && got.algorithm >= WOF_ALGORITHMS) ||
        (got.hash.size != 0 && got.hash.size != 20))
        abort();
}

/* Each chunk that lies in the stream, without the table at hand and with it. */
static void chunks(const struct wof_layout *layout, struct span stream) {
    static uint8_t out[WOF_CHUNK_MOST];
    uint64_t end = layout->table;
    for (uint64_t i = 0; i < layout->chunks; i++) {
        uint64_t offset, size;
        struct wof_chunk chunk;
        struct fault fault;
        struct unpacked got;
        wof_entries(layout, i, 1, &offset, &size);
        if (offset + size > layout->table)
            abort();
        struct span table = span_part(stream, offset, size);
        if (!wof_locate(layout, i, table, &chunk, &fault))
            continue;
        if (chunk.size > layout->chunk || chunk.stored > chunk.size || chunk.stored == 0 ||
            chunk.offset < layout->table || !span_holds(stream, chunk.offset, chunk.stored))
            abort();
        bool good = wof_decode(layout, &chunk, span_part(stream, chunk.offset, chunk.stored), out, &got);
        if (good != (got.fault.code == FAULT_NONE) || (good && got.size != chunk.size) ||
            got.used > chunk.stored)
            abort();
        end = chunk.offset + chunk.stored;
    }
    if (end > layout->stored)
        abort();
}

/* A byte for the algorithm, eight for the size of the file, then the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cursor c = cursor_of(span_of(data, size, 0));
    uint32_t algorithm = cursor_u8(&c) % (WOF_ALGORITHMS + 1);
    uint64_t file = cursor_u64(&c);
    struct span stream = cursor_take(&c, cursor_left(&c));
    struct wof_layout layout;
    struct fault fault;
    read_reparse(stream);
    stream.offset = 0;
    if (wof_layout(algorithm, file, stream.size, &layout, &fault))
        chunks(&layout, stream);
    return 0;
}
