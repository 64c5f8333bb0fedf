/* The files of one PATH: what lies beside it is found by plain names only, never through a link; numbered
 * rows are followed; workers are given all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/attached.h"
#include "engine/parts.h"
#include "engine/zygote.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETUP = 16, ASK = 18, ANSWER = 32 };

static char folder[64], path[4096];
static struct zygote zygote;
static struct pool *pool;
static volatile int interrupt;

/* A worker that says how large its evidence is. */
static _Noreturn void tell_size(int socket) {
    static char buffer[WIRE_MAX + 8];
    static struct attached attached;
    struct wire_message message;
    while (wire_receive(socket, buffer, &message, true) == WIRE_OK) {
        struct job job;
        struct text text = {0};
        if (message.type == SETUP)
            continue;
        if (message.type == PROTOCOL_PARTS || message.type == PROTOCOL_BESIDE) {
            if (!(message.type == PROTOCOL_PARTS ? attached_take : attached_take_beside)(&attached, &message))
                _exit(3);
            continue;
        }
        job_init(&job, 1 << 20);
        struct image *image = attached_image(&attached, &job);
        wire_u64(&text, image ? image_size(image) + attached.beside_count : UINT64_MAX);
        job_reset(&job);
        if (wire_send(socket, ANSWER, span_of(text.data, text.size, 0), NULL, 0, true) != WIRE_OK ||
            wire_send(socket, POOL_DONE, span_of("", 0, 0), NULL, 0, true) != WIRE_OK)
            break;
        text_free(&text);
    }
    _exit(0);
}

struct asking {
    struct pool_client client; /* first */
    unsigned left;
    uint64_t sizes[2];
    unsigned answers;
};

static bool next(struct pool_client *client, struct pool_job *ret) {
    struct asking *asking = (struct asking *)(void *)client;
    ret->type = ASK;
    return asking->left > 0 && asking->left--;
}

static bool message(struct pool_client *client, struct pool_job *job, uint32_t type, struct span payload) {
    struct asking *asking = (struct asking *)(void *)client;
    struct cursor c = cursor_of(payload);
    (void)job;
    if (type == ANSWER && asking->answers < 2)
        asking->sizes[asking->answers++] = cursor_u64(&c);
    return type == ANSWER;
}

static bool finished(struct pool_client *client, const struct pool_job *job) {
    (void)client;
    (void)job;
    return true;
}

static bool died(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why) {
    (void)client;
    (void)job;
    (void)current;
    (void)why;
    return false;
}

static uint64_t size_in_worker(void) {
    struct asking asking = {.client = {next, message, finished, died}, .left = 1};
    assert_true(pool_run(pool, &asking.client));
    assert_int_equal(asking.answers, 1);
    return asking.sizes[0];
}

static int start(void **state) {
    const char *error = NULL;
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-parts.XXXXXX");
    if (!zygote_start(&zygote, tell_size) || !mkdtemp(folder))
        return -1;
    struct pool_options options = {.workers = 1,
                                   .stall_seconds = 10,
                                   .interrupt = &interrupt,
                                   .setup_type = SETUP,
                                   .setup = span_of("", 0, 0)};
    pool = pool_start(&zygote, &options, &error);
    return pool ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    pool_stop(pool);
    zygote_stop(&zygote);
    return rmdir(folder);
}

static const char *in(const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, size_t size) {
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    close(fd);
}

static void drop(const char *name) {
    assert_int_equal(unlink(in(name)), 0);
}

static void what_is_no_file(void **state) {
    struct parts parts = {.folder = -1};
    const char *why = NULL;
    (void)state;
    assert_false(parts_open(&parts, in("none"), &why));
    assert_non_null(why);
    assert_false(parts_open(&parts, "", &why));
    assert_false(parts_open(&parts, folder, &why));
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_false(parts_open(&parts, in("pipe"), &why)); /* and does not wait */
    drop("pipe");
    parts_close(&parts, pool);
    parts_close(&parts, pool);
}

static void names_beside_are_plain(void **state) {
    static const char *const odd[] = {"",    ".",      "..",     "../x",       "/etc/passwd", "a/b",
                                      "dir", "linked", "hidden", "not at all", "pipe"};
    struct parts parts;
    const char *why = NULL;
    char name[300];
    (void)state;
    put("first", 10);
    put("Second.VMDK", 20);
    assert_int_equal(mkdir(in("dir"), 0700), 0);
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    assert_int_equal(symlink("first", in("linked")), 0);
    assert_int_equal(symlink("/etc/passwd", in("hidden")), 0);
    assert_true(parts_open(&parts, in("first"), &why));
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_false(parts_add(&parts, odd[i], &why));
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_false(parts_add(&parts, name, &why));
    assert_int_equal(parts.count, 1);
    assert_true(parts_add(&parts, "sECOND.vmdk", &why)); /* whatever the case, under the name that it has */
    assert_string_equal(parts.list[1].name, "Second.VMDK");
    assert_int_equal(parts.size, 30);
    assert_true(parts_attach(&parts, pool));
    parts_close(&parts, pool);
    drop("pipe");
    drop("linked");
    drop("hidden");
    drop("Second.VMDK");
    drop("first");
    assert_int_equal(rmdir(in("dir")), 0);
}

