#include "format/authenticode_digest.h"

/* Small enough that every digest after the first finds the bytes in the second-level cache. */
enum { BLOCK = 32 * 1024 };

bool authenticode_digest_init(struct authenticode_digest *digest) {
    for (int i = 0; i < DIGEST_KINDS; i++) {
        digest->file[i] = digest_new();
        digest->image[i] = digest_new();
        if (!digest->file[i] || !digest->image[i])
            return false;
    }
    return true;
}

void authenticode_digest_free(struct authenticode_digest *digest) {
    for (int i = 0; i < DIGEST_KINDS; i++) {
        digest_free(digest->file[i]);
        digest_free(digest->image[i]);
        digest->file[i] = digest->image[i] = NULL;
    }
}

static void begin(struct digest *const digests[DIGEST_KINDS], unsigned kinds) {
    for (unsigned i = 0; i < DIGEST_KINDS; i++)
        if (kinds >> i & 1)
            digest_start(digests[i], (enum digest_kind)i);
}

static void add(struct digest *const digests[DIGEST_KINDS], unsigned kinds, struct span bytes) {
    if (bytes.size == 0)
        return;
    for (unsigned i = 0; i < DIGEST_KINDS; i++)
        if (kinds >> i & 1)
            digest_add(digests[i], bytes);
}

/* CheckSum lies before the directory entry in every header, and a usable table behind both. */
static void omit(struct authenticode_digest *d, size_t index, uint64_t start, uint64_t size) {
    uint64_t end = size > UINT64_MAX - start ? UINT64_MAX : start + size;
    if (index > 0 && start < d->omitted[index - 1].end)
        start = d->omitted[index - 1].end;
    d->omitted[index].start = start;
    d->omitted[index].end = end > start ? end : start;
}

void authenticode_digest_start(struct authenticode_digest *digest, const struct authenticode_layout *layout,
                               unsigned file_kinds, unsigned image_kinds) {
    digest->file_kinds = file_kinds;
    digest->image_kinds = layout ? image_kinds : 0;
    digest->at = digest->pad = 0;
    for (size_t i = 0; i < 3; i++)
        omit(digest, i, 0, 0);
    if (layout) {
        bool table = authenticode_table_usable(layout);
        omit(digest, 0, layout->checksum_at, 4);
        omit(digest, 1, layout->directory_at, layout->directory_at ? 8 : 0);
        omit(digest, 2, table ? layout->table_at : 0, table ? layout->table_size : 0);
        digest->pad = table ? 0 : (8 - layout->file_size % 8) % 8;
    }
    begin(digest->file, digest->file_kinds);
    begin(digest->image, digest->image_kinds);
}

/* `block` starts at digest->at. Cuts the omitted ranges out of it. */
static void image_add(struct authenticode_digest *d, struct span block) {
    uint64_t at = d->at;
    for (size_t i = 0; i < 3 && block.size > 0; i++) {
        uint64_t start = d->omitted[i].start, end = d->omitted[i].end;
        if (end <= at || start == end)
            continue;
        uint64_t before = start > at ? start - at : 0;
        if (before >= block.size)
            break;
        add(d->image, d->image_kinds, span_part(block, 0, before));
        uint64_t skip = end - at < block.size ? end - at : block.size;
        block = span_from(block, skip);
        at += skip;
    }
    add(d->image, d->image_kinds, block);
}

void authenticode_digest_add(struct authenticode_digest *digest, struct span bytes) {
    while (bytes.size > 0) {
        struct span block = span_clip(bytes, 0, BLOCK);
        add(digest->file, digest->file_kinds, block);
        if (digest->image_kinds)
            image_add(digest, block);
        digest->at += block.size;
        bytes = span_from(bytes, block.size);
    }
}

void authenticode_digest_end(struct authenticode_digest *digest, struct authenticode_digests *ret) {
    *ret = (struct authenticode_digests){digest->file_kinds, digest->image_kinds, digest->at, {{0}}, {{0}}};
    for (unsigned i = 0; i < DIGEST_KINDS; i++) {
        if (digest->file_kinds >> i & 1)
            digest_end(digest->file[i], ret->file[i]);
        if (digest->image_kinds >> i & 1) {
            digest_zeros(digest->image[i], digest->pad);
            digest_end(digest->image[i], ret->image[i]);
        }
    }
}
