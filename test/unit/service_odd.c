/* Services that are not drivers: ordinary ones of Windows and of products, and those that are not. */
#include "host_made.h"

#define OTHER   HOST_TIME - 40 * HOST_DAY
#define SVCHOST "%SystemRoot%\\System32\\svchost.exe -k netsvcs -p"

/* A service of its own; its file, if a folder is given, has a state of trust ("" for none at all). */
static void own(const char *image, const char *folder, const char *name, const char *state,
                const char *wanted) {
    struct host_made m = host_start(true);
    if (folder) {
        uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
        if (state[0])
            host_trust(&m, file, state, "Somebody");
    }
    host_service(&m, "svc", 0x10, 2, image);
    host_expect(&m, "service_odd", wanted);
}

static void shared(const char *library, const char *folder, const char *name, const char *state,
                   const char *wanted) {
    struct host_made m = host_start(true);
    if (folder) {
        uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
        if (state[0])
            host_trust(&m, file, state, "Somebody");
    }
    host_service(&m, "svc", 0x20, 2, SVCHOST);
    host_library(&m, "svc", library);
    host_expect(&m, "service_odd", wanted);
}

static void ordinary(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_expect(&m, "service_odd", "");
    own(SVCHOST, "/Windows/System32", "svchost.exe", "", "");
    own("C:\\Windows\\System32\\lsass.exe", "/Windows/System32", "lsass.exe", "unknown", "");
    own("\"C:\\Program Files\\x y\\z.exe\" /service", "/Program Files/x y", "z.exe", "unsigned", "");
    own("C:\\xampp\\mysqld.exe", "/xampp", "mysqld.exe", "unsigned", "");
    own("\"C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4\\MsMpEng.exe\"",
        "/ProgramData/Microsoft/Windows Defender/Platform/4", "MsMpEng.exe", "unsigned", "");
    own("C:\\Users\\a\\Downloads\\x.exe", "/Users/a/Downloads", "x.exe", "trusted", "");
    own("C:\\ProgramData\\x\\y.exe", "/ProgramData/x", "y.exe", "", "");
    own("C:\\ProgramData\\x\\gone.exe", NULL, NULL, NULL, "");
    own("D:\\Windows\\System32\\svchost.exe", NULL, NULL, NULL, "");
    shared("%SystemRoot%\\System32\\x.dll", "/Windows/System32", "x.dll", "", "");
    shared("%SystemRoot%\\System32\\x.dll", "/Windows/System32", "x.dll", "trusted", "");
    shared("%SystemRoot%\\System32\\gone.dll", NULL, NULL, NULL, "");
    m = host_start(true); /* not in use, a driver, one without any file */
    host_key(&m, "/ControlSet002/Services/old");
    host_number(&m, "Type", 0x10);
    host_text(&m, "ImagePath", "C:\\Windows\\Temp\\x.exe");
    host_service(&m, "driver", 1, 2, "\\??\\C:\\Windows\\Temp\\x.exe");
    host_service(&m, "none", 0x10, 2, NULL);
    host_expect(&m, "service_odd", "");
}

static void places(void **state) {
    (void)state;
    static const char open[] = "C:\\Users\\a\\x.exe";
    own(open, "/Users/a", "x.exe", "unsigned", "3/1@2");
    own(open, "/Users/a", "x.exe", "untrusted-root", "2/1@2");
    own(open, "/Users/a", "x.exe", "", "1/1@2");
    own(open, NULL, NULL, NULL, "1/1@1");
    own("C:\\ProgramData\\x\\y.exe", "/ProgramData/x", "y.exe", "unsigned", "1/1@2");
    own("C:\\Windows\\System32\\y.exe", "/Windows/System32", "y.exe", "unsigned", "1/1@2");
    shared("C:\\Windows\\System32\\y.dll", "/Windows/System32", "y.dll", "unsigned", "2/1@2");
    shared("C:\\Windows\\System32\\y.dll", "/Windows/System32", "y.dll", "untrusted-root", "1/1@2");
    shared("C:\\ProgramData\\x\\y.dll", "/ProgramData/x", "y.dll", "digest-mismatch", "2/1@2");
    shared("C:\\Program Files\\x\\y.dll", "/Program Files/x", "y.dll", "unsigned", "");
    shared("C:\\Windows\\Temp\\y.dll", "/Windows/Temp", "y.dll", "", "2/1@2");
    struct host_made m = host_start(true);
    host_trust(&m, host_file(&m, "/Users/a", "x.exe"), "unsigned", NULL);
    host_service(&m, "svc", 0x110, 2, open);
    host_expect(&m, "service_odd", "3/2@2");
    m = host_start(false);
    host_service(&m, "svc", 0x10, 2, open);
    host_expect(&m, "service_odd", "1/0@1");
}

static void borrowed_names(void **state) {
    (void)state;
    own("C:\\ProgramData\\x\\svchost.exe", "/ProgramData/x", "svchost.exe", "unsigned", "3/1@2");
    own("C:\\Windows\\svchost.exe -k netsvcs", "/Windows", "svchost.exe", "unsigned", "3/1@2");
    own("C:\\Windows\\System32\\wbem\\lsass.exe", "/Windows/System32/wbem", "lsass.exe", "", "2/1@2");
    own("C:\\Program Files\\x\\dwm.exe", "/Program Files/x", "dwm.exe", "trusted", "");
    own("C:\\ProgramData\\Windows\\System32\\lsass.exe", NULL, NULL, NULL, "2/1@1");
    own("C:\\Windows\\SysWOW64\\dllhost.exe", NULL, NULL, NULL, "");
}

