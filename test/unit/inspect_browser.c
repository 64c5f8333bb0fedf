/* Histories of browsers in evidence: databases that are none, damage, what is kept of the two kinds. */
#include "detect/inspect_browser.h"
#include "detect/inspect_browser_gather.h"
#include "make/examine.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct examine e;
static struct row row;
static char folder[64], path[80];

static int setup(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-browser.XXXXXX");
    snprintf(path, sizeof path, "%s/x", mkdtemp(folder));
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    unlink(path);
    return rmdir(folder);
}

static struct span read_all(const char *name) {
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    uint8_t *data = malloc(size);
    assert_non_null(data);
    rewind(file);
    assert_int_equal(fread(data, 1, size, file), size);
    fclose(file);
    return span_of(data, size, 0);
}

static void run(sqlite3 *db, const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
}

static struct span made(const char *first, const char *second) {
    sqlite3 *db;
    unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run(db, first);
    run(db, second);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return read_all(path);
}

static void look(struct span bytes) {
    examine_free(&e);
    examine(&e, bytes.data, bytes.size);
}

static void look_and_free(struct span bytes) {
    look(bytes);
    free((void *)(uintptr_t)bytes.data);
}

/* As Chrome 120 makes them. */
static const char chromium[] =
    "CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);"
    "CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title LONGVARCHAR,visit_count INTEGER DEFAULT 0 NOT NULL,"
    "typed_count INTEGER DEFAULT 0 NOT NULL,last_visit_time INTEGER NOT NULL,hidden INTEGER DEFAULT 0 NOT NULL);"
    "CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,from_visit INTEGER,"
    "transition INTEGER DEFAULT 0 NOT NULL);"
    "CREATE TABLE downloads (id INTEGER PRIMARY KEY,guid VARCHAR NOT NULL,current_path LONGVARCHAR NOT NULL,target_path LONGVARCHAR NOT NULL,"
    "start_time INTEGER NOT NULL,received_bytes INTEGER NOT NULL,total_bytes INTEGER NOT NULL,referrer VARCHAR NOT NULL,tab_url VARCHAR NOT NULL);"
    "CREATE TABLE downloads_url_chains (id INTEGER NOT NULL,chain_index INTEGER NOT NULL,url LONGVARCHAR NOT NULL,PRIMARY KEY (id, chain_index));";

static const char firefox[] =
    "CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR, visit_count INTEGER DEFAULT 0,"
    "hidden INTEGER DEFAULT 0 NOT NULL, last_visit_date INTEGER, guid TEXT);"
    "CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER, visit_type INTEGER);"
    "CREATE TABLE moz_anno_attributes (id INTEGER PRIMARY KEY, name VARCHAR(32) UNIQUE NOT NULL);"
    "CREATE TABLE moz_annos (id INTEGER PRIMARY KEY, place_id INTEGER NOT NULL, anno_attribute_id INTEGER, content LONGVARCHAR, dateAdded INTEGER);";

static bool says(unsigned column, const char *text) {
    return examine_says(&row, column, text);
}

static void other_databases(void **state) {
    (void)state;
    look_and_free(made("CREATE TABLE a(b)", "INSERT INTO a VALUES('https://a.example/')"));
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(e.result.state, INSPECT_HEAD);
    look_and_free(made("CREATE TABLE urls(url); CREATE TABLE visits(b)",
                       "INSERT INTO urls VALUES('https://a.example/')"));
    assert_int_equal(e.result.type, INSPECT_NONE);
    look_and_free(made("CREATE TABLE urls(a); CREATE TABLE visits(visit_time)", ""));
    assert_int_equal(e.result.type, INSPECT_NONE);
    look(span_of("SQLite format 3", 16, 0));
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(e.job.noted, 0);
    assert_int_equal(e.job.fault.code, FAULT_NONE);
}

