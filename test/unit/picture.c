/* Where pictures end, and what is none. */
#include "format/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define PNG                                                                                                  \
    "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0CRC1\0\0\0\1IDATxCRC2\0\0\0\0IEND\xae\x42\x60\x82"
#define GIF   "GIF89a\1\0\1\0\x80\0\0\1\2\3\4\5\6\x21\xf9\4\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b"
#define BMP   "BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0\1\2\3\0"
#define IMAGE "\x28\0\0\0\1\0\0\0"
#define ICON  "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x08\0\0\0\x16\0\0\0" IMAGE

static void expect(const void *bytes, size_t size, size_t more, enum picture kind) {
    size_t end = 0;
    uint8_t copy[300];
    memset(copy, '$', sizeof copy);
    memcpy(copy, bytes, size);
    assert_int_equal(picture_sniff(span_of(copy, size, 0)), kind);
    assert_true(picture_end(kind, span_of(copy, size + more, 0), &end));
    assert_int_equal(end, size);
}

#define EXPECT(text, kind)                                                                                   \
    expect(text, sizeof(text) - 1, 0, kind);                                                                 \
    expect(text, sizeof(text) - 1, 100, kind)

static void ends(void **state) {
    (void)state;
    EXPECT(PNG, PICTURE_PNG);
    EXPECT(GIF, PICTURE_GIF);
    EXPECT(BMP, PICTURE_BMP);
    EXPECT(ICON, PICTURE_ICON);
    assert_string_equal(picture_word(PICTURE_ICON), "icon");
    assert_string_equal(picture_word((enum picture)9), "?");
}

/* An icon's entry may claim more than its PNG is: that is told, too. */
static void a_png_in_an_icon_is_asked_itself(void **state) {
    (void)state;
    uint8_t bytes[200] = {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0, 178, 0, 0, 0, 22};
    size_t end = 0;
    memcpy(bytes + 22, PNG, sizeof PNG - 1);
    memset(bytes + 22 + sizeof PNG - 1, 'x', sizeof bytes - 22 - (sizeof PNG - 1));
    assert_true(picture_end(PICTURE_ICON, span_of(bytes, sizeof bytes, 0), &end));
    assert_int_equal(end, 22 + sizeof PNG - 1);
}

/* Entries may share an image, a few times over: many would make the walk cost far more than the bytes. */
static void images_are_shared_a_few_times(void **state) {
    (void)state;
    enum { ENTRIES = 40, IMAGE_AT = 6 + ENTRIES * 16, IMAGE_SIZE = 8000 };
    static uint8_t bytes[IMAGE_AT + IMAGE_SIZE];
    for (unsigned count = 2; count <= ENTRIES; count += ENTRIES - 2) {
        size_t end = 0;
        memcpy(bytes, "\0\0\1\0", 4);
        bytes[4] = (uint8_t)count;
        for (unsigned i = 0; i < count; i++)
            memcpy(bytes + 6 + i * 16, "\x10\x10\0\0\1\0\x20\0\x40\x1f\0\0\x86\2\0\0", 16);
        memcpy(bytes + IMAGE_AT, IMAGE, 8);
        assert_int_equal(picture_end(PICTURE_ICON, span_of(bytes, sizeof bytes, 0), &end), count == 2);
        assert_int_equal(end, count == 2 ? sizeof bytes : 0);
    }
}

/* Every prefix has no end, and every damaged byte is survived. */
static void damage(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        enum picture kind;
    } all[] = {{PNG, sizeof PNG - 1, PICTURE_PNG},
               {GIF, sizeof GIF - 1, PICTURE_GIF},
               {BMP, sizeof BMP - 1, PICTURE_BMP},
               {ICON, sizeof ICON - 1, PICTURE_ICON}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (size_t k = 0; k < all[i].size; k++) {
            size_t end;
            uint8_t *copy = malloc(all[i].size);
            memcpy(copy, all[i].bytes, all[i].size);
            assert_false(picture_end(all[i].kind, span_of(copy, k, 0), &end));
            copy[k] ^= 0xff;
            if (picture_end(all[i].kind, span_of(copy, all[i].size, 0), &end))
                assert_true(end <= all[i].size);
            free(copy);
        }
    size_t end;
    assert_int_equal(picture_sniff(span_of("", 0, 0)), PICTURE_NONE);
    assert_false(picture_end(PICTURE_NONE, span_of("x", 1, 0), &end));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),
        cmocka_unit_test(a_png_in_an_icon_is_asked_itself),
        cmocka_unit_test(images_are_shared_a_few_times),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
