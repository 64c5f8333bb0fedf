/* Cases: what is refused first, then what is kept, then files of others. */
#include "case/casefile_schema.h"
#include "unit/case_made.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/assay-casefile-XXXXXX";
static char path[64], partial[80];

static int make_folder(void **state) {
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a.assay", folder);
    snprintf(partial, sizeof partial, "%s.partial", path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static int remove_files(void **state) {
    (void)state;
    unlink(path);
    unlink(partial);
    return 0;
}

static bool exists(const char *name) {
    struct stat st;
    return lstat(name, &st) == 0;
}

static void write_file(const char *name, const void *data, size_t size) {
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* --- rows of workers --- */

static enum casefile_taken send_integer(struct casefile *c, unsigned table, unsigned column, uint64_t value) {
    struct text bytes = {0};
    struct row_writer w;
    row_begin(&w, &bytes, table);
    row_integer(&w, column, value);
    enum casefile_taken taken = made_send(c, &bytes, 7);
    text_free(&bytes);
    return taken;
}

static enum casefile_taken send_text(struct casefile *c, unsigned table, unsigned column, const char *text,
                                     size_t size) {
    struct text bytes = {0};
    struct row_writer w;
    row_begin(&w, &bytes, table);
    row_text(&w, column, text, size);
    enum casefile_taken taken = made_send(c, &bytes, 7);
    text_free(&bytes);
    return taken;
}

static void rows_that_are_not_a_workers(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    for (unsigned table = 0; table < 256; table++) {
        if (table < FACT_TABLES && casefile_schema_tables[table].who == CASEFILE_SCHEMA_WORKER)
            continue;
        unsigned first = 0, end = 0;
        if (table < FACT_TABLES)
            casefile_schema_range((enum fact_table)table, &first, &end);
        assert_int_equal(send_integer(c, table, first, 1), CASEFILE_REFUSED);
        assert_int_equal(send_text(c, table, first, "x", 1), CASEFILE_REFUSED);
    }
    assert_string_equal(casefile_error(c), "");
    casefile_close(c);
}

static void cells_that_do_not_fit(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_int_equal(send_integer(c, FACT_pe, FACT_hashes_sha256, 1), CASEFILE_REFUSED); /* other table */
    assert_int_equal(send_integer(c, FACT_pe, 0xffff, 1), CASEFILE_REFUSED);             /* no column */
    assert_int_equal(send_integer(c, FACT_pe, FACT_pe_linker, 1), CASEFILE_REFUSED);     /* other type */
    assert_int_equal(send_text(c, FACT_pe, FACT_pe_machine, "1", 1), CASEFILE_REFUSED);
    assert_int_equal(send_text(c, FACT_hashes, FACT_hashes_sha256, "1", 1), CASEFILE_REFUSED);
    assert_int_equal(send_integer(c, FACT_pe, FACT_pe_artifact, 9), CASEFILE_REFUSED); /* the parent's */
    assert_int_equal(send_integer(c, FACT_pe_section, FACT_pe_section_entropy, 1),
                     CASEFILE_REFUSED); /* no ordinal */
    assert_int_equal(send_text(c, FACT_pe, FACT_pe_linker, "a\0b", 3), CASEFILE_REFUSED);
    static const char *const ill[] = {"\xff",     "\x80",      "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82", "ok\xf0\x9f"};
    for (size_t i = 0; i < sizeof ill / sizeof ill[0]; i++)
        assert_int_equal(send_text(c, FACT_pe, FACT_pe_linker, ill[i], strlen(ill[i])), CASEFILE_REFUSED);
    char *huge = malloc(CASEFILE_CELL + 1);
    assert_non_null(huge);
    memset(huge, 'x', CASEFILE_CELL + 1);
    assert_int_equal(send_text(c, FACT_pe, FACT_pe_linker, huge, CASEFILE_CELL + 1), CASEFILE_REFUSED);
    assert_string_equal(made_ask(c, "SELECT count(*) FROM pe"), "0");
    assert_int_equal(send_text(c, FACT_pe, FACT_pe_linker, huge, CASEFILE_CELL), CASEFILE_TAKEN);
    free(huge);
    casefile_close(c);
}

static void one_column_twice_and_artifact_zero(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct text bytes = {0};
    struct row_writer w;
    row_begin(&w, &bytes, FACT_pe);
    row_integer(&w, FACT_pe_machine, 1);
    row_integer(&w, FACT_pe_machine, 2);
    assert_int_equal(made_send(c, &bytes, 1), CASEFILE_REFUSED);
    row_begin(&w, &bytes, FACT_pe);
    row_integer(&w, FACT_pe_machine, 1);
    assert_int_equal(made_send(c, &bytes, 0), CASEFILE_REFUSED);
    row_begin(&w, &bytes, FACT_pe);
    assert_int_equal(made_send(c, &bytes, UINT64_MAX), CASEFILE_REFUSED);
    text_free(&bytes);
    casefile_close(c);
}

static enum casefile_taken send_finding(struct casefile *c, uint64_t artifact, const char *detector,
                                        uint64_t severity, uint64_t strength, const char *summary) {
    struct text bytes = {0};
    struct row_writer w;
    row_begin(&w, &bytes, FACT_finding);
    row_string(&w, FACT_finding_detector, detector);
    row_integer(&w, FACT_finding_severity, severity);
    row_integer(&w, FACT_finding_strength, strength);
    row_string(&w, FACT_finding_summary, summary);
    enum casefile_taken taken = made_send(c, &bytes, artifact);
    text_free(&bytes);
    return taken;
}

static enum casefile_taken send_detail(struct casefile *c, uint64_t artifact, const char *key,
                                       const char *value) {
    struct text bytes = {0};
    struct row_writer w;
    row_begin(&w, &bytes, FACT_finding_detail);
    row_string(&w, FACT_finding_detail_key, key);
    row_string(&w, FACT_finding_detail_value, value);
    enum casefile_taken taken = made_send(c, &bytes, artifact);
    text_free(&bytes);
    return taken;
}

static void findings_of_no_detector(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_int_equal(send_finding(c, 1, "unheard_of", 1, 1, "x"), CASEFILE_REFUSED);
    assert_int_equal(send_finding(c, 1, "hidden", 5, 1, "x"), CASEFILE_REFUSED);
    assert_int_equal(send_finding(c, 1, "hidden", 1, 3, "x"), CASEFILE_REFUSED);
    char *huge = calloc(1, CASEFILE_SUMMARY + 2);
    assert_non_null(huge);
    memset(huge, 'x', CASEFILE_SUMMARY + 1);
    assert_int_equal(send_finding(c, 1, "hidden", 1, 1, huge), CASEFILE_REFUSED);
    free(huge);
    assert_int_equal(send_detail(c, 1, "key", "value"), CASEFILE_REFUSED); /* of which finding? */
    assert_int_equal(send_finding(c, 1, "hidden", 1, 1, "x"), CASEFILE_TAKEN);
    assert_int_equal(send_detail(c, 2, "key", "value"), CASEFILE_REFUSED);
    for (int i = 0; i < FINDING_DETAILS; i++)
        assert_int_equal(send_detail(c, 1, "key", "value"), CASEFILE_TAKEN);
    assert_int_equal(send_detail(c, 1, "key", "value"), CASEFILE_REFUSED);
    assert_int_equal(send_integer(c, FACT_finding, FACT_finding_id, 1), CASEFILE_REFUSED);
    assert_int_equal(send_integer(c, FACT_finding_detail, FACT_finding_detail_finding, 1), CASEFILE_REFUSED);
    casefile_close(c);
}

static void facts_of_a_retried_artifact(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct text bytes = {0};
    struct row_writer w;
    for (unsigned round = 0; round < 2; round++) {
        row_begin(&w, &bytes, FACT_pe);
        row_integer(&w, FACT_pe_machine, 0x8664 + round);
        row_begin(&w, &bytes, FACT_pe_section);
        row_integer(&w, FACT_pe_section_ordinal, 0);
        row_begin(&w, &bytes, FACT_pe_section);
        row_integer(&w, FACT_pe_section_ordinal, 1);
        assert_int_equal(made_send(c, &bytes, 3), CASEFILE_TAKEN);
        assert_int_equal(send_finding(c, 3, "hidden", 2, 1, "same"), CASEFILE_TAKEN);
        assert_int_equal(send_detail(c, 3, "k", "v"), CASEFILE_TAKEN);
    }
    assert_int_equal(send_finding(c, 3, "hidden", 2, 1, "same"), CASEFILE_TAKEN);
    assert_int_equal(send_detail(c, 3, "k", "another"), CASEFILE_TAKEN);
    assert_true(casefile_finish(c, NULL));
    assert_string_equal(made_ask(c, "SELECT count(*) || ' ' || max(machine) FROM pe"), "1 34404");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM pe_section"), "2");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM finding"), "2");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM finding_detail"), "2");
    text_free(&bytes);
    casefile_close(c);
}

/* --- order --- */

static void arrive(struct casefile *c, const int order[4]) {
    for (int i = 0; i < 4; i++) {
        uint64_t artifact = (uint64_t)order[i];
        char value[2] = {(char)('0' + order[i]), 0};
        assert_int_equal(send_finding(c, artifact, "hidden", artifact % 2 + 1, 1, "one"), CASEFILE_TAKEN);
        assert_int_equal(send_finding(c, artifact, "hidden", 4, 0, "two"), CASEFILE_TAKEN);
        assert_int_equal(send_detail(c, artifact, "zebra", value), CASEFILE_TAKEN);
        assert_int_equal(send_detail(c, artifact, "ant", value), CASEFILE_TAKEN);
    }
    struct finding whole = made_finding(SEVERITY_CRITICAL, STRENGTH_WEAK, "three");
    struct casefile_reference reference = {2, "clean twin"};
    assert_true(casefile_finding(c, (struct casefile_place){.volume = 1}, &whole, &reference, 1));
}

static void dump(struct casefile *c, struct text *out) {
    static const char *const sql[] = {
        "SELECT id || ' ' || coalesce(artifact, '-') || ' ' || severity || strength || summary FROM finding",
        "SELECT finding || key || value FROM finding_detail",
        "SELECT finding || role || artifact FROM finding_reference"};
    for (int i = 0; i < 3; i++) {
        struct db_query *query = db_prepare(casefile_db(c), sql[i]);
        assert_non_null(query);
        while (db_step(query))
            text_format(out, "%s\n", db_text(query, 0, NULL));
        db_finish(query);
    }
}

static void numbers_do_not_depend_on_arrival(void **state) {
    (void)state;
    static const int orders[2][4] = {{1, 2, 3, 4}, {3, 1, 4, 2}};
    struct text dumps[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        struct casefile *c = made_case(NULL);
        arrive(c, orders[i]);
        assert_true(casefile_finish(c, NULL));
        dump(c, &dumps[i]);
        casefile_close(c);
    }
    assert_string_equal(text_string(&dumps[0]), text_string(&dumps[1]));
    assert_non_null(strstr(text_string(&dumps[0]),
                           "1 1 40two\n2 2 40two\n3 3 40two\n4 4 40two\n5 - 40three\n6 1 21one\n"));
    assert_non_null(strstr(text_string(&dumps[0]), "1zebra1\n1ant1\n2zebra2\n"));
    assert_non_null(strstr(text_string(&dumps[0]), "5clean twin2\n"));
    text_free(&dumps[0]);
    text_free(&dumps[1]);
}

/* --- the parent's rows --- */

static void names_that_cannot_be_stored(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    made_artifact(c, 1, "/a\xff", "b\xc0");
    char *deep = malloc(3 * CASEFILE_TEXT);
    assert_non_null(deep);
    for (size_t i = 0; i < 3 * CASEFILE_TEXT - 1; i++)
        deep[i] = "\xe2\x82\xac"[i % 3];
    deep[3 * CASEFILE_TEXT - 1] = 0;
    struct listing listing = made_listing("/a", deep);
    listing.stream = "s\0t";
    listing.stream_size = 3;
    assert_true(casefile_artifact(c, 2, &listing, span_of("", 0, 0), NULL, NULL));
    assert_true(casefile_state(c, 2, "skipped", "bad \xff reason"));
    free(deep);
    assert_true(casefile_finish(c, NULL));
    assert_string_equal(made_ask(c, "SELECT path FROM folder WHERE id = 1"), "/a\\xFF");
    assert_string_equal(made_ask(c, "SELECT name FROM artifact WHERE id = 1"), "b\\xC0");
    assert_string_equal(made_ask(c, "SELECT stream FROM artifact WHERE id = 2"), "s\\u0000t");
    assert_string_equal(made_ask(c, "SELECT reason FROM artifact WHERE id = 2"), "bad \\xFF reason");
    assert_true(strtol(made_ask(c, "SELECT length(CAST(name AS BLOB)) FROM artifact WHERE id = 2"), NULL,
                       10) <= CASEFILE_TEXT);
    casefile_close(c);
}

static void nothing_after_the_end(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(casefile_finish(c, "half of it is missing"));
    assert_string_equal(made_ask(c, "SELECT value FROM meta WHERE key = 'complete'"), "0");
    assert_string_equal(made_ask(c, "SELECT value FROM meta WHERE key = 'incomplete_because'"),
                        "half of it is missing");
    assert_false(casefile_meta(c, "a", "b"));
    assert_false(casefile_finish(c, NULL));
    casefile_close(c);
    c = made_case(NULL);
    struct finding unknown = made_finding(SEVERITY_LOW, STRENGTH_FIRM, "x");
    unknown.detector = "nobody";
    assert_false(casefile_finding(c, (struct casefile_place){.artifact = 1}, &unknown, NULL, 0));
    assert_string_not_equal(casefile_error(c), "");
    assert_false(casefile_finish(c, NULL));
    casefile_close(c);
    casefile_close(NULL);
}

static void folders_are_kept_once(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    char name[32];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "/folder-%u", i % 2500);
        made_artifact(c, i + 1, name, "f");
    }
    struct listing link = made_listing("", "root-link");
    assert_true(casefile_path(c, 1, &link));
    assert_true(casefile_finish(c, NULL));
    assert_string_equal(made_ask(c, "SELECT count(*) || ' ' || count(DISTINCT path) FROM folder"),
                        "2501 2501");
    assert_string_equal(
        made_ask(c, "SELECT path FROM artifact a JOIN folder o ON o.id = a.folder WHERE a.id = 4000"),
        "/folder-1499");
    casefile_close(c);
}

