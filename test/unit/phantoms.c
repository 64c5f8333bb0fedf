/* The list of libraries that Windows does not bring: damage is told with its line, and changes nothing. */
#include "intel/phantoms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "# why\n\nname\tfolder\tservice\tloader\towner\tnote\tsource\n"

static struct phantoms phantoms;
static char path[] = "/tmp/phantoms.XXXXXX";

static bool load(const char *lines, size_t size, struct text *error) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(lines, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    phantoms_free(&phantoms);
    return phantoms_load(&phantoms, path, error);
}

static void refused(const char *lines, size_t size, const char *why) {
    struct text error = {0}, wanted = {0};
    text_format(&wanted, "%s:%s", path, why);
    assert_false(load(lines, size, &error));
    assert_string_equal(text_string(&error), text_string(&wanted));
    assert_int_equal(phantoms.count, 0);
    assert_null(phantoms.list);
    text_free(&error);
    text_free(&wanted);
}

static void damage(void **state) {
    (void)state;
    static const char nul[] = "a.dll\t\tb\tc\t\t\ts\0\n";
    refused(HEAD "a.dll\n", strlen(HEAD "a.dll\n"), "4: the line does not have seven fields");
    refused("a\tb\tc\td\te\tf\tg\th", 15, "1: the line does not have seven fields");
    refused("\tb\tc\td\te\tf\tg", 12, "1: name, service or source is missing");
    refused("a\tb\t\td\te\tf\tg", 12, "1: name, service or source is missing");
    refused("a\tb\tc\td\te\tf\t", 12, "1: name, service or source is missing");
    refused(nul, sizeof nul - 1, "0: the file holds a NUL");
}

static void too_many(void **state) {
    (void)state;
    struct text lines = {0};
    for (int i = 0; i <= PHANTOMS_MAX; i++)
        text_add(&lines, "a\t\tb\tc\t\t\ts\n");
    refused(lines.data, lines.size, "1001: there are too many lines");
    text_free(&lines);
}

static void no_file(void **state) {
    (void)state;
    struct text error = {0};
    struct phantoms none = {0};
    assert_false(phantoms_load(&none, "/nonexistent", &error));
    assert_int_not_equal(error.size, 0);
    text_free(&error);
}

static void good(void **state) {
    (void)state;
    static const char lines[] = HEAD
        "a.dll\t\\Windows\\System32\tsvc\tsvchost.exe\tMicrosoft\ta note\thttps://x; y\r\nb.dll\t\tother\t\t\t\tz";
    struct text error = {0};
    assert_true(load(lines, strlen(lines), &error));
    assert_int_equal(phantoms.count, 2);
    assert_string_equal(phantoms.list[0].name, "a.dll");
    assert_string_equal(phantoms.list[0].folder, "\\Windows\\System32");
    assert_string_equal(phantoms.list[0].owner, "Microsoft");
    assert_string_equal(phantoms.list[0].source, "https://x; y");
    assert_string_equal(phantoms.list[1].service, "other");
    assert_string_equal(phantoms.list[1].folder, "");
    assert_true(load("", 0, &error));
    assert_int_equal(phantoms.count, 0);
    text_free(&error);
}

static int start(void **state) {
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int end(void **state) {
    (void)state;
    phantoms_free(&phantoms);
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage),
        cmocka_unit_test(too_many),
        cmocka_unit_test(no_file),
        cmocka_unit_test(good),
    };
    return cmocka_run_group_tests(tests, start, end);
}
