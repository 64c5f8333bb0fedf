/* The bzip2 of NSIS: damage first, then what libbz2 packs, without its head and checksums. */
#include "format/nsis_bzip2.h"
#include "make/nsis_made.h"

#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PLAIN = 2000000, ROOM = 1 << 22 };

static uint8_t plain[PLAIN], packed[ROOM], out[ROOM];
static size_t packed_size;
static struct job memory;
static struct nsis_bzip2 *decoder;
static struct span rest;

static int setup(void **state) {
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < PLAIN; i++) {
        random = random * 1664525 + 1013904223;
        plain[i] = i % 5000 < 2500 ? 'a' : random >> 24 < 60 ? (uint8_t)(random >> 16) : (uint8_t)(i / 100);
    }
    job_init(&memory, 8 << 20);
    decoder = nsis_bzip2_new(&memory);
    return decoder ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&memory);
    return 0;
}

static bool fill(struct intake *in) {
    size_t part = rest.size < 100 ? rest.size : 100;
    in->at = rest.data;
    in->end = rest.data + part;
    rest = span_from(rest, part);
    return part > 0;
}

static size_t unpack(size_t step, enum intake_state *state) {
    struct intake in = {.fill = fill};
    size_t done = 0;
    rest = span_of(packed, packed_size, 0);
    *state = INTAKE_GOES_ON;
    nsis_bzip2_start(decoder);
    while (*state == INTAKE_GOES_ON && done < ROOM)
        done += nsis_bzip2_read(decoder, &in, out + done, step < ROOM - done ? step : ROOM - done, state);
    return done;
}

static void prefixes_are_torn(void **state) {
    enum intake_state how;
    (void)state;
    size_t whole = nsis_made_bzip2(plain, 600, packed, ROOM);
    for (packed_size = 0; packed_size + 1 < whole; packed_size++) {
        (void)unpack(100, &how);
        assert_int_equal(how, INTAKE_TORN);
    }
}

static void every_bit(void **state) {
    enum intake_state how;
    (void)state;
    packed_size = nsis_made_bzip2(plain, 600, packed, ROOM);
    for (size_t bit = 0; bit < 8 * packed_size; bit++) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(unpack(ROOM, &how) <= ROOM);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void what_begins_otherwise_is_bad(void **state) {
    enum intake_state how;
    (void)state;
    memset(packed, 0x42, packed_size = 1000);
    assert_int_equal(unpack(100, &how), 0);
    assert_int_equal(how, INTAKE_BAD);
}

static void memory_is_the_callers(void **state) {
    struct job small;
    (void)state;
    job_init(&small, 1 << 20);
    assert_null(nsis_bzip2_new(&small));
    assert_int_equal(small.fault.code, FAULT_LIMIT);
    job_reset(&small);
}

static void what_libbz2_packs(void **state) {
    static const size_t sizes[] = {0, 1, 4, 5, 300, 5000, 900000, PLAIN};
    enum intake_state how;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        packed_size = nsis_made_bzip2(plain, sizes[i], packed, ROOM);
        assert_int_equal(unpack(i % 2 ? 777 : ROOM, &how), sizes[i]);
        assert_int_equal(how, INTAKE_ENDED);
        assert_memory_equal(out, plain, sizes[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prefixes_are_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(what_begins_otherwise_is_bad, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_is_the_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(what_libbz2_packs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
