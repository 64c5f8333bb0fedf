#include "format/gpt.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t sector[4096], entries[2 * 128];
static struct job job;

static uint32_t crc(const uint8_t *bytes, size_t size) {
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        c ^= bytes[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    }
    return ~c;
}

static void seal(void) {
    made_put(sector + 88, crc(entries, sizeof entries), 4);
    made_put(sector + 16, 0, 4);
    made_put(sector + 16, crc(sector, 92), 4);
}

static int setup(void **state) {
    (void)state;
    job_init(&job, 0);
    memset(sector, 0, sizeof sector);
    memset(entries, 0, sizeof entries);
    memcpy(sector, "EFI PART", 8);
    made_put(sector + 8, 0x10000, 4);
    made_put(sector + 12, 92, 4);
    made_put(sector + 72, 2, 8);
    made_put(sector + 80, 2, 4);
    made_put(sector + 84, 128, 4);
    memset(entries + 128, 0xa2, 16);
    made_put(entries + 128 + 32, 34, 8);
    made_put(entries + 128 + 40, 99, 8);
    made_utf16(entries + 128 + 56, "data");
    seal();
    return 0;
}

static void absurd_headers_are_refused(void **state) {
    (void)state;
    struct gpt gpt = {.count = 77};
    assert_false(gpt_read(&job, span_of(sector, 80, 512), &gpt));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    made_put(sector + 80, GPT_ENTRIES_MAX + 1, 4);
    assert_false(gpt_read(&job, span_of(sector, 512, 512), &gpt));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    job_reset(&job);
    made_put(sector + 80, 2, 4);
    made_put(sector + 84, 127, 4);
    assert_false(gpt_read(&job, span_of(sector, 512, 512), &gpt));
    assert_int_equal(job.fault.code, FAULT_BAD);
    assert_int_equal(gpt.count, 77);
    job_reset(&job);
    sector[0] = 'X';
    assert_false(gpt_read(&job, span_of(sector, 512, 512), &gpt));
    assert_int_equal(job.fault.code, FAULT_NONE);
}

static void a_wrong_checksum_is_noted_and_read_on(void **state) {
    (void)state;
    struct gpt gpt;
    sector[56]++;
    assert_true(gpt_read(&job, span_of(sector, 512, 512), &gpt));
    assert_false(gpt.crc_matches);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, 512 + 16);
    assert_true(gpt_entries_match(&gpt, span_of(entries, sizeof entries, 1024)));
    entries[0]++;
    assert_false(gpt_entries_match(&gpt, span_of(entries, sizeof entries, 1024)));
    assert_false(gpt_entries_match(&gpt, span_of(entries, 128, 1024)));
}

static void entries_have_names_and_lengths(void **state) {
    (void)state;
    struct gpt gpt;
    struct gpt_partition partition;
    struct span all = span_of(entries, sizeof entries, 1024);
    assert_true(gpt_read(&job, span_of(sector, sizeof sector, 4096), &gpt)); /* 4096-byte sectors */
    assert_true(gpt.crc_matches);
    assert_false(gpt_entry(&gpt, all, 0, &partition)); /* unused */
    assert_false(gpt_entry(&gpt, all, 2, &partition)); /* not there */
    assert_false(gpt_entry(&gpt, span_part(all, 0, 200), 1, &partition));
    assert_true(gpt_entry(&gpt, all, 1, &partition));
    assert_int_equal(partition.first, 34);
    assert_int_equal(partition.count, 66);
    assert_int_equal(partition.name.size, 8);
    made_put(entries + 128 + 40, 33, 8);
    assert_false(gpt_entry(&gpt, all, 1, &partition)); /* ends before it begins */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(absurd_headers_are_refused, setup),
        cmocka_unit_test_setup(a_wrong_checksum_is_noted_and_read_on, setup),
        cmocka_unit_test_setup(entries_have_names_and_lengths, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
