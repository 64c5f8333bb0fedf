#include "source/volumes.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t image[256 * 1024];
static struct volumes found;
static struct job job;

static int setup(void **state) {
    (void)state;
    memset(image, 0, sizeof image);
    job_reset(&job);
    job_init(&job, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static enum volumes_kind kind(size_t size) {
    int fd = made_file(image, size);
    job_reset(&job);
    struct evidence_reader evidence = reader_of(fd, 0, size);
    assert_true(volumes_find(&job, &evidence, &found));
    close(fd);
    return found.kind;
}

static void table(int at, uint8_t type, uint32_t first, uint32_t count) {
    uint8_t *entry = image + 446 + 16 * at;
    entry[4] = type;
    made_put(entry + 8, first, 4);
    made_put(entry + 12, count, 4);
    image[510] = 0x55;
    image[511] = 0xaa;
}

static void ordinary_files_are_files(void **state) {
    (void)state;
    assert_int_equal(kind(0), VOLUMES_FILE);
    assert_int_equal(kind(1), VOLUMES_FILE);
    assert_int_equal(kind(sizeof image), VOLUMES_FILE);
    image[510] = 0x55;
    image[511] = 0xaa;
    assert_int_equal(kind(sizeof image), VOLUMES_FILE); /* 55 AA alone is no disk */
    memset(image, 'a', sizeof image);
    image[510] = 0x55;
    image[511] = 0xaa;
    assert_int_equal(kind(sizeof image), VOLUMES_FILE); /* a text that ends so */
    memcpy(image, "MZ", 2);
    assert_int_equal(kind(sizeof image), VOLUMES_FILE);
    memcpy(image, "FILE0", 5); /* begins like a record, goes on like none */
    assert_int_equal(kind(sizeof image), VOLUMES_FILE);
}

static void a_bare_volume_wins_over_its_boot_code(void **state) {
    (void)state;
    made_boot(image, sizeof image / MADE_CLUSTER);
    table(0, 7, 63, 100);
    assert_int_equal(kind(sizeof image), VOLUMES_VOLUME);
    assert_string_equal(found.volumes[0].filesystem, "ntfs");
    assert_int_equal(found.volumes[0].boot.cluster_size, MADE_CLUSTER);
    assert_int_equal(found.volumes[0].present, sizeof image);
    assert_int_equal(job.noted, 0);
    assert_int_equal(kind(sizeof image - 512), VOLUMES_VOLUME); /* without the copy of the boot sector */
    assert_int_equal(job.noted, 0);
    assert_int_equal(kind(sizeof image / 2), VOLUMES_VOLUME);
    assert_int_equal(found.volumes[0].size, sizeof image);
    assert_int_equal(found.volumes[0].present, sizeof image / 2);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    made_put(image + 0x30, 100000, 8); /* $MFT outside: said to be NTFS, not taken for it */
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
}

static void file_systems_are_named(void **state) {
    static const struct {
        size_t at, size;
        const char *bytes, *name;
    } some[] = {{3, 8, "-FVE-FS-", "bitlocker"}, {3, 8, "ReFS\0\0\0\0", "refs"},
                {3, 8, "EXFAT   ", "exfat"},     {0, 4, "XFSB", "xfs"},
                {0, 6, "LUKS\xba\xbe", "luks"},  {32, 4, "NXSB", "apfs"},
                {1024, 4, "H+\0\4", "hfs+"},     {0x10040, 8, "_BHRfS_M", "btrfs"},
                {512, 8, "LABELONE", "lvm"},     {4086, 10, "SWAPSPACE2", "swap"},
                {0x8001, 5, "CD001", "iso9660"}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        setup(state);
        memcpy(image + some[i].at, some[i].bytes, some[i].size);
        assert_int_equal(kind(sizeof image), VOLUMES_VOLUME);
        assert_string_equal(found.volumes[0].filesystem, some[i].name);
    }
}

static void fat_is_told_by_its_clusters(void **state) {
    (void)state;
    memcpy(image, "\xeb\x3c\x90MSDOS5.0", 11);
    made_put(image + 11, 512, 2);
    image[13] = 1;
    made_put(image + 14, 1, 2);
    image[16] = 2;
    made_put(image + 17, 512, 2);
    made_put(image + 19, 2880, 2);
    image[21] = 0xf0;
    made_put(image + 22, 9, 2);
    image[510] = 0x55;
    image[511] = 0xaa;
    assert_int_equal(kind(sizeof image), VOLUMES_VOLUME);
    assert_string_equal(found.volumes[0].filesystem, "fat12");
    made_put(image + 19, 20000, 2);
    kind(sizeof image);
    assert_string_equal(found.volumes[0].filesystem, "fat16");
    made_put(image + 19, 0, 2);
    made_put(image + 32, 2000000, 4);
    kind(sizeof image);
    assert_string_equal(found.volumes[0].filesystem, "fat32");
}

static void disks_have_primary_and_logical_partitions(void **state) {
    (void)state;
    table(0, 7, 8, 64);
    made_boot(image + 8 * 512, 8);
    table(1, 5, 100, 300);
    uint8_t *extended = image + 100 * 512;
    extended[446 + 4] = 0x83;
    made_put(extended + 446 + 8, 2, 4);
    made_put(extended + 446 + 12, 50, 4);
    extended[446 + 20] = 5; /* to itself: a loop */
    made_put(extended + 446 + 28, 10, 4);
    extended[510] = 0x55;
    extended[511] = 0xaa;
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_string_equal(found.scheme, "mbr");
    assert_int_equal(found.count, 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    made_put(extended + 446 + 24, 100, 4); /* the next at 200, which has no signature */
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.volumes[0].filesystem, "ntfs");
    assert_int_equal(found.volumes[0].offset, 8 * 512);
    assert_string_equal(found.volumes[1].filesystem, "unknown");
    assert_int_equal(found.volumes[1].offset, 102 * 512);
    assert_int_equal(found.volumes[1].ordinal, 2);
    table(1, 0, 0, 0);
    table(0, 7, 8, 1000000); /* longer than the image */
    assert_int_equal(kind(50 * 1024), VOLUMES_DISK);
    assert_int_equal(found.volumes[0].present, 50 * 1024 - 8 * 512);
}

static uint32_t crc_of(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* A sound header in sector `at`, with one entry in sector `entries`: a partition of sectors 10 to 12. */
static void sound_table(size_t at, size_t entries) {
    uint8_t *header = image + at * 512, *entry = image + entries * 512;
    memset(header, 0, 512);
    memcpy(header, "EFI PART", 8);
    made_put(header + 12, 92, 4);
    made_put(header + 72, entries, 8);
    made_put(header + 80, 4, 4);
    made_put(header + 84, 128, 4);
    memset(entry, 0, 512);
    memset(entry, 0xa2, 16);
    made_put(entry + 32, 10, 8);
    made_put(entry + 40, 12, 8);
    made_put(header + 88, crc_of(entry, 512), 4);
    made_put(header + 16, crc_of(header, 92), 4);
}

static bool noted(const char *text) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (strstr(job.notes[i].text, text))
            return true;
    return false;
}

static void the_backup_of_a_gpt_is_used(void **state) {
    (void)state;
    const size_t last = sizeof image / 512 - 1;
    table(0, 0xee, 1, UINT32_MAX);
    sound_table(1, 2);
    sound_table(last, last - 1);
    made_put(image + (last - 1) * 512 + 40, 13, 8); /* the backup is told from the first by a sector */
    made_put(image + last * 512 + 88, crc_of(image + (last - 1) * 512, 512), 4);
    made_put(image + last * 512 + 16, 0, 4);
    made_put(image + last * 512 + 16, crc_of(image + last * 512, 92), 4);
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_int_equal(found.volumes[0].size, 3 * 512); /* the first is sound */
    assert_int_equal(job.noted, 0);
    image[2 * 512 + 32] ^= 1; /* its entries are not */
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_int_equal(found.volumes[0].size, 4 * 512);
    assert_true(noted("its backup at the end of the disk is used"));
    memset(image, 0, 3 * 512); /* nor is there anything at the start */
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_int_equal(found.volumes[0].size, 4 * 512);
    image[last * 512 + 80] ^= 1; /* an unsound one alone is none */
    assert_int_equal(kind(sizeof image), VOLUMES_FILE);
    table(0, 0xee, 1, UINT32_MAX);
    sound_table(1, 2);
    image[512 + 24] ^= 1; /* unless sector 0 promises one */
    assert_int_equal(kind(sizeof image), VOLUMES_DISK);
    assert_string_equal(found.scheme, "gpt");
}

static void gpt_disks_have_names(void **state) {
    (void)state;
    for (uint32_t sector = 512; sector <= 4096; sector *= 8) {
        setup(state);
        table(0, 0xee, 1, UINT32_MAX);
        uint8_t *header = image + sector, *entries = image + 2 * (size_t)sector;
        memcpy(header, "EFI PART", 8);
        made_put(header + 12, 92, 4);
        made_put(header + 72, 2, 8);
        made_put(header + 80, 4, 4);
        made_put(header + 84, 128, 4);
        memset(entries, 0xa2, 16);
        made_put(entries + 32, 10, 8);
        made_put(entries + 40, 12, 8);
        made_utf16(entries + 56, "Basic data");
        assert_int_equal(kind(sizeof image), VOLUMES_DISK);
        assert_string_equal(found.scheme, "gpt");
        assert_int_equal(found.sector_size, sector);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.volumes[0].offset, 10 * sector);
        assert_int_equal(found.volumes[0].size, 3 * sector);
        assert_string_equal(found.volumes[0].name, "Basic data");
        assert_int_equal(job.noted, 2); /* both checksums are wrong */
    }
}

static void a_mft_of_its_own_is_told(void **state) {
    static struct made_volume volume;
    (void)state;
    made_volume(&volume, 16);
    memcpy(image, made_place(&volume, 0), 16 * MADE_RECORD);
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_MFT);
    assert_int_equal(found.record_size, MADE_RECORD);
    image[511] ^= 1; /* a wrong fixup */
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
}

