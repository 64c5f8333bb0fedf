/* Databases of SQLite: what is none or is damaged, then whatever SQLite itself writes, compared with what it
 * reads. */
#include "format/sqlite_file_log.h"
#include "format/sqlite_file_row.h"
#include "format/sqlite_file_schema.h"
#include "format/sqlite_file_walk.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { JOB = 64 << 20 };

static char folder[64], path[80], log_path[88];
static struct job job;

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes read_all(const char *name) {
    struct bytes ret = {0};
    FILE *file = fopen(name, "rb");
    if (!file)
        return ret;
    fseek(file, 0, SEEK_END);
    ret.size = (size_t)ftell(file);
    rewind(file);
    ret.data = malloc(ret.size + 1);
    assert_non_null(ret.data);
    assert_int_equal(fread(ret.data, 1, ret.size, file), ret.size);
    fclose(file);
    return ret;
}

static void run(sqlite3 *db, const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static sqlite3 *make(const char *sql) {
    sqlite3 *db;
    unlink(path);
    unlink(log_path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run(db, sql);
    return db;
}

/* The bytes of the file that this makes. */
static struct bytes made(const char *sql) {
    assert_int_equal(sqlite3_close(make(sql)), SQLITE_OK);
    return read_all(path);
}

static bool begin(struct bytes bytes, struct bytes log, struct sqlite_file *file) {
    job_reset(&job);
    job_init(&job, JOB);
    struct sqlite_file_source source = {.bytes = span_of(bytes.data, bytes.size, 0),
                                        .log = span_of(log.data, log.size, 0)};
    return sqlite_file_open(&job, &source, file);
}

/* Goes through every table; the rows. */
static size_t sweep(struct bytes bytes, struct bytes log) {
    struct sqlite_file file;
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    struct sqlite_file_value value;
    struct sqlite_file_table table;
    struct text text = {0};
    size_t rows = 0;
    if (!begin(bytes, log, &file))
        return 0;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "c"};
        if (!sqlite_file_find(&file, names[i], &table) || !sqlite_file_begin(&file, table.root, &walk))
            continue;
        for (; sqlite_file_next(&walk, &row); rows++)
            for (int column = 0; sqlite_file_value(&row, column, &value) && column < 50; column++)
                if (value.kind == SQLITE_FILE_TEXT)
                    sqlite_file_text(&file, value.bytes, &text);
    }
    text_free(&text);
    return rows;
}

static const char small[] =
    "PRAGMA page_size=512; CREATE TABLE a(id INTEGER PRIMARY KEY, t TEXT, r REAL, b BLOB);"
    "CREATE TABLE b(x, y); CREATE INDEX i ON b(x);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
    "INSERT INTO a SELECT i, 'text ' || i, i / 3.0, zeroblob(i) FROM n;"
    "INSERT INTO a(t) VALUES(hex(zeroblob(1000)));"
    "INSERT INTO b VALUES(1, 'one'), (-2, NULL), (70000, 'three'), (-9000000000, x'00ff');";

static void no_database(void **state) {
    struct sqlite_file file;
    struct bytes none = {0}, text = {(uint8_t *)(uintptr_t) "SQLite format 2", 16};
    (void)state;
    assert_false(begin(none, none, &file));
    assert_int_equal(job.fault.code, FAULT_TORN);
    assert_false(begin(text, none, &file));
    assert_int_equal(job.fault.code, FAULT_BAD);
    struct bytes bytes = made(small);
    static const uint16_t sizes[] = {0, 2, 256, 511, 513, 1536, 65535};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        bytes.data[16] = (uint8_t)(sizes[i] >> 8);
        bytes.data[17] = (uint8_t)sizes[i];
        assert_false(begin(bytes, none, &file));
        assert_int_equal(job.fault.code, FAULT_BAD);
        assert_int_equal(job.fault.offset, 16);
    }
    free(bytes.data);
}

static void every_prefix(void **state) {
    struct bytes bytes = made(small), none = {0};
    size_t all = sweep(bytes, none), size = bytes.size;
    (void)state;
    assert_int_equal(all, 45);
    assert_int_equal(job.noted, 0);
    for (size_t cut = 0; cut < size; cut += cut % 512 < 40 ? 1 : 13) {
        struct bytes part = {malloc(cut + 1), cut};
        assert_non_null(part.data);
        memcpy(part.data, bytes.data, cut);
        size_t rows = sweep(part, none);
        assert_true(rows <= all);
        assert_true(job.noted > 0 || job.fault.code != FAULT_NONE);
        free(part.data);
    }
    free(bytes.data);
}