/* Of a large one that is none only its schema is read. */
static void no_more_is_read(void **state) {
    (void)state;
    look_and_free(made("CREATE TABLE a(b)", "INSERT INTO a VALUES(zeroblob(3000000))"));
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_true(e.result.bytes <= INSPECT_BROWSER_BLOCK);
}

static void nothing_in_it(void **state) {
    (void)state;
    look_and_free(made(chromium, ""));
    assert_int_equal(e.result.type, INSPECT_HISTORY);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 0);
    assert_true(examine_row(&e, FACT_browser_history, 0, &row) &&
                says(FACT_browser_history_browser, "chromium"));
    assert_int_equal(examine_integer(&row, FACT_browser_history_complete), 1);
}

static const char visits[] =
    "INSERT INTO urls(id, url, visit_count, last_visit_time) VALUES(1, 'https://User@WWW.example.COM:8443/a?q=secret', 3, 13350000000000000),"
    "(2, 'http://www.example.com/b', 1, 13360000000000000), (3, 'file:///C:/a.htm', 9, 13360000000000000), (4, 'https://192.0.2.7/x', 0, 0),"
    "(5, 'chrome://settings/', 1, 1), (6, 'https://other.example.net/', -4, -1), (7, NULL, 1, 1), (8, x'00', 1, 1);"
    "INSERT INTO visits(url, visit_time) VALUES(1, 13340000000000000), (1, 13350000000000000), (2, 13360000000000000), (6, 13340000000000001),"
    "(6, 9223372036854775807), (77, 13340000000000000);";

static void of_chromium(void **state) {
    (void)state;
    look_and_free(made(chromium, visits));
    assert_int_equal(e.result.type, INSPECT_HISTORY);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 3);
    assert_true(examine_row(&e, FACT_browser_host, 0, &row));
    assert_true(says(FACT_browser_host_host, "www.example.com") && says(FACT_browser_host_kind, "visited"));
    assert_int_equal(examine_integer(&row, FACT_browser_host_count), 4);
    assert_true(examine_integer(&row, FACT_browser_host_first) == 133400000000000000u);
    assert_true(examine_integer(&row, FACT_browser_host_last) == 133600000000000000u);
    assert_true(examine_row(&e, FACT_browser_host, 1, &row));
    assert_true(says(FACT_browser_host_host, "192.0.2.7") && says(FACT_browser_host_kind, "known"));
    assert_null(examine_cell(&row, FACT_browser_host_first));
    assert_true(examine_row(&e, FACT_browser_host, 2, &row));
    assert_true(says(FACT_browser_host_host, "other.example.net") && says(FACT_browser_host_kind, "visited"));
    assert_int_equal(examine_integer(&row, FACT_browser_host_count), 2);
    assert_true(examine_integer(&row, FACT_browser_host_last) == 133400000000000010u);
    assert_true(examine_row(&e, FACT_browser_history, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_browser_history_urls), 8);
    assert_int_equal(examine_integer(&row, FACT_browser_history_unnamed), 4);
    assert_int_equal(examine_integer(&row, FACT_browser_history_visits), 6);
    assert_int_equal(examine_rows(&e, FACT_hashes), 1);
    /* Nothing of it but hosts. */
    assert_null(memmem(e.rows.data, e.rows.size, "secret", 6));
    assert_null(memmem(e.rows.data, e.rows.size, "User", 4));
}

