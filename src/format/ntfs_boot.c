#include "format/ntfs_boot.h"

static bool is_power(uint64_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* A size that is a count of clusters, or, if negative as a signed byte, the logarithm of a count of bytes. */
static uint64_t record_bytes(uint8_t code, uint32_t cluster) {
    if (code < 0x80)
        return (uint64_t)code * cluster;
    unsigned shift = 256u - code;
    return shift < 32 ? (uint64_t)1 << shift : 0;
}

/* Sectors a cluster; from 0x81 on the logarithm, as with records (how clusters above 64 KiB are written). */
static uint64_t cluster_sectors(uint8_t code) {
    if (code <= 0x80)
        return code;
    unsigned shift = 256u - code;
    return shift < 32 ? (uint64_t)1 << shift : 0;
}

static bool is_sane(uint64_t sector, uint64_t cluster, uint64_t record, uint64_t index) {
    return is_power(sector) && sector >= 256 && sector <= NTFS_SECTOR_MAX && is_power(cluster) &&
           cluster >= sector && cluster <= NTFS_CLUSTER_MAX && is_power(record) && record >= 512 &&
           record <= NTFS_RECORD_MAX && is_power(index) && index >= 512 && index <= NTFS_INDEX_MAX;
}

bool ntfs_boot_read(struct job *job, struct span sector, struct ntfs_boot *ret) {
    if (sector.size < 512)
        return job_fail(job, FAULT_TORN, sector.offset + sector.size, "the boot sector is not all there");
    struct cursor c = cursor_of(span_part(sector, 0, 512));
    cursor_skip(&c, 3);
    if (!span_starts(cursor_take(&c, 8), "NTFS    ", 8) || span_u8(sector, 510) != 0x55 ||
        span_u8(sector, 511) != 0xaa)
        return job_fail(job, FAULT_BAD, sector.offset, "no NTFS boot sector");
    uint64_t bytes = cursor_u16(&c), cluster = cluster_sectors(cursor_u8(&c));
    if (cluster > NTFS_CLUSTER_MAX || !is_power(bytes))
        return job_fail(job, FAULT_BAD, sector.offset + 11, "an NTFS boot sector with absurd sizes");
    cluster *= bytes;
    cursor_seek(&c, 0x28);
    uint64_t sectors = cursor_u64(&c), mft = cursor_u64(&c), mirror = cursor_u64(&c);
    uint64_t record = record_bytes(cursor_u8(&c), (uint32_t)cluster);
    cursor_skip(&c, 3);
    uint64_t index = record_bytes(cursor_u8(&c), (uint32_t)cluster);
    cursor_skip(&c, 3);
    uint64_t serial = cursor_u64(&c);
    if (!is_sane(bytes, cluster, record, index))
        return job_fail(job, FAULT_BAD, sector.offset + 11, "an NTFS boot sector with absurd sizes");
    if (sectors == 0 || sectors > (uint64_t)INT64_MAX / bytes)
        return job_fail(job, FAULT_BAD, sector.offset + 0x28,
                        "an NTFS boot sector with an absurd volume size");
    uint64_t size = sectors * bytes, clusters = size / cluster;
    if (mft == 0 || mft >= clusters)
        return job_fail(job, FAULT_BAD, sector.offset + 0x30, "the boot sector puts $MFT outside the volume");
    *ret = (struct ntfs_boot){
        (uint32_t)bytes, (uint32_t)cluster, (uint32_t)record, (uint32_t)index, size, clusters, mft, mirror,
        serial};
    return true;
}