static void commands(void **state) {
    (void)state;
    own("%COMSPEC% /b /c start /b /min powershell -nop -w hidden -encodedcommand AAAA", NULL, NULL, NULL,
        "3/1@1");
    own("C:\\Windows\\System32\\cmd.exe /c copy a b", NULL, NULL, NULL, "1/1@1");
    struct host_made m = host_start(true);
    host_service(&m, "svc", 0x20, 2, SVCHOST);
    host_text(&m, "FailureCommand", "mshta.exe http://x/y");
    host_expect(&m, "service_odd", "3/1@1");
    m = host_start(true);
    host_service(&m, "svc", 0x20, 2, SVCHOST);
    host_text(&m, "FailureCommand", "C:\\Program Files\\x\\restart.exe");
    host_expect(&m, "service_odd", "");
}

static void one_a_file(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_trust(&m, host_file_born(&m, "/Users/a", "x.exe", 0, OTHER), "unsigned", NULL);
    host_service(&m, "one", 0x10, 2, "C:\\Users\\a\\x.exe");
    host_service(&m, "two", 0x10, 2, "C:\\Users\\a\\x.exe");
    host_judge(&m, "services");
    host_judge(&m, "service_odd");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "1");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(value, ' ') FROM finding_detail WHERE key IN ('service',"
                      " 'services with it', 'signature')"),
        "one 2 unsigned");
    assert_string_equal(made_ask(m.c, "SELECT artifact || role FROM finding_reference"), "1registry hive");
    casefile_close(m.c);
    m = host_start(true);
    uint64_t file = host_file_born(&m, "/Users/a", "x.exe", 0, OTHER);
    host_trust(&m, file, "unsigned", NULL);
    struct finding finding = {.detector = "publisher_claim",
                              .severity = SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .summary = "told"};
    made_report(m.c, file, &finding);
    host_service(&m, "one", 0x10, 2, "C:\\Users\\a\\x.exe");
    host_judge(&m, "services");
    host_judge(&m, "service_odd");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "1");
    assert_string_equal(made_ask(m.c, "SELECT key || '=' || value FROM finding_detail"),
                        "started by service=one");
    casefile_close(m.c);
}

/* One library, however services name it: the path is written in two ways, and a program loads it. */
static void one_a_library(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    uint64_t file = host_file_born(&m, "/Users/Public", "p.dll", 0, OTHER);
    host_trust(&m, file, "unsigned", NULL);
    host_service(&m, "runs", 0x10, 2, "C:\\Users\\Public\\p.dll -x");
    host_service(&m, "one", 0x20, 2, SVCHOST);
    host_library(&m, "one", "\\\\?\\C:\\Users\\Public\\p.dll");
    host_service(&m, "two", 0x20, 2, SVCHOST);
    host_library(&m, "two", "C:\\Users\\Public\\p.dll");
    host_judge(&m, "services");
    host_judge(&m, "service_odd");
    assert_string_equal(made_ask(m.c, "SELECT group_concat(severity || summary) FROM finding"),
                        "3A service loads a library that no signature covers from where anybody can write");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(value) FROM finding_detail WHERE key = 'started by service'"),
        "two,runs");
    casefile_close(m.c);
    m = host_start(true); /* a program that is disguised is told as that */
    file = host_file_born(&m, "/Users/Public", "svchost.exe", 0, OTHER);
    host_trust(&m, file, "unsigned", NULL);
    struct finding finding = {.detector = "file_disguised",
                              .severity = SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .summary = "told"};
    made_report(m.c, file, &finding);
    host_service(&m, "one", 0x10, 2, "C:\\Users\\Public\\svchost.exe");
    host_judge(&m, "services");
    host_judge(&m, "service_odd");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "1");
    casefile_close(m.c);
}

/* Whether svchost.exe would start it is told where SOFTWARE is known. */
static void groups(void **state) {
    (void)state;
    static const char *const told[] = {"", "lists it",
                                       "does not list it, so that svchost.exe does not start it"};
    for (int i = 0; i < 3; i++) {
        struct host_made m = host_start(true);
        host_trust(&m, host_file_born(&m, "/Users/a", "x.dll", 0, OTHER), "unsigned", NULL);
        host_service(&m, "svc", 0x20, 2, SVCHOST);
        host_library(&m, "svc", "C:\\Users\\a\\x.dll");
        host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
        host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Svchost");
        if (i > 0)
            host_value(&m, "netsvcs", "REG_MULTI_SZ", i == 1 ? "BITS\nSVC\nx" : "BITS\nsvcs\nsv",
                       span_of("", 0, 0));
        host_judge(&m, "services");
        host_judge(&m, "service_odd");
        assert_string_equal(made_ask(m.c, "SELECT severity FROM finding"), "3");
        assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'svchost''s group'"),
                            told[i]);
        casefile_close(m.c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary), cmocka_unit_test(places),     cmocka_unit_test(borrowed_names),
        cmocka_unit_test(commands), cmocka_unit_test(one_a_file), cmocka_unit_test(one_a_library),
        cmocka_unit_test(groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
