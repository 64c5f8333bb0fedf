/* Questions written once: quoting of what strangers write, and the words in braces. */
#include "store/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void quoted(enum sql_engine engine, const char *text, const char *wanted) {
    struct sql sql;
    sql_init(&sql, engine);
    sql_text(&sql, text);
    assert_string_equal(sql_string(&sql), wanted);
    sql_free(&sql);
}

static void texts(void **state) {
    (void)state;
    quoted(SQL_SQLITE, "it's", "'it''s'");
    quoted(SQL_SQLITE, "a\\", "'a\\'");
    quoted(SQL_SQLITE, "'; DROP TABLE host; --", "'''; DROP TABLE host; --'");
    quoted(SQL_CLICKHOUSE, "it's", "'it\\'s'");
    quoted(SQL_CLICKHOUSE, "a\\", "'a\\\\'");
    quoted(SQL_CLICKHOUSE, "\\' OR 1 = 1 --", "'\\\\\\' OR 1 = 1 --'");
    quoted(SQL_SQLITE, "{things}", "'{things}'"); /* no word of ours */
    quoted(SQL_SQLITE, "\xff", "'\xef\xbf\xbd'");
    quoted(SQL_CLICKHOUSE, "\xff'", "'\xef\xbf\xbd\\''");
    quoted(SQL_SQLITE, "", "''");
}

static void expands(enum sql_engine engine, const char *words, const char *wanted) {
    struct sql sql;
    sql_init(&sql, engine);
    sql_add(&sql, words);
    const char *got = sql_string(&sql);
    if (!wanted)
        assert_null(got);
    else
        assert_string_equal(got, wanted);
    sql_free(&sql);
}

static void words(void **state) {
    (void)state;
    expands(SQL_SQLITE, "a {join} b", "a JOIN b");
    expands(SQL_CLICKHOUSE, "a {join} b", "a ALL INNER JOIN b");
    expands(SQL_SQLITE, "{distinct host}", "count(DISTINCT host)");
    expands(SQL_CLICKHOUSE, "{distinct host}", "uniqExact(host)");
    expands(SQL_SQLITE, "{has name 'x'}", "instr(name, 'x') > 0");
    expands(SQL_CLICKHOUSE, "{has name 'x'}", "position(name, 'x') > 0");
    expands(SQL_SQLITE, "{day time}", "time / 864000000000");
    expands(SQL_CLICKHOUSE, "{day time}", "intDiv(time, 864000000000)");
    expands(SQL_SQLITE, "{things}", "thing");
    expands(SQL_SQLITE, "", "");
}

static void defects(void **state) {
    (void)state;
    expands(SQL_SQLITE, "{nothing}", NULL);
    expands(SQL_SQLITE, "{things", NULL);
    expands(SQL_SQLITE, "{", NULL);
    expands(SQL_SQLITE, "{has x}", NULL);
    expands(SQL_SQLITE,
            "{distinct aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
            NULL);
}

static void numbers_and_parts(void **state) {
    (void)state;
    struct sql sql;
    sql_init(&sql, SQL_CLICKHOUSE);
    sql_number(&sql, INT64_MIN);
    sql_add(&sql, " ");
    sql_number(&sql, INT64_MAX);
    sql_add(&sql, " ");
    sql_has(&sql, "lower(name)", "a'{b}\\");
    assert_string_equal(sql_string(&sql),
                        "-9223372036854775808 9223372036854775807 position(lower(name), 'a\\'{b}\\\\') > 0");
    sql_free(&sql);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(words),
        cmocka_unit_test(defects),
        cmocka_unit_test(numbers_and_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