static void the_view_has_words(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    made_artifact(c, 1, "/a", "b.dll");
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "there");
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, NULL));
    assert_string_equal(
        made_ask(c, "SELECT severity || strength || title || path || evidence || volume FROM story"),
        "highfirmsomething hidden/a/b.dlldisk.img1");
    casefile_close(c);
}

/* --- files --- */

static void refuses_to_overwrite(void **state) {
    (void)state;
    struct text error = {0};
    write_file(path, "mine", 4);
    assert_null(casefile_create(path, false, &error));
    assert_non_null(strstr(text_string(&error), "exists already"));
    assert_false(exists(partial));
    text_clear(&error);
    struct casefile *c = casefile_create(path, true, &error);
    assert_non_null(c);
    casefile_close(c); /* not finished: the old file stays */
    assert_false(exists(partial));
    assert_true(exists(path));
    assert_null(casefile_create(folder, true, &error));
    assert_null(casefile_create("/nowhere/at/all/x.assay", false, &error));
    text_free(&error);
}

static void foreign_partial_files_stay(void **state) {
    (void)state;
    struct text error = {0};
    write_file(partial, "precious", 8);
    assert_null(casefile_create(path, false, &error));
    assert_true(exists(partial));
    unlink(partial);
    assert_int_equal(symlink("/etc/hostname", partial), 0);
    assert_null(casefile_create(path, false, &error));
    assert_true(exists(partial));
    unlink(partial);
    assert_int_equal(mkfifo(partial, 0600), 0);
    assert_null(casefile_create(path, false, &error));
    assert_true(exists(partial));
    text_free(&error);
}

