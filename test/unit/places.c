/* Where the files of a collection were: drives in the order of their letters, paths of the machine, targets,
 * counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/places.h"

static struct places places;
static struct run run;
static struct engine_result result;
static struct engine_options options;
static struct text told; /* one line a call of the sink */
static bool fails;
static volatile int interrupt;

static bool on_volume(struct engine_sink *sink, const struct casefile_volume *row) {
    (void)sink;
    text_format(&told, "volume %llu %llu %s %s %llu\n", (unsigned long long)row->id,
                (unsigned long long)row->ordinal, row->kind, row->drive ? row->drive : "-",
                (unsigned long long)row->shadow);
    return !fails;
}

static bool on_coverage(struct engine_sink *sink, uint64_t evidence, uint64_t volume, const char *class,
                        const char *reason, uint64_t files, uint64_t bytes) {
    (void)sink;
    (void)evidence;
    text_format(&told, "%llu %s %s %llu %llu\n", (unsigned long long)volume, class, reason ? reason : "-",
                (unsigned long long)files, (unsigned long long)bytes);
    return true;
}

static bool on_collected(struct engine_sink *sink, uint64_t evidence, uint64_t volume, bool complete) {
    (void)sink;
    text_format(&told, "collected %llu %llu %d\n", (unsigned long long)evidence, (unsigned long long)volume,
                complete);
    return true;
}

static struct engine_sink sink = {.volume = on_volume, .coverage = on_coverage, .collected = on_collected};

static int begin(void **state) {
    (void)state;
    result = (struct engine_result){0};
    options = (struct engine_options){.interrupt = &interrupt};
    run = (struct run){.options = &options, .sink = &sink, .result = &result};
    fails = false;
    text_clear(&told);
    return 0;
}

static int end(void **state) {
    (void)state;
    places_free(&places);
    text_free(&told);
    return 0;
}

static struct span text(const char *string) {
    return span_of(string, strlen(string), 0);
}

static bool settle(const struct engine_target *target, const char *const *paths, const char *name) {
    places_begin(&places, &run, target, 7);
    for (; *paths; paths++)
        places_see(&places, text(*paths));
    return places_settle(&places, text(name));
}

/* drive|folder|name|stream|shadow of a path */
static const char *mapped(const char *path, struct listing *ret) {
    static char answer[512];
    *ret = (struct listing){0};
    places_map(&places, text(path), false, ret);
    assert_int_equal(strlen(ret->folder), ret->folder_size);
    assert_int_equal(strlen(ret->name), ret->name_size);
    snprintf(answer, sizeof answer, "%s|%s|%s|%s|%u", places_drive(&places, ret), ret->folder, ret->name,
             ret->stream ? ret->stream : "", ret->shadow);
    return answer;
}

static const char *const collection[] = {
    "D/Windows/System32/x.dll",
    "C/Windows/System32/x.dll",
    "C/$MFT",
    "2024_CopyLog.csv",
    "%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy3/Windows/System32/x.dll",
    NULL};
static const char *const plain[] = {"c/main.c", "c/lib/x.c", "readme", NULL};

static void nothing_at_all(void **state) {
    static const char *const none[] = {NULL};
    struct engine_target target = {.path = "x"};
    struct listing listing;
    (void)state;
    assert_true(settle(&target, none, ""));
    assert_string_equal(text_string(&told), "");
    assert_string_equal(mapped("", &listing), "||||0");
    assert_string_equal(mapped("/", &listing), "||||0");
    assert_string_equal(mapped("a", &listing), "||a||0");
    places_end(&places, true);
    assert_string_equal(text_string(&told), "collected 7 0 1\n");
}

static void what_is_no_collection_keeps_its_paths(void **state) {
    struct engine_target target = {.path = "x"};
    struct listing listing;
    (void)state;
    assert_true(settle(&target, plain, "x"));
    assert_int_equal(places.count, 0);
    assert_string_equal(mapped("c/lib/x.c", &listing), "|/c/lib|x.c||0");
    assert_int_equal(listing.volume, 0);
    assert_true(listing.unrecorded);
    assert_true(places_accepts(&places, &listing));
}

