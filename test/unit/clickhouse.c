/* Stores on a ClickHouse server, with a server of the test's own: addresses, passwords, escapes, errors,
 * tries. */
#include "store/clickhouse_private.h"
#include "store/store.h"

#include "base/digest.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "pass word&7"

/* --- the server: one request a connection, answered by what the request holds --- */

enum { RULES = 16, SEEN = 1 << 20 };

struct rule {
    const char *holds; /* of the URL or body, percent-encoded in the URL; NULL ends the list */
    int status;        /* 0: closes the connection without a word; 1: the same within the body */
    const char *body;  /* NULL: without end */
    int times;         /* how often; 0 is always */
};

struct shared {
    int counts[RULES];
    size_t size;
    char seen[SEEN];
};

static struct shared *shared;
static pid_t server;
static unsigned port;

static size_t request_of(int fd, char *data, size_t room) {
    size_t size = 0, wanted = room - 1;
    ssize_t got;
    while (size < wanted && (got = read(fd, data + size, wanted - size)) > 0) {
        size += (size_t)got;
        data[size] = 0;
        char *end = strstr(data, "\r\n\r\n"), *length = strcasestr(data, "content-length: ");
        if (end && wanted == room - 1) {
            size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
            wanted = (size_t)(end - data) + 4 + body;
            if (wanted > room - 1)
                break;
        }
    }
    data[size] = 0;
    return size;
}

/* A row that does not end, or a complaint of many lines. */
static void respond_without_end(int fd, const struct rule *rule) {
    static char bytes[65536];
    char head[64];
    int length = snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nConnection: close\r\n\r\n", rule->status);
    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 99; rule->status != 200 && i < sizeof bytes; i += 100)
        bytes[i] = '\n';
    signal(SIGPIPE, SIG_IGN);
    bool going = write(fd, head, (size_t)length) == length;
    while (going)
        going = write(fd, bytes, sizeof bytes) > 0;
}

static void respond(int fd, const struct rule *rule) {
    char head[256];
    if (rule->status == 0)
        return;
    if (!rule->body) {
        respond_without_end(fd, rule);
        return;
    }
    size_t size = strlen(rule->body);
    int length =
        snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 rule->status == 1 ? 200 : rule->status, rule->status == 1 ? size + 10 : size);
    if (write(fd, head, (size_t)length) != length || write(fd, rule->body, size) != (ssize_t)size)
        _exit(3);
}

static void serve(int listener, const struct rule *rules) {
    static char data[SEEN];
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        size_t size = request_of(fd, data, sizeof data);
        if (shared->size + size < SEEN) {
            memcpy(shared->seen + shared->size, data, size);
            shared->size += size;
        }
        size_t i = 0;
        while (rules[i].holds &&
               (!strstr(data, rules[i].holds) || (rules[i].times && shared->counts[i] >= rules[i].times)))
            i++;
        static const struct rule nothing = {"", 200, "", 0};
        shared->counts[i]++;
        respond(fd, rules[i].holds ? &rules[i] : &nothing);
        close(fd);
    }
}

static void start(const struct rule *rules) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    port = ntohs(address.sin_port);
    memset(shared, 0, sizeof *shared);
    server = fork();
    if (server == 0)
        serve(listener, rules);
    close(listener);
}

