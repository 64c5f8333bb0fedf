/* db: misuse and errors that stick, then what goes in comes out. */
#include "base/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct db *memory(void) {
    char *error = NULL;
    struct db *db = db_create(":memory:", &error);
    assert_non_null(db);
    assert_null(error);
    return db;
}

static void what_cannot_be_opened(void **state) {
    (void)state;
    char *error = NULL;
    assert_null(db_open("/nowhere/x.db", &error));
    assert_non_null(error);
    free(error);
    error = NULL;
    assert_null(db_create("/nowhere/x.db", &error));
    assert_non_null(error);
    free(error);
    db_close(NULL);
    db_finish(NULL);
}

static void the_first_error_sticks(void **state) {
    (void)state;
    struct db *db = memory();
    assert_true(db_run(db, "CREATE TABLE t(x)"));
    assert_string_equal(db_error(db), "");
    assert_false(db_run(db, "CREATE TABLE t(x)"));
    char *first = strdup(db_error(db));
    assert_non_null(strstr(first, "already exists"));
    assert_false(db_run(db, "INSERT INTO t VALUES (1)"));
    assert_null(db_prepare(db, "SELECT nothing FROM nowhere"));
    struct db_query *query = db_prepare(db, "SELECT 1");
    if (query)
        assert_false(db_step(query));
    assert_string_equal(db_error(db), first);
    free(first);
    db_close(db);
}

static void a_constraint_is_an_error(void **state) {
    (void)state;
    struct db *db = memory();
    assert_true(db_run(db, "CREATE TABLE t(x INTEGER PRIMARY KEY) STRICT"));
    struct db_query *query = db_prepare(db, "INSERT INTO t VALUES (?)");
    assert_non_null(query);
    db_bind_integer(query, 1, 7);
    assert_false(db_step(query));
    assert_string_equal(db_error(db), "");
    db_reset(query);
    db_bind_integer(query, 1, 7);
    assert_false(db_step(query));
    assert_string_not_equal(db_error(db), "");
    db_close(db); /* with the query still open */
}

static void a_parameter_that_is_not_there(void **state) {
    (void)state;
    struct db *db = memory();
    struct db_query *query = db_prepare(db, "SELECT ?");
    assert_non_null(query);
    db_bind_integer(query, 2, 1);
    assert_string_not_equal(db_error(db), "");
    db_close(db);
}

static void cells_come_back(void **state) {
    (void)state;
    struct db *db = memory();
    struct db_query *query = db_prepare(db, "SELECT ?1, ?2, ?3, ?4, ?5");
    assert_non_null(query);
    db_bind_integer(query, 1, INT64_MIN);
    db_bind_text(query, 2, "a\0b", 3);
    db_bind_blob(query, 3, "\0\xff", 2);
    db_bind_blob(query, 4, NULL, 0);
    db_bind_null(query, 5);
    assert_true(db_step(query));
    assert_true(db_integer(query, 0) == INT64_MIN);
    size_t size;
    assert_memory_equal(db_text(query, 1, &size), "a\0b", 3);
    assert_int_equal(size, 3);
    struct span blob = db_blob(query, 2);
    assert_int_equal(blob.size, 2);
    assert_memory_equal(blob.data, "\0\xff", 2);
    assert_false(db_is_null(query, 3));
    assert_int_equal(db_blob(query, 3).size, 0);
    assert_true(db_is_null(query, 4));
    assert_string_equal(db_text(query, 4, &size), "");
    assert_int_equal(size, 0);
    assert_false(db_step(query));
    db_reset(query);
    assert_true(db_step(query));
    assert_true(db_is_null(query, 0)); /* bindings are gone */
    db_close(db);
}

static void queries_close_in_any_order(void **state) {
    (void)state;
    struct db *db = memory();
    struct db_query *query[3];
    for (int i = 0; i < 3; i++) {
        query[i] = db_prepare(db, "SELECT 1");
        assert_non_null(query[i]);
    }
    db_finish(query[1]);
    db_finish(query[0]);
    query[1] = db_prepare(db, "SELECT 2");
    assert_non_null(query[1]);
    db_finish(query[2]);
    db_close(db);
}

/* Somebody's file is neither written to nor locked, whatever its name looks like. */
static void a_foreign_file(void **state) {
    (void)state;
    static const char name[] = "/tmp/assay-db-%41?mode=rw&x#y.db";
    char *error = NULL;
    unlink(name);
    struct db *db = db_create(name, &error);
    assert_non_null(db);
    assert_true(db_run(db, "CREATE TABLE t(x); INSERT INTO t VALUES (42)"));
    db_close(db);
    assert_int_equal(chmod(name, 0444), 0);
    db = db_open(name, &error);
    assert_non_null(db);
    struct db_query *query = db_prepare(db, "SELECT x FROM t");
    assert_true(query && db_step(query));
    assert_int_equal(db_integer(query, 0), 42);
    assert_false(db_run(db, "INSERT INTO t VALUES (1)"));
    db_close(db);
    unlink(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_opened),    cmocka_unit_test(the_first_error_sticks),
        cmocka_unit_test(a_constraint_is_an_error), cmocka_unit_test(a_parameter_that_is_not_there),
        cmocka_unit_test(cells_come_back),          cmocka_unit_test(queries_close_in_any_order),
        cmocka_unit_test(a_foreign_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
