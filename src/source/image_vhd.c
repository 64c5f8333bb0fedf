#include "format/container_vhd.h"
#include "source/image_private.h"

#define NO_BLOCK UINT32_MAX

struct vhd {
    struct container_vhd footer;
    struct container_vhd_header header;
};

/* The footer at the end, or its copy at the start, which dynamic files have. */
static bool find_footer(struct image *image, struct job *job, struct container_vhd *ret) {
    uint8_t bytes[VHD_FOOTER];
    uint64_t size = image->files[0].size, end = size < VHD_FOOTER ? 0 : size - VHD_FOOTER;
    struct job last, first;
    job_init(&last, 0);
    job_init(&first, 0);
    size_t got = image_pull(image, 0, end, bytes, sizeof bytes);
    bool good = container_vhd(&last, span_of(bytes, got, end), ret);
    if (good && ret->good)
        return true;
    struct container_vhd copy;
    got = image_pull(image, 0, 0, bytes, sizeof bytes);
    if (container_vhd(&first, span_of(bytes, got, 0), &copy) && (copy.good || !good)) {
        job_note(job, good ? FAULT_BAD : FAULT_TORN, end, "the VHD file's footer is not at its end");
        *ret = copy;
        good = true;
    } else if (good)
        job_note(job, FAULT_BAD, end, "the checksum of the VHD file's footer is wrong");
    return good || job_fail(job, last.fault.code, last.fault.offset, last.fault.text);
}

static void fixed_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    ret->kind = IMAGE_STORED;
    ret->at = offset;
    ret->length = image->size - offset;
}

static void dynamic_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    const struct vhd *vhd = image->state;
    uint32_t size = vhd->header.block;
    uint64_t within = offset % size, sector = within / VHD_SECTOR;
    enum image_piece_kind absent = image->parent ? IMAGE_PARENT : IMAGE_HOLE;
    uint8_t bytes[4];
    ret->length = size - within;
    if (!image_fetch(image, 0, vhd->header.table + offset / size * 4, bytes, sizeof bytes)) {
        image_lose(image, ret, "the block table of the VHD file cannot be read");
        return;
    }
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    uint32_t entry = cursor_u32be(&c);
    ret->kind = absent;
    if (entry == NO_BLOCK)
        return;
    uint64_t place = (uint64_t)entry * VHD_SECTOR, bits = size / VHD_SECTOR;
    uint64_t bitmap = ((bits + 7) / 8 + VHD_SECTOR - 1) / VHD_SECTOR * VHD_SECTOR;
    bool set = false;
    uint64_t run = image_bits(image, 0, place, sector, bits - sector, true, &set);
    if (run == 0) {
        image_lose(image, ret, "a sector bitmap of the VHD file cannot be read");
        return;
    }
    ret->length = run * VHD_SECTOR - within % VHD_SECTOR;
    if (set) {
        ret->kind = IMAGE_STORED;
        ret->at = place + bitmap + within;
    }
}

/* The parent's name: from a locator of ours, preferably a relative one, or from the header. */
static void parent_name(struct image *image, const struct vhd *vhd, char ret[CONTAINER_NAME]) {
    uint8_t data[2048];
    char name[CONTAINER_NAME];
    span_copy(span_of(vhd->header.parent_name, CONTAINER_NAME, 0), ret, CONTAINER_NAME);
    for (size_t i = 0; i < VHD_LOCATORS; i++) {
        const struct container_vhd_locator *locator = &vhd->header.locators[i];
        size_t size = locator->size < sizeof data ? locator->size : sizeof data;
        if (size == 0 || !image_fetch(image, 0, locator->offset, data, size) ||
            !container_vhd_locator(locator, span_of(data, size, locator->offset), name))
            continue;
        bool relative = locator->platform == 0x57327275; /* "W2ru" */
        if (relative || ret[0] == 0)
            span_copy(span_of(name, CONTAINER_NAME, 0), ret, CONTAINER_NAME);
        if (relative)
            break;
    }
}

static bool open_parent(struct image *image, struct image_opening *opening, const struct vhd *vhd) {
    char name[CONTAINER_NAME];
    parent_name(image, vhd, name);
    return image_parent_open(image, opening, name) &&
           (memcmp(image->parent->identifier, vhd->header.parent, 16) == 0 ||
            job_fail(opening->job, FAULT_BAD, 0,
                     "the parent of a differencing image is not the one that it names"));
}

bool image_vhd_open(struct image *image, struct image_opening *opening) {
    struct job *job = opening->job;
    struct vhd *vhd = job_alloc(&image->memory, 1, sizeof *vhd);
    uint8_t bytes[VHD_HEADER];
    if (!vhd)
        return job_fail(job, FAULT_LIMIT, 0, "no memory for an image");
    if (!find_footer(image, job, &vhd->footer))
        return false;
    image->state = vhd;
    image->size = vhd->footer.size;
    span_copy(span_of(vhd->footer.identifier, 16, 0), image->identifier, 16);
    image->locate = fixed_locate;
    if (vhd->footer.type == VHD_FIXED) {
        if (image->size > image->files[0].size)
            job_note(job, FAULT_TORN, image->files[0].size, "the VHD file is shorter than its disk");
        return true;
    }
    image->locate = dynamic_locate;
    size_t got = image_pull(image, 0, vhd->footer.header, bytes, sizeof bytes);
    if (!container_vhd_header(job, span_of(bytes, got, vhd->footer.header), &vhd->footer, &vhd->header))
        return false;
    if (!vhd->header.good)
        job_note(job, FAULT_BAD, vhd->footer.header, "the checksum of the VHD file's header is wrong");
    return vhd->footer.type != VHD_DIFFERENCING || open_parent(image, opening, vhd);
}
