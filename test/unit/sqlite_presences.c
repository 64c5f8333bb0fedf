/* Table `presence` and stacks of a store in one file: what statements find in chunks is what was written. */
#include "store/sqlite_presences.h"
#include "store/questions.h"

#include "base/digest.h"
#include "base/filetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

enum { CASES = 5, ROWS = 2000 }; /* several chunks a case */

static char folder[64], path[96];
static struct store_presence rows[CASES][ROWS];
static size_t counts[CASES];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-presences.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/p", folder);
    return digest_prepare() ? 0 : -1;
}

static int tear_down(void **state) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static uint64_t draw(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t number(struct db *db, const char *sql) {
    struct db_query *query = db_prepare(db, sql);
    int64_t value = query && db_step(query) ? db_integer(query, 0) : -1;
    db_finish(query);
    assert_string_equal(db_error(db), "");
    return value;
}

static int64_t number_of(struct db *db, const char *format, long long a, long long b) {
    char sql[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof sql, format, a, b);
#pragma GCC diagnostic pop
    return number(db, sql);
}

/* Cases 0 to 4 have about 2,000, 1,500, 1, 2 and no things of 3,000 whose ids are spread. */
static struct db *made(struct sqlite_presences *presences) {
    static const unsigned share[CASES] = {66, 50, 0, 0, 0};
    uint64_t seed = 7;
    char *error = NULL;
    const char *why = NULL;
    struct db *db = db_open_shared(path, 1, &error);
    assert_non_null(db);
    assert_true(sqlite_presences_add(db, presences));
    assert_true(db_run(db, SQLITE_PRESENCES_SCHEMA));
    for (unsigned c = 0; c < CASES; c++) {
        counts[c] = c == 2 ? 1 : c == 3 ? 2 : 0;
        for (unsigned i = 1; i <= 3000 && counts[c] < ROWS; i++)
            if (draw(&seed) % 100 < share[c])
                rows[c][counts[c]++] =
                    (struct store_presence){i * UINT64_C(3000000000000000), draw(&seed) >> 12};
        if (c == 2 || c == 3)
            for (size_t i = 0; i < counts[c]; i++) /* not in order */
                rows[c][i] = (struct store_presence){(9 - i) * UINT64_C(3000000000000000), i};
        assert_true(sqlite_presences_write(db, c + 10, rows[c], counts[c], &why));
    }
    assert_true(counts[0] > 1500 && counts[1] > 1200);
    assert_true(number(db, "SELECT max(n) FROM (SELECT count(*) AS n FROM presence_rows GROUP BY number)") >
                4);
    return db;
}

static int64_t there(unsigned c, uint64_t thing) {
    for (size_t i = 0; i < counts[c]; i++)
        if (rows[c][i].thing == thing)
            return (int64_t)rows[c][i].time;
    return -1;
}

static void scans(void **state) {
    struct sqlite_presences presences;
    struct db *db = made(&presences);
    int64_t total = 0;
    (void)state;
    for (unsigned c = 0; c < CASES; c++) {
        total += (int64_t)counts[c];
        assert_int_equal(number_of(db, "SELECT count(*) FROM presence WHERE number = %lld", c + 10, 0),
                         counts[c]);
    }
    assert_int_equal(number(db, "SELECT count(*) FROM presence"), total);
    assert_int_equal(number(db, "SELECT count(*) FROM presence WHERE number IN (10, 12, 99, 14, 13)"),
                     counts[0] + 3);
    assert_int_equal(number(db, "SELECT count(*) FROM presence WHERE number = 99"), 0);
    /* One inside the other, and both of one table. */
    int64_t both = 0;
    for (size_t i = 0; i < counts[0]; i++)
        both += there(1, rows[0][i].thing) >= 0;
    assert_int_equal(number(db, "SELECT count(*) FROM presence a CROSS JOIN presence b ON b.number = 11 AND"
                                " b.thing = a.thing WHERE a.number = 10"),
                     both);
    assert_int_equal(number(db, "SELECT count(*) FROM presence WHERE number = 11 AND thing NOT IN (SELECT"
                                " thing FROM presence WHERE number = 10)"),
                     (int64_t)counts[1] - both);
    db_close(db);
}

/* Each thing by itself, then all of a list: what is there, what is between, before the first and behind the
 * last. */
static void lookups(void **state) {
    struct sqlite_presences presences;
    struct db *db = made(&presences);
    (void)state;
    assert_true(db_run(db, "CREATE TABLE wanted(thing INTEGER PRIMARY KEY)"));
    for (unsigned i = 0; i <= 3001; i++)
        for (int beside = -1; beside <= 1; beside++) {
            int64_t thing = (int64_t)i * 3000000000000000 + beside;
            for (unsigned c = 0; c < CASES; c++)
                assert_int_equal(
                    number_of(
                        db,
                        "SELECT coalesce(max(time), -1) FROM presence WHERE number = %lld AND thing = %lld",
                        c + 10, thing),
                    there(c, (uint64_t)thing));
            if (i % 7 == 0 || i < 3)
                assert_int_equal(number_of(db, "INSERT INTO wanted VALUES (%lld)", thing, 0), -1);
        }
    for (unsigned c = 0; c < CASES; c++) {
        int64_t found = 0, time = 0;
        for (size_t k = 0; k < counts[c]; k++) {
            uint64_t i = rows[c][k].thing / 3000000000000000;
            bool wanted = i % 7 == 0 || i < 3;
            found += wanted;
            time += wanted ? (int64_t)(rows[c][k].time % 1000) : 0;
        }
        assert_int_equal(
            number_of(db,
                      "SELECT count(*) FROM presence WHERE number = %lld AND thing IN (SELECT thing"
                      " FROM wanted)",
                      c + 10, 0),
            found);
        assert_int_equal(
            number_of(db,
                      "SELECT coalesce(sum(time %% 1000), 0) FROM presence WHERE number = %lld AND"
                      " thing IN (SELECT thing FROM wanted)",
                      c + 10, 0),
            time);
    }
    assert_int_equal(number(db,
                            "SELECT count(*) FROM presence WHERE number = 13 AND thing IN (24000000000000000,"
                            " 5, 24000000000000000, 27000000000000000)"),
                     2);
    db_close(db);
}

static void misuse(void **state) {
    struct sqlite_presences presences;
    struct db *db = made(&presences);
    const char *why = NULL;
    struct store_presence twice[] = {{5, 1}, {6, 1}, {5, 2}}, none[] = {{0, 1}}, late[] = {{9, UINT64_MAX}};
    (void)state;
    assert_false(sqlite_presences_write(db, 50, twice, 3, &why));
    assert_non_null(strstr(why, "twice"));
    assert_false(sqlite_presences_write(db, 50, none, 1, &why));
    assert_true(sqlite_presences_write(db, 50, late, 1, &why)); /* a time that none can be is none */
    assert_int_equal(number(db, "SELECT time FROM presence WHERE number = 50"), 0);
    db_close(db);
}

/* --- damage --- */

static void fails(const char *sql) {
    struct sqlite_presences presences;
    char *error = NULL;
    struct db *db = db_open_shared(path, 1, &error);
    assert_non_null(db);
    assert_true(sqlite_presences_add(db, &presences));
    struct db_query *query = db_prepare(db, sql);
    while (query && db_step(query)) {
    }
    assert_non_null(strstr(db_error(db), "presences of case number 11 are damaged"));
    db_finish(query);
    db_close(db);
}

static void damage(void **state) {
    struct sqlite_presences presences;
    struct db *db = made(&presences);
    (void)state;
    assert_true(
        db_run(db, "UPDATE presence_rows SET chunk = substr(chunk, 1, length(chunk) - 1) WHERE number = 11"));
    assert_int_equal(number(db, "SELECT count(*) FROM presence WHERE number = 10"), counts[0]);
    db_close(db);
    fails("SELECT count(*) FROM presence");
    fails("SELECT count(*) FROM presence WHERE number = 11");
    fails("SELECT count(*) FROM presence WHERE number = 11 AND thing = 6000000000000000000");
}

/* --- stacks --- */

enum { HOSTS = 40, THINGS = 400 };

static bool put(struct store *store, unsigned host, uint64_t *seed) {
    static struct extract_thing things[THINGS];
    static char names[THINGS][16], versions[THINGS][16];
    char name[16];
    struct store_report report;
    struct extract e = {.things = things};
    snprintf(name, sizeof name, "h%u", host);
    for (unsigned i = 0; i < THINGS; i++) {
        if (draw(seed) % 3)
            continue;
        struct extract_thing *t = &things[e.thing_count++];
        snprintf(names[i], sizeof names[i], "n%u", i % 97); /* four or five things of a name */
        snprintf(versions[i], sizeof versions[i], "%u", i);
        t->thing = (struct store_thing){i % 5 ? STORE_IMAGE : STORE_DRIVER,
                                        "",
                                        names[i],
                                        "",
                                        "",
                                        "",
                                        "",
                                        versions[i],
                                        i % 2 ? "odd" : "",
                                        false};
        t->id = rows_thing_id(&t->thing);
        t->time = i;
    }
    e.host = (struct store_host){rows_id("host", name), name, "", "", "", "", "", "", ""};
    e.made = (struct store_case){.caseid = rows_id("case", name),
                                 .host = e.host.host,
                                 .collected = 1,
                                 .verdict = "",
                                 .complete = true};
    enum store_added added = store_put(store, &e, &report);
    text_free(&report.name);
    text_free(&report.reason);
    return added == STORE_ADDED;
}

/* What a question of SQL says, which sorts. */
static void same(struct store *store, const char *field, const char *column, const char *kind) {
    struct question question;
    struct sql sql;
    const struct questions_stack stack = {.field = questions_field(field), .kind = kind};
    questions_stack(&question, store_dialect(store), &stack);
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT ");
    sql_add(&sql, column);
    sql_add(&sql, " AS value, {distinct host} AS hosts, {distinct thing} AS things FROM {current} {join}"
                  " (SELECT * FROM {things} WHERE ");
    sql_add(&sql, column);
    sql_add(&sql, " <> '' AND kind = ");
    sql_text(&sql, kind);
    sql_add(&sql, ") USING (thing) GROUP BY value ORDER BY hosts, value");
    struct engine_rows *one = questions_ask(store, &question), *other = store_ask(store, &sql);
    unsigned count = 0;
    while (store_next(store, one)) {
        assert_true(store_next(store, other));
        assert_string_equal(store_text(store, one, 0), store_text(store, other, 0));
        assert_int_equal(store_number(store, one, 1), store_number(store, other, 1));
        assert_int_equal(store_number(store, one, 2), store_number(store, other, 2));
        count++;
    }
    assert_true(count > 0);
    assert_false(store_next(store, other));
    store_finish(store, one);
    store_finish(store, other);
    questions_free(&question);
    sql_free(&sql);
    assert_string_equal(store_error(store), "");
}

static void count_calls(void *context, uint64_t read, uint64_t total) {
    uint64_t *calls = context;
    calls[0] += read != ENGINE_ANSWERED;
    calls[1] += read == ENGINE_ANSWERED;
    assert_true(read == ENGINE_ANSWERED || total == 0 || read <= total);
}

static void stacks(void **state) {
    struct text error = {0};
    uint64_t seed = 11, calls[2] = {0};
    (void)state;
    struct store *store = store_open(path, STORE_WRITE, &error);
    assert_non_null(store);
    for (unsigned i = 0; i < HOSTS; i++)
        assert_true(put(store, i, &seed));
    store_progress(store, count_calls, calls);
    same(store, "name", "name", "image");
    assert_true(calls[0] >= HOSTS); /* it is told case by case */
    assert_true(calls[1] >= 1 && calls[1] <= 2);
    store_progress(store, NULL, NULL);
    same(store, "version", "version", "driver");
    same(store, "product", "product", "image");
    assert_true(store_forget(store, "h3"));
    same(store, "driver", "name", "driver");
    struct question question;
    const struct questions_stack stack = {.field = questions_field("path")};
    questions_stack(&question, store_dialect(store), &stack);
    struct engine_rows *none = questions_ask(store, &question);
    assert_false(store_next(store, none)); /* no thing has a path */
    store_finish(store, none);
    questions_free(&question);
    store_close(store);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(scans), TEST(lookups), TEST(misuse), TEST(damage), TEST(stacks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
