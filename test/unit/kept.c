/* What is kept by name: what may be a name, what is a file of the kind, and whom it is believed. */
#include "intel/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct kept_kind kind = {"things", ".thing", "things", 1000, 3};
static char home[] = "/tmp/assay-kept.XXXXXX";

static void names(void **state) {
    (void)state;
    char longest[KEPT_NAME + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[KEPT_NAME + 1] = 0;
    static const char *const bad[] = {"", ".", "..", ".a", "a/b", "/", "a\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(kept_name(bad[i]));
    assert_false(kept_name(longest));
    longest[KEPT_NAME] = 0;
    assert_true(kept_name(longest));
    assert_true(kept_name("signature-base"));
}

static void path_of(char path[100], const char *file) {
    snprintf(path, 100, "%s/things%s%s", home, file[0] ? "/" : "", file);
}

static bool put(const char *name, const char *content, size_t size, const struct timespec *changed) {
    struct text bytes = {0}, error = {0};
    text_bytes(&bytes, content, size);
    bool good = kept_save(&kind, home, name, &bytes, changed, &error);
    assert_int_equal(good, error.size == 0);
    text_free(&bytes);
    text_free(&error);
    return good;
}

static void take(const char *name) {
    struct text error = {0};
    assert_true(kept_remove(&kind, home, name, &error));
}

static size_t count(bool good) {
    struct kept_list list;
    struct text error = {0};
    assert_int_equal(kept_list(&kind, &list, &error), good);
    assert_int_equal(error.size == 0, good);
    size_t ret = list.count;
    kept_free(&list);
    text_free(&error);
    return ret;
}

static void nothing(void **state) {
    (void)state;
    struct text error = {0};
    assert_int_equal(count(true), 0);
    assert_false(kept_remove(&kind, home, "a", &error));
    assert_non_null(strstr(text_string(&error), "things/a.thing: No such file"));
    text_free(&error);
}

static void too_much(void **state) {
    (void)state;
    char content[1001] = {0};
    assert_true(put("a", content, 1000, NULL));
    assert_false(put("a", content, 1001, NULL));
    assert_true(put("b", "", 0, NULL) && put("c", "", 0, NULL));
    assert_int_equal(count(true), 3);
    assert_true(put("d", "", 0, NULL));
    count(false);
    take("a"), take("b"), take("c"), take("d");
}

/* Others in the folder are none of ours. */
static void strangers(void **state) {
    (void)state;
    static const char *const files[] = {".thing", ".a.thing", "a", "a.thing.partial", "thing", "a.Thing"};
    char path[100];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        path_of(path, files[i]);
        FILE *file = fopen(path, "w");
        assert_true(file && fclose(file) == 0);
    }
    assert_int_equal(count(true), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        path_of(path, files[i]);
        assert_int_equal(unlink(path), 0);
    }
}

static void believed(void **state) {
    (void)state;
    const struct timespec changed = {.tv_sec = 1714953600}; /* 2024-05-06 */
    struct kept_list list;
    struct text error = {0};
    char *bytes;
    size_t size;
    assert_true(put("b", "", 0, NULL) && put("a.x", "old", 3, NULL) && put("a.x", "new", 3, &changed));
    assert_true(kept_list(&kind, &list, &error));
    assert_int_equal(list.count, 2);
    assert_string_equal(list.list[0].name, "a.x");
    assert_string_equal(list.list[0].date, "2024-05-06");
    assert_true(kept_has(&list, "b") && !kept_has(&list, "a"));
    assert_true(kept_load(&kind, list.list[0].path, &bytes, &size, &error));
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "new", 3);
    free(bytes);
    assert_int_equal(chmod(list.list[0].path, 0620), 0);
    assert_false(kept_load(&kind, list.list[0].path, &bytes, &size, &error));
    assert_non_null(strstr(text_string(&error), "a.x.thing: others may write to it"));
    text_free(&error);
    kept_free(&list);
    take("a.x"), take("b");
}

static int make_home(void **state) {
    (void)state;
    return mkdtemp(home) && setenv("ASSAY_INTEL", home, 1) == 0 ? 0 : -1;
}

static int remove_home(void **state) {
    (void)state;
    char path[100];
    path_of(path, "");
    return rmdir(path) == 0 && rmdir(home) == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),     cmocka_unit_test(nothing),  cmocka_unit_test(too_much),
        cmocka_unit_test(strangers), cmocka_unit_test(believed),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
