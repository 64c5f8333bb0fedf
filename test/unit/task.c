/* Actions of scheduled tasks, as the registry keeps them. */
#include "format/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint8_t run[] = {3, 0,   2, 0, 0, 0, 'A', 0,   0x66, 0x66, 0, 0, 0, 0, 2, 0, 0,
                              0, 'x', 0, 4, 0, 0, 0,   '/', 0,    'q',  0, 0, 0, 0, 0, 0, 0};
static const uint8_t com[] = {3, 0, 0, 0, 0, 0,  0x77, 0x77, 0,  0,  0,  0,  1, 2, 3, 4,
                              5, 6, 7, 8, 9, 10, 11,   12,   13, 14, 15, 16, 0, 0, 0, 0};

static void misuse(void **state) {
    (void)state;
    struct task_action action;
    for (size_t size = 0; size < sizeof run; size++) { /* every prefix */
        struct task task = task_of(span_of(run, size, 0));
        unsigned count = 0;
        while (task_next(&task, &action))
            count++;
        assert_int_equal(count, 0);
        assert_int_equal(task.damaged, size != 8); /* 8: a task without actions */
    }
    uint8_t other[sizeof run];
    memcpy(other, run, sizeof run);
    other[0] = 4; /* a version that nobody knows */
    struct task task = task_of(span_of(other, sizeof other, 0));
    assert_false(task_next(&task, &action));
    assert_true(task.damaged);
    other[0] = 3;
    other[8] = 0x67; /* a kind that nobody knows */
    task = task_of(span_of(other, sizeof other, 0));
    assert_false(task_next(&task, &action));
    assert_true(task.damaged);
    other[8] = 0x66;
    other[17] = 0xff; /* a string of 4 GiB */
    task = task_of(span_of(other, sizeof other, 0));
    assert_false(task_next(&task, &action));
}

static void too_many(void **state) {
    (void)state;
    uint8_t many[6 + 14 * 40] = {3};
    struct task_action action;
    unsigned count = 0;
    for (size_t i = 0; i < 40; i++)
        many[6 + 14 * i] = many[7 + 14 * i] = 0x99;
    struct task task = task_of(span_of(many, sizeof many, 0));
    while (task_next(&task, &action))
        count++;
    assert_int_equal(count, TASK_ACTIONS);
    assert_true(task.damaged);
}

static void use(void **state) {
    (void)state;
    struct task_action action;
    struct task task = task_of(span_of(run, sizeof run, 0));
    assert_true(task_next(&task, &action));
    assert_int_equal(action.kind, TASK_RUN);
    assert_int_equal(action.command.size, 2);
    assert_int_equal(action.command.data[0], 'x');
    assert_int_equal(action.arguments.size, 4);
    assert_int_equal(action.folder.size, 0);
    assert_false(task_next(&task, &action));
    assert_false(task.damaged);
    task = task_of(span_of(com, sizeof com, 0));
    assert_true(task_next(&task, &action));
    assert_int_equal(action.kind, TASK_COM);
    assert_int_equal(action.class_id.size, 16);
    assert_int_equal(action.class_id.data[15], 16);
    assert_false(task_next(&task, &action));
    assert_false(task.damaged);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(misuse), cmocka_unit_test(too_many),
                                       cmocka_unit_test(use)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