static void stop(void) {
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static int set_up(void **state) {
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    setenv("ASSAY_STORE_PASSWORD", SECRET, 1);
    setenv("ASSAY_STORE_RETRY", "1", 1); /* seconds */
    return shared != MAP_FAILED && digest_prepare() ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    munmap(shared, sizeof *shared);
    return 0;
}

/* The columns of a store, as the server tells them. */
static const char columns[] =
    "covered\tbatch\tInt64\ncovered\tcomplete\tInt64\ncovered\tprefix\tString\n"
    "host\tbatch\tInt64\nhost\tdomain\tString\nhost\thost\tInt64\nhost\tmac\tString\nhost\tmachine_guid\tString\n"
    "host\tmachine_sid\tString\nhost\tname\tString\nhost\tos_build\tString\nhost\tproducts\tString\nhost\trole\tString\n"
    "host_case\tadded\tInt64\nhost_case\tcaseid\tInt64\nhost_case\tcollected\tInt64\nhost_case\tcomplete\tInt64\n"
    "host_case\tgone\tInt64\nhost_case\thost\tInt64\nhost_case\tothers\tArray(Int64)\n"
    "host_case\tpresences\tArray(Int64)\nhost_case\trank\tInt64\nhost_case\tsince\tInt64\nhost_case\tturn\tString\n"
    "host_case\tverdict\tString\nimport\tbatch\tInt64\nimport\thost\tInt64\nimport\tstarted\tInt64\n"
    "mark\tbatch\tInt64\nmark\tdetector\tString\nmark\tseverity\tInt64\nmark\tstage\tString\nmark\tstrength\tInt64\n"
    "mark\tsummary\tString\nmark\tthing\tInt64\nmark\ttime\tInt64\nplace\tcountry\tString\nplace\tgone\tInt64\n"
    "place\thost\tInt64\nplace\tmac\tString\nplace\towner\tString\nplace\trole\tString\nplace\tsite\tString\nplace\tversion\tInt64\n"
    "presence\tbatch\tInt64\npresence\tthing\tInt64\npresence\ttime\tInt64\nthing\tadded\tInt64\n"
    "thing\tauthentihash\tString\nthing\tbuilt\tInt64\nthing\tearliness\tInt64\n"
    "thing\texports\tString\nthing\tkind\tString\nthing\tname\tString\nthing\tpath\tString\n"
    "thing\tproduct\tString\nthing\tsha256\tString\nthing\tsigner\tString\nthing\tthing\tInt64\nthing\tversion\tString\n";

#define GREETING                                                                                             \
    {"version()", 200, "18\n", 0}, {                                                                         \
        "system.columns", 200, columns, 0                                                                    \
    }

static struct store *opened(struct text *error) {
    char where[64];
    snprintf(where, sizeof where, "clickhouse://me@127.0.0.1:%u/base", port);
    return store_open(where, STORE_READ, error);
}

static struct engine_rows *asked(struct store *store, const char *words) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, words);
    struct engine_rows *rows = store_ask(store, &sql);
    sql_free(&sql);
    return rows;
}

/* --- addresses and passwords --- */

static void addresses_are_read(void **state) {
    struct clickhouse_where w;
    struct text why = {0};
    (void)state;
    assert_true(clickhouse_where_parse("clickhouse://me@h-1.example:9/d_1", &w, &why));
    assert_string_equal(w.user, "me");
    assert_string_equal(w.host, "h-1.example");
    assert_string_equal(w.database, "d_1");
    assert_int_equal(w.port, 9);
    assert_false(w.tls);
    assert_true(clickhouse_where_parse("clickhouses://[::1]/d", &w, &why));
    assert_string_equal(w.host, "::1");
    assert_string_equal(w.user, "default");
    assert_int_equal(w.port, 8443);
    assert_true(w.tls);
    assert_true(clickhouse_where_parse("clickhouse://h/d", &w, &why));
    assert_int_equal(w.port, 8123);
    assert_int_equal(why.size, 0);
}

static void bad_addresses_are_refused(void **state) {
    static const char *const bad[] = {"clickhouse://",
                                      "clickhouse://h",
                                      "clickhouse://h/",
                                      "clickhouse:///d",
                                      "clickhouse://h:0/d",
                                      "clickhouse://h:65536/d",
                                      "clickhouse://h:1x/d",
                                      "clickhouse://h:/d",
                                      "clickhouse://h/d;drop",
                                      "clickhouse://h/d?x=1",
                                      "clickhouse://h/d/e",
                                      "clickhouse://[::1/d",
                                      "clickhouse://h\n/d",
                                      "http://h/d",
                                      "clickhouse://@h/d",
                                      "clickhouse://u v@h/d",
                                      "clickhouse://me:hidden@h/d",
                                      "clickhouse://me:hid/den@h/d"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct clickhouse_where w;
        struct text why = {0};
        assert_false(clickhouse_where_parse(bad[i], &w, &why));
        assert_true(why.size > 0);
        assert_null(strstr(text_string(&why), "hid"));
        text_free(&why);
    }
}