static void every_bit(void **state) {
    struct bytes bytes = made(small), none = {0};
    size_t worst = 45;
    (void)state;
    for (size_t i = 0; i < bytes.size * 8; i += 3) {
        bytes.data[i / 8] ^= (uint8_t)(1u << i % 8);
        size_t rows = sweep(bytes, none);
        assert_true(rows < 1000);
        if (i / 8 >= 1024)
            worst = rows < worst ? rows : worst;
        bytes.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(worst < 45);
    free(bytes.data);
}

/* The page of the root of a table. */
static uint32_t root_of(struct bytes bytes, const char *name, struct sqlite_file *file) {
    struct sqlite_file_table table;
    struct bytes none = {0};
    assert_true(begin(bytes, none, file));
    assert_true(sqlite_file_find(file, name, &table));
    return table.root;
}

static void circles(void **state) {
    struct bytes bytes = made(small), none = {0};
    struct sqlite_file file;
    uint32_t root = root_of(bytes, "a", &file);
    uint8_t *page = bytes.data + (size_t)(root - 1) * 512;
    (void)state;
    assert_int_equal(page[0], 5);
    size_t at = (size_t)page[12] << 8 | page[13];
    page[at + 3] = (uint8_t)root; /* the first child is the page itself */
    assert_true(sweep(bytes, none) < 45);
    assert_true(sweep(bytes, none) > 20);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, (root - 1) * 512);
    page[at + 3] = 0;
    assert_true(sweep(bytes, none) > 20);
    page[at + 2] = 0x77;
    assert_true(sweep(bytes, none) > 20);
    assert_int_equal(job.noted, 1);
    free(bytes.data);
}

/* One page is overwritten: the rows of the others are still told. */
static void a_page_is_gone(void **state) {
    struct bytes bytes = made(
                     "PRAGMA page_size=4096; CREATE TABLE a(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                     "SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO a SELECT 'row ' || i FROM n;"),
                 none = {0};
    (void)state;
    assert_int_equal(sweep(bytes, none), 2000);
    memset(bytes.data + 4 * 4096, 0x41, 4096);
    size_t rows = sweep(bytes, none);
    assert_true(rows > 1600 && rows < 2000);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, 4 * 4096);
    free(bytes.data);
}

static void without_rowid(void **state) {
    struct bytes bytes = made("CREATE TABLE a(x PRIMARY KEY, y) WITHOUT ROWID; INSERT INTO a VALUES(1, 2);"
                              "CREATE TABLE b(x); INSERT INTO b VALUES(1);"),
                 none = {0};
    (void)state;
    assert_int_equal(sweep(bytes, none), 1);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_UNSUPPORTED);
    free(bytes.data);
}

/* Rows that all begin at one place cost steps. */
static void many_pointers(void **state) {
    struct bytes bytes = made("PRAGMA page_size=65536; CREATE TABLE a(x); INSERT INTO a VALUES('x');"),
                 none = {0};
    uint8_t *page = bytes.data + 65536;
    (void)state;
    uint8_t high = page[8], low = page[9];
    page[3] = 0x7f;
    page[4] = 0x00;
    for (size_t i = 0; i < 0x7f00; i++) {
        page[8 + 2 * i] = high;
        page[9 + 2 * i] = low;
    }
    assert_true(sweep(bytes, none) <= 0x7f00);
    assert_true(JOB_STEPS - job.steps > 0x7f00 * 8);
    free(bytes.data);
}

/* --- as SQLite reads it --- */

