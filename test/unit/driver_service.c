/* Drivers by what the registry says of them: places, trust, what is gone, and what others told. */
#include "host_made.h"

#define OTHER HOST_TIME - 40 * HOST_DAY

/* A service for C:\WORDS, whose file has a state of trust ("" for none at all, NULL if it is not there). */
static void expect(const char *image, const char *folder, const char *name, const char *state,
                   const char *wanted) {
    struct host_made m = host_start(true);
    if (state) {
        uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
        if (state[0])
            host_trust(&m, file, state, "Somebody");
    }
    host_service(&m, "svc", 1, 3, image);
    host_expect(&m, "driver_service", wanted);
}

static void nothing(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_expect(&m, "driver_service", "");
    m = host_start(true);
    host_service(&m, "svc", 0x10, 2, "C:\\Users\\a\\x.exe"); /* a program */
    host_service(&m, "none", 1, 3, NULL);                    /* as Windows XP has many */
    host_service(&m, "text", 1, 3, "???");
    host_expect(&m, "driver_service", "");
}

static void own_places(void **state) {
    (void)state;
    expect("system32\\drivers\\a.sys", "/Windows/System32/drivers", "a.sys", "trusted", "");
    expect("system32\\drivers\\a.sys", "/Windows/System32/drivers", "a.sys", "", "");
    expect("system32\\drivers\\a.sys", "/Windows/System32/drivers", "a.sys", "unknown", "");
    expect("system32\\drivers\\a.sys", NULL, NULL, NULL, ""); /* uninstalled */
    expect("\\??\\C:\\Program Files\\x\\a.sys", "/Program Files/x", "a.sys", "", "");
    expect("system32\\drivers\\a.sys", "/Windows/System32/drivers", "a.sys", "unsigned", "2/1@2");
    expect("system32\\drivers\\a.sys", "/Windows/System32/drivers", "a.sys", "untrusted-root", "1/1@2");
    expect("\\??\\D:\\x\\a.sys", NULL, NULL, NULL, "");
    expect(NULL, "/Windows/System32/drivers", "svc.sys", "unsigned", "2/1@2"); /* where Windows looks then */
    expect(NULL, "/Windows/System32/drivers", "svc.sys", "trusted", "");
}

static void open_places(void **state) {
    (void)state;
    static const char image[] = "\\??\\C:\\Users\\a\\x.sys";
    expect(image, "/Users/a", "x.sys", "unsigned", "3/1@2");
    expect(image, "/Users/a", "x.sys", "untrusted-root", "2/1@2");
    expect(image, "/Users/a", "x.sys", "trusted", "2/1@2");
    expect(image, "/Users/a", "x.sys", "", "1/1@2"); /* unknown is not unsigned */
    expect(image, "/Users/a", "x.sys", "expired-not-timestamped", "1/1@2");
    expect(image, NULL, NULL, NULL, "2/1@1");
    expect("\\??\\C:\\ProgramData\\Vendor\\x.sys", "/ProgramData/Vendor", "x.sys", "unsigned", "3/1@2");
    expect("\\??\\C:\\ProgramData\\Vendor\\x.sys", "/ProgramData/Vendor", "x.sys", "trusted", "");
    expect("\\??\\C:\\ProgramData\\Vendor\\x.sys", NULL, NULL, NULL, "");
}

/* The key and the file were made within an hour. */
static void together(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_trust(&m, host_file(&m, "/Windows/Temp", "x.sys"), "unsigned", NULL);
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Windows\\Temp\\x.sys");
    host_expect(&m, "driver_service", "3/2@2");
    m = host_start(true);
    host_file(&m, "/Windows/Temp", "x.sys");
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Windows\\Temp\\x.sys");
    host_expect(&m, "driver_service", "2/1@2");
}

/* Nothing is said of a file that is gone where it is not known what was there. */
static void not_complete(void **state) {
    (void)state;
    struct host_made m = host_start(false);
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Windows\\Temp\\x.sys");
    host_service(&m, "own", 1, 3, "\\SystemRoot\\System32\\drivers\\x.sys");
    host_expect(&m, "driver_service", "1/0@1");
    m = host_start(false); /* whether its product is there is not known */
    host_trust(&m, host_file(&m, "/Users/a", "x.sys"), "trusted", "Somebody");
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
    host_expect(&m, "driver_service", "1/1@2");
}

static void program(struct host_made *m, const char *name, const char *company, const char *signer) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t hive = m->hive, file = host_file(m, "/Program Files/x", name);
    m->hive = file;
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_subsystem, 2);
    row_string(&row, FACT_pe_company, company);
    host_row(m, &bytes);
    m->hive = hive;
    host_trust(m, file, "trusted", signer);
}

