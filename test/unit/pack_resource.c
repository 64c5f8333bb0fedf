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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(ordinary_programs_are_none),
        cmocka_unit_test(what_is_carried_comes_out),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
