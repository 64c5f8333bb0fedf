/* Does an innocent sequence of operations explain a file's times? Scenes by the published tables, and what no
 * operation leaves. */
#include "judge/stomp_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define DAY   ((uint64_t)86400 * STOMP_SECOND)
#define HOUR  ((uint64_t)3600 * STOMP_SECOND)
#define NOW   ((uint64_t)133500000001234567) /* 2024, with all seven digits */
#define PAST  (NOW - 900 * DAY + 7654321)
#define WHOLE (PAST / (2 * STOMP_SECOND) * 2 * STOMP_SECOND) /* as an archive keeps it */

/* Creation, modification and change of both attributes. */
static struct stomp_times times_of(uint64_t c, uint64_t m, uint64_t e, uint64_t fc, uint64_t fm,
                                   uint64_t fe) {
    return (struct stomp_times){.si = {c, m, e, m}, .fn = {fc, fm, fe, fc}};
}

static const char *sequence(const struct stomp_answer *answer) {
    static char line[1024];
    int at = 0;
    line[0] = 0;
    for (size_t i = 0; i < answer->count; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, "%s%s", i ? " " : "",
                       stomp_model_name(answer->operations[i]));
    return line;
}

static struct stomp_answer alone(struct stomp_times times) {
    struct stomp_answer answer;
    stomp_model_explain(&times, NULL, false, &answer);
    return answer;
}

#define EXPLAINED(times, wanted)                                                                             \
    do {                                                                                                     \
        struct stomp_answer got_ = alone(times);                                                             \
        assert_int_equal(got_.fails, 0);                                                                     \
        assert_string_equal(sequence(&got_), wanted);                                                        \
    } while (0)

static void plain_operations_are_named(void **state) {
    (void)state;
    uint64_t t = NOW, later = NOW + DAY;
    EXPLAINED(times_of(t, t, t, t, t, t), "create");
    EXPLAINED(times_of(t, later, later, t, t, t), "create write");
    EXPLAINED(times_of(t, PAST, t + STOMP_SECOND, t, t, t), "copy");
    EXPLAINED(times_of(t, WHOLE, t, t, t, t), "copy_from_fat");
    EXPLAINED(times_of(PAST, PAST - DAY, t, t, t, t), "move_in");
    EXPLAINED(times_of(WHOLE, WHOLE, t, t, t, t), "extract");
    EXPLAINED(times_of(t, t, later, t, t, t), "create attributes");
    EXPLAINED(times_of(PAST, t, t, PAST, t, t), "create_tunnelled");
}

static void a_rename_copies_times_into_the_name(void **state) {
    (void)state;
    uint64_t moved = NOW + DAY;
    EXPLAINED(times_of(PAST, PAST - DAY, moved, PAST, PAST - DAY, NOW), "move_in rename");
    struct stomp_answer answer = alone(times_of(PAST, PAST, moved, PAST, PAST, NOW));
    assert_int_equal(answer.fails, 0); /* a stomp that was renamed is clean by the MFT alone */
}

static void what_no_operation_leaves_fails(void **state) {
    (void)state;
    uint64_t t = NOW;
    assert_true(alone(times_of(t + 40 * DAY, t, t, t, t, t)).fails & STOMP_SI_CREATED); /* into the future */
    assert_true(alone(times_of(t, t + 40 * DAY, t, t, t, t)).fails != 0);
    assert_true(alone(times_of(t, t, t - DAY, t, t, t)).fails != 0); /* changed before it was made */
    assert_int_equal(alone(times_of(t + 13 * HOUR, t + 13 * HOUR, t, t, t, t)).fails, 0); /* a zone's worth */
    assert_true(alone(times_of(0, 0, 0, 0, 0, 0)).fails == 0);
    assert_int_equal(
        alone(times_of(UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX)).fails, 0);
    (void)alone(times_of(UINT64_MAX, 0, UINT64_MAX, 0, UINT64_MAX, 1));
}

/* --- with a journal --- */

static struct stomp_answer journaled(struct stomp_times times, const struct stomp_session *sessions,
                                     size_t count, uint64_t from, bool folder) {
    struct stomp_past past = {.from = from, .sessions = sessions, .count = count};
    struct stomp_answer answer;
    stomp_model_explain(&times, &past, folder, &answer);
    return answer;
}

static struct stomp_session session(uint64_t time, unsigned marks) {
    return (struct stomp_session){.start = time, .end = time + STOMP_SECOND, .usn = 64, .marks = marks};
}

static void times_set_in_the_first_session_are_an_extractor_s(void **state) {
    (void)state;
    struct stomp_session made = session(NOW, STOMP_CREATE | STOMP_DATA | STOMP_BASIC);
    struct stomp_answer answer =
        journaled(times_of(PAST, PAST, NOW + STOMP_SECOND, NOW, NOW, NOW), &made, 1, NOW - DAY, false);
    assert_true(answer.reaches && answer.by_given);
    assert_int_equal(answer.fails, 0);
}