static void dead_partial_files_go(void **state) {
    (void)state;
    struct text error = {0};
    struct casefile *living = made_case(path);
    assert_null(casefile_create(path, false, &error));
    assert_non_null(strstr(text_string(&error), "another scan"));
    char copy[4096];
    int fd = open(partial, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, copy, sizeof copy), sizeof copy); /* its identity is on disk at once */
    close(fd);
    casefile_close(living);
    write_file(partial, copy, sizeof copy);
    struct casefile *c = casefile_create(path, false, &error);
    assert_non_null(c);
    assert_true(casefile_finish(c, NULL));
    casefile_close(c);
    assert_true(exists(path));
    assert_false(exists(partial));
    text_free(&error);
}

static void a_name_taken_meanwhile(void **state) {
    (void)state;
    struct casefile *c = made_case(path);
    write_file(path, "mine", 4);
    assert_false(casefile_finish(c, NULL));
    assert_non_null(strstr(casefile_error(c), "removed"));
    casefile_close(c);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 4);
    assert_false(exists(partial));
}

/* A disk that is full at each of several sizes: no case under the final name, no rest, and a reason. */
static void a_full_disk(void **state) {
    (void)state;
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    for (rlim_t size = 0; size < 600000; size += size < 40000 ? 4096 : 65536) {
        struct text error = {0};
        small = (struct rlimit){size, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        struct casefile *c = casefile_create(path, false, &error);
        bool finished = false;
        if (c) {
            struct listing listing = made_listing("/a", "b");
            bool ok = true;
            for (uint64_t i = 1; i < 20000 && ok; i++)
                ok = casefile_artifact(c, i, &listing, span_of("", 0, 0), "read", NULL);
            finished = casefile_finish(c, NULL);
            assert_true(finished || casefile_error(c)[0]);
        } else
            assert_true(error.size > 0);
        casefile_close(c);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_false(exists(partial));
        assert_int_equal(exists(path), finished);
        assert_false(finished);
        text_free(&error);
    }
}

static void a_file_uri_is_a_name(void **state) {
    (void)state;
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    struct casefile *c = made_case("file:x?mode=memory");
    assert_true(casefile_finish(c, NULL));
    casefile_close(c);
    assert_true(exists("file:x?mode=memory"));
    unlink("file:x?mode=memory");
    assert_int_equal(chdir(before), 0);
}

/* --- cases of others --- */

static void made_file(void) {
    struct casefile *c = made_case(path);
    made_artifact(c, 1, "/a", "b");
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "there");
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, NULL));
    casefile_close(c);
}