static void passwords_come_from_files_of_ones_own(void **state) {
    char name[] = "/tmp/assay-password.XXXXXX";
    struct clickhouse_where w = {.tls = false};
    struct text why = {0};
    int fd = mkstemp(name);
    (void)state;
    assert_int_equal(write(fd, "first line\nsecond\n", 18), 18);
    close(fd);
    unsetenv("ASSAY_STORE_PASSWORD");
    setenv("ASSAY_STORE_PASSWORD_FILE", name, 1);
    assert_true(clickhouse_where_password(&w, &why));
    assert_string_equal(w.password, "first line");
    assert_int_equal(chmod(name, 0640), 0);
    assert_false(clickhouse_where_password(&w, &why));
    assert_non_null(strstr(text_string(&why), "0600"));
    assert_null(strstr(text_string(&why), "first"));
    unlink(name);
    assert_false(clickhouse_where_password(&w, &why));
    setenv("ASSAY_STORE_PASSWORD_FILE", "/tmp", 1);
    assert_false(clickhouse_where_password(&w, &why));
    unsetenv("ASSAY_STORE_PASSWORD_FILE");
    setenv("ASSAY_STORE_PASSWORD", SECRET, 1);
    text_free(&why);
}

/* --- rows --- */

static void cells_survive(void **state) {
    static const char *const cells[] = {"",     "a\tb",     "line\nfeed\r", "back\\slash\\n",
                                        "it's", "\xc3\xa4", "\\N"};
    struct text row = {0};
    char *read[CLICKHOUSE_TSV_CELLS];
    (void)state;
    for (size_t i = 0; i < 7; i++) {
        if (i > 0)
            text_char(&row, '\t');
        clickhouse_tsv_cell(&row, cells[i]);
    }
    assert_null(strchr(text_string(&row), '\n'));
    assert_int_equal(clickhouse_tsv_row(row.data, row.size, read), 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(read[i], cells[i]);
    text_clear(&row);
    clickhouse_tsv_cell(&row, "x\xff\ty");
    assert_string_equal(text_string(&row), "x\xef\xbf\xbd\\ty");
    text_free(&row);
}

static void rows_of_anybody_are_read(void **state) {
    char *read[CLICKHOUSE_TSV_CELLS], row[256];
    uint32_t chance = 1;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t size = (chance = chance * 1103515245 + 12345) >> 24;
        for (size_t i = 0; i < size; i++)
            row[i] = "\\\tNn0a\n"[((chance = chance * 1103515245 + 12345) >> 16) % 7];
        row[size < 255 ? size : 255] = 0;
        size_t count = clickhouse_tsv_row(row, size < 255 ? size : 255, read);
        assert_in_range(count, 1, CLICKHOUSE_TSV_CELLS);
        for (size_t i = 0; i < count; i++)
            assert_in_range(strlen(read[i]), 0, 255);
    }
}

/* --- the server --- */

static void answers_are_told(void **state) {
    const struct rule rules[] = {
        GREETING, {"one AS", 200, "1\tit\\'s\\ta\n-9223372036854775808\t\n", 0}, {0}};
    struct text error = {0};
    (void)state;
    start(rules);
    struct store *store = opened(&error);
    assert_string_equal(text_string(&error), "");
    struct engine_rows *rows = asked(store, "SELECT one AS a");
    assert_true(store_next(store, rows));
    assert_int_equal(store_number(store, rows, 0), 1);
    assert_string_equal(store_text(store, rows, 1), "it's\ta");
    assert_true(store_next(store, rows));
    assert_true(store_number(store, rows, 0) == INT64_MIN);
    assert_false(store_next(store, rows));
    store_finish(store, rows);
    assert_string_equal(store_error(store), "");
    store_close(store);
    stop();
    /* Neither in the URL nor in the body; and in the header not as it is written. */
    assert_non_null(strstr(shared->seen, "Authorization: Basic bWU6cGFzcyB3b3JkJjc="));
    assert_null(strstr(shared->seen, "pass"));
}

