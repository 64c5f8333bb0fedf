/* Names of files in the texts of images, and which references become rows. */
#include "format/pe_mention.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* All mentions in `size` bytes, as "name/offset/count", with w for UTF-16, one space between. */
static void expect(const void *bytes, size_t size, const char *wanted) {
    struct job job;
    struct pe_mentions found;
    char got[600] = "";
    job_init(&job, 1 << 20);
    pe_mention_find(&job, span_of(bytes, size, 100), &found);
    for (size_t i = 0; i < found.count; i++) {
        size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%s/%llu/%u%s", i ? " " : "", found.list[i].name,
                 (unsigned long long)found.list[i].offset, found.list[i].count,
                 found.list[i].wide ? "w" : "");
    }
    assert_string_equal(got, wanted);
    assert_int_equal(job.fault.code, FAULT_NONE);
    job_reset(&job);
}

#define EXPECT(text, wanted) expect(text, sizeof(text) - 1, wanted)

static void what_is_no_name(void **state) {
    (void)state;
    EXPECT("", "");
    EXPECT(".", "");
    EXPECT(".dll", "");
    EXPECT("a.dl", "");
    EXPECT("a.dlls a.dll_x a.dll.mui a.dll2", "");
    EXPECT("*.dll lib%s.dll %s.dll %d.dat", "");
    EXPECT("12.dll -.dll ..dll", "");
    EXPECT("a.txt b.cmd", "");
    EXPECT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.dll", "");
    EXPECT("a\0.\0d\0l", "");
}

static void what_is_one(void **state) {
    (void)state;
    EXPECT("a.dll", "a.dll/100/1");
    EXPECT("\0x64-b_1+.DLL\0", "x64-b_1+.DLL/101/1");
    EXPECT("C:\\Windows\\x.dll, and X.DLL.", "x.dll/111/2");
    EXPECT("icudtl.dat snapshot_blob.bin krwve.jat i.ico",
           "icudtl.dat/100/1 snapshot_blob.bin/111/1 krwve.jat/129/1 "
           "i.ico/139/1");
    EXPECT("d3dcompiler_47.dll.", "d3dcompiler_47.dll/100/1");
    EXPECT("\\\0w\0.\0d\0l\0l\0\0\0", "w.dll/102/1w");
    EXPECT("w\0.\0d\0l\0l\0", "w.dll/100/1w");
    EXPECT("w\0.\0d\0l\0l\0s\0", "");
    EXPECT("w\0.\0d\0l\0l\0\x61\x30", "w.dll/100/1w"); /* what follows is no letter of these */
    EXPECT("\xe9.dll x\0y.dll", "y.dll/108/1");
}

/* As many as are kept, and no memory. */
static void limits(void **state) {
    (void)state;
    struct job job;
    struct pe_mentions found;
    static char many[16 * (PE_MENTIONS + 10)];
    size_t size = 0;
    for (unsigned i = 0; i < PE_MENTIONS + 1; i++)
        size += (size_t)snprintf(many + size, sizeof many - size, "n%u.dll ", i);
    job_init(&job, 1 << 20);
    pe_mention_find(&job, span_of(many, size, 0), &found);
    assert_int_equal(found.count, PE_MENTIONS);
    assert_true(found.cut);
    job_reset(&job);
    job_init(&job, 100);
    pe_mention_find(&job, span_of(many, size, 0), &found);
    assert_int_equal(found.count, 0);
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_name),
        cmocka_unit_test(what_is_one),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