/* Tools that drop their driver: by who signed them, or, if it is gone, by the beginning of their name. */
static void tools(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    program(&m, "tool.exe", "x", "Somebody");
    host_trust(&m, host_file(&m, "/Users/a", "x.sys"), "trusted", "Somebody");
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
    host_expect(&m, "driver_service", "1/1@3");
    m = host_start(true);
    program(&m, "GPU-Z.2.exe", "x", "techPowerUp");
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\AppData\\Local\\Temp\\gpuz.sys");
    host_expect(&m, "driver_service", "1/1@1");
    m = host_start(true); /* the same while its record is still there */
    program(&m, "GPU-Z.2.exe", "x", "techPowerUp");
    host_file_born(&m, "/Users/a/AppData/Local/Temp", "gpuz.sys", LISTING_DELETED, HOST_TIME);
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\AppData\\Local\\Temp\\gpuz.sys");
    host_expect(&m, "driver_service", "1/1@3");
    m = host_start(true);
    program(&m, "GPU-Y.exe", "x", "techPowerUp");
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\AppData\\Local\\Temp\\gpuz.sys");
    host_service(&m, "off", 1, 4, "\\??\\C:\\Users\\a\\AppData\\Local\\Temp\\off.sys");
    host_expect(&m, "driver_service", "1/1@1 2/1@1");
}

static void deleted_keys(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_trust(&m, host_file_born(&m, "/Users/a", "x.sys", 0, OTHER), "unsigned", NULL);
    host_trust(&m, host_file(&m, "/Windows/System32/drivers", "y.sys"), "unsigned", NULL);
    m.state = "deleted";
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
    host_service(&m, "old", 1, 3, "system32\\drivers\\y.sys");
    host_service(&m, "gone", 1, 3, "\\??\\C:\\Users\\a\\gone.sys");
    host_expect(&m, "driver_service", "3/1@2");
}

/* Several keys of one file are one finding; what others told as severely gets a particular. */
static void one_a_driver(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    uint64_t file = host_file_born(&m, "/Users/a", "x.sys", 0, OTHER);
    host_trust(&m, file, "unsigned", NULL);
    host_service(&m, "one", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
    host_service(&m, "two", 1, 3, "\\??\\c:\\users\\A\\X.sys");
    host_key(&m, "/ControlSet002/Services/one");
    host_number(&m, "Type", 1);
    host_number(&m, "Start", 2);
    host_text(&m, "ImagePath", "\\??\\C:\\Users\\a\\x.sys");
    host_judge(&m, "services");
    host_judge(&m, "driver_service");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "1");
    assert_string_equal(made_ask(m.c,
                                 "SELECT group_concat(value, ', ') FROM finding_detail WHERE key IN ('start',"
                                 " 'start in another control set', 'keys that name it')"),
                        "on demand, automatic, 2");
    casefile_close(m.c);
}

static void told_by_others(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct host_made m = host_start(true);
        uint64_t file = host_file_born(&m, "/Users/a", "x.sys", 0, OTHER);
        host_trust(&m, file, "unsigned", NULL);
        struct finding finding = {.detector = i < 2 ? "driver_unsigned" : "ioc_hash",
                                  .severity = i == 0 ? SEVERITY_HIGH : SEVERITY_LOW,
                                  .strength = STRENGTH_FIRM,
                                  .summary = "told"};
        made_report(m.c, file, &finding);
        host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
        host_judge(&m, "services");
        host_judge(&m, "driver_service");
        assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), i == 0 ? "1" : "2");
        assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'service key'"),
                            i == 0 ? "svc, on demand, written 2022-06-18T04:26:40.0000000Z" : "");
        casefile_close(m.c);
    }
    struct host_made m = host_start(true); /* one that is gone, by its path */
    host_service(&m, "svc", 1, 3, "\\??\\C:\\Users\\a\\x.sys");
    struct finding finding = {.detector = "driver_ephemeral",
                              .severity = SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .summary = "told",
                              .details = {{"driver", "/users/a/X.sys"}},
                              .detail_count = 1};
    made_report(m.c, m.hive, &finding);
    host_expect(&m, "driver_service", "3/1@1");
}

/* More keys than are told one by one, with names that lie. */
static void many(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    for (int i = 0; i < 600; i++) {
        char image[96];
        snprintf(image, sizeof image, "\\??\\C:\\Windows\\Temp\\%d%s.sys", i, i ? "" : "\\u0000\033[2J");
        host_service(&m, "svc", 1, 3, image);
    }
    host_judge(&m, "services");
    host_judge(&m, "driver_service");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "501");
    assert_string_equal(made_ask(m.c, "SELECT summary FROM finding WHERE severity = 0"),
                        "100 further ones are not told one by one");
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),      cmocka_unit_test(own_places),   cmocka_unit_test(open_places),
        cmocka_unit_test(together),     cmocka_unit_test(not_complete), cmocka_unit_test(tools),
        cmocka_unit_test(deleted_keys), cmocka_unit_test(one_a_driver), cmocka_unit_test(told_by_others),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