/* What another program answers, that is between us and the server, is no answer. */
static void answers_of_others_are_none(void **state) {
    static const struct {
        const char *body, *words;
    } said[] = {{"<html>\n", "lacks a column"},
                {"\t\n", "no number"},
                {"1x\ta\n", "no number"},
                {"\n", "lacks a column"},
                {"1\ta", "ends within a row"}};
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const struct rule rules[] = {GREETING, {"one AS", 200, said[i].body, 0}, {0}};
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        struct engine_rows *rows = asked(store, "SELECT one AS a");
        if (store_next(store, rows)) {
            assert_string_equal(store_text(store, rows, 1)[0] ? "a" : "", store_text(store, rows, 1));
            (void)store_number(store, rows, 0);
        }
        assert_false(store_next(store, rows));
        assert_non_null(strstr(store_error(store), said[i].words));
        store_finish(store, rows);
        store_close(store);
        stop();
    }
}

/* Neither a row nor a complaint without end keeps anybody waiting. */
static void answers_have_an_end(void **state) {
    (void)state;
    for (int status = 200; status <= 500; status += 300) {
        const struct rule rules[] = {GREETING, {"one AS", status, NULL, 0}, {0}};
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        struct engine_rows *rows = asked(store, "SELECT one AS a");
        assert_false(store_next(store, rows));
        assert_non_null(strstr(store_error(store), status == 200 ? "too long" : "status 500"));
        store_finish(store, rows);
        store_close(store);
        stop();
    }
}

static void errors_are_told_in_words(void **state) {
    static const struct {
        int status;
        const char *body, *words;
    } said[] = {
        {401,
         "Code: 193, e.displayText() = DB::Exception: Wrong password for user me, e.what() = DB::Exception\n",
         "the password is wrong"},
        {403,
         "Code: 516. DB::Exception: me: Authentication failed. (AUTHENTICATION_FAILED) (version 26.7.2.1)\n",
         "no such user, or the password is wrong"},
        {500, "Code: 241. DB::Exception: Memory limit \x1b[31m exceeded\n", "more memory"},
        {404, "", "status 404"},
        {302, "Location: elsewhere", "status 302"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const struct rule rules[] = {GREETING, {"SELECT bad", said[i].status, said[i].body, 0}, {0}};
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        assert_null(asked(store, "SELECT bad"));
        assert_non_null(strstr(store_error(store), said[i].words));
        assert_null(strchr(store_error(store), '\x1b'));
        assert_null(strstr(store_error(store), SECRET));
        assert_int_equal(shared->counts[2], 1); /* not tried again */
        store_close(store);
        stop();
    }
}

static void what_may_pass_is_tried_again(void **state) {
    static const struct rule busy[] = {
        {"SELECT bad", 503, "busy", 2},
        {"SELECT bad", 500, "Code: 202, e.displayText() = DB::Exception: Too many", 1},
        {"SELECT bad", 0, "", 1}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct rule rules[] = {GREETING, busy[i], {"SELECT bad", 200, "7\n", 0}, {0}};
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        struct engine_rows *rows = asked(store, "SELECT bad");
        assert_true(store_next(store, rows));
        assert_int_equal(store_number(store, rows, 0), 7);
        assert_int_equal(shared->counts[2], busy[i].times);
        store_finish(store, rows);
        store_close(store);
        stop();
    }
}

static void an_answer_that_ends_early_is_none(void **state) {
    const struct rule rules[] = {
        GREETING, {"SELECT torn", 1, "1\n2\n", 0}, {"SELECT half", 200, "1\n2", 0}, {0}};
    static const char *const words[] = {"SELECT torn", "SELECT half"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        struct engine_rows *rows = asked(store, words[i]);
        while (store_next(store, rows)) {
        }
        assert_true(store_error(store)[0] != 0);
        store_finish(store, rows);
        store_close(store);
        stop();
    }
}

static void a_server_that_is_away_is_told(void **state) {
    struct text error = {0};
    (void)state;
    start((const struct rule[]){{0}});
    stop();
    assert_null(opened(&error));
    assert_non_null(strstr(text_string(&error), "127.0.0.1:"));
    text_free(&error);
}

static void strangers_are_no_stores(void **state) {
    const struct rule none[] = {{"version()", 200, "18\n", 0}, {0}},
                      old[] = {{"version()", 200, "1\n", 0}, {0}},
                      other[] = {{"version()", 200, "hello", 0}, {0}};
    const struct rule *const all[] = {none, old, other};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct text error = {0};
        start(all[i]);
        assert_null(opened(&error));
        assert_true(error.size > 0);
        text_free(&error);
        stop();
    }
}