static void alter(const char *sql) {
    char *why = NULL;
    struct db *db = db_create(path, &why);
    assert_non_null(db);
    if (!db_run(db, sql))
        fail_msg("%s: %s", sql, db_error(db));
    db_close(db);
}

static void is_refused(const char *words) {
    struct text error = {0};
    struct casefile *c = casefile_open(path, &error);
    assert_null(c);
    if (!strstr(text_string(&error), words))
        fail_msg("%s", text_string(&error));
    text_free(&error);
}

static void opens_its_own(void **state) {
    (void)state;
    struct text error = {0};
    made_file();
    struct casefile *c = casefile_open(path, &error);
    assert_non_null(c);
    assert_string_equal(made_ask(c, "SELECT summary FROM story"), "there");
    assert_false(casefile_meta(c, "a", "b"));
    casefile_close(c);
    text_free(&error);
}

static void altered_cases(void **state) {
    (void)state;
    static const struct {
        const char *sql, *words;
    } cases[] = {
        {"PRAGMA application_id = 1", "not a case"},
        {"PRAGMA user_version = 9999", "newer"},
        {"PRAGMA user_version = 3", "older"},
        {"CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM finding; END", "altered"},
        {"CREATE VIEW v AS SELECT load_extension('x')", "altered"},
        {"DROP VIEW story; CREATE VIEW story AS SELECT 1 AS id", "altered"},
        {"CREATE TABLE extra(x)", "altered"},
        {"CREATE INDEX extra ON meta(value)", "altered"},
        {"DROP INDEX finding_artifact", "altered"},
        {"DROP TABLE coverage", "altered"},
        {"ALTER TABLE meta ADD COLUMN more TEXT", "altered"},
        {"CREATE VIRTUAL TABLE f USING fts5(x)", "altered"},
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'meta'",
         "altered"},
        {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE "
         "name = 'meta') WHERE name = 'artifact'",
         "damaged"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made_file();
        alter(cases[i].sql);
        is_refused(cases[i].words);
        unlink(path);
    }
}

