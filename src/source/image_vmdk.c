#include "format/container_vmdk.h"
#include "source/image_private.h"

#include <strings.h>

struct extent {
    enum container_extent_type type;
    uint64_t first, sectors; /* in the disk */
    uint64_t offset;         /* of a flat one in its part, bytes */
    size_t part;
    struct container_sparse sparse;
};

struct vmdk {
    size_t count;
    struct extent *extents;
};

static const struct extent *extent_of(const struct vmdk *vmdk, uint64_t sector) {
    size_t low = 0, high = vmdk->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (vmdk->extents[middle].first <= sector)
            low = middle;
        else
            high = middle;
    }
    return &vmdk->extents[low];
}

static bool entry_at(struct image *image, size_t part, uint64_t at, uint32_t *ret) {
    uint8_t bytes[4];
    if (!image_fetch(image, part, at, bytes, sizeof bytes))
        return false;
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, at));
    *ret = cursor_u32(&c);
    return true;
}

/* A grain behind its marker: the sector that it is for, and its size. */
static void packed_grain(struct image *image, const struct extent *extent, uint64_t at,
                         struct image_piece *ret) {
    uint8_t bytes[12];
    uint64_t unit = extent->sparse.grain * VMDK_SECTOR, end = (extent->first + extent->sectors) * VMDK_SECTOR;
    if (!image_fetch(image, extent->part, at, bytes, sizeof bytes)) {
        image_lose(image, ret, "a grain's marker of the VMDK file cannot be read");
        return;
    }
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, at));
    uint64_t sector = cursor_u64(&c);
    uint32_t size = cursor_u32(&c);
    if (sector != ret->start / VMDK_SECTOR - extent->first || size == 0 || size > 2 * unit + 4096) {
        image_lose(image, ret, "a grain of the VMDK file is marked as another one");
        return;
    }
    ret->kind = IMAGE_ZLIB;
    ret->at = at + sizeof bytes;
    ret->packed = size;
    ret->unit = (size_t)unit;
    if (ret->length > end - ret->start)
        ret->length = end - ret->start;
}

static void sparse_locate(struct image *image, const struct extent *extent, uint64_t within,
                          struct image_piece *ret) {
    static const char why[] = "a grain table of the VMDK file cannot be read";
    const struct container_sparse *sparse = &extent->sparse;
    uint64_t grain = sparse->grain * VMDK_SECTOR, reach = grain * sparse->entries;
    uint32_t table, entry;
    ret->part = extent->part;
    if (!entry_at(image, extent->part, sparse->directory * VMDK_SECTOR + within / reach * 4, &table)) {
        image_lose(image, ret, why);
        return;
    }
    if (table == 0) {
        ret->length = reach - within % reach;
        return;
    }
    ret->length = grain - within % grain;
    if (!entry_at(image, extent->part, (uint64_t)table * VMDK_SECTOR + within % reach / grain * 4, &entry)) {
        image_lose(image, ret, why);
        return;
    }
    ret->start = extent->first * VMDK_SECTOR + within - within % grain;
    if (entry == 0 || (entry == 1 && sparse->zeroed))
        return;
    if (sparse->compressed) {
        packed_grain(image, extent, (uint64_t)entry * VMDK_SECTOR, ret);
        return;
    }
    ret->kind = IMAGE_STORED;
    ret->at = (uint64_t)entry * VMDK_SECTOR + within % grain;
}

static void vmdk_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    const struct vmdk *vmdk = image->state;
    const struct extent *extent = extent_of(vmdk, offset / VMDK_SECTOR);
    uint64_t within = offset - extent->first * VMDK_SECTOR, left = extent->sectors * VMDK_SECTOR - within;
    ret->length = left;
    if (extent->type == EXTENT_SPARSE)
        sparse_locate(image, extent, within, ret);
    else if (extent->type == EXTENT_FLAT) {
        ret->kind = IMAGE_STORED;
        ret->part = extent->part;
        ret->at = extent->offset + within;
    }
    if (ret->length > left)
        ret->length = left;
}

/* The header of a sparse extent, and the one behind it where that is the valid one. */
static bool read_sparse(struct image *image, struct job *job, size_t part, struct container_sparse *ret) {
    uint8_t bytes[VMDK_HEAD];
    uint64_t size = image->files[part].size, at = size < 1024 ? 0 : size - 1024;
    size_t got = image_pull(image, part, 0, bytes, sizeof bytes);
    if (!span_starts(span_of(bytes, got, 0), "KDMV", 4))
        return job_fail(job, FAULT_BAD, 0, "an extent of the VMDK image is none");
    if (!container_vmdk(job, span_of(bytes, got, 0), ret))
        return false;
    if (ret->at_end) {
        struct container_sparse footer;
        got = image_pull(image, part, at, bytes, sizeof bytes);
        if (!span_starts(span_of(bytes, got, at), "KDMV", 4))
            return job_fail(job, FAULT_TORN, at, "the VMDK file ends before its grain directory");
        if (!container_vmdk(job, span_of(bytes, got, at), &footer))
            return false;
        if (footer.at_end || footer.grain != ret->grain)
            return job_fail(job, FAULT_BAD, at, "the VMDK file's footer contradicts its header");
        footer.descriptor = ret->descriptor;
        footer.descriptor_size = ret->descriptor_size;
        *ret = footer;
    }
    if (ret->directory == 0)
        ret->directory = ret->second;
    if (ret->directory > CONTAINER_DISK / VMDK_SECTOR)
        return job_fail(job, FAULT_BAD, 0, "the VMDK file's grain directory lies outside of it");
    if (ret->unclean)
        job_note(job, FAULT_BAD, 0, "the VMDK file was not closed");
    return true;
}

