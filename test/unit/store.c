/* A store of SQLite: what counts, what is kept beside it, and that half an import is none. */
#include "store/questions.h"

#include "base/digest.h"
#include "base/filetime.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { HOSTS = 24, THINGS = 40 };

static char folder[64], path[96];

static int set_up(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-store.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s.store", folder);
    return digest_prepare() ? 0 : -1;
}

static int tear_down(void **state) {
    char name[128];
    static const char *const ends[] = {"", "-wal", "-shm"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static struct store *opened(enum store_mode mode) {
    struct text error = {0};
    struct store *store = store_open(path, mode, &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(store);
    text_free(&error);
    return store;
}

static int64_t number(struct store *store, const char *words) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, words);
    struct engine_rows *rows = store_ask(store, &sql);
    assert_true(store_next(store, rows));
    int64_t value = store_number(store, rows, 0);
    store_finish(store, rows);
    sql_free(&sql);
    assert_string_equal(store_error(store), "");
    return value;
}

/* --- a fleet by hand --- */

static struct store_thing thing_of(unsigned i, char name[16]) {
    snprintf(name, 16, "t%u.dll", i);
    return (struct store_thing){.kind = STORE_IMAGE,
                                .path = name,
                                .name = name,
                                .sha256 = "",
                                .authentihash = "",
                                .signer = "",
                                .exports = "",
                                .version = "",
                                .product = ""};
}

struct made {
    struct extract extract;
    struct extract_thing things[THINGS];
    char names[THINGS][16], host[32];
    struct store_mark mark;
    struct store_covered covered;
};

static struct store_host host_of(const char *name) {
    return (struct store_host){.host = rows_id("host", name),
                               .name = name,
                               .domain = "",
                               .machine_guid = name,
                               .machine_sid = "",
                               .mac = "",
                               .os_build = "",
                               .role = "",
                               .products = ""};
}

/* Host number `host` at `when` with the things whose bits are set. */
static struct extract *made(struct made *m, unsigned host, uint64_t when, uint64_t things) {
    char key[64];
    *m = (struct made){.extract = {.things = m->things}};
    snprintf(m->host, sizeof m->host, "h%u", host);
    snprintf(key, sizeof key, "%u %llu", host, (unsigned long long)when);
    struct extract *e = &m->extract;
    e->host = host_of(m->host);
    e->made = (struct store_case){.caseid = rows_id("case", key),
                                  .host = e->host.host,
                                  .collected = when,
                                  .verdict = "suspicious",
                                  .rank = 2,
                                  .complete = true};
    for (unsigned i = 0; i < THINGS; i++)
        if (things >> i & 1) {
            struct extract_thing *t = &m->things[e->thing_count];
            t->thing = thing_of(i, m->names[e->thing_count++]);
            t->id = rows_thing_id(&t->thing);
            t->time = 1000 + i;
        }
    if (e->thing_count > 0)
        m->mark = (struct store_mark){
            .thing = m->things[0].id, .severity = 3, .stage = "", .detector = "x", .summary = "y"};
    m->covered = (struct store_covered){"", true};
    e->marks = &m->mark;
    e->mark_count = e->thing_count > 0;
    e->covered = &m->covered;
    e->covered_count = 1;
    return e;
}

static enum store_added put_with(struct store *store, unsigned host, uint64_t when, uint64_t things,
                                 uint64_t *collides) {
    struct made m;
    struct store_report report;
    enum store_added added = store_put(store, made(&m, host, when, things), &report);
    text_free(&report.name);
    text_free(&report.reason);
    *collides = report.collides;
    return added;
}

static enum store_added put(struct store *store, unsigned host, uint64_t when, uint64_t things) {
    uint64_t collides;
    return put_with(store, host, when, things, &collides);
}

/* Counts, rarity and leftovers are what a recount says. */
static void sound(struct store *store) {
#define RECOUNT "SELECT thing, count(*) AS hosts FROM presence JOIN host_case USING (number) GROUP BY thing"
#define PRESENT                                                                                              \
    "SELECT p.thing, c.host, c.caseid, p.time FROM presence p JOIN host_case c ON c.number = p.number WHERE" \
    " p.thing IN (SELECT thing FROM (" RECOUNT ") WHERE hosts <= 16)"
    static const char *const nothing[] = {
        "SELECT thing, hosts FROM thing_count WHERE hosts <> 0 EXCEPT " RECOUNT,
        RECOUNT " EXCEPT SELECT thing, hosts FROM thing_count",
        "SELECT thing, host, caseid, time FROM rarity EXCEPT " PRESENT,
        PRESENT " EXCEPT SELECT thing, host, caseid, time FROM rarity",
        "SELECT 1 FROM presence WHERE number NOT IN (SELECT number FROM host_case)",
        "SELECT 1 FROM mark WHERE caseid NOT IN (SELECT caseid FROM host_case)",
        "SELECT 1 FROM covered WHERE caseid NOT IN (SELECT caseid FROM host_case)",
        "SELECT host FROM host_case EXCEPT SELECT host FROM host",
        "SELECT thing FROM presence EXCEPT SELECT thing FROM thing",
    };
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        struct text words = {0};
        text_format(&words, "SELECT count(*) FROM (%s)", nothing[i]);
        if (number(store, text_string(&words)) != 0)
            fail_msg("not sound: %s", nothing[i]);
        text_free(&words);
    }
}