static void rows_are_followed(void **state) {
    struct parts parts;
    const char *why;
    char name[32];
    (void)state;
    for (unsigned i = 1; i <= 40; i++) {
        snprintf(name, sizeof name, i == 7 ? "Raw.%03u" : "raw.%03u", i);
        if (i != 38)
            put(name, 1000);
    }
    assert_int_equal(symlink("raw.001", in("raw.038")), 0);
    assert_true(parts_open(&parts, in("raw.001"), &why));
    assert_string_equal(parts.unopened, "raw.038"); /* it is there: its absence is not the end of the row */
    assert_non_null(strstr(parts.why, "symbolic link"));
    assert_int_equal(parts.count, 37); /* to the link */
    assert_true(parts_attach(&parts, pool));
    assert_int_equal(size_in_worker(), 37000);
    assert_int_equal(size_in_worker(), 37000);
    parts_close(&parts, pool);
    assert_int_equal(size_in_worker(), 37000);            /* nothing new: what it holds is its own */
    assert_true(parts_open(&parts, in("raw.002"), &why)); /* not the first of a row */
    assert_string_equal(parts.unopened, "");
    assert_int_equal(parts.count, 1);
    assert_true(parts_attach(&parts, pool));
    assert_int_equal(size_in_worker(), 1000);
    parts_close(&parts, pool);
    for (unsigned i = 1; i <= 40; i++) {
        snprintf(name, sizeof name, i == 7 ? "Raw.%03u" : "raw.%03u", i);
        drop(name);
    }
}

static void what_a_package_may_go_on_in(void **state) {
    (void)state;
    assert_true(parts_may_go_on("msi", "x.msi", "Data1.CAB"));
    assert_true(parts_may_go_on("inno", "setup.exe", "setup-1.bin"));
    assert_true(parts_may_go_on("cab", "DATA.1", "data.2")); /* only the ending differs */
    assert_false(parts_may_go_on("cab", "data.1", "data.1"));
    assert_false(parts_may_go_on("cab", ".1", ".2"));
    assert_false(parts_may_go_on("msi", "x.msi", "y.exe"));
    assert_false(parts_may_go_on("msi", "x.msi", ".cab"));
    assert_false(parts_may_go_on("nsis", "x.exe", "x.cab")); /* these go on in no other file */
}

/* As many as may be, in an order that is not the folder's, and no links. */
static void files_beside_are_chosen(void **state) {
    struct parts parts;
    const char *why;
    char name[32];
    (void)state;
    put("p.msi", 10);
    put("p.txt", 1);
    put("q.txt", 1);
    assert_int_equal(symlink("p.msi", in("p0.cab")), 0);
    for (unsigned i = 0; i < 70; i++) {
        snprintf(name, sizeof name, i < 2 ? "p%u.Cab" : "a%02u.cab", i + 1);
        put(name, i);
    }
    assert_true(parts_open(&parts, in("p.msi"), &why));
    parts_find_beside(&parts, "nsis");
    assert_int_equal(parts.beside_count, 0);
    parts_find_beside(&parts, "msi");
    assert_int_equal(parts.beside_count, PROTOCOL_BESIDE_MOST - 1); /* a link was among the first */
    assert_string_equal(parts.beside[0].name, "p.txt");
    assert_string_equal(parts.beside[1].name, "p1.Cab");
    assert_string_equal(parts.beside[2].name, "p2.Cab");
    assert_string_equal(parts.beside[3].name, "a03.cab");
    assert_int_equal(parts.beside[3].size, 2);
    assert_true(parts_attach(&parts, pool));
    assert_int_equal(size_in_worker(), 10 + PROTOCOL_BESIDE_MOST - 1);
    parts_add_beside(&parts, memfd_create("x", MFD_CLOEXEC), 1, "x");
    int fd = memfd_create("x", MFD_CLOEXEC);
    parts_add_beside(&parts, fd, 1, "y"); /* one too many is closed */
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(parts.beside_count, PROTOCOL_BESIDE_MOST);
    parts_close(&parts, pool);
    assert_int_equal(parts.beside_count, 0);
    for (unsigned i = 0; i < 70; i++) {
        snprintf(name, sizeof name, i < 2 ? "p%u.Cab" : "a%02u.cab", i + 1);
        drop(name);
    }
    drop("p0.cab");
    drop("p.msi");
    drop("p.txt");
    drop("q.txt");
}

static void one_descriptor(void **state) {
    struct parts parts;
    const char *why = NULL;
    int fd = memfd_create("x", MFD_CLOEXEC);
    (void)state;
    assert_true(fd >= 0 && ftruncate(fd, 512) == 0);
    assert_true(parts_one(&parts, fd, 512, "member"));
    assert_false(parts_add(&parts, "member", &why)); /* it lies in no folder */
    assert_true(parts_attach(&parts, pool));
    assert_int_equal(size_in_worker(), 512);
    parts_close(&parts, pool);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file),         cmocka_unit_test(names_beside_are_plain),
        cmocka_unit_test(rows_are_followed),       cmocka_unit_test(what_a_package_may_go_on_in),
        cmocka_unit_test(files_beside_are_chosen), cmocka_unit_test(one_descriptor),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