static void things_that_are_no_case(void **state) {
    (void)state;
    is_refused("No such file");
    write_file(path, "", 0);
    is_refused("not a case");
    write_file(path, "SQLite format 3", 16);
    is_refused("not a");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    is_refused("not a file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    is_refused("");
    assert_int_equal(rmdir(path), 0);
}

/* Each byte of the first pages, and then some, turned over: refused or read, never a crash. */
static void damaged_files(void **state) {
    (void)state;
    made_file();
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = 0; at < st.st_size; at += at < 256 ? 1 : 211) {
        uint8_t byte, other;
        struct text error = {0};
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        other = (uint8_t)~byte;
        assert_int_equal(pwrite(fd, &other, 1, at), 1);
        struct casefile *c = casefile_open(path, &error);
        assert_true(c || error.size > 0);
        casefile_close(c);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        text_free(&error);
    }
    close(fd);
}

/* --- the document --- */

static void the_document_is_current(void **state) {
    (void)state;
    struct text wanted = {0};
    casefile_schema_document(&wanted);
    FILE *file = fopen("docs/case.md", "rb");
    if (!file)
        skip();
    char *have = calloc(1, wanted.size + 2);
    assert_non_null(have);
    size_t size = fread(have, 1, wanted.size + 1, file);
    fclose(file);
    if (size != wanted.size || memcmp(have, wanted.data, size) != 0)
        fail_msg("docs/case.md is not what build/release/make/case_doc prints");
    for (unsigned i = 0; i < FACT_COLUMNS; i++)
        assert_non_null(strstr(have, casefile_schema_columns[i].meaning));
    free(have);
    text_free(&wanted);
}