/* --- importing --- */

/* The number with which the last request that holds `words` begins its rows. */
static void batch_of(const char *words, int which, char out[20]) {
    const char *at = shared->seen;
    for (int i = 0; at && i <= which; i++)
        at = strstr(i > 0 ? at + 1 : at, words);
    assert_non_null(at);
    at = strstr(at, "\r\n\r\n");
    assert_non_null(at);
    memcpy(out, at + 4, 19);
    out[19] = 0;
}

static void a_batch_that_may_have_arrived_is_sent_under_a_new_number(void **state) {
    const struct rule rules[] = {GREETING, {"INTO%20presence", 0, "", 1}, {0}};
    struct extract_thing things[2] = {{.id = 5, .time = 6}, {.id = 7, .time = 8}};
    const struct store_thing thing = {STORE_IMAGE, "/a\tb", "b", "", "", "", "", "", "", false};
    struct extract e = {.host = {9, "h", "", "", "", "", "", "", ""},
                        .made = {.caseid = 3, .host = 9, .verdict = "nothing found"},
                        .things = things,
                        .thing_count = 2};
    struct store_report report;
    struct text error = {0};
    char first[20], second[20], list[32];
    (void)state;
    things[0].thing = things[1].thing = thing;
    start(rules);
    struct store *store = opened(&error);
    assert_int_equal(store_put(store, &e, &report), STORE_ADDED);
    assert_string_equal(store_error(store), "");
    text_free(&report.name);
    text_free(&report.reason);
    store_close(store);
    stop();
    batch_of("INTO%20presence", 0, first);
    batch_of("INTO%20presence", 1, second);
    assert_string_not_equal(first, second);
    assert_int_equal(strspn(second, "0123456789"), 19);
    /* The case lists the second alone, and is the last. */
    const char *last = strstr(shared->seen, "INTO%20host_case");
    assert_non_null(last);
    snprintf(list, sizeof list, "\t[%s]\t[", second);
    assert_non_null(strstr(last, list));
    assert_null(strstr(last, first));
    assert_null(strstr(last, "INTO%20presence"));
    assert_non_null(strstr(shared->seen, "5\timage\t/a\\tb\tb\t"));
}

static void a_refused_batch_is_no_case(void **state) {
    const struct rule rules[] = {GREETING, {"INTO%20host%20", 500, "Code: 243. DB::Exception: full", 0}, {0}};
    struct extract e = {.host = {9, "h", "", "", "", "", "", "", ""},
                        .made = {.caseid = 3, .host = 9, .verdict = ""}};
    struct store_report report;
    struct text error = {0};
    (void)state;
    start(rules);
    struct store *store = opened(&error);
    assert_int_equal(store_put(store, &e, &report), STORE_FAILED);
    assert_non_null(strstr(store_error(store), "no space"));
    text_free(&report.name);
    text_free(&report.reason);
    store_close(store);
    stop();
    assert_null(strstr(shared->seen, "INTO%20host_case"));
}

/* --- forgetting --- */

static bool forgotten(const char *presence, const char *others, struct text *said) {
    const struct rule rules[] = {{"latest_fail_reason", 200, "0\n", 0},
                                 GREETING,
                                 {"name = 'presence' AND engine", 200, presence, 0},
                                 {"engine_full", 200, others, 0},
                                 {"lower('9')", 200, "9\n", 0},
                                 {"DISTINCT batch", 200, "1000\n1001\n", 0},
                                 {"HAVING min(batch", 200, "7\n", 0},
                                 {"SELECT count() FROM", 200, "0\n", 0},
                                 {0}};
    start(rules);
    struct store *store = opened(said);
    assert_non_null(store);
    bool good = store_forget(store, "9");
    text_clear(said);
    text_add(said, store_error(store));
    store_close(store);
    stop();
    return good;
}

