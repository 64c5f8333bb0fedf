#include "format/container_ewf.h"

bool container_ewf(struct span head, unsigned *segment) {
    struct cursor c = cursor_of(head);
    cursor_skip(&c, 9);
    *segment = cursor_u16(&c);
    cursor_u16(&c);
    return !c.torn && span_starts(head, "EVF\x09\x0d\x0a\xff\x00", 8) && *segment > 0;
}

/* The checksum of everything before it stands at the end. */
static bool sums_up(struct span bytes) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, bytes.size - 4);
    return cursor_u32(&c) == container_adler(span_part(bytes, 0, bytes.size - 4));
}

bool container_ewf_section(struct job *job, struct span bytes, struct container_section *ret) {
    *ret = (struct container_section){0};
    if (bytes.size < EWF_SECTION)
        return job_fail(job, FAULT_TORN, bytes.offset, "the segment ends before its sections do");
    struct span part = span_part(bytes, 0, EWF_SECTION);
    struct cursor c = cursor_of(part);
    if (!sums_up(part))
        return job_fail(job, FAULT_BAD, bytes.offset, "the checksum of a section's descriptor is wrong");
    span_copy(cursor_take(&c, 16), ret->type, 16);
    ret->next = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    return true;
}

bool container_ewf_volume(struct job *job, struct span bytes, struct container_volume *ret) {
    struct cursor c = cursor_of(bytes);
    *ret = (struct container_volume){0};
    cursor_u32(&c);
    ret->chunks = cursor_u32(&c);
    uint64_t sectors_each = cursor_u32(&c), sector = cursor_u32(&c);
    /* The old, short section has 32 bits of sectors and unused bytes behind them. */
    uint64_t sectors = bytes.size < 1052 ? cursor_u32(&c) : cursor_u64(&c);
    if (c.torn || bytes.size < EWF_VOLUME_MIN)
        return job_fail(job, FAULT_TORN, bytes.offset, "the section that describes the disk is too short");
    uint64_t chunk = sectors_each * sector;
    if (sector == 0 || sector % 512 != 0 || sectors_each == 0 || sector > CONTAINER_UNIT ||
        sectors_each > CONTAINER_UNIT)
        return job_fail(job, FAULT_BAD, bytes.offset, "the chunk size of the image makes no sense");
    if (chunk > CONTAINER_UNIT)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "the chunks of the image are too long");
    ret->chunk_size = (uint32_t)chunk;
    if (sectors == 0)
        sectors = ret->chunks * sectors_each;
    if (sectors > CONTAINER_DISK / sector)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "the disk is said to be longer than is read");
    ret->size = sectors * sector;
    ret->good = sums_up(bytes);
    return true;
}

bool container_ewf_table(struct job *job, struct span bytes, uint32_t *count, uint64_t *base) {
    *count = 0;
    *base = 0;
    if (bytes.size < EWF_TABLE)
        return job_fail(job, FAULT_TORN, bytes.offset, "a chunk table ends in its head");
    struct span part = span_part(bytes, 0, EWF_TABLE);
    struct cursor c = cursor_of(part);
    *count = cursor_u32(&c);
    cursor_u32(&c);
    *base = cursor_u64(&c);
    if (!sums_up(part))
        return job_fail(job, FAULT_BAD, bytes.offset, "the checksum of a chunk table's head is wrong");
    return true;
}
