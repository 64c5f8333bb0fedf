/* Split x86 code. What 7-Zip splits is test/unit/pack.c's; here are streams that end too early. */
#include "format/bcj2.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct streams {
    struct span parts[BCJ2_STREAMS];
};

static size_t more(void *context, struct job *job, enum bcj2_stream stream, uint8_t *to, size_t size) {
    struct streams *streams = context;
    (void)job;
    size_t got = span_copy(streams->parts[stream], to, size);
    streams->parts[stream] = span_from(streams->parts[stream], got);
    return got;
}

static size_t run(struct streams *streams, size_t step, uint8_t *out, size_t size, size_t *noted) {
    static struct bcj2 bcj2;
    struct job job;
    size_t done = 0, got;
    job_init(&job, 1 << 16);
    bcj2_start(&bcj2, more, streams);
    do {
        got = bcj2_read(&bcj2, &job, out + done, size - done < step ? size - done : step);
        done += got;
    } while (got > 0 && done < size);
    *noted = job.noted;
    job_reset(&job);
    return done;
}

/* A range of zeros says no at each place: everything is in the main stream. */
static void without_targets(void **state) {
    (void)state;
    static const uint8_t zeros[64];
    static const uint8_t code[] = {0x55, 0xe8, 1, 2, 3, 4, 0x0f, 0x85, 9, 0xe9, 7};
    uint8_t out[32];
    for (size_t step = 1; step < 16; step++) {
        struct streams streams = {{span_of(code, sizeof code, 0), span_of("", 0, 0), span_of("", 0, 0),
                                   span_of(zeros, sizeof zeros, 0)}};
        size_t noted;
        assert_int_equal(run(&streams, step, out, sizeof code, &noted), sizeof code);
        assert_memory_equal(out, code, sizeof code);
        assert_int_equal(noted, 0);
    }
}

/* A range of ones says yes: the target is absolute, and becomes relative to the byte behind it. */
static void with_targets(void **state) {
    (void)state;
    static const uint8_t range[] = {0, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t code[] = {0x90, 0xe8, 0x90}, calls[] = {0, 0, 0x10, 0};
    static const uint8_t wanted[] = {0x90, 0xe8, 0xfa, 0x0f, 0, 0, 0x90};
    uint8_t out[16];
    struct streams streams = {{span_of(code, sizeof code, 0), span_of(calls, sizeof calls, 0),
                               span_of("", 0, 0), span_of(range, sizeof range, 0)}};
    size_t noted;
    assert_int_equal(run(&streams, 16, out, sizeof wanted, &noted), sizeof wanted);
    assert_memory_equal(out, wanted, sizeof wanted);
    assert_int_equal(noted, 0);
}

/* What is there comes, what is missing is told once. */
static void cut_streams(void **state) {
    (void)state;
    static const uint8_t range[] = {0, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t code[] = {0x90, 0xe8, 0x90}, calls[] = {0, 0, 0x10, 0};
    uint8_t out[64];
    for (size_t cut = 0; cut < 3; cut++)
        for (size_t n = 0; n < 9; n++) {
            struct streams streams = {{span_of(code, cut == 0 && n < sizeof code ? n : sizeof code, 0),
                                       span_of(calls, cut == 1 && n < sizeof calls ? n : sizeof calls, 0),
                                       span_of("", 0, 0), span_of(range, cut == 2 ? n : sizeof range, 0)}};
            size_t noted;
            assert_true(run(&streams, 5, out, sizeof out, &noted) <= 8);
            assert_int_equal(noted, 1);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_targets), cmocka_unit_test(with_targets),
                                       cmocka_unit_test(cut_streams)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