static void drives_are_volumes(void **state) {
    struct engine_target target = {.path = "x"};
    struct listing listing;
    (void)state;
    run.volumes = 4; /* of other evidence */
    assert_true(settle(&target, collection, "x"));
    assert_non_null(strstr(text_string(&told), "volume 5 1 collected"));
    assert_non_null(strstr(text_string(&told), "collected C: 0\n"));
    assert_non_null(strstr(text_string(&told), "collected D: 0\n"));
    assert_true(strstr(text_string(&told), "C: 0") < strstr(text_string(&told), "D: 0"));
    assert_string_equal(mapped("C/Windows/System32/x.dll", &listing), "C:|/Windows/System32|x.dll||0");
    assert_ptr_equal(places_tally(&places, &listing), &places.volumes[listing.volume - 5].tally);
    assert_string_equal(mapped("D/Windows/System32/x.dll", &listing), "D:|/Windows/System32|x.dll||0");
    assert_string_equal(mapped("C/$Extend/$J", &listing), "C:|/$Extend|$UsnJrnl|$J|0");
    assert_string_equal(mapped("C", &listing), "C:||||0");
    assert_string_equal(mapped("2024_CopyLog.csv", &listing), "||2024_CopyLog.csv||0");
    assert_ptr_equal(places_tally(&places, &listing), &places.others);
    assert_string_equal(mapped("elsewhere/C/x", &listing), "|/elsewhere/C|x||0");
}

static void targets_choose(void **state) {
    struct engine_target target = {.path = "x"};
    struct listing c, d, own;
    (void)state;
    static const struct {
        struct engine_target target;
        bool c, d, own;
    } rows[] = {
        {{.path = "x"}, true, true, true},
        {{.path = "x", .drive = "c:"}, true, false, false},
        {{.path = "x", .drive = "E:"}, false, false, false},
        {{.path = "x", .prefix = "/Windows"}, true, true, false},
        {{.path = "x", .prefix = "/Windows/System32/x.dll", .drive = "D:"}, false, true, false},
        {{.path = "x", .prefix = "/Win"}, false, false, false},
        {{.path = "x", .prefix = "/2024_CopyLog.csv"}, false, false, true},
        {{.path = "x", .volume = 99}, false, false, false},
        {{.path = "x", .shadow = 9}, false, false, false},
        {{.path = "x", .stream = "s"}, false, false, false},
    };
    assert_true(settle(&target, collection, "x"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        places.target = &rows[i].target;
        mapped("C/Windows/System32/x.dll", &c);
        assert_int_equal(places_accepts(&places, &c), rows[i].c);
        mapped("D/Windows/System32/x.dll", &d);
        assert_int_equal(places_accepts(&places, &d), rows[i].d);
        mapped("2024_CopyLog.csv", &own);
        assert_int_equal(places_accepts(&places, &own), rows[i].own);
    }
}

static void a_mapped_folder_is_one_drive(void **state) {
    struct engine_target target = {.path = "x", .mapped = "E:"};
    struct listing listing;
    (void)state;
    assert_true(settle(&target, collection, "x"));
    assert_string_equal(text_string(&told), "volume 1 1 collected E: 0\n");
    assert_string_equal(mapped("C/Windows/x", &listing), "E:|/C/Windows|x||0");
    text_clear(&told);
    tally_add(places_tally(&places, &listing), "seen", NULL, 2, 30);
    places_end(&places, true);
    assert_string_equal(text_string(&told), "collected 7 0 1\n1 seen - 2 30\ncollected 7 1 1\n");
}

static void only_the_whole_is_complete(void **state) {
    struct engine_target target = {.path = "x"}, part = {.path = "x", .prefix = "/a"};
    (void)state;
    assert_true(settle(&target, collection, "x"));
    text_clear(&told);
    places_end(&places, true);
    assert_non_null(strstr(text_string(&told), "collected 7 0 1\n"));
    assert_non_null(strstr(text_string(&told), "collected 7 1 0\n")); /* never all of a drive */
    text_clear(&told);
    places.target = &part;
    places_end(&places, true);
    assert_non_null(strstr(text_string(&told), "collected 7 0 0\n"));
    text_clear(&told);
    places.target = &target;
    places_end(&places, false);
    assert_non_null(strstr(text_string(&told), "collected 7 0 0\n"));
}

static void a_sink_that_fails_stops(void **state) {
    struct engine_target target = {.path = "x"};
    (void)state;
    fails = true;
    assert_false(settle(&target, collection, "x"));
    assert_true(result.sink_failed);
    assert_int_equal(run.stop, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_at_all, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_collection_keeps_its_paths, begin, end),
        cmocka_unit_test_setup_teardown(drives_are_volumes, begin, end),
        cmocka_unit_test_setup_teardown(targets_choose, begin, end),
        cmocka_unit_test_setup_teardown(a_mapped_folder_is_one_drive, begin, end),
        cmocka_unit_test_setup_teardown(only_the_whole_is_complete, begin, end),
        cmocka_unit_test_setup_teardown(a_sink_that_fails_stops, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