static void downloads(void **state) {
    (void)state;
    look_and_free(made(
        chromium,
        "INSERT INTO downloads VALUES(4, '', 'C:\\b.tmp', 'C:\\Users\\ä\\b.exe', 13340000000000000, 5, 5, '', 'https://page.example.org/?x'),"
        "(9, '', 'C:\\c', '', 13340000000000001, 7, 7, 'https://from.example.net/', 'https://page.example.org/'),"
        "(12, '', '', 'D:\\blob', 0, 7, -1, '', '');"
        "INSERT INTO downloads_url_chains VALUES(4, 0, 'https://go.example.com/1'), (4, 1, 'https://go.example.com/2'), (4, 2, 'https://cdn.example.com/3'),"
        "(9, 0, 'https://cdn.example.com/'), (99, 0, 'https://nobody.example.com/'), (12, 0, 'blob:https://x.example.com/1');"));
    assert_int_equal(examine_rows(&e, FACT_browser_download), 4);
    assert_true(examine_row(&e, FACT_browser_download, 0, &row));
    assert_true(says(FACT_browser_download_host, "go.example.com") &&
                says(FACT_browser_download_referrer, "page.example.org"));
    assert_true(says(FACT_browser_download_target, "C:\\\\Users\\\\ä\\\\b.exe"));
    assert_int_equal(examine_integer(&row, FACT_browser_download_size), 5);
    assert_true(examine_integer(&row, FACT_browser_download_time) == 133400000000000000u);
    assert_true(examine_row(&e, FACT_browser_download, 1, &row));
    assert_true(says(FACT_browser_download_host, "cdn.example.com"));
    assert_int_equal(examine_integer(&row, FACT_browser_download_download), 4);
    assert_true(examine_row(&e, FACT_browser_download, 2, &row));
    assert_true(says(FACT_browser_download_target, "C:\\\\c") &&
                says(FACT_browser_download_referrer, "from.example.net"));
    assert_true(examine_row(&e, FACT_browser_download, 3, &row));
    assert_true(says(FACT_browser_download_target, "D:\\\\blob"));
    assert_null(examine_cell(&row, FACT_browser_download_host));
    assert_null(examine_cell(&row, FACT_browser_download_size));
    assert_null(examine_cell(&row, FACT_browser_download_time));
    assert_true(examine_row(&e, FACT_browser_history, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_browser_history_downloads), 3);
    assert_int_equal(examine_integer(&row, FACT_browser_history_hosts), 0); /* nothing was visited */
    assert_int_equal(examine_rows(&e, FACT_browser_host), 0);
    look_and_free(made(
        "CREATE TABLE urls(id INTEGER PRIMARY KEY, url, visit_count, last_visit_time); CREATE TABLE visits(url, visit_time);"
        "CREATE TABLE downloads(id INTEGER PRIMARY KEY, full_path, url, start_time, total_bytes);",
        "INSERT INTO downloads VALUES(1, 'C:\\old.exe', 'http://old.example.com/x', 13340000000000000, 3);"));
    assert_int_equal(examine_rows(&e, FACT_browser_download), 1);
    assert_true(examine_row(&e, FACT_browser_download, 0, &row));
    assert_true(says(FACT_browser_download_host, "old.example.com") &&
                says(FACT_browser_download_target, "C:\\\\old.exe"));
}

static void of_firefox(void **state) {
    (void)state;
    look_and_free(made(
        firefox,
        "INSERT INTO moz_places(id, url, visit_count, last_visit_date) VALUES(1, 'https://example.org/a', 2, 1700000000500000),"
        "(2, 'https://mark.example.org/', 0, NULL), (3, 'https://cdn.example.org/x.exe', 0, NULL);"
        "INSERT INTO moz_historyvisits(place_id, visit_date, visit_type) VALUES(1, 1600000000000001, 1), (1, 1700000000500000, 2), (3, 1600000000000000, 7);"
        "INSERT INTO moz_anno_attributes VALUES(3, 'other'), (5, 'downloads/destinationFileURI');"
        "INSERT INTO moz_annos VALUES(8, 3, 5, 'file:///C:/Users/a/x.exe', 1600000000000000), (9, 3, 3, 'no', 1), (10, 2, 5, 'file:///C:/y', 0);"));
    assert_int_equal(examine_rows(&e, FACT_browser_host), 3);
    assert_true(examine_row(&e, FACT_browser_host, 0, &row));
    assert_true(says(FACT_browser_host_host, "example.org"));
    assert_int_equal(examine_integer(&row, FACT_browser_host_count), 2);
    assert_true(examine_integer(&row, FACT_browser_host_first) == 132444736000000010u);
    assert_true(examine_integer(&row, FACT_browser_host_last) == 133444736005000000u);
    assert_true(examine_row(&e, FACT_browser_host, 1, &row) && says(FACT_browser_host_kind, "known"));
    assert_true(examine_row(&e, FACT_browser_host, 2, &row) && says(FACT_browser_host_kind, "visited"));
    assert_int_equal(examine_rows(&e, FACT_browser_download), 2);
    assert_true(examine_row(&e, FACT_browser_download, 0, &row));
    assert_true(says(FACT_browser_download_host, "cdn.example.org") &&
                says(FACT_browser_download_target, "file:///C:/Users/a/x.exe"));
    assert_true(examine_row(&e, FACT_browser_history, 0, &row) &&
                says(FACT_browser_history_browser, "firefox"));
}

