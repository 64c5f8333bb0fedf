#include "format/mbr.h"

static bool is_signed(struct span sector) {
    return sector.size >= 512 && span_u8(sector, 510) == 0x55 && span_u8(sector, 511) == 0xaa;
}

struct entry {
    uint8_t status, type;
    uint32_t first, count;
};

static struct entry entry_read(struct span sector, unsigned at) {
    struct cursor c = cursor_of(span_part(sector, 446 + 16 * at, 16));
    struct entry entry = {.status = cursor_u8(&c)};
    cursor_skip(&c, 3);
    entry.type = cursor_u8(&c);
    cursor_skip(&c, 3);
    entry.first = cursor_u32(&c);
    entry.count = cursor_u32(&c);
    return entry;
}

static bool overlaps(const struct mbr_partition *a, const struct mbr_partition *b) {
    return a->first < b->first + b->count && b->first < a->first + a->count;
}

bool mbr_read(struct span sector, uint64_t sectors, struct mbr *ret) {
    struct mbr mbr = {.count = 0};
    if (!is_signed(sector))
        return false;
    unsigned active = 0, inside = 0;
    for (unsigned i = 0; i < MBR_PRIMARY; i++) {
        struct entry entry = entry_read(sector, i);
        if ((entry.status != 0 && entry.status != 0x80) || (entry.type == 0) != (entry.count == 0))
            return false;
        active += entry.status == 0x80;
        if (entry.type == 0)
            continue;
        struct mbr_partition partition = {entry.type, entry.first, entry.count};
        for (size_t k = 0; k < mbr.count; k++)
            if (overlaps(&mbr.partitions[k], &partition))
                return false;
        if (entry.first == 0)
            return false;
        inside += entry.first < sectors;
        mbr.protective |= entry.type == MBR_PROTECTIVE;
        mbr.partitions[mbr.count++] = partition;
    }
    if (active > 1 || inside == 0)
        return false;
    *ret = mbr;
    return true;
}

bool mbr_is_extended(uint8_t type) {
    return type == 0x05 || type == 0x0f || type == 0x85;
}

bool mbr_logical_read(struct job *job, struct span sector, uint64_t at, uint64_t extended,
                      struct mbr_partition *ret, uint64_t *next) {
    if (sector.size < 512)
        return job_fail(job, FAULT_TORN, sector.offset + sector.size, "an extended boot record is cut off");
    if (!is_signed(sector))
        return job_fail(job, FAULT_BAD, sector.offset + 510, "an extended boot record without its signature");
    struct entry logical = entry_read(sector, 0), link = entry_read(sector, 1);
    uint64_t following = mbr_is_extended(link.type) && link.count > 0 ? extended + link.first : 0;
    if (following != 0 && following <= at)
        return job_fail(job, FAULT_BAD, sector.offset + 462, "extended boot records that form a loop");
    *ret = (struct mbr_partition){.type = 0};
    if (logical.type != 0 && logical.count > 0)
        *ret = (struct mbr_partition){logical.type, at + logical.first, logical.count};
    *next = following;
    return true;
}
