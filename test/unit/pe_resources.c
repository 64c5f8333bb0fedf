/* All resources of an image: trees that lie, then trees that are right. */
#include "format/pe_resources.h"

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pe_build.h"

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

/* All resources of `size` bytes, as "type/name/language/size/there", with ! for cut. */
static void list(const uint8_t *data, size_t size, char *ret, size_t room) {
    struct job job;
    struct pe pe;
    struct pe_resources found;
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, data, size);
    struct span bytes = span_of(exact, size, 0);
    job_init(&job, 8 << 20);
    ret[0] = 0;
    if (pe_decode(&job, bytes, size, &pe)) {
        pe_resources_read(&job, &pe, bytes, &found);
        for (size_t i = 0; i < found.count; i++) {
            const struct pe_resource *r = &found.list[i];
            size_t used = strlen(ret);
            assert_true(r->bytes.size <= r->size && span_holds(bytes, r->bytes.offset, r->bytes.size));
            snprintf(ret + used, room - used, "%s%s/%s/%u/%u/%zu", i ? " " : "", r->type, r->name,
                     r->language, r->size, r->bytes.size);
        }
        if (found.cut)
            snprintf(ret + strlen(ret), room - strlen(ret), "!");
    }
    free(exact);
    job_reset(&job);
}

static struct build built(bool wide) {
    struct build b;
    build_all(&b, wide);
    return b;
}

static void every_prefix(void **state) {
    (void)state;
    char got[4096];
    for (int wide = 0; wide < 2; wide++) {
        struct build b = built(wide);
        for (size_t size = 0; size <= BUILD_SIZE; size++)
            list(b.bytes, size, got, sizeof got);
    }
}

static void every_bit(void **state) {
    (void)state;
    char got[1 << 16];
    struct build b = built(true);
    for (size_t bit = 8 * (size_t)b.resources; bit < 8 * ((size_t)b.resources + 88); bit++) {
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        list(b.bytes, BUILD_SIZE, got, sizeof got);
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* A folder that is its own child ends with the levels; one of many entries that all lead to one another, at
 * the caps. */
static void circles(void **state) {
    (void)state;
    static char got[1 << 20];
    struct build b = built(false);
    uint32_t at = b.resources;
    build_32(&b, at + 20, 0x80000000u);
    list(b.bytes, BUILD_SIZE, got, sizeof got);
    assert_string_equal(got, "");
    for (uint32_t i = 0; i < 3; i++)
        build_16(&b, at + 24 * i + 14, 60000);
    build_32(&b, at + 20, 0x80000000u + 24);
    list(b.bytes, BUILD_SIZE, got, sizeof got);
    assert_true(strlen(got) > 0 && got[strlen(got) - 1] == '!');
}

static void as_it_is(void **state) {
    (void)state;
    char got[512], wanted[64];
    struct build b = built(true);
    uint32_t at = b.resources, size = build_get(&b, at + 76);
    list(b.bytes, BUILD_SIZE, got, sizeof got);
    snprintf(wanted, sizeof wanted, "VERSION/#1/1/%u/%u", size, size);
    assert_string_equal(got, wanted);
    build_32(&b, at + 16, 24);
    build_32(&b, at + 24 + 16, 77);
    build_32(&b, at + 48 + 16, 1033);
    build_32(&b, at + 76, 0x7fffffff); /* more than is there */
    list(b.bytes, BUILD_SIZE, got, sizeof got);
    snprintf(wanted, sizeof wanted, "MANIFEST/#77/1033/2147483647/");
    assert_memory_equal(got, wanted, strlen(wanted));
    build_32(&b, at + 16, 13); /* no type of Windows */
    build_32(&b, at + 24 + 16, 0x80000000u + 88);
    build_32(&b, at + 76, 4);
    build_16(&b, at + 88, 3);
    build_utf16(&b, at + 90, "a/b");
    list(b.bytes, BUILD_SIZE, got, sizeof got);
    assert_string_equal(got, "#13/a/b/1033/4/4");
}

static void little_memory(void **state) {
    (void)state;
    struct build b = built(true);
    for (size_t cap = 0; cap < 600000; cap += 9000) {
        struct job job;
        struct pe pe;
        struct pe_resources found;
        struct span bytes = span_of(b.bytes, BUILD_SIZE, 0);
        job_init(&job, cap);
        if (pe_decode(&job, bytes, BUILD_SIZE, &pe)) {
            pe_resources_read(&job, &pe, bytes, &found);
            assert_true(found.count <= 1);
        }
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix), cmocka_unit_test(every_bit),     cmocka_unit_test(circles),
        cmocka_unit_test(as_it_is),     cmocka_unit_test(little_memory),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