/* --- tests --- */

static void what_counts(void **state) {
    (void)state;
    struct store *store = opened(STORE_WRITE);
    assert_int_equal(put(store, 1, 100, 7), STORE_ADDED);
    assert_int_equal(put(store, 1, 100, 7), STORE_SAME);
    assert_int_equal(put(store, 1, 99, 1), STORE_OLDER);
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 3);
    assert_int_equal(put(store, 1, 101, 9), STORE_REPLACED);
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 2);
    assert_int_equal(number(store, "SELECT count(*) FROM {cases}"), 1);
    assert_int_equal(number(store, "SELECT count(*) FROM {marks}"), 1);
    assert_int_equal(put(store, 1, 100, 7), STORE_OLDER); /* it does not come back */
    assert_int_equal(put(store, 2, 50, 8), STORE_ADDED);
    assert_int_equal(number(store, "SELECT max(hosts) FROM {counts}"), 2);
    sound(store);
    assert_true(store_forget(store, "H1")); /* whatever its letters' case */
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 1);
    assert_int_equal(number(store, "SELECT count(*) FROM {things}"), 1); /* what nobody has is gone */
    sound(store);
    assert_int_equal(put(store, 1, 1, 1), STORE_ADDED); /* forgotten: nothing of it is newer */
    assert_int_equal(store_host(store, "h1"), rows_id("host", "h1"));
    store_close(store);
    store = opened(STORE_READ);
    assert_int_equal(number(store, "SELECT count(*) FROM {hosts}"), 2);
    assert_false(store_forget(store, "nobody"));
    assert_non_null(strstr(store_error(store), "there is no host 'nobody'"));
    assert_int_equal(put(store, 3, 1, 1), STORE_FAILED); /* errors stay */
    store_close(store);
}

static void machine_ids(void **state) {
    (void)state;
    struct made m;
    struct store_report report;
    struct store *store = opened(STORE_WRITE);
    assert_int_equal(put(store, 1, 100, 1), STORE_ADDED);
    struct extract *e = made(&m, 2, 100, 1);
    e->host.machine_guid = "h1"; /* a clone */
    assert_int_equal(store_put(store, e, &report), STORE_ADDED);
    assert_int_equal(report.collides, rows_id("host", "h1"));
    text_free(&report.name);
    text_free(&report.reason);
    assert_int_equal(number(store, "SELECT count(*) FROM {hosts}"), 2); /* kept apart */
    struct question question;
    questions_collisions(&question, store_dialect(store));
    struct engine_rows *rows = questions_ask(store, &question);
    int count = 0;
    while (store_next(store, rows))
        count++;
    assert_int_equal(count, 2);
    store_finish(store, rows);
    questions_free(&question);
    store_close(store);
}