/* --- damage, and too much --- */

static void damage_is_told(void **state) {
    (void)state;
    struct span bytes = made(
        chromium,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
        "INSERT INTO urls(url, visit_count, last_visit_time) SELECT 'https://h' || i || '.example.com/', 1, 13340000000000000 FROM n;");
    look(bytes);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 4000);
    memset((uint8_t *)(uintptr_t)bytes.data + 20 * 4096, 0x55, 4096);
    look(bytes);
    assert_in_range(examine_rows(&e, FACT_browser_host), 3500, 3999);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    assert_true(examine_row(&e, FACT_browser_history, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_browser_history_complete), 0);
    static const struct inspect_options options = {.inspect = true};
    examine_free(&e);
    examine_cut(&e, bytes.data, bytes.size / 2, bytes.size, &options); /* less than it claims */
    assert_in_range(examine_rows(&e, FACT_browser_host), 1000, 3000);
    assert_int_equal(examine_rows(&e, FACT_hashes), 0);
    assert_true(examine_findings(&e, "damaged") > 0);
    for (size_t i = 0; i < 3 * 4096; i += 61) { /* header and schema */
        uint8_t *byte = (uint8_t *)(uintptr_t)bytes.data + i;
        *byte ^= (uint8_t)(1u << i % 8);
        look(bytes);
        assert_true(examine_rows(&e, FACT_browser_host) <= 4000);
        *byte ^= (uint8_t)(1u << i % 8);
    }
    free((void *)(uintptr_t)bytes.data);
}

static void more_than_is_kept(void **state) {
    (void)state;
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %u) INSERT INTO urls(url, visit_count, "
        "last_visit_time) SELECT 'https://h' || i || '.example.com/', 1, 13340000000000000 FROM n;",
        INSPECT_BROWSER_HOSTS + 5);
    look_and_free(made(chromium, sql));
    assert_int_equal(examine_rows(&e, FACT_browser_host), INSPECT_BROWSER_HOSTS);
    assert_int_equal(e.result.state, INSPECT_SKIPPED);
    assert_int_equal(e.job.notes[0].code, FAULT_LIMIT);
    assert_int_equal(e.job.noted, 1);
    snprintf(
        sql, sizeof sql,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %u) INSERT INTO downloads SELECT i, '', '', "
        "'C:\\x', 13340000000000000, 1, 1, '', '' FROM n;",
        INSPECT_BROWSER_DOWNLOADS + 5);
    look_and_free(made(chromium, sql));
    assert_int_equal(examine_rows(&e, FACT_browser_download), INSPECT_BROWSER_DOWNLOADS);
    assert_int_equal(e.job.notes[0].code, FAULT_LIMIT);
}

/* --- the log --- */

static struct span log_bytes;
static unsigned asked;

