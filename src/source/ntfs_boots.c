#include "source/ntfs_boots.h"

bool ntfs_boots_copy(struct evidence_reader *reader, uint64_t offset, uint64_t size, struct ntfs_boot *ret) {
    static const uint32_t sectors[] = {512, 4096};
    uint8_t bytes[512];
    for (size_t i = 0; i < sizeof sectors / sizeof sectors[0]; i++) {
        struct job quiet; /* no copy there is no fault of the evidence */
        job_init(&quiet, 0);
        if (size < 2 * (uint64_t)sectors[i] || offset > UINT64_MAX - size)
            continue;
        size_t got = reader_read(reader, &quiet, offset + size - sectors[i], bytes, sizeof bytes);
        if (ntfs_boot_read(&quiet, span_of(bytes, got, offset), ret) && ret->sector_size == sectors[i] &&
            ret->size == size - sectors[i])
            return true;
    }
    return false;
}

bool ntfs_boots_read(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t size,
                     struct ntfs_boot *ret, bool *copy) {
    uint8_t bytes[512];
    struct job first;
    *copy = false;
    job_init(&first, 0);
    size_t got = reader_read(reader, job, offset, bytes, sizeof bytes);
    if (ntfs_boot_read(&first, span_of(bytes, got, reader->base + offset), ret))
        return true;
    if (ntfs_boots_copy(reader, offset, size, ret))
        return *copy = true;
    return job_fail(job, first.fault.code, first.fault.offset, first.fault.text);
}