static uint32_t draw(uint32_t *seed) {
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Adds, replaces, forgets in any order: what is kept equals a recount, and what this test keeps itself. */
static void any_order(void **state) {
    (void)state;
    uint64_t things[HOSTS] = {0}, when[HOSTS] = {0};
    uint32_t seed = 3;
    struct store *store = opened(STORE_WRITE);
    for (int round = 0; round < 400; round++) {
        unsigned host = draw(&seed) % HOSTS;
        char name[16];
        snprintf(name, sizeof name, "h%u", host);
        /* Some things are on nearly all hosts, so that their counts go up and down past STORE_RARE. */
        uint64_t set = ((uint64_t)draw(&seed) << 20 ^ draw(&seed)) & ((UINT64_C(1) << THINGS) - 1);
        set |= draw(&seed) % 5 ? 0xff : 0;
        uint64_t time = 1 + draw(&seed) % 1000;
        if (draw(&seed) % 8 == 0 && when[host]) {
            assert_true(store_forget(store, name));
            when[host] = things[host] = 0;
        } else {
            enum store_added wanted = !when[host]          ? STORE_ADDED
                                      : time > when[host]  ? STORE_REPLACED
                                      : time == when[host] ? STORE_SAME
                                                           : STORE_OLDER;
            assert_int_equal(put(store, host, time, set), wanted);
            if (wanted == STORE_ADDED || wanted == STORE_REPLACED) {
                when[host] = time;
                things[host] = set;
            }
        }
        if (round % 20 == 19)
            sound(store);
    }
    for (unsigned i = 0; i < THINGS; i++) {
        char name[16], words[128];
        int64_t hosts = 0;
        for (unsigned h = 0; h < HOSTS; h++)
            hosts += (int64_t)(things[h] >> i & 1);
        thing_of(i, name);
        snprintf(
            words, sizeof words,
            "SELECT coalesce(max(hosts), 0) FROM {counts} {join} (SELECT thing FROM {things} WHERE name = '%s')"
            " USING (thing)",
            name);
        assert_int_equal(number(store, words), hosts);
    }
    store_close(store);
}

/* In a child, which says by its status that nothing failed. */
static pid_t writer(unsigned first, unsigned count, uint64_t when) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct text error = {0};
    struct store *store = store_open(path, STORE_WRITE, &error);
    bool good = store != NULL;
    for (unsigned i = 0; good && i < count; i++) {
        enum store_added added = put(store, first + i, when, UINT64_C(0xfff) << (i % 8));
        good = added != STORE_FAILED && added != STORE_REFUSED;
    }
    if (!good)
        fprintf(stderr, "# writer: %s%s\n", text_string(&error), store ? store_error(store) : "");
    store_close(store);
    text_free(&error);
    _exit(good ? 0 : 1);
}

/* Four at once, also of the same hosts: the newest counts, whoever was first. */
static void many_writers(void **state) {
    (void)state;
    pid_t pids[4];
    for (unsigned i = 0; i < 4; i++)
        pids[i] = writer(i / 2 * 30, 40, 100 + i);
    for (unsigned i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct store *store = opened(STORE_READ);
    assert_int_equal(number(store, "SELECT count(*) FROM {cases}"), 70);
    assert_int_equal(number(store, "SELECT count(*) FROM {cases} WHERE collected = 103"), 40);
    assert_int_equal(number(store, "SELECT count(*) FROM {cases} WHERE collected = 101"), 30);
    sound(store);
    store_close(store);
}

/* Writes half an import of host 2, over an older one, says so, and waits to be killed. */
static void half(int said) {
    struct made m;
    struct engine engine = {.shape = &sqlite_engine};
    struct extract *e = made(&m, 2, 200, UINT64_MAX >> (64 - THINGS));
    const struct engine_import import = {e->host.host, e->made.caseid};
    bool good = sqlite_engine.open(&engine, path, STORE_WRITE) && sqlite_engine.begin(&engine, &import) &&
                sqlite_engine.replaces(&engine, rows_id("case", "2 100")) &&
                sqlite_engine.host(&engine, &e->host);
    for (size_t i = 0; good && i < e->thing_count; i++) {
        const struct store_presence presence = {e->things[i].id, 1};
        good = sqlite_engine.thing(&engine, e->things[i].id, &e->things[i].thing) &&
               sqlite_engine.presence(&engine, &presence);
    }
    if (write(said, good ? "y" : "n", 1) == 1)
        for (;;)
            pause();
    _exit(1);
}

static void killed(void **state) {
    (void)state;
    int ends[2], status;
    char said = 0;
    struct store *store = opened(STORE_WRITE);
    assert_int_equal(put(store, 1, 100, 3), STORE_ADDED);
    assert_int_equal(put(store, 2, 100, 5), STORE_ADDED);
    store_close(store);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        half(ends[1]);
    assert_int_equal(read(ends[0], &said, 1), 1);
    assert_int_equal(said, 'y');
    store = opened(STORE_READ); /* readers see what was */
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 4);
    store_close(store);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(ends[0]);
    close(ends[1]);
    store = opened(STORE_WRITE);
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 4);
    assert_int_equal(number(store,
                            "SELECT collected FROM {cases} WHERE host IN (SELECT host FROM {hosts} WHERE"
                            " name = 'h2')"),
                     100);
    sound(store);
    assert_int_equal(put(store, 2, 200, 0xff), STORE_REPLACED); /* and again, to the end */
    assert_int_equal(number(store, "SELECT count(*) FROM {current}"), 10);
    sound(store);
    store_close(store);
}

