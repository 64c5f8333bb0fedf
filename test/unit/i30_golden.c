/* The index in a record of omerbenamram/mft against what its test says of it: four entries with nodes below
 * them. (What it calls the logical size is the allocated one: by [MS-FSCC] and by the bytes it comes first.)
 */
#include "format/i30.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t bytes[1024];

static bool load(void) {
    char path[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(path, sizeof path, "%s/corpora/omerbenamram-mft/samples/entry_multiple_index_root_entries",
             root ? root : "../shared");
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("# skipped: %s is absent\n", path);
        return false;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return size == sizeof bytes;
}

static void four_entries(void **state) {
    static struct ntfs_record record;
    static struct ntfs_attribute attribute;
    struct span value = {NULL, 0, 0};
    struct i30_entry entry, last = {.offset = 0};
    struct job job;
    unsigned live = 0;
    (void)state;
    if (!load())
        skip();
    assert_int_equal(ntfs_record_open(bytes, sizeof bytes, 0, &record), NTFS_RECORD_FILE);
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    while (ntfs_record_next(&it, &attribute) && attribute.type != NTFS_INDEX_ROOT)
        ;
    assert_true(ntfs_attribute_value(&attribute, &value));
    job_init(&job, 1 << 20);
    struct i30_node node = i30_root(&job, value);
    while (i30_next(&node, &entry))
        if (!entry.slack) {
            last = entry;
            live++;
        }
    assert_int_equal(job.noted, 0);
    assert_int_equal(live, 4);
    assert_int_equal(last.file, 26399);
    assert_int_equal(last.sequence, 1);
    assert_int_equal(last.name.parent, 26359);
    assert_int_equal(last.name.parent_sequence, 1);
    assert_int_equal(last.name.times[0], 0x01C66ADB03C10000); /* created, modified, changed, accessed */
    assert_int_equal(last.name.times[1], 0x01C66ADB03C10000);
    assert_int_equal(last.name.times[2], 0x01CA64048CF68676);
    assert_int_equal(last.name.times[3], 0x01CA64048CF68676);
    assert_int_equal(last.name.allocated, 4096);
    assert_int_equal(last.name.size, 1484);
    assert_int_equal(last.name.attributes, 0x20);
    assert_int_equal(last.name.namespace, 1);
    assert_int_equal(last.name.name.size, 2 * 22);
    assert_int_equal(span_u8(last.name.name, 0), 't');
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(four_entries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
