#include "format/container_vhdx.h"
#include "source/image_private.h"

/* States of a block, the lowest bits of its entry; the rest of them, but 17 reserved bits, is its offset. */
enum { NOT_PRESENT = 0, FULLY = 6, PARTIALLY = 7, STATE = 7 };
#define PLACE (~(uint64_t)0xfffff)

struct vhdx {
    struct container_vhdx disk;
    struct container_vhdx_regions regions;
    uint64_t ratio; /* blocks to one sector bitmap block */
};

static bool entry_at(struct image *image, const struct vhdx *vhdx, uint64_t index, uint64_t *ret) {
    uint8_t bytes[8];
    image->failed = FAULT_NONE;
    if (index >= vhdx->regions.table_size / 8 ||
        !image_fetch(image, 0, vhdx->regions.table + index * 8, bytes, sizeof bytes))
        return false;
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    *ret = cursor_u64(&c);
    return true;
}

/* A block of which the sector bitmap says what is here and what is the parent's. */
static void partial(struct image *image, const struct vhdx *vhdx, uint64_t offset, uint64_t place,
                    struct image_piece *ret) {
    uint64_t block = offset / vhdx->disk.block, chunk = block / vhdx->ratio, entry;
    uint64_t within = offset % vhdx->disk.block, sector = vhdx->disk.sector;
    uint64_t bit = (block % vhdx->ratio) * (vhdx->disk.block / sector) + within / sector;
    bool set = false;
    uint64_t run = 0;
    if (entry_at(image, vhdx, (chunk + 1) * vhdx->ratio + chunk, &entry) && (entry & STATE) == FULLY)
        run = image_bits(image, 0, entry & PLACE, bit, (vhdx->disk.block - within + sector - 1) / sector,
                         false, &set);
    if (run == 0) {
        image_lose(image, ret, "a sector bitmap of the VHDX file cannot be read");
        return;
    }
    ret->kind = set ? IMAGE_STORED : image->parent ? IMAGE_PARENT : IMAGE_HOLE;
    ret->at = place + within;
    ret->length = run * sector - within % sector;
}

static void vhdx_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    const struct vhdx *vhdx = image->state;
    uint64_t block = offset / vhdx->disk.block, within = offset % vhdx->disk.block, entry;
    ret->length = vhdx->disk.block - within;
    if (!entry_at(image, vhdx, block + block / vhdx->ratio, &entry)) {
        image_lose(image, ret, "the block table of the VHDX file cannot be read");
        return;
    }
    switch (entry & STATE) {
    case NOT_PRESENT:
        ret->kind = image->parent ? IMAGE_PARENT : IMAGE_HOLE;
        break;
    case FULLY:
        ret->kind = IMAGE_STORED;
        ret->at = (entry & PLACE) + within;
        break;
    case PARTIALLY:
        partial(image, vhdx, offset, entry & PLACE, ret);
        break;
    default:
        break;
    }
}

/* The newer of the two headers. */
static bool find_header(struct image *image, struct job *job, struct container_vhdx_header *ret) {
    uint8_t bytes[VHDX_HEADER];
    bool found = false;
    for (uint64_t i = 1; i <= 2; i++) {
        struct container_vhdx_header one;
        size_t got = image_pull(image, 0, i * VHDX_SLOT, bytes, sizeof bytes);
        if (!container_vhdx_header(span_of(bytes, got, i * VHDX_SLOT), &one))
            continue;
        if (!found || one.sequence > ret->sequence)
            *ret = one;
        found = true;
    }
    return found || job_fail(job, FAULT_BAD, VHDX_SLOT, "the VHDX file has no valid header");
}

static bool find_regions(struct image *image, struct job *job, struct container_vhdx_regions *ret) {
    uint8_t *bytes = job_alloc(&image->memory, VHDX_REGIONS, 1);
    for (uint64_t i = 3; bytes && i <= 4; i++) {
        size_t got = image_pull(image, 0, i * VHDX_SLOT, bytes, VHDX_REGIONS);
        if (container_vhdx_regions(span_of(bytes, got, i * VHDX_SLOT), ret))
            return true;
    }
    return job_fail(job, FAULT_BAD, (uint64_t)3 * VHDX_SLOT, "the VHDX file has no valid region table");
}

static bool find_metadata(struct image *image, struct job *job, struct vhdx *vhdx) {
    size_t size = vhdx->regions.metadata_size;
    if (size > CONTAINER_METADATA)
        size = CONTAINER_METADATA;
    uint8_t *bytes = job_alloc(&image->memory, size, 1);
    if (!bytes)
        return job_fail(job, FAULT_LIMIT, 0, "no memory for an image");
    size_t got = image_pull(image, 0, vhdx->regions.metadata, bytes, size);
    return container_vhdx(job, span_of(bytes, got, vhdx->regions.metadata), &vhdx->disk);
}

static bool open_parent(struct image *image, struct image_opening *opening,
                        const struct container_vhdx *disk) {
    static const uint8_t none[16];
    if (!image_parent_open(image, opening, disk->parent_name))
        return false;
    const uint8_t *is = image->parent->identifier;
    bool second = memcmp(disk->parent_second, none, 16) != 0 && memcmp(is, disk->parent_second, 16) == 0;
    return second || memcmp(is, disk->parent, 16) == 0 ||
           job_fail(opening->job, FAULT_BAD, 0,
                    "the parent of a differencing image is not the one that it names");
}

bool image_vhdx_open(struct image *image, struct image_opening *opening) {
    struct job *job = opening->job;
    struct vhdx *vhdx = job_alloc(&image->memory, 1, sizeof *vhdx);
    struct container_vhdx_header header = {0};
    if (!vhdx)
        return job_fail(job, FAULT_LIMIT, 0, "no memory for an image");
    if (!find_header(image, job, &header) || !find_regions(image, job, &vhdx->regions) ||
        !find_metadata(image, job, vhdx))
        return false;
    if (header.logged)
        job_note(job, FAULT_UNSUPPORTED, 0,
                 "the VHDX file was not closed: what its log would change is not seen");
    vhdx->ratio = ((uint64_t)vhdx->disk.sector << 23) / vhdx->disk.block;
    uint64_t blocks = (vhdx->disk.size + vhdx->disk.block - 1) / vhdx->disk.block;
    if (blocks > 0 && blocks - 1 + (blocks - 1) / vhdx->ratio >= vhdx->regions.table_size / 8)
        return job_fail(job, FAULT_BAD, vhdx->regions.table,
                        "the table of the VHDX file is shorter than its disk");
    span_copy(span_of(header.data_write, 16, 0), image->identifier, 16);
    image->state = vhdx;
    image->size = vhdx->disk.size;
    image->locate = vhdx_locate;
    return !vhdx->disk.has_parent || open_parent(image, opening, &vhdx->disk);
}