/* The example queries of the document are valid. */
static void its_questions_can_be_asked(void **state) {
    (void)state;
    struct text document = {0};
    struct casefile *c = made_case(NULL);
    assert_true(casefile_finish(c, NULL));
    casefile_schema_document(&document);
    char *at = strstr(document.data, "## Questions"), sql[1024] = "";
    int asked = 0;
    assert_non_null(at);
    for (char *line = strtok_r(at, "\n", &at); line; line = strtok_r(NULL, "\n", &at)) {
        if (memcmp(line, "    ", 4) != 0)
            continue;
        size_t used = strlen(sql);
        snprintf(sql + used, sizeof sql - used, "%s\n", line);
        if (!strchr(line, ';'))
            continue;
        struct db_query *query = db_prepare(casefile_db(c), sql);
        if (!query)
            fail_msg("%s: %s", sql, casefile_error(c));
        (void)!db_step(query);
        db_finish(query);
        sql[0] = 0;
        asked++;
    }
    assert_true(asked >= 7);
    casefile_close(c);
    text_free(&document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_not_a_workers),
        cmocka_unit_test(cells_that_do_not_fit),
        cmocka_unit_test(one_column_twice_and_artifact_zero),
        cmocka_unit_test(findings_of_no_detector),
        cmocka_unit_test(facts_of_a_retried_artifact),
        cmocka_unit_test(numbers_do_not_depend_on_arrival),
        cmocka_unit_test(names_that_cannot_be_stored),
        cmocka_unit_test(nothing_after_the_end),
        cmocka_unit_test(folders_are_kept_once),
        cmocka_unit_test(the_view_has_words),
        cmocka_unit_test_teardown(refuses_to_overwrite, remove_files),
        cmocka_unit_test_teardown(foreign_partial_files_stay, remove_files),
        cmocka_unit_test_teardown(dead_partial_files_go, remove_files),
        cmocka_unit_test_teardown(a_name_taken_meanwhile, remove_files),
        cmocka_unit_test_teardown(a_full_disk, remove_files),
        cmocka_unit_test(a_file_uri_is_a_name),
        cmocka_unit_test_teardown(opens_its_own, remove_files),
        cmocka_unit_test_teardown(altered_cases, remove_files),
        cmocka_unit_test_teardown(things_that_are_no_case, remove_files),
        cmocka_unit_test_teardown(damaged_files, remove_files),
        cmocka_unit_test(the_document_is_current),
        cmocka_unit_test(its_questions_can_be_asked),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