/* As 18.16 writes it, and as 26.7 does. */
static void the_shards_of_a_cluster_delete(void **state) {
    static const char *const sent[] = {
        "ALTER TABLE shard.presence ON CLUSTER 'both' DELETE WHERE batch IN (1000,1001)",
        "ALTER TABLE shard.thing ON CLUSTER 'both' DELETE WHERE thing IN (7)",
        "ALTER TABLE host_case DELETE WHERE gone = 0 AND host = 9",
        "FROM cluster('both', system, mutations) WHERE database = 'shard'"};
    struct text said = {0};
    (void)state;
    assert_true(forgotten("Distributed(both, shard, presence, thing)\n", "", &said));
    assert_non_null(strstr(shared->seen, sent[0]));
    assert_non_null(strstr(shared->seen, sent[2]));
    assert_non_null(strstr(shared->seen, sent[3]));
    assert_true(forgotten("Distributed(\\'both\\', \\'shard\\', \\'presence\\', thing)\n",
                          "Distributed(\\'both\\', \\'shard\\', \\'thing\\')\n", &said));
    assert_non_null(strstr(shared->seen, sent[0]));
    assert_non_null(strstr(shared->seen, sent[1]));
    assert_null(strstr(shared->seen, sent[2]));
    text_free(&said);
}

static void clusters_of_anybody_are_not_guessed_at(void **state) {
    static const char *const odd[] = {"Distributed(both, \\'\\', presence)\n",
                                      "Distributed(\\'both\\' OR 1, shard, presence)\n",
                                      "Distributed(both)\n",
                                      "Distributed(\n",
                                      "Distributed\n",
                                      "Merge(shard, presence)\n",
                                      "Distributed(both, shard\n",
                                      "Distributed(both, shard; DROP TABLE host, presence)\n"};
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct text said = {0};
        assert_false(forgotten(odd[i], "", &said));
        assert_non_null(strstr(text_string(&said), "the host is hidden"));
        assert_non_null(strstr(text_string(&said), "the table presence is distributed is not understood"));
        assert_null(strstr(shared->seen, "ALTER TABLE"));
        text_free(&said);
    }
}

/* What a server does not know is an error to it. */
static void settings_are_those_that_a_server_knows(void **state) {
    static const struct {
        const char *known, *there, *not_there;
    } servers[] = {{"0\n", "&insert_deduplicate=0 ", "async_insert"},
                   {"5\n", "&joined_subquery_requires_alias=0&mutations_sync=0 ", "async_insert"},
                   {"15\n", "&async_insert=0&mutations_sync=0&deduplicate_insert=disable ", "nothing"}};
    (void)state;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        const struct rule rules[] = {GREETING, {"system.settings", 200, servers[i].known, 0}, {0}};
        struct text error = {0};
        start(rules);
        struct store *store = opened(&error);
        assert_non_null(store);
        store_close(store);
        stop();
        char *address = strstr(shared->seen, "&insert_deduplicate=0");
        assert_non_null(address);
        assert_non_null(strstr(address, servers[i].there)); /* a blank ends it */
        *strchr(address, '\n') = 0;
        assert_null(strstr(address, servers[i].not_there));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(rows_of_anybody_are_read),
        cmocka_unit_test(errors_are_told_in_words),
        cmocka_unit_test(an_answer_that_ends_early_is_none),
        cmocka_unit_test(a_server_that_is_away_is_told),
        cmocka_unit_test(strangers_are_no_stores),
        cmocka_unit_test(a_refused_batch_is_no_case),
        cmocka_unit_test(clusters_of_anybody_are_not_guessed_at),
        cmocka_unit_test(the_shards_of_a_cluster_delete),
        cmocka_unit_test(settings_are_those_that_a_server_knows),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(passwords_come_from_files_of_ones_own),
        cmocka_unit_test(cells_survive),
        cmocka_unit_test(answers_are_told),
        cmocka_unit_test(answers_of_others_are_none),
        cmocka_unit_test(answers_have_an_end),
        cmocka_unit_test(what_may_pass_is_tried_again),
        cmocka_unit_test(a_batch_that_may_have_arrived_is_sent_under_a_new_number),
    };
    return cmocka_run_group_tests_name("clickhouse", tests, set_up, tear_down);
}
