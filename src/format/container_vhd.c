#include "format/container_vhd.h"

static uint64_t u64be(struct cursor *c) {
    uint64_t high = cursor_u32be(c);
    return high << 32 | cursor_u32be(c);
}

/* The complement of the sum of all bytes but the sum's own four. */
static bool sums_up(struct span bytes, size_t at) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += i >= at && i < at + 4 ? 0 : bytes.data[i];
    struct cursor c = cursor_of(span_from(bytes, at));
    return cursor_u32be(&c) == ~sum;
}

bool container_vhd(struct job *job, struct span footer, struct container_vhd *ret) {
    struct span part = span_clip(footer, 0, VHD_FOOTER);
    struct cursor c = cursor_of(part);
    *ret = (struct container_vhd){0};
    cursor_seek(&c, 16);
    ret->header = u64be(&c);
    cursor_seek(&c, 48);
    ret->size = u64be(&c);
    cursor_seek(&c, 60);
    uint32_t type = cursor_u32be(&c);
    cursor_seek(&c, 68);
    span_copy(cursor_take(&c, 16), ret->identifier, 16);
    if (c.torn || part.size < VHD_FOOTER)
        return job_fail(job, FAULT_TORN, footer.offset, "a VHD file that ends in its footer");
    if (!span_starts(part, "conectix", 8))
        return job_fail(job, FAULT_BAD, footer.offset, "a VHD footer that is none");
    ret->good = sums_up(part, 64);
    if (type != VHD_FIXED && type != VHD_DYNAMIC && type != VHD_DIFFERENCING)
        return job_fail(job, FAULT_BAD, footer.offset, "a VHD file of a type that does not exist");
    ret->type = (enum container_vhd_type)type;
    if (ret->size > CONTAINER_DISK)
        return job_fail(job, FAULT_LIMIT, footer.offset, "the disk is said to be longer than is read");
    return true;
}

bool container_vhd_header(struct job *job, struct span header, const struct container_vhd *vhd,
                          struct container_vhd_header *ret) {
    struct span part = span_clip(header, 0, VHD_HEADER);
    struct cursor c = cursor_of(part);
    *ret = (struct container_vhd_header){0};
    cursor_seek(&c, 16);
    ret->table = u64be(&c);
    cursor_u32be(&c);
    ret->entries = cursor_u32be(&c);
    ret->block = cursor_u32be(&c);
    cursor_u32be(&c);
    span_copy(cursor_take(&c, 16), ret->parent, 16);
    cursor_seek(&c, 64);
    if (!container_base_utf16(cursor_take(&c, 512), true, ret->parent_name))
        ret->parent_name[0] = 0;
    for (size_t i = 0; i < VHD_LOCATORS; i++) {
        struct container_vhd_locator *locator = &ret->locators[i];
        locator->platform = cursor_u32be(&c);
        cursor_u32be(&c);
        locator->size = cursor_u32be(&c);
        cursor_u32be(&c);
        locator->offset = u64be(&c);
    }
    if (c.torn || part.size < VHD_HEADER)
        return job_fail(job, FAULT_TORN, header.offset, "a VHD file that ends in its header");
    if (!span_starts(part, "cxsparse", 8))
        return job_fail(job, FAULT_BAD, header.offset, "a VHD header that is none");
    ret->good = sums_up(part, 36);
    if (ret->block < VHD_SECTOR || (ret->block & (ret->block - 1)) != 0 || ret->block > (256u << 20))
        return job_fail(job, FAULT_BAD, header.offset, "the block size of the VHD file makes no sense");
    if (ret->entries < (vhd->size + ret->block - 1) / ret->block)
        return job_fail(job, FAULT_BAD, header.offset, "the table of the VHD file is shorter than its disk");
    return true;
}

bool container_vhd_locator(const struct container_vhd_locator *locator, struct span data,
                           char ret[CONTAINER_NAME]) {
    const uint32_t relative = 0x57327275, absolute = 0x57326b75; /* "W2ru", "W2ku" */
    ret[0] = 0;
    return (locator->platform == relative || locator->platform == absolute) &&
           container_base_utf16(data, false, ret);
}
