/* HijackLibs: what is refused, with its line; both forms; and what a judge asks of it. */
#include "base/digest.h"
#include "judge/library_list.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ENTRY(name)                                                                                          \
    "---\nName: " name "\nCreated: 2021-08-16\nVendor: Microsoft\nExpectedLocations:\n  - \"%SYSTEM32%\"\n"  \
    "  - '%PROGRAMFILES%\\maker\\%VERSION%'\nVulnerableExecutables:\n  - Path: '%SYSTEM32%\\Loader.exe'\n"   \
    "    Type: Sideloading\n    AutoElevate: true\n    SHA256:\n      - \"00\"\n  - Type: Search Order\n"    \
    "    Path: reader.exe\nAcknowledgements:\n  - Name: Somebody\n    Path: other\n    Type: none\n"
#define JSON                                                                                                    \
    "[{\"Name\":\"a.dll\",\"Created\":\"2022-01-02\",\"Vendor\":\"V\",\"CVE\":null,\"ExpectedLocations\":null," \
    "\"VulnerableExecutables\":[{\"Path\":\"c:\\\\x\\\\A.exe\",\"Type\":\"Phantom\"}],\"url\":\"https:\\/\\/e\"}]"

static struct lists_set set;

static bool read_text(const char *bytes, size_t size, struct lists_damage *damage) {
    struct lists_build build = {0};
    struct lists_source source = {.name = "libraries", .file = "x.yml", .date = "2020-01-02"};
    struct text out = {0}, error = {0};
    lists_file_free(&set);
    bool good = lists_read(span_of(bytes, size, 0), &source, &build, damage);
    if (good) {
        const char *why;
        assert_true(lists_build_write(&build, &out));
        assert_true(lists_file_take(&set, &out, "x", &error));
        assert_true(lists_sound(&set.shelf[0].lists, &why));
    }
    lists_build_free(&build);
    text_free(&out);
    text_free(&error);
    return good;
}

static void use(const char *text) {
    struct lists_damage damage;
    if (!read_text(text, strlen(text), &damage))
        fail_msg("line %llu: %s", (unsigned long long)damage.line, damage.why);
}

static void refused(const char *text, unsigned line, const char *why) {
    struct lists_damage damage;
    assert_false(read_text(text, strlen(text), &damage));
    if (!strstr(damage.why, why) || damage.line != line)
        fail_msg("line %llu: %s, not line %u: %s", (unsigned long long)damage.line, damage.why, line, why);
}

static void what_is_none_is_refused(void **state) {
    (void)state;
    refused(ENTRY("a.dll") "---\nName: b.dll\n", 22, "without Name or VulnerableExecutables");
    refused("---\nVendor: x\nVulnerableExecutables:\n", 4, "without Name");
    refused(ENTRY("a.dll") "Other: [unclosed\n", 21, "no well-formed YAML");
    refused("---\nName: &x a.dll\nVulnerableExecutables: []\n", 2, "an anchor");
    refused("---\nName: *x\nVulnerableExecutables: []\n", 2, "an alias");
    refused("---\nName: a.dll\n? [x]\n: y\nVulnerableExecutables: []\n", 3, "a key that is no text");
    refused("---\nText\n---\nName: a.dll\nVulnerableExecutables: []\n", 2, "a text where");
    refused("[[{\"VulnerableExecutables\":1}]]", 1, "an array where");
    refused("---\nName: a.dll\nX: [[[[[[[[[[[1]]]]]]]]]]]\nVulnerableExecutables: []\n", 3, "nested deeper");
    refused("---\nName: a.dll\nX: \xff\nVulnerableExecutables: []\n", 1, "no well-formed YAML");
}

/* No prefix of a good list does harm. */
static void every_prefix(void **state) {
    (void)state;
    static const char *const all[] = {ENTRY("a.dll") ENTRY("b.dll"), JSON};
    for (size_t i = 0; i < 2; i++)
        for (size_t size = 0; size < strlen(all[i]); size++) {
            struct lists_damage damage;
            char *exact = malloc(size + 1);
            memcpy(exact, all[i], size);
            if (!read_text(exact, size, &damage))
                assert_non_null(damage.why);
            free(exact);
        }
}

static void told(const char *library, const char *program, const char *folder, const char *wanted) {
    struct library_list list;
    struct library_list_answer answer;
    char text[200];
    assert_true(library_list_load(&set, &list));
    library_list_ask(&list, library, program, folder, &answer);
    snprintf(text, sizeof text, "%d%d%d %s %s %s", answer.loads, answer.lists_places, answer.in_place,
             answer.date ? answer.date : "-", answer.vendor ? answer.vendor : "-",
             answer.how ? answer.how : "-");
    assert_string_equal(text, wanted);
    library_list_free(&list);
}

static void both_forms(void **state) {
    (void)state;
    struct lists_list list;
    use(ENTRY("Winscard.dll") "\n\n" ENTRY("b.dll"));
    lists_list(&set.shelf[0].lists, 0, &list);
    assert_string_equal(list.format, "HijackLibs");
    assert_string_equal(list.date, "2021-08-16");
    assert_int_equal(list.entries, 2);
    assert_int_equal(list.samples, 2);
    assert_int_equal(list.names, 8);
    told("WINSCARD.dll", "loader.EXE", "/ProgramData/x", "110 2021-08-16 Microsoft Sideloading");
    told("b.dll", "reader.exe", "/Windows/System32", "111 2021-08-16 Microsoft Search Order");
    told("b.dll", "another.exe", "/Program Files (x86)/Maker/1.2", "011 - - -");
    told("c.dll", "loader.exe", "/Windows/System32", "000 - - -");
    told("winscard.dll", "other", "/", "010 - - -"); /* thanks are no program */
    use(JSON);
    told("A.DLL", "a.exe", "/x", "100 2022-01-02 V Phantom");
    lists_file_free(&set);
    told("a.dll", "a.exe", "/x", "000 - - -");
}

static void places(void **state) {
    (void)state;
    assert_true(library_list_is_place("%system32%", "/WINDOWS/system32"));
    assert_false(library_list_is_place("%system32%", "/Windows/System32/drivers"));
    assert_false(library_list_is_place("%system32%", "/Windows"));
    assert_true(library_list_is_place("%programfiles%/a b/%version%/x", "/Program Files/A B/10.0.1/x"));
    assert_false(library_list_is_place("%programfiles%/a b/%version%/x", "/Program Files/A B/x"));
    assert_false(library_list_is_place("%programfiles%", "/Program Files2"));
    assert_true(library_list_is_place("%localappdata%/slack", "/Users/eve/AppData/Local/slack"));
    assert_false(library_list_is_place("%localappdata%/slack", "/Users//AppData/Local/slack"));
    assert_true(library_list_is_place("c:/tools", "/Tools"));
    assert_false(library_list_is_place("d:/tools", "/Tools"));
    assert_false(library_list_is_place("%unknown%/x", "/x"));
    assert_false(library_list_is_place("", ""));
}

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    lists_file_free(&set);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(both_forms),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