/* A part of a $MFT, from record 24 on; and what only looks like one. */
static void a_cut_mft_is_told(void **state) {
    static struct made_volume volume;
    (void)state;
    made_volume(&volume, 48);
    for (uint32_t i = 24; i < 40; i++) {
        struct made made = made_record(i, 1, 1, 0);
        made_fn(&made, 5, 5, 1, 3, "f");
        made_store(&volume, i, &made);
    }
    memcpy(image, made_place(&volume, 24), 16 * MADE_RECORD);
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_MFT);
    assert_int_equal(kind(2 * MADE_RECORD), VOLUMES_MFT); /* all there is */
    assert_int_equal(kind(MADE_RECORD), VOLUMES_MFT);
    assert_int_equal(kind(MADE_RECORD + 100), VOLUMES_FILE);
    image[MADE_RECORD + 511] ^= 1; /* a damaged one among many */
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_MFT);
    memcpy(image + 5 * MADE_RECORD, made_place(&volume, 24),
           11 * MADE_RECORD); /* numbers that do not follow */
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
    memset(image, 0xff, 16 * MADE_RECORD);
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
    memset(image, 0, 16 * MADE_RECORD);
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
    for (size_t i = 0; i < 16 * MADE_RECORD; i++)
        image[i] = (uint8_t) "FILE0 is how this text begins, and so it goes on. "[i % 50];
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
    memcpy(image + 28, "\0\4\0", 4); /* a text that even has a record's size */
    assert_int_equal(kind(16 * MADE_RECORD), VOLUMES_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ordinary_files_are_files, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bare_volume_wins_over_its_boot_code, setup, teardown),
        cmocka_unit_test_setup_teardown(file_systems_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(fat_is_told_by_its_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(disks_have_primary_and_logical_partitions, setup, teardown),
        cmocka_unit_test_setup_teardown(gpt_disks_have_names, setup, teardown),
        cmocka_unit_test_setup_teardown(the_backup_of_a_gpt_is_used, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mft_of_its_own_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_mft_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
