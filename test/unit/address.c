/* Addresses: what is none, then there and back. */
#include "report/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_is_none(void **state) {
    (void)state;
    static const char *const bad[] = {"",         "!",      "!vol1",      "a!",
                                      "a!vol1x",  "a!vol0", "a!vol01",    "a!vol1!",
                                      "a!vol1!x", "a!/b%",  "a!/b%4",     "a!/b%zz",
                                      "a!/b%00",  "a%00",   "a!vol1!x:y", "a!volx!/b",
                                      ":x",       "a!b",    "a!vol1vol2", "a!vol99999999999999999999!/b"};
    struct address_parsed parsed;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (address_parse(bad[i], &parsed))
            fail_msg("%s", bad[i]);
    char *huge = malloc(ADDRESS_MAX + 2);
    assert_non_null(huge);
    memset(huge, 'x', ADDRESS_MAX + 1);
    huge[ADDRESS_MAX + 1] = 0;
    assert_false(address_parse(huge, &parsed));
    free(huge);
}

static void same(const char *a, const char *b) {
    assert_int_equal(a != NULL, b != NULL);
    if (a)
        assert_string_equal(a, b);
}

static void there_and_back(const struct address *address, const char *canonical) {
    struct text text = {0};
    struct address_parsed parsed;
    address_format(&text, address);
    assert_string_equal(text_string(&text), canonical);
    assert_true(address_parse(canonical, &parsed));
    assert_string_equal(parsed.address.evidence, address->evidence);
    assert_int_equal(parsed.address.volume, address->volume);
    assert_int_equal(parsed.address.shadow, address->shadow);
    same(parsed.address.folder, address->folder);
    same(parsed.address.name, address->name);
    same(parsed.address.stream, address->stream);
    address_free(&parsed);
    text_free(&text);
}

static void round_trips(void **state) {
    (void)state;
    there_and_back(&(struct address){.evidence = "disk.img"}, "disk.img");
    there_and_back(&(struct address){.evidence = "/e/My Disk!.img", .volume = 12},
                   "/e/My%20Disk%21.img!vol12");
    there_and_back(&(struct address){.evidence = "d", .volume = 1, .folder = "", .name = ""}, "d!vol1!/");
    there_and_back(
        &(struct address){.evidence = "host.E01", .volume = 2, .shadow = 3, .folder = "/a@1", .name = "b"},
        "host.E01!vol2@3!/a%401/b");
    there_and_back(&(struct address){.evidence = "d", .volume = 1, .shadow = 512}, "d!vol1@512");
    there_and_back(
        &(struct address){
            .evidence = "d", .volume = 1, .folder = "/Program Files/a:b", .name = "x!.dll", .stream = "s:t"},
        "d!vol1!/Program%20Files/a%3Ab/x%21.dll:s%3At");
    there_and_back(&(struct address){.evidence = "d", .folder = "/a", .name = "\\u202E\xe2\x80\xae\x1b[31m%"},
                   "d!/a/%5Cu202E%E2%80%AE%1B%5B31m%25");
    there_and_back(&(struct address){.evidence = "f.exe", .stream = ""}, "f.exe:");
}

static void what_people_type(void **state) {
    (void)state;
    struct address_parsed parsed;
    assert_true(address_parse("my disk.img!vol2!/Program Files/a!b/x.dll:Zone.Identifier", &parsed));
    assert_string_equal(parsed.address.evidence, "my disk.img");
    assert_int_equal(parsed.address.volume, 2);
    assert_string_equal(parsed.address.folder, "/Program Files/a!b");
    assert_string_equal(parsed.address.name, "x.dll");
    assert_string_equal(parsed.address.stream, "Zone.Identifier");
    address_free(&parsed);
}

