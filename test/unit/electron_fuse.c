#include "format/electron_fuse.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MARK "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"

static struct electron_fuse fuses;

static bool found(const char *bytes, size_t size) {
    return electron_fuse_find(span_of(bytes, size, 0), 0, &fuses);
}

#define FOUND(bytes) found(bytes, sizeof(bytes) - 1)

static void a_mark_alone_is_none(void **state) {
    (void)state;
    assert_false(found("", 0));
    assert_false(FOUND(MARK));
    assert_false(FOUND("const SENTINEL = '" MARK "';\n"));
    assert_false(FOUND(MARK "\x02\x01"
                            "1")); /* another version */
    assert_false(FOUND(MARK "\x01\x00"
                            "1")); /* none */
    assert_false(FOUND(MARK "\x01\x02"
                            "1")); /* cut off */
    assert_false(FOUND(MARK "\x01\x02"
                            "1x")); /* no state */
    assert_false(electron_fuse_find(span_of(MARK "\x01\x01"
                                                 "1",
                                            35, 0),
                                    UINT64_MAX, &fuses));
}

static void states_and_names(void **state) {
    (void)state;
    static const char image[] = "const '" MARK "'; program " MARK "\x01\x09"
                                "01r\x90"
                                "10101"
                                "more";
    assert_true(FOUND(image));
    assert_int_equal(fuses.wire.size, 9);
    assert_string_equal(electron_fuse_state(fuses.wire.data[0]), "off");
    assert_string_equal(electron_fuse_state(fuses.wire.data[1]), "on");
    assert_string_equal(electron_fuse_state(fuses.wire.data[2]), "removed");
    assert_string_equal(electron_fuse_state(fuses.wire.data[3]), "inherited");
    assert_memory_equal(image + fuses.behind, "more", 4);
    assert_string_equal(electron_fuse_name(0), "RunAsNode");
    assert_string_equal(electron_fuse_name(4), "EnableEmbeddedAsarIntegrityValidation");
    assert_string_equal(electron_fuse_name(8), "WasmTrapHandlers");
    assert_null(electron_fuse_name(9));
}

static void both_of_a_program_for_two_machines(void **state) {
    (void)state;
    static const char image[] = MARK "\x01\x01"
                                     "0" MARK "\x01\x02"
                                     "11";
    struct span span = span_of(image, sizeof image - 1, 0);
    assert_true(electron_fuse_find(span, 0, &fuses));
    assert_int_equal(fuses.wire.size, 1);
    assert_true(electron_fuse_find(span, fuses.behind, &fuses));
    assert_int_equal(fuses.wire.size, 2);
    assert_false(electron_fuse_find(span, fuses.behind, &fuses));
}

/* No prefix has them, only the whole; and no flipped bit of the mark, version or a count that grows. */
static void prefixes_and_bits(void **state) {
    (void)state;
    char image[] = MARK "\x01\x03"
                        "01r";
    for (size_t n = 0; n < sizeof image - 1; n++)
        assert_false(found(image, n));
    for (size_t bit = 0; bit < 33 * 8; bit++) {
        image[bit / 8] = (char)(image[bit / 8] ^ 1 << bit % 8);
        assert_false(FOUND(image));
        image[bit / 8] = (char)(image[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(FOUND(image));
}

static void in_pieces(void **state) {
    (void)state;
    static struct electron_fuse_stream stream;
    char image[2000];
    memset(image, 'x', sizeof image);
    memcpy(image + 700,
           MARK "\x01\x03"
                "01r",
           ELECTRON_FUSE_MARK + 5);
    memcpy(image + 760, MARK "\x01\xff", ELECTRON_FUSE_MARK + 2);
    memset(image + 760 + ELECTRON_FUSE_MARK + 2, '1', 255);
    for (size_t step = 1; step < sizeof image; step += step < 400 ? 1 : 37) {
        electron_fuse_start(&stream);
        for (size_t at = 0; at < sizeof image; at += step)
            electron_fuse_add(&stream, span_clip(span_of(image, sizeof image, 0), at, step));
        assert_int_equal(stream.count, 2);
        assert_int_equal(stream.wire_size[0], 3);
        assert_memory_equal(stream.wire[0], "01r", 3);
        assert_int_equal(stream.wire_size[1], 255);
    }
    electron_fuse_start(&stream);
    for (int i = 0; i < 10; i++)
        electron_fuse_add(&stream, span_of(MARK "\x01\x01"
                                                "1",
                                           ELECTRON_FUSE_MARK + 3, 0));
    assert_int_equal(stream.count, ELECTRON_FUSE_PLACES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_alone_is_none),
        cmocka_unit_test(states_and_names),
        cmocka_unit_test(both_of_a_program_for_two_machines),
        cmocka_unit_test(prefixes_and_bits),
        cmocka_unit_test(in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
