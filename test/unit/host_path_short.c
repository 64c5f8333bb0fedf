/* Short names: what they can be of, and which file a path with them means. */
#include "judge/host_path_short.h"

#include "case_made.h"

enum { HIVE = 1, FIRST };

static uint64_t next;

static uint64_t put(struct casefile *c, const char *folder, const char *name, unsigned flags) {
    struct listing listing = made_listing(folder, name);
    listing.flags = flags;
    assert_true(casefile_artifact(c, next, &listing, span_of("", 0, 0), "read", NULL));
    return next++;
}

static bool fits(const char *brief, const char *name) {
    return host_path_short_fits(brief, strlen(brief), name, strlen(name));
}

static void names(void **state) {
    (void)state;
    assert_true(fits("THISIS~1.TXT", "This is a really long filename.123.456.789.txt"));
    assert_true(fits("Thisis~1.789", "This is a really long filename.123.456.789."));
    assert_true(fits("AFILE~1.DOC", "A File.Doc"));
    assert_true(fits("ALONGF~1.TXT", "A Long Filename.Txt"));
    assert_true(fits("TEXTFI~2.TXT", "TextFile1.Mine.txt"));
    assert_true(fits("VER_12~1.TEX", "ver +1.2.text"));
    assert_true(fits("VER12~1.TEX", "ver +1.2.text"));
    assert_true(fits("PROGRA~1", "Program Files") && fits("progra~2", "Program Files (x86)"));
    assert_true(fits("PROGR~12", "Program Files"));
    assert_false(fits("AFILE~1.DOC", "A_File.Doc")); /* needs none */
    assert_false(fits("PROGRA~1", "Programs"));
    assert_false(fits("PROGRA~1", "Progra"));
    assert_false(fits("PROGRA~1", "Prograde.files"));
    assert_false(fits("PROG~1", "Program Files"));
    assert_false(fits("PROGRA~12", "Program Files")); /* longer than any */
    assert_false(fits("~1", " x"));
    assert_false(fits("PROGRA~", "Program Files"));
    assert_false(fits("PROGRA~1x", "Program Files"));
    assert_false(fits("PROGRA~1.TEXT", "Program Files.text"));
    assert_false(fits("", "") || fits("A~1", "") || fits("A~1", "...") || fits("A~1", ".a b"));
}

static struct casefile *start(void) {
    struct casefile *c = made_case(NULL);
    next = HIVE;
    put(c, "/Windows/System32/config", "SYSTEM", 0);
    put(c, "", "Program Files", 1);
    put(c, "", "Program Files (x86)", 1);
    put(c, "/Program Files", "Long Vendor", 1);
    return c;
}

/* "STATE NORMAL", or the number of the file that is found before it. */
static const char *ask(struct casefile *c, const char *path) {
    static char said[256];
    struct host host;
    struct host_path answer;
    struct host_paths *paths = host_paths_open(casefile_db(c));
    assert_non_null(paths);
    for (int again = 0; again < 2; again++) { /* what is kept says the same */
        assert_true(host_paths_host(paths, HIVE, &host));
        assert_true(host_paths_find(paths, &host, HOST_PATH_COMMAND, path, strlen(path), &answer));
    }
    snprintf(said, sizeof said, "%s %lld %s", host_path_word(answer.state), (long long)answer.artifact,
             answer.normal);
    host_paths_close(paths);
    return said;
}

static void files(void **state) {
    (void)state;
    char wanted[128];
    struct casefile *c = start();
    uint64_t file = put(c, "/Program Files/Long Vendor", "a program.exe", 0);
    snprintf(wanted, sizeof wanted, "found %llu /Program Files/Long Vendor/a program.exe",
             (unsigned long long)file);
    assert_string_equal(ask(c, "C:\\PROGRA~1\\LONGVE~1\\APROGR~1.EXE"), wanted);
    assert_string_equal(ask(c, "C:\\PROGRA~2\\LONGVE~1\\APROGR~1.EXE -x"),
                        wanted); /* the number tells nothing */
    assert_string_equal(ask(c, "C:\\PROGRA~1\\Long Vendor\\a program.exe"), wanted);
    assert_string_equal(ask(c, "C:\\PROGRA~1\\LONGVE~1\\OTHERP~1.EXE"),
                        "not testable 0 /PROGRA~1/LONGVE~1/OTHERP~1.EXE");
    put(c, "/Program Files/Long Vendor", "another one.exe", 2); /* deleted */
    assert_string_equal(ask(c, "C:\\PROGRA~1\\LONGVE~1\\ANOTHE~1.EXE"),
                        "not testable 0 /PROGRA~1/LONGVE~1/ANOTHE~1.EXE");
    put(c, "/Program Files (x86)/Long Vendor", "a program.exe", 0); /* then two can be meant */
    assert_string_equal(ask(c, "C:\\PROGRA~1\\LONGVE~1\\APROGR~1.EXE"),
                        "not testable 0 /PROGRA~1/LONGVE~1/APROGR~1.EXE");
    casefile_close(c);
}

static void literal_ones(void **state) {
    (void)state;
    struct casefile *c = start();
    put(c, "/Program Files", "a program.exe", 0);
    uint64_t file = put(c, "/PROGRA~1", "a program.exe", 0);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "found %llu /PROGRA~1/a program.exe", (unsigned long long)file);
    assert_string_equal(ask(c, "\"C:\\PROGRA~1\\a program.exe\""), wanted);
    casefile_close(c);
}

/* Many short names, and many ways, cost a bounded number of walks. */
static void hostile(void **state) {
    (void)state;
    struct casefile *c = start();
    char name[64], path[2048] = "C:";
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "a file %d", i);
        put(c, "", name, 1);
        put(c, "/a file 1", name, 1);
    }
    assert_string_equal(ask(c, "C:\\AFILE1~1\\x.exe"), "not testable 0 /AFILE1~1/x.exe");
    for (size_t i = 0, size = 2; i < 200; i++, size += 9)
        snprintf(path + size, sizeof path - size, "\\AFILE1~1");
    assert_true(strncmp(ask(c, path), "not testable 0", 14) == 0);
    struct host host;
    struct host_path answer;
    struct host_paths *paths = host_paths_open(casefile_db(c));
    assert_true(paths && host_paths_host(paths, HIVE, &host));
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "C:\\Q%d~1\\x.exe", i);
        assert_true(host_paths_find(paths, &host, HOST_PATH_FILE, path, strlen(path), &answer));
        assert_int_equal(answer.state, HOST_PATH_UNTESTABLE);
    }
    assert_int_equal(paths->short_count, HOST_PATH_SHORT_FOLDERS);
    host_paths_close(paths);
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(files),
                                       cmocka_unit_test(literal_ones), cmocka_unit_test(hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
