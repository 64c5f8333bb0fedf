/* disk mbr|gpt DISK VOLUME...: wraps volume images into a disk image with a partition table.
 *
 * 512-byte sectors; the first partition starts at 1 MiB and each next one at a multiple of it. Zeros become
 * holes. MBR as every PC reads it (type 07, no CHS); GPT of UEFI 2.10 section 5 with both headers and both
 * tables. The identifiers are fixed, so the same volumes give the same disk. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, ALIGN = 2048, VOLUMES = 4, ENTRIES = 128, ENTRY = 128, CHUNK = 1 << 20 };

struct partition {
    uint64_t first, count; /* sectors */
};

static int disk;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void write_at(const uint8_t *bytes, size_t size, uint64_t at) {
    if (pwrite(disk, bytes, size, (off_t)at) != (ssize_t)size)
        die("disk: write");
}

static void put(uint8_t *to, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* CRC-32 of ISO 3309, as GPT wants it. */
static uint32_t crc32(const uint8_t *bytes, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Copies a volume to its place and returns its size in sectors. */
static uint64_t copy_volume(const char *path, uint64_t first) {
    static uint8_t chunk[CHUNK];
    static const uint8_t zeros[CHUNK];
    int volume = open(path, O_RDONLY | O_CLOEXEC);
    if (volume < 0)
        die(path);
    uint64_t at = 0;
    for (ssize_t size; (size = read(volume, chunk, CHUNK)) != 0; at += (uint64_t)size) {
        if (size < 0)
            die(path);
        if (memcmp(chunk, zeros, (size_t)size) != 0)
            write_at(chunk, (size_t)size, first * SECTOR + at);
    }
    close(volume);
    return (at + SECTOR - 1) / SECTOR;
}

static void write_mbr(const struct partition *partitions, int count, bool protective, uint64_t sectors) {
    uint8_t mbr[SECTOR] = {0};
    struct partition all = {1, sectors - 1 < 0xffffffff ? sectors - 1 : 0xffffffff};
    put(mbr + 440, 0x59415341, 4);
    for (int i = 0; i < (protective ? 1 : count); i++) {
        uint8_t *entry = mbr + 446 + 16 * i;
        const struct partition *partition = protective ? &all : &partitions[i];
        memcpy(entry + 1, "\xfe\xff\xff", 3); /* CHS: beyond its reach */
        entry[4] = protective ? 0xee : 0x07;
        memcpy(entry + 5, "\xfe\xff\xff", 3);
        put(entry + 8, partition->first, 4);
        put(entry + 12, partition->count, 4);
    }
    mbr[510] = 0x55;
    mbr[511] = 0xaa;
    write_at(mbr, sizeof mbr, 0);
}

static void write_header(uint64_t own, uint64_t other, uint64_t table, uint64_t sectors, uint32_t table_crc) {
    uint8_t header[SECTOR] = {0};
    memcpy(header, "EFI PART", 8);
    put(header + 8, 0x10000, 4);
    put(header + 12, 92, 4);
    put(header + 24, own, 8);
    put(header + 32, other, 8);
    put(header + 40, 34, 8);           /* first usable */
    put(header + 48, sectors - 34, 8); /* last usable */
    memcpy(header + 56, "assay-disk-0001\n", 16);
    put(header + 72, table, 8);
    put(header + 80, ENTRIES, 4);
    put(header + 84, ENTRY, 4);
    put(header + 88, table_crc, 4);
    put(header + 16, crc32(header, 92), 4);
    write_at(header, sizeof header, own * SECTOR);
}

static void write_gpt(const struct partition *partitions, int count, uint64_t sectors) {
    static const uint8_t basic_data[16] = {0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44,
                                           0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};
    static uint8_t table[ENTRIES * ENTRY];
    for (int i = 0; i < count; i++) {
        uint8_t *entry = table + i * ENTRY;
        memcpy(entry, basic_data, 16);
        memcpy(entry + 16, "assay-part-0001\n", 16);
        entry[30] = (uint8_t)('1' + i);
        put(entry + 32, partitions[i].first, 8);
        put(entry + 40, partitions[i].first + partitions[i].count - 1, 8);
        const char *name = "Basic data partition";
        for (int k = 0; name[k]; k++)
            entry[56 + 2 * k] = (uint8_t)name[k];
    }
    uint32_t table_crc = crc32(table, sizeof table);
    write_mbr(partitions, count, true, sectors);
    write_at(table, sizeof table, 2 * SECTOR);
    write_at(table, sizeof table, (sectors - 33) * SECTOR);
    write_header(1, sectors - 1, 2, sectors, table_crc);
    write_header(sectors - 1, 1, sectors - 33, sectors, table_crc);
}

int main(int argc, char **argv) {
    bool gpt = argc > 1 && strcmp(argv[1], "gpt") == 0;
    if (argc < 4 || argc > 3 + VOLUMES || (!gpt && strcmp(argv[1], "mbr") != 0)) {
        fprintf(stderr, "usage: disk mbr|gpt DISK VOLUME...\n");
        return 2;
    }
    disk = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (disk < 0)
        die(argv[2]);
    struct partition partitions[VOLUMES];
    uint64_t next = ALIGN;
    for (int i = 3; i < argc; i++) {
        partitions[i - 3] = (struct partition){next, copy_volume(argv[i], next)};
        next = (next + partitions[i - 3].count + ALIGN - 1) / ALIGN * ALIGN;
    }
    uint64_t sectors = next + ALIGN;
    if (ftruncate(disk, (off_t)(sectors * SECTOR)) != 0)
        die(argv[2]);
    if (gpt)
        write_gpt(partitions, argc - 3, sectors);
    else
        write_mbr(partitions, argc - 3, false, sectors);
    return close(disk) == 0 ? 0 : 1;
}