static void refused(const char *wanted) {
    struct text error = {0};
    assert_null(store_open(path, STORE_WRITE, &error));
    if (!strstr(text_string(&error), wanted))
        fail_msg("'%s' is not in '%s'", wanted, text_string(&error));
    text_free(&error);
}

static void run(const char *sql) {
    char *why;
    struct db *db = db_open_shared(path, 1, &why);
    assert_non_null(db);
    assert_true(db_run(db, sql));
    db_close(db);
}

/* Databases of others, stores of other versions, and ours with something put in. */
static void strangers(void **state) {
    (void)state;
    struct text error = {0};
    assert_null(store_open(path, STORE_READ, &error));
    assert_non_null(strstr(text_string(&error), "there is no store"));
    text_free(&error);
    run("CREATE TABLE host(host); PRAGMA application_id = 5");
    refused("no store of assay");
    unlink(path);
    store_close(opened(STORE_WRITE));
    run("CREATE TRIGGER t AFTER INSERT ON host BEGIN DELETE FROM host; END");
    refused("altered");
    run("DROP TRIGGER t; CREATE VIEW v AS SELECT 1");
    refused("altered");
    run("DROP VIEW v; PRAGMA user_version = 99");
    refused("another version");
    run("PRAGMA user_version = 3");
    store_close(opened(STORE_WRITE));
    error = (struct text){0};
    assert_null(store_open(folder, STORE_WRITE, &error)); /* a folder */
    assert_true(error.size > 0);
    text_free(&error);
}

/* What people type and what cases say are texts and nothing else. */
static void nasty_names(void **state) {
    (void)state;
    static const char nasty[] = "x'); DROP TABLE host; --{things}\\\"%";
    struct made m;
    struct store_report report;
    struct question question;
    struct store *store = opened(STORE_WRITE);
    struct extract *e = made(&m, 1, 1, 1);
    m.things[0].thing.product = nasty;
    m.things[0].id = rows_thing_id(&m.things[0].thing);
    assert_int_equal(store_put(store, e, &report), STORE_ADDED);
    text_free(&report.name);
    text_free(&report.reason);
    questions_search(&question, store_dialect(store), nasty, 10);
    struct engine_rows *rows = questions_ask(store, &question);
    assert_true(store_next(store, rows));
    assert_string_equal(store_text(store, rows, 4), nasty);
    assert_false(store_next(store, rows));
    store_finish(store, rows);
    questions_free(&question);
    struct questions_element element;
    assert_true(questions_element("product:x'); DROP TABLE host; --{things}\\\"%", &element));
    questions_versions(&question, store_dialect(store), &element);
    rows = questions_ask(store, &question);
    assert_true(store_next(store, rows));
    assert_int_equal(store_number(store, rows, 5), 1);
    store_finish(store, rows);
    questions_free(&question);
    assert_int_equal(number(store, "SELECT count(*) FROM {hosts}"), 1);
    store_close(store);
}

