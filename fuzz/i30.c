#include "format/i30.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 3 * I30_BLOCK_MOST };

static void walk(struct i30_node *node, uint64_t parent, size_t size) {
    struct i30_entry entry;
    uint64_t last = node->bytes.offset;
    bool slack = false;
    node->parent = parent;
    for (size_t n = 0; i30_next(node, &entry); n++) {
        if (n > size / 8 || entry.offset < last || entry.offset >= node->bytes.offset + node->bytes.size ||
            (slack && !entry.slack) || entry.name.name.size < 2)
            __builtin_trap();
        if (entry.slack && parent &&
            parent != (entry.name.parent | (uint64_t)entry.name.parent_sequence << 48))
            __builtin_trap();
        (void)span_is_zero(entry.name.name);
        last = entry.offset;
        slack = entry.slack;
    }
}

/* The first byte chooses the size of a block, whether it is free, and whether the parent is known. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t copy[MOST];
    struct job job;
    uint32_t block, root;
    if (size < 1 || size > MOST)
        return 0;
    struct span rest = span_of(data + 1, size - 1, 0);
    uint64_t parent = data[0] & 16 ? 5 | UINT64_C(5) << 48 : 0;
    if (i30_sniff(rest, &block, &root) && (block < I30_BLOCK_LEAST || block > I30_BLOCK_MOST))
        __builtin_trap();
    job_init(&job, 1 << 16);
    size_t step = (size_t)I30_BLOCK_LEAST << (data[0] & 7);
    for (uint64_t at = 0; at < rest.size; at += step) {
        size_t part = span_copy(span_from(rest, at), copy, step);
        struct i30_node node = i30_block(&job, copy, part, at, data[0] & 8);
        walk(&node, parent, part);
    }
    struct i30_node node = i30_root(&job, rest);
    walk(&node, parent, rest.size);
    job_reset(&job);
    return 0;
}
