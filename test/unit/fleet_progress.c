/* Progress of a question: on a terminal and nowhere else; a signal ends it at once and leaves nothing behind.
 */
#include "cli/fleet_progress.h"

#include "base/digest.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96], partial[96];

static int set_up(void **state) {
    (void)state;
    struct text error = {0};
    snprintf(folder, sizeof folder, "/tmp/assay-progress.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(partial, sizeof partial, "%s/out.partial", folder);
    struct store *store = digest_prepare() ? store_open(path, STORE_WRITE, &error) : NULL;
    assert_non_null(store);
    store_close(store);
    return 0;
}

static int tear_down(void **state) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    (void)state;
    unlink(partial);
    for (int i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static void line_is(uint64_t read, uint64_t total, uint64_t milliseconds, const char *wanted) {
    struct text line = {0};
    fleet_progress_line(&line, read, total, milliseconds);
    assert_string_equal(text_string(&line), wanted);
    text_free(&line);
}

static void lines(void **state) {
    (void)state;
    line_is(0, 0, 1000, "0:01");
    line_is(1234, 0, 61000, "1,234 rows read, 1:01");
    line_is(500, 1000, 10000, "[============            ]  50%  500 of 1,000 rows read, 0:10, 0:10 left");
    line_is(0, 1000, 1000, "[                        ]   0%  0:01");
    line_is(1000, 1000, 2000, "[========================] 100%  1,000 of 1,000 rows read, 0:02");
    line_is(2000, 1000, 2000,
            "[========================] 100%  2,000 rows read, 0:02"); /* the total was a guess */
}

/* A question without an end, in a child whose stderr is `fd`. */
static pid_t asking(int fd) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    struct text error = {0};
    struct sql sql;
    dup2(fd, 2);
    struct store *store = store_open(path, STORE_READ, &error);
    sql_init(&sql, SQL_SQLITE);
    sql_add(&sql, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c");
    fleet_progress_start(store, partial);
    struct engine_rows *rows = store_ask(store, &sql);
    _exit(store_next(store, rows));
}

static void file_made(void) {
    int fd = open(partial, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void ends_by(pid_t pid, int number) {
    int status;
    assert_int_equal(kill(pid, number), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
    assert_int_equal(access(partial, F_OK), -1);
}

static void on_a_terminal(void **state) {
    char said[65536] = "";
    size_t size = 0;
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    file_made();
    pid_t pid = asking(slave);
    while (!strstr(said, "0:01") && size < sizeof said - 1) {
        ssize_t got = read(master, said + size, sizeof said - 1 - size);
        assert_true(got > 0);
        size += (size_t)got;
        said[size] = 0;
    }
    assert_non_null(strstr(said, "\r\033[K"));
    ends_by(pid, SIGINT);
    ssize_t got = read(master, said, sizeof said - 1); /* whatever was drawn since, then the wiping */
    assert_true(got >= 4 && memcmp(said + got - 4, "\r\033[K", 4) == 0);
    close(slave);
    close(master);
}

static void elsewhere(void **state) {
    int ends[2];
    char said[64];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    file_made();
    pid_t pid = asking(ends[1]);
    close(ends[1]);
    usleep(1500 * 1000);
    ends_by(pid, SIGTERM);
    assert_int_equal(read(ends[0], said, sizeof said), 0);
    close(ends[0]);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), TEST(on_a_terminal), TEST(elsewhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