static void a_later_session_cannot_move_the_creation(void **state) {
    (void)state;
    struct stomp_session sessions[] = {session(NOW, STOMP_CREATE | STOMP_DATA),
                                       session(NOW + HOUR, STOMP_BASIC)};
    struct stomp_times stomped = times_of(PAST, PAST, NOW + HOUR, NOW, NOW, NOW);
    assert_true(journaled(stomped, sessions, 2, NOW - DAY, false).fails & STOMP_SI_CREATED);
    assert_int_equal(journaled(stomped, sessions, 2, NOW - DAY, true).fails,
                     0); /* of a folder, archivers do */
    struct stomp_times touched = times_of(NOW, PAST, NOW + HOUR, NOW, NOW, NOW);
    struct stomp_answer answer = journaled(touched, sessions, 2, NOW - DAY, false);
    assert_int_equal(answer.fails, 0); /* only modified: a program that sets it */
    assert_string_equal(sequence(&answer), "create set_modified");
    sessions[1].marks |= STOMP_DATA; /* moved over it from another volume */
    assert_int_equal(journaled(stomped, sessions, 2, NOW - DAY, false).fails, 0);
}

static void a_rename_does_not_hide_it_from_the_journal(void **state) {
    (void)state;
    struct stomp_session sessions[] = {session(NOW, STOMP_CREATE | STOMP_DATA),
                                       session(NOW + HOUR, STOMP_BASIC),
                                       session(NOW + 2 * HOUR, STOMP_RENAME)};
    struct stomp_times times = times_of(PAST, PAST, NOW + 2 * HOUR, PAST, PAST, NOW + HOUR);
    assert_true(journaled(times, sessions, 3, NOW - DAY, false).fails & STOMP_SI_CREATED);
    assert_int_equal(alone(times).fails, 0);
}

static void tunnelling_explains_an_old_creation(void **state) {
    (void)state;
    struct stomp_session made = session(NOW, STOMP_CREATE | STOMP_DATA | STOMP_FREED);
    struct stomp_times times = times_of(PAST, NOW, NOW, PAST, NOW, NOW);
    struct stomp_answer answer = journaled(times, &made, 1, NOW - DAY, false);
    assert_int_equal(answer.fails, 0);
    assert_true(answer.by_tunnel);
    made.marks &= ~(unsigned)STOMP_FREED;
    assert_true(journaled(times, &made, 1, NOW - DAY, false).fails & STOMP_SI_CREATED);
    struct stomp_session saved[] = {session(NOW, STOMP_CREATE | STOMP_DATA),
                                    session(NOW + STOMP_SECOND, STOMP_RENAME | STOMP_FREED)};
    times = times_of(PAST, NOW, NOW + STOMP_SECOND, NOW, NOW, NOW);
    assert_int_equal(journaled(times, saved, 2, NOW - DAY, false).fails, 0);
}

static void what_was_made_before_the_journal_is_free_but_not_later(void **state) {
    (void)state;
    struct stomp_session set = session(NOW, STOMP_BASIC);
    struct stomp_answer answer = journaled(times_of(PAST, PAST, NOW, PAST + DAY, PAST + DAY, PAST + DAY),
                                           &set, 1, NOW - 30 * DAY, false);
    assert_false(answer.reaches);
    assert_int_equal(answer.fails, 0);
    struct stomp_times moved = times_of(NOW - DAY, PAST, NOW, PAST, PAST, PAST);
    assert_true(journaled(moved, &set, 1, NOW - 30 * DAY, false).fails & STOMP_SI_CREATED);
    assert_true(journaled(moved, NULL, 0, NOW - 30 * DAY, false).fails & STOMP_SI_CREATED);
}

static void many_sessions_are_followed_within_bounds(void **state) {
    (void)state;
    struct stomp_session sessions[400];
    for (size_t i = 0; i < 400; i++)
        sessions[i] = session(NOW + i * HOUR, i == 0 ? STOMP_CREATE : i % 2 ? STOMP_DATA : STOMP_BASIC);
    uint64_t end = NOW + 399 * HOUR;
    struct stomp_answer answer =
        journaled(times_of(NOW, end, end, NOW, NOW, NOW), sessions, 400, NOW - DAY, false);
    assert_true(answer.reaches);
    assert_int_equal(answer.fails, 0);
    assert_true(answer.count <= STOMP_LENGTH);
    assert_true(journaled(times_of(PAST, end, end, NOW, NOW, NOW), sessions, 400, NOW - DAY, false).fails &
                STOMP_SI_CREATED);
    for (size_t i = 1; i < 400; i++)
        sessions[i].marks = (unsigned)i & 31u;
    (void)journaled(times_of(PAST, end, end, NOW, NOW, NOW), sessions, 400, NOW - DAY, false);
}

static void names_end(void **state) {
    (void)state;
    unsigned count = 0;
    while (stomp_model_name(count))
        assert_non_null(stomp_model_text(count++));
    assert_true(count > 10 && count < 250);
    assert_null(stomp_model_text(count));
    assert_null(stomp_model_name(UINT32_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_operations_are_named),
        cmocka_unit_test(a_rename_copies_times_into_the_name),
        cmocka_unit_test(what_no_operation_leaves_fails),
        cmocka_unit_test(times_set_in_the_first_session_are_an_extractor_s),
        cmocka_unit_test(a_later_session_cannot_move_the_creation),
        cmocka_unit_test(a_rename_does_not_hide_it_from_the_journal),
        cmocka_unit_test(tunnelling_explains_an_old_creation),
        cmocka_unit_test(what_was_made_before_the_journal_is_free_but_not_later),
        cmocka_unit_test(many_sessions_are_followed_within_bounds),
        cmocka_unit_test(names_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