/* The part of this name. Count if there is none. */
static size_t part_named(const struct image_opening *opening, const char *name) {
    size_t i = 0;
    while (i < opening->count && strcasecmp(opening->parts[i].name, name) != 0)
        i++;
    return i;
}

static bool add_extent(struct image *image, struct image_opening *opening,
                       const struct container_extent *from, bool embedded, uint64_t first) {
    struct vmdk *vmdk = image->state;
    struct extent *extent = &vmdk->extents[vmdk->count];
    *extent = (struct extent){.type = from->type, .first = first, .sectors = from->sectors};
    if (from->type == EXTENT_ZERO || from->sectors == 0) {
        extent->type = EXTENT_ZERO;
        vmdk->count += from->sectors > 0;
        return true;
    }
    extent->part = embedded ? 0 : part_named(opening, from->name);
    if (extent->part == opening->count) {
        span_copy(span_of(from->name, sizeof from->name, 0), opening->wanted, IMAGE_NAME);
        return job_fail(opening->job, FAULT_UNSUPPORTED, 0, "an extent of the VMDK image is missing");
    }
    extent->offset = from->offset * VMDK_SECTOR;
    uint64_t size = image->files[extent->part].size;
    if (from->type == EXTENT_FLAT) {
        if (extent->offset > size || from->sectors * VMDK_SECTOR > size - extent->offset)
            job_note(opening->job, FAULT_TORN, size,
                     "an extent of the VMDK image is shorter than it should be");
    } else if (!read_sparse(image, opening->job, extent->part, &extent->sparse))
        return false;
    else if (extent->sparse.compressed && extent->sparse.grain * VMDK_SECTOR > image->unit_size)
        image->unit_size = (size_t)extent->sparse.grain * VMDK_SECTOR;
    vmdk->count++;
    return true;
}

/* All extents that a descriptor tells. One that is embedded speaks of its own file, whatever name it gives.
 */
static bool read_extents(struct image *image, struct image_opening *opening, struct span text,
                         bool embedded) {
    struct job *job = opening->job;
    struct container_descriptor descriptor;
    struct container_extent extent;
    struct vmdk *vmdk = image->state;
    if (!container_vmdk_text(job, text, &descriptor))
        return false;
    for (;;) {
        uint64_t first = descriptor.sum;
        if (!container_vmdk_extent(job, &descriptor, &extent))
            break;
        if (vmdk->count == VMDK_EXTENTS || (embedded && vmdk->count == 1))
            return job_fail(job, FAULT_LIMIT, 0, "a VMDK image of more extents than are read");
        if (!add_extent(image, opening, &extent, embedded, first))
            return false;
    }
    image->size = descriptor.sum * VMDK_SECTOR;
    if (vmdk->count == 0 && job->fault.code == FAULT_NONE)
        job_fail(job, FAULT_BAD, 0, "the VMDK descriptor tells of no extents");
    return job->fault.code == FAULT_NONE;
}

bool image_vmdk_open(struct image *image, struct image_opening *opening) {
    static const char lone[] = "an extent of a VMDK image without its descriptor";
    struct job *job = opening->job;
    struct vmdk *vmdk = job_alloc(&image->memory, 1, sizeof *vmdk);
    struct container_sparse sparse;
    uint8_t magic[4];
    uint64_t at = 0, size = image->files[0].size;
    bool embedded = image_fetch(image, 0, 0, magic, 4) && memcmp(magic, "KDMV", 4) == 0;
    image->state = vmdk;
    image->locate = vmdk_locate;
    if (vmdk)
        vmdk->extents = job_alloc(&image->memory, VMDK_EXTENTS, sizeof *vmdk->extents);
    if (embedded) {
        if (!read_sparse(image, job, 0, &sparse))
            return false;
        if (sparse.descriptor == 0 || sparse.descriptor_size == 0)
            return job_fail(job, FAULT_UNSUPPORTED, 0, lone);
        size = sparse.descriptor_size < CONTAINER_TEXT / VMDK_SECTOR ? sparse.descriptor_size * VMDK_SECTOR
                                                                     : CONTAINER_TEXT;
        at = sparse.descriptor < CONTAINER_DISK / VMDK_SECTOR ? sparse.descriptor * VMDK_SECTOR
                                                              : CONTAINER_DISK;
    }
    if (size > CONTAINER_TEXT)
        return job_fail(job, FAULT_LIMIT, 0, "the VMDK descriptor is longer than is read");
    char *text = job_alloc(&image->memory, (size_t)size, 1);
    if (!vmdk || !vmdk->extents || !text)
        return job_fail(job, FAULT_LIMIT, 0, "no memory for an image");
    size_t got = image_pull(image, 0, at, text, (size_t)size);
    if (embedded && span_is_zero(span_of(text, got, at)))
        return job_fail(job, FAULT_UNSUPPORTED, 0, lone);
    return read_extents(image, opening, span_of(text, got, at), embedded);
}
