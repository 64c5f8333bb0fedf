/* PPMd of variant H: damage first; then what 7-Zip packed. Larger ones are test/unit/pack.c's. */
#include "format/ppmd7.h"
#include "base/span.h"
#include "unit/ppmd7_sample.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 1 << 14 };

static uint8_t plain[ROOM], packed[sizeof sample], out[ROOM];
static struct job memory;
static struct ppmd7 *model;
static struct span rest;

static int setup(void **state) {
    (void)state;
    size_t at = 0;
    for (int i = 0; i < 400; i++)
        at += (size_t)snprintf((char *)plain + at, ROOM - at, "%d,", i * i);
    assert_int_equal(at, SAMPLE_SIZE);
    memcpy(packed, sample, sizeof sample);
    job_init(&memory, 1 << 20);
    model = ppmd7_new(&memory, SAMPLE_ORDER, SAMPLE_MEMORY);
    return model ? 0 : -1;
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

static size_t unpack(const uint8_t *bytes, size_t size, size_t want, size_t step, enum intake_state *state) {
    struct intake in = {.fill = fill};
    size_t done = 0;
    rest = span_of(bytes, size, 0);
    *state = INTAKE_GOES_ON;
    ppmd7_start(model);
    while (*state == INTAKE_GOES_ON && done < want)
        done += ppmd7_read(model, &in, out + done, step < want - done ? step : want - done, state);
    return done;
}

static void models_that_there_are_not(void **state) {
    static const struct {
        unsigned order;
        uint32_t size;
        enum fault_code code;
    } bad[] = {{1, 1 << 20, FAULT_BAD},
               {65, 1 << 20, FAULT_BAD},
               {6, PPMD7_LEAST - 1, FAULT_BAD},
               {6, PPMD7_MEMORY + 1, FAULT_LIMIT},
               {6, 1 << 21, FAULT_LIMIT}}; /* more than the job may have */
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct job job;
        job_init(&job, 1 << 20);
        assert_null(ppmd7_new(&job, bad[i].order, bad[i].size));
        assert_int_equal(job.fault.code, bad[i].code);
        job_reset(&job);
    }
}

static void prefixes_are_torn(void **state) {
    enum intake_state how;
    (void)state;
    for (size_t size = 0; size < sizeof sample; size++) {
        uint8_t *exact = malloc(size + 1);
        memcpy(exact, sample, size);
        size_t got = unpack(exact, size, SAMPLE_SIZE, 100, &how);
        assert_true(got <= SAMPLE_SIZE && memcmp(out, plain, got) == 0);
        assert_true(how == INTAKE_TORN || (how == INTAKE_GOES_ON && size + 5 > sizeof sample));
        free(exact);
    }
}

static void every_bit(void **state) {
    enum intake_state how;
    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof sample; bit += 5) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(unpack(packed, sizeof packed, SAMPLE_SIZE, ROOM, &how) <= SAMPLE_SIZE);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void noise_stays_in_the_memory(void **state) {
    static uint8_t noise[ROOM];
    enum intake_state how;
    uint32_t random = 1;
    (void)state;
    for (unsigned turn = 0; turn < 20; turn++) {
        for (size_t i = 0; i < ROOM; i++) {
            random = random * 1664525 + 1013904223;
            noise[i] = i == 0 ? 0 : (uint8_t)(random >> 24);
        }
        assert_true(unpack(noise, ROOM, ROOM, 1000, &how) <= ROOM);
    }
}

static void what_7_zip_packs(void **state) {
    enum intake_state how;
    (void)state;
    for (size_t step = 1; step < ROOM; step = step * 7 + 1) {
        assert_int_equal(unpack(sample, sizeof sample, SAMPLE_SIZE, step, &how), SAMPLE_SIZE);
        assert_memory_equal(out, plain, SAMPLE_SIZE);
        assert_int_equal(how, INTAKE_GOES_ON);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_that_there_are_not),
        cmocka_unit_test_setup_teardown(prefixes_are_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(noise_stays_in_the_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(what_7_zip_packs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
