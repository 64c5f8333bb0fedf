#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/file_content.h"
#include "source/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *path(const char *name) {
    static char full[4][256];
    static unsigned turn;
    char *out = full[turn++ % 4];
    snprintf(out, sizeof full[0], "%s/%s", root, name);
    return out;
}

static void put(const char *name, const char *bytes) {
    int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

static int make_root(void **state) {
    (void)state;
    snprintf(root, sizeof root, "/tmp/assay-folder-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static void missing_is_an_error(void **state) {
    const char *why = NULL;
    uint64_t size;
    (void)state;
    assert_null(folder_open(path("none"), false));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(folder_open_file(path("none"), &size, &why), -1);
    assert_non_null(why);
    assert_int_equal(folder_open_file("/dev/null", &size, &why), -1);
}

/* A FIFO would block, a link would lead out, a loop would not end. */
static void skips_what_is_no_file(void **state) {
    struct folder_entry entry;
    unsigned files = 0, skipped = 0, folders = 0;
    (void)state;
    assert_int_equal(mkfifo(path("a-fifo"), 0600), 0);
    assert_int_equal(symlink("..", path("b-loop")), 0);
    assert_int_equal(symlink("/etc/passwd", path("c-out")), 0);
    assert_int_equal(mkdir(path("d-dir"), 0700), 0);
    put("d-dir/inner", "x");
    put("e\n\x1b[31m\xff", "yz");
    struct folder *folder = folder_open(root, false);
    assert_non_null(folder);
    while (folder_next(folder, &entry)) {
        folders += (entry.listing.flags & LISTING_DIRECTORY) != 0;
        skipped += entry.skipped != NULL;
        if (entry.fd >= 0) {
            files++;
            close(entry.fd);
        }
        if (entry.listing.name_size > 0 &&
            entry.listing.name[0] == 'e') /* stored form: the odd byte escaped */
            assert_string_equal(entry.listing.name, "e\n\x1b[31m\\xFF");
        if (entry.listing.name_size == 5 && memcmp(entry.listing.name, "inner", 5) == 0)
            assert_memory_equal(entry.listing.folder, "/d-dir", 6);
    }
    folder_close(folder);
    assert_int_equal(files, 2);
    assert_int_equal(skipped, 3);
    assert_int_equal(folders, 2);
}

static void ends_at_its_depth(void **state) {
    char deep[4096];
    struct folder_entry entry;
    unsigned limits = 0;
    (void)state;
    assert_int_equal(mkdir(path("deep"), 0700), 0);
    int at = open(path("deep"), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < FOLDER_DEPTH + 5; i++) {
        assert_int_equal(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    close(at);
    struct folder *folder = folder_open(path("deep"), true);
    while (folder_next(folder, &entry))
        limits += entry.skipped != NULL && entry.code == FAULT_LIMIT;
    folder_close(folder);
    assert_int_equal(limits, 1);
    snprintf(deep, sizeof deep, "rm -rf '%s'", path("deep"));
    assert_int_equal(system(deep), 0);
}

static void a_shrunken_file_is_torn(void **state) {
    static struct file_content file;
    uint8_t buffer[64];
    struct job job;
    (void)state;
    put("short", "0123456789");
    int fd = open(path("short"), O_RDONLY);
    job_init(&job, 1 << 16);
    file_content_open(&file, &job, fd, 10);
    assert_int_equal(file.content.head.size, 10);
    assert_int_equal(job.noted, 0);
    file_content_open(&file, &job, fd, 5000);
    assert_int_equal(file.content.head.size, 10);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(file.content.read(&file.content, &job, 4, buffer, 64), 6);
    assert_memory_equal(buffer, "456789", 6);
    close(fd);
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_is_an_error),
        cmocka_unit_test(skips_what_is_no_file),
        cmocka_unit_test(ends_at_its_depth),
        cmocka_unit_test(a_shrunken_file_is_torn),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