static void same_value(const struct sqlite_file *file, const struct sqlite_file_row *row, int column,
                       sqlite3_stmt *theirs) {
    struct sqlite_file_value value;
    struct text text = {0}, stored = {0};
    bool there = sqlite_file_value(row, column, &value);
    int type = sqlite3_column_type(theirs, column + 1);
    if (value.kind == SQLITE_FILE_NULL && type == SQLITE_INTEGER) {
        assert_true(there && row->rowid == sqlite3_column_int64(theirs, column + 1));
        return;
    }
    assert_false(value.cut);
    switch (value.kind) {
    case SQLITE_FILE_NULL:
        assert_int_equal(type, SQLITE_NULL);
        break;
    case SQLITE_FILE_INTEGER: /* a real without a fraction is kept as an integer */
        assert_true(type == SQLITE_INTEGER || type == SQLITE_FLOAT);
        assert_true(value.integer == sqlite3_column_int64(theirs, column + 1));
        break;
    case SQLITE_FILE_REAL:
        assert_int_equal(type, SQLITE_FLOAT);
        assert_memory_equal(&value.real, &(double){sqlite3_column_double(theirs, column + 1)},
                            sizeof(double));
        break;
    case SQLITE_FILE_TEXT:
        assert_int_equal(type, SQLITE_TEXT);
        sqlite_file_text(file, value.bytes, &text);
        text_from_bytes(&stored, span_of(sqlite3_column_text(theirs, column + 1),
                                         (size_t)sqlite3_column_bytes(theirs, column + 1), 0));
        assert_string_equal(text_string(&text), text_string(&stored));
        break;
    case SQLITE_FILE_BLOB:
        assert_int_equal(type, SQLITE_BLOB);
        assert_int_equal(value.bytes.size, sqlite3_column_bytes(theirs, column + 1));
        if (value.bytes.size > 0)
            assert_memory_equal(value.bytes.data, sqlite3_column_blob(theirs, column + 1), value.bytes.size);
        break;
    }
    text_free(&text);
    text_free(&stored);
}

/* Every row and value of a table, without a word about damage; the rows. */
static size_t same_table(sqlite3 *db, struct sqlite_file *file, const char *name) {
    struct sqlite_file_table table;
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    sqlite3_stmt *theirs;
    char sql[128];
    size_t rows = 0;
    snprintf(sql, sizeof sql, "SELECT rowid, * FROM \"%s\" ORDER BY rowid", name);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &theirs, NULL), SQLITE_OK);
    assert_true(sqlite_file_find(file, name, &table));
    assert_true(sqlite_file_begin(file, table.root, &walk));
    int columns = sqlite3_column_count(theirs) - 1;
    for (int i = 0; i < columns; i++)
        assert_int_equal(sqlite_file_column(&table, sqlite3_column_name(theirs, i + 1)), i);
    for (; sqlite3_step(theirs) == SQLITE_ROW; rows++) {
        assert_true(sqlite_file_next(&walk, &row));
        assert_true(row.rowid == sqlite3_column_int64(theirs, 0));
        assert_false(row.cut);
        for (int i = 0; i < columns; i++)
            same_value(file, &row, i, theirs);
    }
    assert_false(sqlite_file_next(&walk, &row));
    assert_int_equal(job.noted, 0);
    assert_int_equal(job.fault.code, FAULT_NONE);
    sqlite3_finalize(theirs);
    return rows;
}

static const char types[] =
    "CREATE TABLE \"all types\"(id INTEGER PRIMARY KEY, [a b] TEXT DEFAULT 'x,(', `c` REAL, \"d\"\"e\" BLOB, f ANY CHECK(f <> ')'),"
    " -- remark, with a comma\n g DECIMAL(10,2) /* and ( */, 'h' INT, UNIQUE(h), CHECK(h <> 5));"
    "INSERT INTO \"all types\" VALUES(-5, '', 1.5, x'', NULL, 0, 1), (1, 'ä€𝄞', -1e300, x'0001', 127, -128, 2),"
    "(2, 'x', 3, zeroblob(5000), 32767, -32768, 3), (300, char(0x10ffff, 0xd7ff), 1e-9, x'ff', 8388607, -8388608, 4),"
    "(70000, 'y', 9007199254740993, NULL, 2147483647, -2147483648, 6),"
    "(9223372036854775807, 'z', 0.1, x'aa', 140737488355327, -140737488355328, 7),"
    "(9223372036854775806, 'w', 0, 'text', 9223372036854775807, -9223372036854775807, 8);"
    "CREATE TABLE late(a); INSERT INTO late VALUES(1); ALTER TABLE late ADD COLUMN b;"
    "INSERT INTO late VALUES(2, 3); CREATE TABLE empty(a, b);";

static void all_types(void **state) {
    (void)state;
    static const char *const encodings[] = {"UTF-8", "UTF-16le", "UTF-16be"};
    for (int e = 0; e < 3; e++)
        for (unsigned size = 512; size <= 65536; size *= 2) {
            char sql[4096];
            struct sqlite_file file;
            struct bytes none = {0};
            snprintf(sql, sizeof sql, "PRAGMA page_size=%u; PRAGMA encoding='%s'; PRAGMA auto_vacuum=%s; %s",
                     size, encodings[e], size % 3 == 1 ? "FULL" : "NONE", types);
            sqlite3 *db = make(sql);
            struct bytes bytes = read_all(path);
            assert_true(begin(bytes, none, &file));
            assert_int_equal(file.page_size, size);
            assert_int_equal(file.encoding, e + 1);
            assert_int_equal(same_table(db, &file, "ALL types"), 7);
            assert_int_equal(same_table(db, &file, "late"), 2);
            assert_int_equal(same_table(db, &file, "empty"), 0);
            assert_int_equal(sqlite3_close(db), SQLITE_OK);
            free(bytes.data);
        }
}