static void for_eyes(void **state) {
    (void)state;
    struct text text = {0};
    address_eyes(&text, &(struct address){.evidence = "disk.img",
                                          .volume = 1,
                                          .volume_kind = "ntfs",
                                          .folder = "/Windows",
                                          .name = "a\033[31m\n\xe2\x80\xae.dll",
                                          .stream = "s"});
    assert_string_equal(
        text_string(&text),
        "disk.img \xe2\x96\xb8 part 1 \xe2\x96\xb8 \\Windows\\a\\x1B[31m\\x0A\\u{202E}.dll:s");
    text_clear(&text);
    address_eyes(&text, &(struct address){.evidence = "/tmp/tree/", .folder = "/a", .name = "b"});
    assert_string_equal(text_string(&text), "/tmp/tree/a/b");
    text_clear(&text);
    address_eyes(&text, &(struct address){.evidence = "/", .folder = "/a", .name = "b"});
    assert_string_equal(text_string(&text), "/a/b");
    text_free(&text);
}

#define ARROW " \xe2\x96\xb8 "

/* What was printed for eyes is an address, too. */
static void eyes_and_back(const struct address *address, const char *shown) {
    struct text text = {0};
    struct address_parsed parsed;
    address_eyes(&text, address);
    assert_string_equal(text_string(&text), shown);
    assert_true(address_parse(shown, &parsed));
    assert_string_equal(parsed.address.evidence, address->evidence);
    if (!address->volume_kind)
        assert_int_equal(parsed.address.volume, address->volume);
    assert_int_equal(parsed.address.shadow, address->shadow);
    same(parsed.address.drive, address->drive);
    same(parsed.address.folder, address->folder);
    same(parsed.address.name, address->name);
    same(parsed.address.stream, address->stream);
    address_free(&parsed);
    text_free(&text);
}

static void eyes_round_trips(void **state) {
    (void)state;
    eyes_and_back(&(struct address){.evidence = "host.E01",
                                    .volume = 2,
                                    .shadow = 3,
                                    .drive = "C:",
                                    .folder = "/Windows/System32",
                                    .name = "x.dll",
                                    .stream = "stream"},
                  "host.E01" ARROW "part 2" ARROW "C:\\Windows\\System32\\x.dll:stream @ shadow 3");
    eyes_and_back(
        &(struct address){.evidence = "/e v/d.img", .volume = 1, .folder = "", .name = "pagefile.sys"},
        "/e v/d.img" ARROW "part 1" ARROW "\\pagefile.sys");
    eyes_and_back(&(struct address){.evidence = "k.zip",
                                    .volume = 1,
                                    .volume_kind = ADDRESS_COLLECTED,
                                    .drive = "D:",
                                    .folder = "/a",
                                    .name = "b"},
                  "k.zip" ARROW "D:\\a\\b");
    eyes_and_back(&(struct address){.evidence = "k.zip", .packed = true, .folder = "", .name = "log.txt"},
                  "k.zip" ARROW "/log.txt");
    eyes_and_back(&(struct address){.evidence = "k !.zip!/C/$MFT", .volume = 1, .folder = "/a", .name = "b"},
                  "k !.zip!/C/$MFT" ARROW "part 1" ARROW "\\a\\b");
    eyes_and_back(&(struct address){.evidence = "d", .volume = 3}, "d" ARROW "part 3");
    eyes_and_back(&(struct address){.evidence = "d", .volume = 3, .shadow = 1},
                  "d" ARROW "part 3 @ shadow 1");
}

static void eyes_that_are_none(void **state) {
    (void)state;
    static const char *const bad[] = {ARROW "part 1",
                                      "d" ARROW,
                                      "d" ARROW "part",
                                      "d" ARROW "part 0",
                                      "d" ARROW "part 1x",
                                      "d" ARROW "part 1" ARROW,
                                      "d" ARROW "x.dll",
                                      "d" ARROW "C:x.dll",
                                      "d" ARROW "part 1" ARROW "x",
                                      "d" ARROW "part 1" ARROW " @ shadow 3"};
    struct address_parsed parsed;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (address_parse(bad[i], &parsed))
            fail_msg("%s", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),     cmocka_unit_test(round_trips),
        cmocka_unit_test(what_people_type), cmocka_unit_test(for_eyes),
        cmocka_unit_test(eyes_round_trips), cmocka_unit_test(eyes_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
