#include "source/volumes.h"

#include "base/text.h"
#include "format/gpt.h"
#include "format/mbr.h"
#include "format/ntfs_record.h"
#include "source/ntfs_boots.h"

/* Most magics lie in the first 68 KiB; APFS, XFS, ext and LVM in the first 4; ISO 9660 and btrfs behind 32
 * and 64. */
enum {
    NESTED_LEAST = 65536, /* bytes of a file in which a volume may lie */
    HEAD = 68 * 1024,
    ENTRIES_MAX = GPT_ENTRIES_MAX * 128,
    MFT_RECORDS = 4, /* that follow each other make a $MFT; or */
    MFT_AMONG = 64,  /* that many with the right number ... */
    MFT_SOME = 12    /* ... among so many */
};

struct magic {
    uint32_t offset;
    uint8_t size;
    const char *bytes, *name;
};

static const struct magic filesystems[] = {
    {3, 8, "-FVE-FS-", "bitlocker"},
    {424, 16, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", "bitlocker"}, /* To Go */
    {3, 8, "ReFS\0\0\0\0", "refs"},
    {3, 8, "EXFAT   ", "exfat"},
    {0, 4, "XFSB", "xfs"},
    {0, 6, "LUKS\xba\xbe", "luks"},
    {32, 4, "NXSB", "apfs"},
    {1024, 4, "H+\0\x04", "hfs+"},
    {1024, 4, "HX\0\x05", "hfs+"},
    {0x10040, 8, "_BHRfS_M", "btrfs"},
    {4086, 10, "SWAPSPACE2", "swap"},
    {4086, 10, "SWAP-SPACE", "swap"},
    {0x8001, 5, "CD001", "iso9660"},
};

struct look {
    struct job *job;
    struct evidence_reader reader;
    struct span head; /* the first HEAD bytes */
    uint8_t *memory;  /* HEAD bytes for other places */
};

static const char *magic_of(const struct magic *list, size_t count, struct span bytes) {
    for (size_t i = 0; i < count; i++) {
        struct span part = span_part(bytes, list[i].offset, list[i].size);
        if (part.size == list[i].size && span_starts(part, list[i].bytes, list[i].size))
            return list[i].name;
    }
    return NULL;
}

static struct span read_at(struct look *look, uint64_t offset, size_t size) {
    uint64_t left = offset < look->reader.size ? look->reader.size - offset : 0;
    size = size < left ? size : (size_t)left;
    if (offset + size <= look->head.size)
        return span_part(look->head, offset, size);
    return span_of(look->memory, size ? reader_read(&look->reader, look->job, offset, look->memory, size) : 0,
                   offset);
}

static const char *ext_name(struct span bytes) {
    struct span super = span_part(bytes, 1024, 264);
    struct cursor c = cursor_of(super);
    uint32_t inodes = cursor_u32(&c), blocks = cursor_u32(&c);
    cursor_seek(&c, 24);
    uint32_t block_size = cursor_u32(&c);
    cursor_seek(&c, 56);
    uint16_t magic = cursor_u16(&c);
    cursor_seek(&c, 92);
    uint32_t compatible = cursor_u32(&c), incompatible = cursor_u32(&c);
    if (c.torn || magic != 0xef53 || inodes == 0 || blocks == 0 || block_size > 6)
        return NULL;
    if (incompatible & 0x2c0) /* extents, 64 bit, flexible groups */
        return "ext4";
    return compatible & 4 ? "ext3" : "ext2"; /* a journal */
}

static bool is_power(unsigned n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* FAT has no magic of its own: its boot sector must make sense and its type follows from the number of
 * clusters. */
static const char *fat_name(struct span bytes) {
    struct cursor c = cursor_of(span_part(bytes, 0, 512));
    uint8_t jump = cursor_u8(&c);
    cursor_seek(&c, 11);
    uint32_t sector = cursor_u16(&c), cluster = cursor_u8(&c), reserved = cursor_u16(&c),
             fats = cursor_u8(&c);
    uint32_t entries = cursor_u16(&c), small = cursor_u16(&c), media = cursor_u8(&c),
             fat_small = cursor_u16(&c);
    cursor_seek(&c, 32);
    uint32_t large = cursor_u32(&c), fat_large = cursor_u32(&c);
    uint64_t sectors = small ? small : large, fat = fat_small ? fat_small : fat_large;
    if (c.torn || (jump != 0xeb && jump != 0xe9) || span_u8(bytes, 510) != 0x55 ||
        span_u8(bytes, 511) != 0xaa || !is_power(sector) || sector < 512 || sector > 4096 ||
        !is_power(cluster) || reserved == 0 || fats == 0 || fats > 2 || (media != 0xf0 && media < 0xf8) ||
        fat == 0)
        return NULL;
    uint64_t taken = reserved + fats * fat + ((uint64_t)entries * 32 + sector - 1) / sector;
    if (taken >= sectors)
        return NULL;
    uint64_t clusters = (sectors - taken) / cluster;
    return clusters < 4085 ? "fat12" : clusters < 65525 ? "fat16" : "fat32";
}

/* LVM2 puts its label into one of the first four sectors. */
static bool is_lvm(struct span bytes) {
    for (unsigned i = 0; i < 4; i++)
        if (span_starts(span_from(bytes, 512 * i), "LABELONE", 8))
            return true;
    return false;
}

/* The name of the file system that begins with these bytes, or NULL; `boot` is filled in for NTFS. */
static const char *filesystem_of(struct look *look, struct span bytes, struct ntfs_boot *boot) {
    struct job quiet; /* a boot sector that is none is no fault of the evidence */
    job_init(&quiet, 0);
    if (ntfs_boot_read(&quiet, bytes, boot))
        return "ntfs";
    if (span_starts(span_part(bytes, 3, 8), "NTFS    ", 8))
        job_note(look->job, quiet.fault.code, quiet.fault.offset, quiet.fault.text);
    const char *name = magic_of(filesystems, sizeof filesystems / sizeof *filesystems, bytes);
    if (!name)
        name = ext_name(bytes);
    if (!name)
        name = fat_name(bytes);
    return name ? name : is_lvm(bytes) ? "lvm" : NULL;
}

/* The name of the file system of [offset, offset + size); NTFS too if only the copy of its boot sector is
 * left. NULL if there is none; *whole says whether its first sectors are there. */
static const char *filesystem_at(struct look *look, uint64_t offset, uint64_t size, struct ntfs_boot *boot,
                                 bool *whole) {
    size_t want = size < HEAD ? (size_t)size : HEAD;
    struct span head = read_at(look, offset, want);
    *whole = head.size == want && want > 0;
    const char *name = filesystem_of(look, head, boot);
    return name ? name : ntfs_boots_copy(&look->reader, offset, size, boot) ? "ntfs" : NULL;
}

static void volume_add(struct look *look, struct volumes *volumes, const struct mbr_partition *partition,
                       uint32_t sector, struct span name) {
    if (volumes->count == VOLUMES_MAX) {
        volumes->omitted++;
        return;
    }
    struct volume *volume = &volumes->volumes[volumes->count++];
    uint64_t size = look->reader.size;
    *volume = (struct volume){.offset = partition->first * sector,
                              .size = partition->count * sector,
                              .ordinal = (unsigned)volumes->count,
                              .mbr_type = partition->type};
    uint64_t left = volume->offset < size ? size - volume->offset : 0;
    volume->present = volume->size < left ? volume->size : left;
    if (volume->present < volume->size)
        job_note(look->job, FAULT_TORN, size, "the image ends before this partition does");
    if (name.size <= VOLUMES_NAME / 6 * 2)
        text_name_utf16(name.data, name.size / 2, volume->name);
    bool whole;
    volume->filesystem = filesystem_at(look, volume->offset, volume->present, &volume->boot, &whole);
    if (!volume->filesystem)
        volume->filesystem = whole ? "unknown" : "unreadable";
}

/* The logical partitions of an extended one. */
static void add_logical(struct look *look, struct volumes *volumes, uint64_t extended, uint32_t sector) {
    static const struct span nameless = {NULL, 0, 0};
    uint64_t at = extended;
    for (int i = 0; i < MBR_LOGICAL_MAX && at != 0; i++) {
        struct mbr_partition partition;
        struct job chain; /* its fault is a note here: what was found before stands */
        job_init(&chain, 0);
        uint64_t next;
        if (!mbr_logical_read(&chain, read_at(look, at * sector, 512), at, extended, &partition, &next)) {
            job_note(look->job, chain.fault.code, chain.fault.offset, chain.fault.text);
            return;
        }
        if (partition.count > 0)
            volume_add(look, volumes, &partition, sector, nameless);
        at = next;
    }
    if (at != 0)
        job_note(look->job, FAULT_LIMIT, at * sector, "more logical partitions than are followed");
}

/* A GPT header and its entries, from one of the two places where they stand. */
struct table {
    struct gpt gpt;
    struct span entries;
    bool found, sound; /* sound: both checksums are right */
};

/* The table whose header lies in this sector; what is wrong with it goes into `job`. */
static struct table read_table(struct look *look, struct job *job, uint64_t at, uint32_t sector) {
    struct table table = {.found = false};
    struct job header;
    job_init(&header, 0);
    table.found = gpt_read(&header, read_at(look, at, sector), &table.gpt);
    if (header.fault.code != FAULT_NONE)
        job_note(job, header.fault.code, header.fault.offset, header.fault.text);
    if (!table.found)
        return table;
    if (!table.gpt.crc_matches)
        job_note(job, FAULT_BAD, at + 16, "the GPT header's checksum is wrong");
    size_t size = (size_t)table.gpt.count * table.gpt.entry_size;
    uint8_t *memory = job_alloc(look->job, size, 1);
    if (!memory || table.gpt.entries > look->reader.size / sector)
        return table;
    uint64_t from = table.gpt.entries * sector;
    table.entries = span_of(memory, reader_read(&look->reader, job, from, memory, size), from);
    bool match = gpt_entries_match(&table.gpt, table.entries);
    if (!match)
        job_note(job, FAULT_BAD, from, "the GPT entries' checksum is wrong");
    table.sound = match && table.gpt.crc_matches;
    return table;
}

static void add_table(struct look *look, const struct table *table, uint32_t sector, struct volumes *ret) {
    for (uint32_t i = 0; i < table->gpt.count; i++) {
        struct gpt_partition entry;
        if (!gpt_entry(&table->gpt, table->entries, i, &entry))
            continue;
        struct mbr_partition partition = {0, entry.first, entry.count};
        volume_add(look, ret, &partition, sector, entry.name);
    }
    ret->kind = VOLUMES_DISK;
    ret->scheme = "gpt";
    ret->sector_size = sector;
}

/* The first table, or the one in the last sectors of the disk if that is the only sound one. `certain`:
 * something else says that there is a GPT, so that an unsound one is better than none. */
static bool find_gpt(struct look *look, uint32_t sector, bool certain, struct volumes *ret) {
    struct job quiet; /* of what is perhaps no table, and of a backup that is not used */
    job_init(&quiet, 0);
    struct table first = read_table(look, certain ? look->job : &quiet, sector, sector), backup;
    if (first.sound)
        return add_table(look, &first, sector, ret), true;
    uint64_t end = look->reader.size / sector * sector;
    backup = end > 2 * (uint64_t)sector ? read_table(look, &quiet, end - sector, sector)
                                        : (struct table){.found = false};
    if (backup.sound) {
        job_note(look->job, FAULT_BAD, sector,
                 "the first GPT is not sound: its backup at the end of the disk is used");
        return add_table(look, &backup, sector, ret), true;
    }
    if (first.found && certain)
        add_table(look, &first, sector, ret);
    return first.found && certain;
}

static bool find_mbr(struct look *look, const struct mbr *mbr, struct volumes *ret) {
    static const struct span nameless = {NULL, 0, 0};
    const uint32_t sector = 512;
    for (size_t i = 0; i < mbr->count; i++) {
        if (mbr_is_extended(mbr->partitions[i].type))
            add_logical(look, ret, mbr->partitions[i].first, sector);
        else
            volume_add(look, ret, &mbr->partitions[i], sector, nameless);
    }
    ret->kind = VOLUMES_DISK;
    ret->scheme = "mbr";
    ret->sector_size = sector;
    return true;
}

/* A table in sector 0, unless that is the boot sector of a file system; a GPT also if sector 0 is lost. */
static bool find_disk(struct look *look, struct volumes *ret) {
    struct mbr mbr;
    bool found = mbr_read(span_part(look->head, 0, 512), look->reader.size / 512, &mbr);
    bool certain = found && mbr.protective;
    if ((certain || !found) && (find_gpt(look, 512, certain, ret) || find_gpt(look, 4096, certain, ret)))
        return true;
    return found && find_mbr(look, &mbr, ret);
}

static bool find_volume(struct look *look, struct volumes *ret) {
    struct volume volume = {.size = look->reader.size, .present = look->reader.size, .ordinal = 1};
    bool whole;
    volume.filesystem = filesystem_at(look, 0, look->reader.size, &volume.boot, &whole);
    if (!volume.filesystem)
        return false;
    if (volume.boot.size > 0) {
        volume.size = volume.boot.size;
        uint64_t all = volume.size + volume.boot.sector_size; /* with the copy of the boot sector */
        volume.present = all < look->reader.size ? all : look->reader.size;
        /* Some tools leave out the last sector, which holds only the copy of the boot sector. */
        if (volume.size > volume.present && volume.size - volume.present > volume.boot.sector_size)
            job_note(look->job, FAULT_TORN, look->reader.size, "the image ends before its volume does");
    }
    ret->kind = VOLUMES_VOLUME;
    ret->volumes[0] = volume;
    ret->count = 1;
    return true;
}

/* True if a sane base or extension record that says it is `number` (or, in a whole $MFT, does not say) stands
 * at place `at` of these bytes. */
static bool is_record(struct look *look, uint32_t size, uint32_t place, uint32_t first) {
    uint32_t number = first + place;
    struct ntfs_record record;
    uint8_t bytes[NTFS_RECORD_MAX];
    struct span at = span_part(look->head, (uint64_t)place * size, size);
    if (at.size != size)
        return false;
    span_copy(at, bytes, size);
    struct cursor c = cursor_of(span_from(at, 28));
    return ntfs_record_open(bytes, size, at.offset, &record) == NTFS_RECORD_FILE && record.bad_sectors == 0 &&
           cursor_u32(&c) == size && (record.number == number || (first == 0 && record.number == 0));
}

/* A part of a $MFT: sane records, each with its own number, that fill the file or are many of the first. */
static bool is_part(struct look *look, uint32_t size, uint32_t first) {
    uint32_t there = (uint32_t)(look->head.size / size), sane = 0;
    if (there > MFT_AMONG)
        there = MFT_AMONG;
    for (uint32_t i = 0; i < there; i++)
        sane += is_record(look, size, i, first);
    return is_record(look, size, 0, first) &&
           (sane >= MFT_SOME || sane * (uint64_t)size == look->reader.size);
}

/* A $MFT begins with sane records that follow each other; a single one must be that of $MFT itself. One that
 * was cut at its start begins with any number. */
static bool find_mft(struct look *look, struct volumes *ret) {
    struct cursor c = cursor_of(span_from(look->head, 28));
    uint32_t size = cursor_u32(&c), records = 0;
    if ((size != 1024 && size != 2048 && size != 4096) || !span_starts(look->head, "FILE", 4))
        return false;
    uint32_t first = ntfs_record_number(span_clip(look->head, 0, size));
    while (records < MFT_RECORDS && is_record(look, size, records, first))
        records++;
    static const uint8_t name[] = {'$', 0, 'M', 0, 'F', 0, 'T', 0};
    bool named = false;
    for (uint64_t i = 0; i + sizeof name <= size && !named; i += 2)
        named = span_starts(span_from(look->head, i), name, sizeof name);
    if (records < MFT_RECORDS && !(first == 0 && records > 0 && named) && !is_part(look, size, first))
        return false;
    ret->kind = VOLUMES_MFT;
    ret->record_size = size;
    return true;
}

/* The first bytes; what cannot be read of them stays zero. False if none of them can be read. */
static bool read_head(struct look *look, uint8_t *to, size_t size, size_t *ret) {
    size_t got = size ? reader_read(&look->reader, look->job, 0, to, size) : 0;
    bool any = got > 0 || size == 0;
    for (size_t at = got; at < size; at += READER_PIECE - at % READER_PIECE) {
        struct job quiet; /* noted already */
        job_init(&quiet, 0);
        size_t part = READER_PIECE - at % READER_PIECE;
        size_t more = reader_read(&look->reader, &quiet, at, to + at, part < size - at ? part : size - at);
        got = more > 0 ? at + more : got;
        any = any || more > 0;
    }
    *ret = got;
    return any;
}

bool volumes_find(struct job *job, const struct evidence_reader *evidence, struct volumes *ret) {
    struct look look = {.job = job, .reader = reader_within(evidence, 0, evidence->size)};
    uint64_t size = evidence->size;
    size_t want = size < HEAD ? (size_t)size : HEAD;
    uint8_t *head = job_alloc(job, HEAD, 1);
    look.memory = job_alloc(job, HEAD, 1);
    if (!head || !look.memory)
        return false;
    size_t got;
    if (!read_head(&look, head, want, &got)) {
        size_t kept = job->noted < JOB_NOTES ? job->noted : JOB_NOTES;
        if (kept == 0)
            return job_fail(job, FAULT_IO, 0, "the evidence cannot be read");
        return job_fail(job, job->notes[kept - 1].code, 0,
                        job->notes[kept - 1].text); /* the image says why */
    }
    look.head = span_of(head, got, 0);
    *ret = (struct volumes){.kind = VOLUMES_FILE};
    if (!find_volume(&look, ret) && !find_disk(&look, ret))
        (void)find_mft(&look, ret);
    ret->bytes_read = look.reader.bytes_read;
    return true;
}

bool volumes_suspect(struct span head) {
    bool boot = span_u8(head, 510) == 0x55 && span_u8(head, 511) == 0xaa;
    bool gpt =
        span_starts(span_from(head, 512), "EFI PART", 8) || span_starts(span_from(head, 4096), "EFI PART", 8);
    bool mft = span_starts(head, "FILE", 4);
    return boot || gpt || mft;
}

bool volumes_nested(const struct volumes *volumes, uint64_t size) {
    return volumes->kind == VOLUMES_MFT || (volumes->kind != VOLUMES_FILE && size >= NESTED_LEAST);
}
