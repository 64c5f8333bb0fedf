/* Task files in evidence: what is something else, then rows. */
#include "detect/inspect_task.h"
#include "make/examine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BEGIN "<?xml version=\"1.0\"?><Task xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">"

static struct examine e;
static struct row row;

static int setup(void **state) {
    (void)state;
    assert_true(inspect_prepare(NULL, 0));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    return 0;
}

static bool says(unsigned column, const char *text) {
    return examine_says(&row, column, text);
}

static void look(const char *text) {
    examine_free(&e);
    examine(&e, (const uint8_t *)text, strlen(text));
}

static void what_is_none(void **state) {
    (void)state;
    look("<?xml version=\"1.0\"?><Task/>");
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(examine_rows(&e, FACT_task), 0);
}

static void damage_is_told(void **state) {
    (void)state;
    look(BEGIN "<Actions><Exec><Command>C:\\a.exe</Command></Exec><Exec>");
    assert_int_equal(e.result.type, INSPECT_TASK);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    assert_true(examine_row(&e, FACT_task, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_task_complete), 0);
    assert_int_equal(examine_rows(&e, FACT_task_action), 2);
    assert_true(examine_row(&e, FACT_task_action, 0, &row) && says(FACT_task_action_command, "C:\\a.exe"));
}

static void rows(void **state) {
    (void)state;
    look(
        BEGIN
        "<RegistrationInfo><URI>\\a\\b</URI><Author>c</Author></RegistrationInfo><Triggers><LogonTrigger/></Triggers>"
        "<Principals><Principal><GroupId>S-1-5-32-545</GroupId></Principal></Principals><Settings><Hidden>true</Hidden></Settings>"
        "<Actions><Exec><Command>x</Command><Arguments>-y</Arguments></Exec><ComHandler><ClassId>{z}</ClassId></ComHandler></Actions></Task>");
    assert_int_equal(e.job.noted, 0);
    assert_int_equal(examine_rows(&e, FACT_hashes), 1);
    assert_true(examine_row(&e, FACT_task, 0, &row));
    assert_true(says(FACT_task_uri, "\\a\\b") && says(FACT_task_author, "c") &&
                says(FACT_task_triggers, "Logon"));
    assert_true(says(FACT_task_principal, "S-1-5-32-545"));
    assert_int_equal(examine_integer(&row, FACT_task_hidden), 1);
    assert_int_equal(examine_integer(&row, FACT_task_enabled), 1);
    assert_int_equal(examine_integer(&row, FACT_task_complete), 1);
    assert_true(examine_row(&e, FACT_task_action, 0, &row));
    assert_true(says(FACT_task_action_kind, "exec") && says(FACT_task_action_arguments, "-y"));
    assert_true(examine_row(&e, FACT_task_action, 1, &row));
    assert_true(says(FACT_task_action_kind, "com") && says(FACT_task_action_class_id, "{z}"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(what_is_none), T(damage_is_told), T(rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