/* Long names of UTF-16BE with pairs at each place, as they are turned round in parts. */
static void long_texts(void **state) {
    (void)state;
    for (int e = 0; e < 2; e++) {
        struct sqlite_file file;
        struct bytes none = {0};
        char sql[1024];
        snprintf(
            sql, sizeof sql,
            "PRAGMA encoding='%s'; CREATE TABLE a(x); WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < 9) INSERT INTO a SELECT substr('abcdefghij', 1, i) || replace(hex(zeroblob(400)), '00', '𝄞') FROM n;"
            "INSERT INTO a VALUES(replace(hex(zeroblob(524288)), '00', 'é')), (zeroblob(1048577));",
            e ? "UTF-16be" : "UTF-8");
        sqlite3 *db = make(sql);
        struct bytes bytes = read_all(path);
        assert_true(begin(bytes, none, &file));
        assert_int_equal(same_table(db, &file, "a"), 12);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        free(bytes.data);
    }
}

static void longer_than_is_read(void **state) {
    struct bytes bytes =
                     made("CREATE TABLE a(x, y); INSERT INTO a VALUES('first', zeroblob(5000000)), (2, 3);"),
                 none = {0};
    struct sqlite_file file;
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    struct sqlite_file_value value;
    (void)state;
    uint32_t root = root_of(bytes, "a", &file);
    (void)none;
    assert_true(sqlite_file_begin(&file, root, &walk));
    assert_true(sqlite_file_next(&walk, &row) && row.cut);
    assert_true(sqlite_file_value(&row, 0, &value) && value.bytes.size == 5 && !value.cut);
    assert_true(sqlite_file_value(&row, 1, &value) && value.cut && value.bytes.size > 4000000);
    assert_true(sqlite_file_next(&walk, &row) && !row.cut && row.rowid == 2);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    free(bytes.data);
}

static void many_rows(void **state) {
    (void)state;
    sqlite3 *db = make(
        "PRAGMA auto_vacuum=FULL; CREATE TABLE a(id INTEGER PRIMARY KEY, url TEXT); WITH RECURSIVE n(i) AS (SELECT 1 "
        "UNION ALL SELECT i + 1 FROM n WHERE i < 120000) INSERT INTO a SELECT i * 7, 'https://example.com/' || i FROM n;"
        "DELETE FROM a WHERE id % 6 = 0;");
    struct bytes bytes = read_all(path), none = {0};
    struct sqlite_file file;
    assert_true(begin(bytes, none, &file));
    assert_int_equal(same_table(db, &file, "a"), 100000);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(bytes.data);
}

/* --- the log --- */

/* A database whose log has what was committed and a transaction that was not. */
static sqlite3 *logged(struct bytes *bytes, struct bytes *log) {
    sqlite3 *db = make(
        "PRAGMA page_size=1024; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE a(x);"
        "INSERT INTO a VALUES('one'); PRAGMA wal_checkpoint(TRUNCATE); CREATE TABLE b(y);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO b SELECT 'row ' || i FROM n;"
        "UPDATE a SET x = 'two'; PRAGMA cache_size=4; BEGIN; UPDATE a SET x = 'never'; "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) INSERT INTO b SELECT 'none ' || i FROM n;");
    *bytes = read_all(path);
    *log = read_all(log_path);
    run(db, "ROLLBACK");
    return db;
}

static void the_log(void **state) {
    struct bytes bytes, log, none = {0};
    struct sqlite_file file;
    struct sqlite_file_table table;
    (void)state;
    sqlite3 *db = logged(&bytes, &log);
    assert_true(begin(bytes, none, &file));
    assert_true(file.logged);
    assert_false(sqlite_file_find(&file, "b", &table));
    assert_true(begin(bytes, log, &file));
    assert_true(file.committed > 0 && file.open > 0);
    assert_int_equal(same_table(db, &file, "a"), 1);
    assert_int_equal(same_table(db, &file, "b"), 500);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(bytes.data);
    free(log.data);
}

