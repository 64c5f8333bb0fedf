/* Drivers without a signature: what looks like one, what is not known, and what raises it. */
#include "traces_made.h"

static void expect(const char *folder, const char *state, const char *path, const char *expected) {
    struct casefile *c = traces_case(true);
    traces_driver(c, 20, folder, "a.sys", state);
    if (path)
        traces_service(c, "a", path, "1", "live");
    traces_judge(c, "driver_unsigned");
    traces_expect(c, traces_findings, expected);
}

static void unknown_is_silent(void **state) {
    (void)state;
    static const char *const states[] = {"trusted", "unknown", "untrusted-root", "expired-not-timestamped",
                                         NULL};
    for (size_t i = 0; i < 5; i++)
        expect("/Windows/System32/drivers", states[i], "system32\\drivers\\a.sys", "");
}

/* A program that runs before Windows does, an ordinary one, a deleted driver. */
static void no_drivers(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct casefile *c = traces_case(true);
        traces_file(c, 20, "/Windows/System32/drivers", "a.sys", i == 2 ? 2 : 0);
        traces_begin(FACT_pe);
        traces_number(FACT_pe_subsystem, i == 1 ? 3 : 1);
        traces_string(FACT_pe_imports, i == 0 ? "NTDLL.dll!NtClose" : "ntoskrnl.exe!x");
        traces_send(c, 20);
        assert_true(casefile_trust(c, &(struct casefile_trust){.artifact = 20, .state = "unsigned"}));
        traces_judge(c, "driver_unsigned");
        traces_expect(c, traces_findings, "");
    }
}

static void by_place(void **state) {
    (void)state;
    expect("/Users/a/source", "unsigned", NULL, "1/1@20");
    expect("/Windows/System32/drivers", "unsigned", NULL, "2/1@20");
    expect("/Windows/System32/drivers", "digest-mismatch", NULL, "2/1@20");
    expect("/backup/Windows/System32/drivers", "unsigned", NULL, "1/1@20");
}

static void by_service(void **state) {
    (void)state;
    expect("/Users/a", "unsigned", "\\??\\C:\\Users\\a\\a.sys", "3/1@20");
    expect("/Users/a", "unsigned", "\\??\\C:\\Users\\a\\b.sys", "1/1@20");
    struct casefile *c = traces_case(true); /* without a path it is the one of its name */
    traces_driver(c, 20, "/Windows/System32/drivers", "a.sys", "unsigned");
    traces_service(c, "a", NULL, "1", "live");
    traces_judge(c, "driver_unsigned");
    traces_expect(c, traces_findings, "3/1@20");
    c = traces_case(true); /* a copy of the services that is not in use */
    uint64_t select = traces_key(c, TRACES_HIVE, "/Select", "live");
    traces_value(c, TRACES_HIVE, select, "Current", "REG_DWORD", "2", "live");
    traces_driver(c, 20, "/Users/a", "a.sys", "unsigned");
    traces_service(c, "a", "\\??\\C:\\Users\\a\\a.sys", "1", "live");
    traces_judge(c, "driver_unsigned");
    traces_expect(c, traces_findings, "1/1@20");
    c = traces_case(true); /* a program, not a driver */
    traces_driver(c, 20, "/Users/a", "a.sys", "unsigned");
    traces_service(c, "a", "C:\\Users\\a\\a.sys", "16", "live");
    traces_judge(c, "driver_unsigned");
    traces_expect(c, traces_findings, "1/1@20");
}

static void by_events(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_driver(c, 20, "/Users/a", "a.sys", "unsigned");
    traces_event(c, TRACES_SYSMON, 6, "{\"ImageLoaded\":\"C:\\\\Users\\\\a\\\\a.sys\",\"Signed\":\"false\"}");
    traces_judge(c, "driver_unsigned");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || (SELECT group_concat(value, '; ') FROM finding_detail"
        " WHERE key IN ('signature', 'seen', 'event 7045')) FROM finding",
        "3/2 unsigned; loaded, without a signature; none, which clears nothing: a loader may write the key "
        "by itself");
}

static void of_32_bits(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/Users/a", "a.sys", 0);
    traces_begin(FACT_pe);
    traces_number(FACT_pe_machine, 0x14c);
    traces_number(FACT_pe_subsystem, 1);
    traces_send(c, 20);
    assert_true(casefile_trust(c, &(struct casefile_trust){.artifact = 20, .state = "unsigned"}));
    traces_service(c, "a", "\\??\\C:\\Users\\a\\a.sys", "1", "live");
    traces_judge(c, "driver_unsigned");
    traces_expect(c, traces_findings, "2/1@20");
}

/* A short name is not kept in cases: where several files may be meant the key means none of them for sure,
 * and nothing says that it does not. */
static void by_a_path_that_is_not_followed(void **state) {
    (void)state;
    static const char *const cases[][3] = {{"\\??\\C:\\LONGFO~1\\A.sys", "1", "3/1@20"},
                                           {"\\??\\C:\\LONGFO~1\\A.sys", "1", "2/1@20 2/1@21"},
                                           {"\\??\\C:\\LONGFO~1\\b.sys", "1", "1/1@20"},
                                           {"C:\\LONGFO~1\\a.sys", "16", "1/1@20"}};
    for (size_t i = 0; i < 4; i++) {
        struct casefile *c = traces_case(true);
        uint64_t select = traces_key(c, TRACES_HIVE, "/Select", "live");
        traces_value(c, TRACES_HIVE, select, "Current", "REG_DWORD", "1", "live");
        traces_driver(c, 20, "/Long Folder", "a.sys", "unsigned");
        if (i == 1)
            traces_driver(c, 21, "/Long Fork", "a.sys", "unsigned");
        traces_service(c, "s", cases[i][0], cases[i][1], "live");
        assert_true(judges_find("services")->judge(c, &made_intel));
        traces_judge(c, "driver_unsigned");
        traces_expect(c, traces_findings, cases[i][2]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_is_silent),
        cmocka_unit_test(no_drivers),
        cmocka_unit_test(by_place),
        cmocka_unit_test(by_service),
        cmocka_unit_test(by_events),
        cmocka_unit_test(of_32_bits),
        cmocka_unit_test(by_a_path_that_is_not_followed),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
