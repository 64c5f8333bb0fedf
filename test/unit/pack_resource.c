/* Containers in the resources of a program: programs that lie, then one that is right. */
#include "base/digest.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pe_build.h"

extern const struct pack_format pack_resource;

static struct pack_walk walk;

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

/* Its only resource begins like a ZIP archive. */
static uint32_t build(struct build *b) {
    build_all(b, false);
    memcpy(b->bytes + b->resources + 88, "PK\3\4", 4);
    return build_get(b, b->resources + 76);
}

static bool open(const uint8_t *bytes, size_t size) {
    walk.files[0] = (struct pack_walk_file){"setup.exe", bytes, size};
    walk.count = 1;
    return pack_walk_open(&walk, &pack_resource);
}

static void damage_is_survived(void **state) {
    struct build b;
    (void)state;
    (void)build(&b);
    for (size_t size = 0; size < BUILD_SIZE; size += 5) {
        uint8_t *part = malloc(size + 1);
        memcpy(part, b.bytes, size);
        if (open(part, size))
            pack_walk_all(&walk, 1 << 20);
        pack_walk_close(&walk);
        free(part);
    }
    for (size_t bit = 0; bit < (size_t)BUILD_SIZE * 8; bit += 7) {
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (open(b.bytes, BUILD_SIZE))
            pack_walk_all(&walk, 1 << 20);
        pack_walk_close(&walk);
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void ordinary_programs_are_none(void **state) {
    struct build b;
    (void)state;
    build_all(&b, true);
    assert_false(open(b.bytes, BUILD_SIZE));
    assert_int_equal(walk.memory.fault.code, FAULT_BAD);
    pack_walk_close(&walk);
}

static void what_is_carried_comes_out(void **state) {
    static uint8_t bytes[BUILD_SIZE];
    static const char path[] = "[Resource]/VERSION/#1";
    struct pack_member member;
    struct build b;
    (void)state;
    uint32_t size = build(&b);
    assert_true(open(b.bytes, BUILD_SIZE));
    assert_true(pack_resource.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.path.size, sizeof path - 1);
    assert_memory_equal(member.path.data, path, sizeof path - 1);
    assert_int_equal(member.size, size);
    assert_int_equal(member.flags, 0);
    assert_int_equal(pack_resource.read(&walk.pack, &walk.notes, bytes, sizeof bytes), size);
    assert_memory_equal(bytes, b.bytes + b.resources + 88, size);
    assert_false(pack_resource.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
}

/* The section of the resources lies far behind the headers. */
static void trees_lie_anywhere(void **state) {
    enum { FAR = 20 << 20 };
    struct pack_member member;
    struct build b;
    (void)state;
    uint32_t size = build(&b), headers = build_get(&b, 0x3c);
    uint32_t sections = headers + 24 + (b.bytes[headers + 20] | (uint32_t)b.bytes[headers + 21] << 8);
    uint8_t *whole = calloc(FAR + BUILD_SIZE, 1);
    assert_non_null(whole);
    memcpy(whole, b.bytes, BUILD_SIZE);
    unsigned moved = 0;
    for (unsigned i = 0; i < b.bytes[headers + 6]; i++) {
        uint32_t raw_size = build_get(&b, sections + i * 40 + 16),
                 raw = build_get(&b, sections + i * 40 + 20);
        if (b.resources < raw || b.resources - raw >= raw_size)
            continue;
        memcpy(whole + FAR, b.bytes + raw, raw_size);
        memset(whole + raw, 0, raw_size);
        whole[sections + i * 40 + 20] = whole[sections + i * 40 + 21] = 0;
        whole[sections + i * 40 + 22] = FAR >> 16 & 255;
        whole[sections + i * 40 + 23] = FAR >> 24;
        moved++;
    }
    assert_int_equal(moved, 1);
    assert_true(open(whole, FAR + BUILD_SIZE));
    assert_true(pack_resource.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.size, size);
    pack_walk_close(&walk);
    free(whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(ordinary_programs_are_none),
        cmocka_unit_test(what_is_carried_comes_out),
        cmocka_unit_test(trees_lie_anywhere),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
