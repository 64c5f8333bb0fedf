/* Signatures of packages: what they sign, cut and damaged ones. */
#include "format/appx.h"
#include "make/package.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fixture map, list, content;

static int prepare(void **state) {
    (void)state;
    fixture_add(&map, "map", 3);
    list = package_list(&map);
    content = signing_content("sha256", list.data, list.size, SIGNING_SCRIPT);
    return 0;
}

static int finish(void **state) {
    (void)state;
    fixture_free(&map);
    fixture_free(&list);
    fixture_free(&content);
    return 0;
}

static bool read_list(const void *bytes, size_t size, const char *digest, const char *subject,
                      struct appx *appx, struct fault *why) {
    static struct fixture made;
    fixture_free(&made);
    made = signing_content(digest, bytes, size, subject);
    return appx_read(span_of(made.data, made.size, 0), appx, why);
}

static void the_head_is_recognised(void **state) {
    (void)state;
    assert_true(appx_sniff(span_of("PKCX\x30\x82", 6, 0)));
    assert_false(appx_sniff(span_of("PKCX", 4, 0)));
    assert_false(appx_sniff(span_of("PKCY\x30\x82", 6, 0)));
    assert_false(appx_sniff(span_of("", 0, 0)));
}

static void parts_are_told(void **state) {
    (void)state;
    struct appx appx;
    struct fault why;
    uint8_t digest[64];
    assert_true(appx_read(span_of(content.data, content.size, 0), &appx, &why));
    fixture_noise(digest, 32, 0);
    assert_memory_equal(appx.records.data, digest, 32);
    fixture_noise(digest, 32, 2);
    assert_memory_equal(appx.types.data, digest, 32);
    fixture_demand(EVP_Digest("map", 3, digest, NULL, EVP_sha256(), NULL) == 1);
    assert_memory_equal(appx.block_map.data, digest, 32);
    assert_int_equal(appx.catalog.size, 0);
    assert_int_equal(appx.unknown, 0);
}

static void damage_is_told(void **state) {
    (void)state;
    struct appx appx;
    struct fault why;
    uint8_t many[4 + 17 * 36];
    assert_false(read_list(list.data, list.size - 1, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(why.code, FAULT_TORN);
    assert_false(read_list("APPY", 4, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(why.code, FAULT_BAD);
    assert_false(read_list(list.data, list.size, "sha384", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(why.code, FAULT_UNSUPPORTED);
    assert_false(read_list(list.data, list.size, "sha256", SIGNING_PE, &appx, &why));
    assert_int_equal(why.code, FAULT_BAD);
    assert_true(read_list("APPX", 4, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(appx.block_map.size, 0);
    memset(many, 'x', sizeof many);
    memcpy(many, "APPX", 4);
    assert_false(read_list(many, sizeof many, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(why.code, FAULT_LIMIT);
    assert_true(read_list(many, 4 + 16 * 36, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(appx.unknown, 16);
    for (size_t i = 0; i < 2; i++)
        memcpy(many + 4 + i * 36, "AXBM", 4);
    assert_false(read_list(many, 4 + 2 * 36, "sha256", SIGNING_SCRIPT, &appx, &why));
    assert_int_equal(why.code, FAULT_BAD);
}

static void every_prefix_and_bit(void **state) {
    (void)state;
    struct appx appx;
    struct fault why;
    for (size_t cut = 0; cut < content.size; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, content.data, cut);
        assert_false(appx_read(span_of(exact, cut, 0), &appx, &why));
        assert_int_not_equal(why.code, FAULT_NONE);
        free(exact);
    }
    for (size_t bit = 0; bit < content.size * 8; bit++) {
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!appx_read(span_of(content.data, content.size, 0), &appx, &why);
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_is_recognised),
        cmocka_unit_test(parts_are_told),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(every_prefix_and_bit),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
