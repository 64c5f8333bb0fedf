#include "format/container_qcow.h"
#include "source/image_private.h"

/* Fields of an entry of the second level in versions 2 and 3; bit 63 says that no snapshot shares it. */
#define COMPRESSED ((uint64_t)1 << 62)
#define PLACE      ((uint64_t)0x00fffffffffffe00)

static bool entry_at(struct image *image, uint64_t at, uint64_t *ret) {
    uint8_t bytes[8];
    if (!image_fetch(image, 0, at, bytes, sizeof bytes))
        return false;
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, at));
    uint64_t high = cursor_u32be(&c);
    *ret = high << 32 | cursor_u32be(&c);
    return true;
}

/* A compressed cluster: the lower bits of its entry say where, the upper ones how many bytes or, since
 * version 2, how many further sectors. */
static void packed(const struct container_qcow *qcow, uint64_t entry, struct image_piece *ret) {
    unsigned bits = qcow->cluster_bits;
    unsigned shift = qcow->version == 1 ? 63 - bits : 70 - bits;
    entry &= qcow->version == 1 ? ((uint64_t)1 << 63) - 1 : COMPRESSED - 1;
    ret->kind = IMAGE_DEFLATE;
    ret->at = entry & (((uint64_t)1 << shift) - 1);
    ret->packed = qcow->version == 1 ? (size_t)(entry >> shift)
                                     : (size_t)(((entry >> shift) + 1) * 512 - ret->at % 512);
}

static void qcow_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    static const char why[] = "a table of the QCOW2 file cannot be read";
    const struct container_qcow *qcow = image->state;
    uint64_t cluster = (uint64_t)1 << qcow->cluster_bits, within = offset % cluster, entry;
    uint64_t reach = cluster << qcow->l2_bits;
    uint64_t place = qcow->version == 1 ? ((uint64_t)1 << 63) - 1 : PLACE;
    ret->length = cluster - within;
    if (!entry_at(image, qcow->l1 + offset / reach * 8, &entry)) {
        image_lose(image, ret, why);
        return;
    }
    if ((entry & place) == 0) {
        ret->length = reach - offset % reach;
        return;
    }
    if (!entry_at(image, (entry & place) + offset % reach / cluster * 8, &entry)) {
        image_lose(image, ret, why);
        return;
    }
    ret->start = offset - within;
    ret->unit = (size_t)cluster;
    if (entry & (qcow->version == 1 ? (uint64_t)1 << 63 : COMPRESSED))
        packed(qcow, entry, ret);
    else if ((entry & place) != 0 && !(qcow->version == 3 && (entry & 1))) {
        ret->kind = IMAGE_STORED;
        ret->at = (entry & place) + within;
    }
}

bool image_qcow_open(struct image *image, struct image_opening *opening) {
    uint8_t bytes[QCOW_HEAD];
    struct container_qcow *qcow = job_alloc(&image->memory, 1, sizeof *qcow);
    if (!qcow)
        return job_fail(opening->job, FAULT_LIMIT, 0, "no memory for an image");
    size_t got = image_pull(image, 0, 0, bytes, sizeof bytes);
    if (image->failed == FAULT_IO)
        return image_unread(image, opening->job, 0, "the QCOW2 file's header cannot be read");
    if (!container_qcow(opening->job, span_of(bytes, got, 0), qcow))
        return false;
    if (qcow->corrupt)
        job_note(opening->job, FAULT_BAD, 0, "the QCOW2 file says of itself that it is corrupt");
    image->state = qcow;
    image->size = qcow->size;
    image->unit_size = (size_t)1 << qcow->cluster_bits;
    image->locate = qcow_locate;
    return true;
}