static bool beside_read(const void *context, struct job *job, const char *ending, uint64_t most,
                        struct span *ret) {
    (void)context;
    (void)job;
    assert_string_equal(ending, "-wal");
    asked++;
    *ret = log_bytes;
    return log_bytes.size > 0 && log_bytes.size <= most;
}

static const struct inspect_beside beside = {beside_read, NULL};

static void look_with(struct span bytes) {
    static const struct inspect_options options = {.inspect = true, .beside = &beside};
    asked = 0;
    examine_free(&e);
    examine_cut(&e, bytes.data, bytes.size, bytes.size, &options);
}

static void drop(struct span bytes) {
    free((void *)(uintptr_t)bytes.data);
}

/* The database as it lies there while somebody has it open, and its log. */
static void read_both(struct span *bytes) {
    char log_path[96];
    snprintf(log_path, sizeof log_path, "%s-wal", path);
    *bytes = read_all(path);
    log_bytes = read_all(log_path);
}

static sqlite3 *open_logged(void) {
    sqlite3 *db;
    unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    run(db, chromium);
    run(db, visits);
    return db;
}

static void with_its_log(void **state) {
    (void)state;
    struct span bytes;
    sqlite3 *db = open_logged();
    read_both(&bytes);
    look_with(bytes); /* all of it is in the log */
    assert_int_equal(e.result.type, INSPECT_HISTORY);
    assert_int_equal(asked, 1);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 3);
    assert_true(examine_row(&e, FACT_browser_history, 0, &row));
    assert_true(examine_integer(&row, FACT_browser_history_frames) > 5);
    assert_int_equal(examine_integer(&row, FACT_browser_history_complete), 1);
    drop(log_bytes);
    log_bytes = span_of("", 0, 0);
    look_with(bytes); /* there is none */
    assert_int_equal(e.result.type, INSPECT_NONE);
    drop(bytes);
    run(db, "PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO urls(url, visit_count, last_visit_time) "
            "VALUES('https://late.example.com/', 1, 1);");
    read_both(&bytes);
    look(bytes);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 3);
    look_with(bytes);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 4);
    assert_int_equal(asked, 1);
    sqlite3_close(db);
    drop(log_bytes);
    drop(bytes);
    bytes = made(chromium, visits);
    look_with(bytes); /* a database without one is not asked for any */
    assert_int_equal(asked, 0);
    drop(bytes);
}

/* What the log takes out is told as that; bookmarks are not. */
static void taken_out(void **state) {
    (void)state;
    struct span bytes;
    sqlite3 *db = open_logged();
    run(db,
        "PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM urls WHERE id <> 6; DELETE FROM visits WHERE url <> 6;");
    read_both(&bytes);
    look_with(bytes);
    assert_int_equal(examine_rows(&e, FACT_browser_host), 2);
    assert_true(examine_row(&e, FACT_browser_host, 0, &row));
    assert_true(says(FACT_browser_host_host, "other.example.net") && says(FACT_browser_host_kind, "visited"));
    assert_int_equal(examine_integer(&row, FACT_browser_host_count), 2);
    assert_true(examine_row(&e, FACT_browser_host, 1, &row));
    assert_true(says(FACT_browser_host_host, "www.example.com") && says(FACT_browser_host_kind, "removed"));
    assert_int_equal(examine_integer(&row, FACT_browser_host_count), 4);
    assert_true(examine_integer(&row, FACT_browser_host_first) == 133400000000000000u);
    assert_true(examine_row(&e, FACT_browser_history, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_browser_history_urls), 1);
    assert_int_equal(examine_integer(&row, FACT_browser_history_visits), 2);
    assert_int_equal(examine_integer(&row, FACT_browser_history_complete), 1);
    sqlite3_close(db);
    drop(log_bytes);
    drop(bytes);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(other_databases), T(no_more_is_read), T(nothing_in_it), T(damage_is_told), T(more_than_is_kept),
        T(of_chromium),     T(downloads),       T(of_firefox),    T(with_its_log),   T(taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
