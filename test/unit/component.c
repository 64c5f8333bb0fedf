#include "format/component.h"
#include "base/digest.h"
#include "pe_build.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static enum component_kind sniff(const char *bytes, size_t size) {
    return component_sniff(span_of(bytes, size, 0));
}

static void what_only_begins_so_is_none(void **state) {
    (void)state;
    assert_int_equal(sniff("", 0), COMPONENT_NONE);
    assert_int_equal(sniff("PA3", 3), COMPONENT_NONE);
    assert_int_equal(sniff("PA30", 4), COMPONENT_NONE);
    assert_int_equal(sniff("PA30 is the part number", 23), COMPONENT_NONE); /* text has no time */
    assert_int_equal(sniff("....PA30 is the part number", 27), COMPONENT_NONE);
    assert_int_equal(sniff("PA19\0\0\0\0\0\0\0\0", 12), COMPONENT_NONE);
    assert_int_equal(sniff("DCM\2PA30", 8), COMPONENT_NONE);
    assert_int_equal(sniff("DCN\1........no delta here", 25), COMPONENT_NONE);
    assert_int_equal(sniff("DCX\1............", 16), COMPONENT_NONE);
    assert_int_equal(sniff("MZ", 2), COMPONENT_NONE);
}

static void signatures(void **state) {
    (void)state;
    assert_int_equal(sniff("PA30\x80\x16\xd7\xd5\xde\xb1\x9d\x01\xb0", 13), COMPONENT_DELTA);
    assert_int_equal(sniff("PA31\x80\x16\xd7\xd5\xde\xb1\x9d\x01\xb0", 13), COMPONENT_DELTA);
    assert_int_equal(sniff("\x12\x34\x56\x78PA30\x80\x16\xd7\xd5\xde\xb1\x9d\x01\xb0", 17), COMPONENT_DELTA);
    assert_int_equal(sniff("PA30\0\0\0\0\0\0\0\0", 12), COMPONENT_DELTA); /* no time is none, too */
    assert_int_equal(sniff("DCM\1PA30\x80\x16\xd7\xd5\xde\xb1\x9d\x01", 16), COMPONENT_MANIFEST);
    assert_int_equal(sniff("DCD\1\x38\1\xee\x42\0\0\x0a\0PA30\x80\x16\xd7\xd5\xde\xb1\x9d\x01", 24),
                     COMPONENT_DELTA);
    assert_int_equal(sniff("DCN\1\x38\1\xee\x42PA30\x80\x16\xd7\xd5\xde\xb1\x9d\x01", 20), COMPONENT_DELTA);
    assert_int_equal(sniff("DCS\1\1\0\0\0", 8), COMPONENT_PACKED);
}

/* An image with a CLR header at 0x700 and, if `signature`, a native header at 0x780 of the file. */
static enum component_kind image(uint32_t clr_size, uint32_t native_rva, uint32_t native_size,
                                 uint32_t signature, size_t cut) {
    struct build b;
    struct job job;
    struct pe pe;
    build_all(&b, true);
    build_directory(&b, PE_DIRECTORY_CLR, clr_size ? build_rva(0x700) : 0, clr_size);
    for (uint32_t at = 0x700; at < 0x800; at += 4)
        build_32(&b, at, 0);
    build_32(&b, 0x700, clr_size);
    build_32(&b, 0x700 + 64, native_rva);
    build_32(&b, 0x700 + 68, native_size);
    build_32(&b, 0x780, signature);
    job_init(&job, 16 << 20);
    struct span bytes = span_of(b.bytes, BUILD_SIZE - cut, 0);
    assert_true(pe_decode_brief(&job, bytes, BUILD_SIZE, &pe));
    enum component_kind kind = component_image(&pe, bytes);
    job_reset(&job);
    return kind;
}

static void images(void **state) {
    (void)state;
    uint32_t native = build_rva(0x780);
    assert_int_equal(image(0, 0, 0, 0, 0), COMPONENT_NONE);
    assert_int_equal(image(72, 0, 0, 0, 0), COMPONENT_NONE); /* plain .NET */
    assert_int_equal(image(72, native, 0, 0x0045474e, 0), COMPONENT_NONE);
    assert_int_equal(image(71, native, 64, 0x0045474e, 0), COMPONENT_NONE);
    assert_int_equal(image(72, 0xfffffff0, 64, 0x0045474e, 0), COMPONENT_NONE);
    assert_int_equal(image(72, native, 64, 0x0045474e, 0), COMPONENT_NGEN);
    assert_int_equal(image(72, native, 64, 0x00525452, 0), COMPONENT_READY_TO_RUN);
    assert_int_equal(image(72, native, 64, 0x00525452, BUILD_SIZE - 0x780), COMPONENT_NONE); /* not there */
    assert_int_equal(image(72, native, 64, 0x00525452, BUILD_SIZE - 0x740), COMPONENT_NONE);
}

static void words(void **state) {
    (void)state;
    assert_string_equal(component_word(COMPONENT_NONE), "none");
    assert_string_equal(component_word(COMPONENT_DELTA), "delta-pa30");
    assert_string_equal(component_word(COMPONENT_READY_TO_RUN), "ready-to-run");
    assert_string_equal(component_word((enum component_kind)77), "?");
}

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_only_begins_so_is_none),
        cmocka_unit_test(signatures),
        cmocka_unit_test(images),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