/* What is behind the first wrong sum is not applied: as SQLite does it. */
static void damaged_logs(void **state) {
    struct bytes bytes, log;
    struct sqlite_file file;
    (void)state;
    sqlite3_close(logged(&bytes, &log));
    log.data[3] ^= 0x40;
    assert_int_equal(sweep(bytes, log), 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    log.data[3] ^= 0x40;
    log.data[10] ^= 1; /* the size of pages, of which the sum tells */
    assert_int_equal(sweep(bytes, log), 1);
    log.data[10] ^= 1;
    assert_int_equal(sweep(bytes, log), 501);
    assert_true(begin(bytes, log, &file));
    uint32_t frames = file.committed;
    log.data[32 + 1048 * (frames - 1) + 500] ^= 1; /* of the last transaction */
    assert_int_equal(sweep(bytes, log), 501);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_true(begin(bytes, log, &file) && file.committed < frames);
    log.data[32 + 500] ^= 1;
    assert_int_equal(sweep(bytes, log), 1);
    log.data[32 + 500] ^= 1;
    for (size_t cut = 0; cut < log.size; cut += 131) {
        struct bytes part = {malloc(cut + 1), cut};
        assert_non_null(part.data);
        memcpy(part.data, log.data, cut);
        size_t rows = sweep(bytes, part);
        assert_true(rows == 1 || rows == 501);
        free(part.data);
    }
    free(bytes.data);
    free(log.data);
}

/* --- columns --- */

static int column(const char *sql, const char *name) {
    return sqlite_file_column(&(struct sqlite_file_table){1, sql}, name);
}

static void columns(void **state) {
    (void)state;
    assert_int_equal(column("", "a"), -1);
    assert_int_equal(column("CREATE TABLE a", "a"), -1);
    assert_int_equal(column("CREATE TABLE a(", "a"), -1);
    assert_int_equal(column("CREATE TABLE a(b", "b"), 0);
    assert_int_equal(column("CREATE TABLE \"a(x\"(b,c)", "x"), -1);
    assert_int_equal(column("CREATE TABLE \"a(x\"(b,c)", "C"), 1);
    assert_int_equal(column("CREATE TABLE a(\"b", "b"), 0);
    assert_int_equal(column("CREATE TABLE a([b\"c], \"d\"\"e\" INT)", "b\"c"), 0);
    assert_int_equal(column("CREATE TABLE a([b\"c], \"d\"\"e\" INT)", "d\"e"), 1);
    assert_int_equal(column("CREATE TABLE a([b\"c], \"d\"\"e\" INT)", "d\""), -1);
    assert_int_equal(column("CREATE TABLE a('b''c' TEXT, d)", "d"), 1);
    assert_int_equal(
        column("CREATE TABLE a(b CHECK(b IN ('x)', 2)), primary_b, PRIMARY KEY(b))", "primary_b"), 1);
    assert_int_equal(column("CREATE TABLE a(b, PRIMARY KEY(b), c)", "c"), -1);
    assert_int_equal(column("CREATE TABLE a(b, \"check\" TEXT)", "check"), 1);
    assert_int_equal(column("CREATE TABLE a(b, v INT AS (b + 1), s AS (b) STORED, c)", "v"), -1);
    assert_int_equal(column("CREATE TABLE a(b, v INT AS (b + 1), s AS (b) STORED, c)", "s"), 1);
    assert_int_equal(column("CREATE TABLE a(b, v INT GENERATED ALWAYS AS (b + 1) VIRTUAL, c)", "c"), 1);
    assert_int_equal(column("CREATE TABLE a(b /* , c", "c"), -1);
}

static int start(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-sqlite.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/x.db", folder);
    snprintf(log_path, sizeof log_path, "%s-wal", path);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    unlink(path);
    unlink(log_path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_database),    cmocka_unit_test(every_prefix),
        cmocka_unit_test(every_bit),      cmocka_unit_test(circles),
        cmocka_unit_test(a_page_is_gone), cmocka_unit_test(without_rowid),
        cmocka_unit_test(many_pointers),  cmocka_unit_test(longer_than_is_read),
        cmocka_unit_test(columns),        cmocka_unit_test(all_types),
        cmocka_unit_test(long_texts),     cmocka_unit_test(many_rows),
        cmocka_unit_test(the_log),        cmocka_unit_test(damaged_logs),
    };
    return cmocka_run_group_tests(tests, start, end);
}