static void elements(void **state) {
    (void)state;
    struct questions_element element;
    static const char *const bad[] = {
        "",           "name",
        "name:",      "sha256:abc",
        "colour:red", "sha256:",
        ":x",         "sha256:zz9c9d5a6950519578684c8d81346391d5d34ddf84868ab7be69c58ff5b8edb0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(questions_element(bad[i], &element));
    assert_true(questions_element("name:FFmpeg.DLL", &element));
    assert_string_equal(element.value, "ffmpeg.dll");
    assert_true(questions_element("product:A:b", &element));
    assert_string_equal(element.value, "A:b");
    struct store *store = opened(STORE_WRITE);
    assert_false(questions_found_element(store, &element));
    put(store, 1, 1, 3);
    assert_false(questions_found_element(store, &element)); /* one host alone */
    put(store, 2, 1, 7);
    put(store, 3, 1, 6); /* here t1 is marked, which the others have, too */
    assert_true(questions_found_element(store, &element));
    assert_int_equal(element.common, QUESTIONS_MARKED);
    struct question names;
    questions_elements(&names, store_dialect(store), 5);
    struct engine_rows *rows = questions_ask(store, &names);
    for (unsigned i = 1; i <= 2; i++) { /* t0 of two hosts is marked, too */
        assert_true(store_next(store, rows));
        assert_string_equal(store_text(store, rows, 0), i == 1 ? element.value : "t0.dll");
        assert_int_equal(store_number(store, rows, 1), 4 - i);
    }
    assert_false(store_next(store, rows));
    store_finish(store, rows);
    questions_free(&names);
    assert_string_equal(store_error(store), "");
    store_close(store);
}

/* --- what was looked at --- */

static void put_looked(struct store *store, const char *name, struct store_thing *things, size_t count,
                       const struct store_covered *covered, size_t covered_count) {
    struct extract_thing rows[8];
    struct store_report report;
    struct extract e = {.things = rows, .thing_count = count};
    struct store_covered copies[4];
    for (size_t i = 0; i < count; i++) {
        struct store_thing *t = &things[i];
        t->name = t->sha256 = t->authentihash = t->signer = t->exports = t->version = t->product = "";
        rows[i] = (struct extract_thing){.id = rows_thing_id(t), .thing = *t};
    }
    for (size_t i = 0; i < covered_count; i++)
        copies[i] = covered[i];
    e.covered = copies;
    e.covered_count = covered_count;
    e.host = host_of(name);
    e.made = (struct store_case){.caseid = rows_id("case", name), .host = e.host.host, .verdict = ""};
    assert_int_equal(store_put(store, &e, &report), STORE_ADDED);
    text_free(&report.name);
    text_free(&report.reason);
}

/* What one host has alone, and whether the other was looked at there. */
static void looked(void **state) {
    static const struct store_covered whole[] = {{"", true}, {ROWS_HIVE_SYSTEM, false}};
    static const struct store_covered part[] = {
        {"", false}, {"/windows/system32/drivers", false}, {ROWS_HIVE_SYSTEM, true}};
    static const char *const lines[] = {"driver /windows/system32/drivers/a.sys partly",
                                        "execution /windows/system32/drivers/e.exe no",
                                        "image /windows/system32/b.dll no",
                                        "image /x/c.dll no",
                                        "service /windows/system32/drivers/d.sys yes",
                                        "software  no"};
    struct store_thing things[] = {
        {.kind = STORE_DRIVER, .path = "/windows/system32/drivers/a.sys"},
        {.kind = STORE_IMAGE, .path = "/windows/system32/b.dll"},
        {.kind = STORE_IMAGE, .path = "/x/c.dll"},
        {.kind = STORE_SERVICE, .path = "/windows/system32/drivers/d.sys"},
        {.kind = STORE_EXECUTION, .path = "/windows/system32/drivers/e.exe"},
        {.kind = STORE_SOFTWARE, .path = ""},
    };
    struct store_thing others[] = {{.kind = STORE_IMAGE, .path = "/y.dll"},
                                   {.kind = STORE_SERVICE, .path = "/z.sys"}};
    struct store *store = opened(STORE_WRITE);
    struct question question;
    struct text all = {0}, wanted = {0};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        text_format(&wanted, "%s\n", lines[i]);
    put_looked(store, "whole", things, 6, whole, 2);
    put_looked(store, "part", others, 2, part, 3);
    questions_diff(&question, store_dialect(store), store_host(store, "whole"), store_host(store, "part"), 0);
    struct text sql = {0};
    text_format(&sql,
                "SELECT kind || ' ' || path || ' ' || looked AS line FROM (%s) WHERE side = 'first' ORDER BY"
                " line",
                sql_string(&question.sql));
    struct sql ask = {.text = sql, .engine = store_dialect(store)};
    struct engine_rows *rows = store_ask(store, &ask);
    while (store_next(store, rows))
        text_format(&all, "%s\n", store_text(store, rows, 0));
    store_finish(store, rows);
    assert_string_equal(text_string(&all), text_string(&wanted));
    text_clear(&ask.text);
    text_format(&ask.text, "SELECT kind || looked AS line FROM (%s) WHERE side = 'second' ORDER BY line",
                sql_string(&question.sql));
    rows = store_ask(store, &ask);
    assert_true(store_next(store, rows));
    assert_string_equal(store_text(store, rows, 0), "imageyes"); /* all files, but half a hive */
    assert_true(store_next(store, rows));
    assert_string_equal(store_text(store, rows, 0), "servicepartly");
    store_finish(store, rows);
    sql_free(&ask);
    questions_free(&question);
    text_free(&all);
    text_free(&wanted);
    store_close(store);
}

/* --- what came into the store --- */

static size_t came(struct store *store, uint64_t since, unsigned most) {
    struct question question;
    size_t count = 0;
    questions_watch_added(&question, store_dialect(store), since, most, 0);
    struct engine_rows *rows = questions_ask(store, &question);
    while (store_next(store, rows)) {
        assert_true(store_number(store, rows, 0) >= (int64_t)since);
        count++;
    }
    store_finish(store, rows);
    questions_free(&question);
    assert_string_equal(store_error(store), "");
    return count;
}

/* The host that is named is the one that had it first, whatever the order of ids. */
static void watch_on(void **state) {
    (void)state;
    struct store *store = opened(STORE_WRITE);
    for (unsigned host = 1; host <= 6; host++) {
        struct made m;
        struct store_report report;
        struct extract *e = made(&m, host, 100, 3);
        m.things[0].time = 5000 - 100 * host; /* the last one first */
        m.things[1].time = host == 2 ? 7000 : 0;
        e->host.domain = host == 2 ? "a.example" : "";
        assert_int_equal(store_put(store, e, &report), STORE_ADDED);
        text_free(&report.name);
        text_free(&report.reason);
    }
    for (int added = 0; added < 2; added++) {
        struct question question;
        (added ? questions_watch_added : questions_watch)(&question, store_dialect(store), 1, 16, 0);
        struct engine_rows *rows = questions_ask(store, &question);
        for (unsigned i = 0; i < 2; i++) {
            assert_true(store_next(store, rows));
            assert_int_equal(store_number(store, rows, (unsigned)added), i == 0 ? 4400 : 7000);
            assert_string_equal(store_text(store, rows, question.count - 1), i == 0 ? "h6" : "h2");
        }
        assert_false(store_next(store, rows));
        store_finish(store, rows);
        questions_free(&question);
    }
    assert_int_equal(store_host(store, "H2.A.example"), rows_id("host", "h2"));
    assert_string_equal(store_error(store), "");
    assert_int_equal(store_host(store, "h2.b.example"), 0);
    store_close(store);
}

static void watch_added(void **state) {
    (void)state;
    struct store *store = opened(STORE_WRITE);
    assert_int_equal(put(store, 1, 100, 7), STORE_ADDED);
    uint64_t then = filetime_now();
    assert_int_equal(came(store, 1, 16), 3);
    assert_int_equal(came(store, then, 16), 0);
    assert_int_equal(put(store, 1, 101, 15), STORE_REPLACED); /* seven were there before */
    assert_int_equal(came(store, then, 16), 1);
    assert_int_equal(put(store, 2, 100, 24), STORE_ADDED);
    assert_int_equal(came(store, then, 16), 2);
    assert_int_equal(came(store, then, 1), 1); /* two hosts have the other */
    store_close(store);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(looked),      TEST(watch_added), TEST(watch_on),     TEST(what_counts),
        TEST(machine_ids), TEST(any_order),   TEST(many_writers), TEST(killed),
        TEST(strangers),   TEST(nasty_names), TEST(elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
