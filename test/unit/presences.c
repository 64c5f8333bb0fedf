/* Chunks of presences: what is no chunk is refused, and what was packed comes back. */
#include "store/presences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROWS = 3000 };

static struct presences have;
static struct store_presence rows[ROWS];

static uint64_t draw(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* From a copy of exactly that size, so that a read beyond it is seen. */
static bool unpack(uint64_t first, const void *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size > 0)
        memcpy(copy, data, size);
    bool good = presences_unpack(first, span_of(copy, size, 0), true, &have);
    free(copy);
    assert_int_equal(good, have.count > 0);
    assert_true(have.count <= PRESENCES_ROWS);
    for (size_t i = 0; i < have.count; i++) {
        assert_true(have.things[i] <= INT64_MAX && have.times[i] <= INT64_MAX);
        assert_true(i == 0 ? have.things[i] == first : have.things[i] > have.things[i - 1]);
    }
    return good;
}

#define REFUSED(first, ...)                                                                                  \
    do {                                                                                                     \
        const uint8_t bytes[] = {__VA_ARGS__};                                                               \
        assert_false(unpack(first, bytes, sizeof bytes));                                                    \
    } while (0)
#define LEAST(n) n, 0, 0, 0, 0, 0, 0, 0

static void no_chunks(void **state) {
    static const uint8_t one[] = {1, 0, LEAST(0)};
    uint8_t long_one[PRESENCES_BYTES + 1] = {1, 0};
    (void)state;
    assert_true(unpack(7, one, sizeof one)); /* one thing without a time */
    assert_int_equal(have.count, 1);
    assert_int_equal(have.times[0], 0);
    assert_false(unpack(7, one, 0));
    assert_false(unpack(0, one, sizeof one));
    assert_false(unpack((uint64_t)INT64_MAX + 1, one, sizeof one));
    memset(long_one + 10, 1, sizeof long_one - 10);
    assert_false(unpack(7, long_one, sizeof long_one));
    assert_true(unpack(7, long_one, sizeof long_one - 1));
    assert_int_equal(have.count, PRESENCES_BYTES - 9);
    REFUSED(7, 0, 1, LEAST(0), 1);                                      /* no bytes of a difference */
    REFUSED(7, 9, 1, LEAST(0), 1);                                      /* too many */
    REFUSED(7, 1, 9, LEAST(0), 1, 1, 1, 1, 1, 1, 1, 1, 1);              /* of a time */
    REFUSED(7, 1, 1, LEAST(0), 1, 1);                                   /* between rows */
    REFUSED(7, 1, 0, LEAST(0), 0);                                      /* the same thing twice */
    REFUSED(INT64_MAX, 1, 0, LEAST(0), 1);                              /* beyond 63 bits */
    REFUSED(7, 8, 0, LEAST(0), 255, 255, 255, 255, 255, 255, 255, 255); /* the same, around */
    REFUSED(7, 1, 1, 1, 0, 0, 0, 0, 0, 0, 128, 1);                      /* a least time beyond */
    REFUSED(7, 1, 1, 255, 255, 255, 255, 255, 255, 255, 127, 2);        /* a time beyond */
    REFUSED(7, 1, 8, LEAST(1), 255, 255, 255, 255, 255, 255, 255, 255); /* the same, around */
}

/* Packs `count` rows chunk by chunk and takes them out again. */
static size_t round_trip(size_t count) {
    struct text chunk = {0};
    size_t done = 0, chunks = 0;
    for (; done < count; chunks++) {
        size_t taken = presences_pack(rows + done, count - done, &chunk);
        assert_true(taken >= 1 && taken <= count - done && chunk.size <= PRESENCES_BYTES);
        assert_true(unpack(rows[done].thing, chunk.data, chunk.size));
        assert_int_equal(have.count, taken);
        for (size_t i = 0; i < taken; i++) {
            assert_int_equal(have.things[i], rows[done + i].thing);
            assert_int_equal(have.times[i], rows[done + i].time);
            assert_int_equal(presences_find(&have, 0, have.things[i]), i);
            assert_int_equal(presences_find(&have, i, have.things[i] + 1), i + 1);
        }
        done += taken;
    }
    text_free(&chunk);
    return chunks;
}

static void round_trips(void **state) {
    uint64_t seed = 88172645463325252u;
    (void)state;
    for (unsigned width = 1; width <= 62; width++) {
        uint64_t thing = 0;
        size_t count = 0;
        for (; count < ROWS; count++) {
            uint64_t step = 1 + (draw(&seed) >> (64 - width));
            if (step > INT64_MAX - thing)
                break;
            thing += step;
            uint64_t time = draw(&seed) >> (1 + draw(&seed) % 63);
            rows[count] = (struct store_presence){thing, draw(&seed) % 4 ? time : 0};
        }
        assert_true(count > 0);
        assert_true(round_trip(count) <= 1 + count / 200); /* a chunk holds some hundreds */
    }
    rows[0] = (struct store_presence){1, INT64_MAX};
    rows[1] = (struct store_presence){INT64_MAX, 1};
    assert_int_equal(round_trip(2), 1);
    rows[1].time = 0;
    assert_int_equal(round_trip(2), 1);
}

/* As real ids and times are: a chunk is nearly full, and a row takes some 14 bytes. */
static void size_of_a_row(void **state) {
    uint64_t seed = 5, thing = 0;
    struct text chunk = {0};
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        thing += 1 + (draw(&seed) >> 17);
        rows[i] = (struct store_presence){thing, UINT64_C(133224480000000000) + (draw(&seed) >> 15)};
    }
    size_t taken = presences_pack(rows, ROWS, &chunk);
    assert_true(taken >= 320);
    assert_true(chunk.size > PRESENCES_BYTES - 20);
    text_free(&chunk);
}

static void damaged(void **state) {
    struct text chunk = {0};
    uint64_t seed = 9, thing = 3;
    (void)state;
    for (size_t i = 0; i < 40; i++, thing += 1 + draw(&seed) % 70000)
        rows[i] = (struct store_presence){thing, 1000 + draw(&seed) % 1000};
    assert_int_equal(presences_pack(rows, 40, &chunk), 40);
    for (size_t size = 0; size < chunk.size; size++)
        if (unpack(3, chunk.data, size))
            assert_true(have.count < 40);
    for (size_t bit = 0; bit < chunk.size * 8; bit++) {
        chunk.data[bit / 8] ^= (char)(1 << bit % 8);
        (void)unpack(3, chunk.data, chunk.size);
        chunk.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_true(unpack(3, chunk.data, chunk.size));
    text_free(&chunk);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_chunks), cmocka_unit_test(round_trips),
                                       cmocka_unit_test(size_of_a_row), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
