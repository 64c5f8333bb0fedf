/* Events of drivers: what is none, ordinary ones, and what Windows found fault with; one finding a driver. */
#include "traces_made.h"

#define TEMP "C:\\\\Windows\\\\Temp\\\\a.sys"
#define OWN  "\\\\SystemRoot\\\\System32\\\\drivers\\\\a.sys"

/* One event about a driver that is there in `folder`, with what trust says of it. */
static void expect(const char *folder, const char *trust, const char *provider, unsigned id, const char *data,
                   const char *expected) {
    struct casefile *c = traces_case(true);
    traces_driver(c, 20, folder, "a.sys", trust);
    traces_event(c, provider, id, data);
    traces_judge(c, "driver_events");
    traces_expect(c, traces_findings, expected);
}

static void what_is_none(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SCM, 7045,
                 "{\"ImagePath\":\"C:\\\\a.exe\",\"ServiceType\":\"user mode service\"}");
    traces_event(c, TRACES_SCM, 7045, "{}");
    traces_event(c, TRACES_SCM, 7045, NULL);
    traces_event(c, "Somebody", 7045, "{\"ImagePath\":\"" TEMP "\"}");
    traces_event(c, TRACES_SECURITY, 4697, "{\"ServiceFileName\":\"C:\\\\a.exe\",\"ServiceType\":\"0x10\"}");
    traces_event(c, TRACES_CI, 3033, "{\"FileNameBuffer\":\"\\\\Device\\\\HarddiskVolume3\\\\a.dll\"}");
    traces_event(c, TRACES_CI, 3077, "{\"File Name\":\"C:\\\\a.dll\",\"SI Signing Scenario\":1}");
    traces_event(c, TRACES_CI, 3099, "{\"PolicyNameBuffer\":\"a.sys\"}");
    traces_judge(c, "driver_events");
    traces_expect(c, traces_findings, "");
}

static void ordinary_ones_are_history(void **state) {
    (void)state;
    expect("/Windows/System32/drivers", "trusted", TRACES_SCM, 7045, "{\"ImagePath\":\"" OWN "\"}", "0/1@20");
    expect("/Windows/System32/drivers", NULL, TRACES_SECURITY, 4697,
           "{\"ServiceFileName\":\"system32\\\\drivers\\\\a.sys\",\"ServiceType\":\"0x1\"}", "0/1@20");
    expect(
        "/Windows/System32/drivers", "unknown", TRACES_SYSMON, 6,
        "{\"ImageLoaded\":\"C:\\\\Windows\\\\System32\\\\drivers\\\\a.sys\",\"Signed\":\"true\",\"SignatureStatus\":\"Valid\"}",
        "0/1@20");
}

static void places(void **state) {
    (void)state;
    expect("/Windows/Temp", "trusted", TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}", "1/1@20");
    expect("/Windows/Temp", "unknown", TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}", "1/1@20");
}

/* Told by others: the file has no signature, or is gone. */
static void what_others_tell(void **state) {
    (void)state;
    expect("/Windows/Temp", "unsigned", TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}", "");
    expect("/elsewhere", "trusted", TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}", "");
}

static void faults(void **state) {
    (void)state;
    static const unsigned ids[] = {3001, 3004, 3021, 3023, 3032, 3036, 3112};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        expect("/Windows/System32/drivers", "unknown", TRACES_CI, ids[i], "{\"FileNameBuffer\":\"" OWN "\"}",
               "2/1@20");
        expect("/Windows/Temp", "unknown", TRACES_CI, ids[i], "{\"FileNameBuffer\":\"" TEMP "\"}", "3/1@20");
        expect("/Windows/System32/drivers", "trusted", TRACES_CI, ids[i], "{\"FileNameBuffer\":\"" OWN "\"}",
               "1/1@20");
    }
    expect("/Windows/System32/drivers", "unknown", TRACES_CI, 3077, "{\"File Name\":\"" OWN "\"}", "2/1@20");
    expect("/Windows/System32/drivers", "unknown", TRACES_CI, 3076, "{\"File Name\":\"" OWN "\"}", "1/0@20");
    expect("/Windows/Temp", "unknown", TRACES_SYSMON, 6,
           "{\"ImageLoaded\":\"" TEMP "\",\"Signed\":\"false\"}", "3/1@20");
    expect("/Windows/Temp", "unknown", TRACES_SYSMON, 6,
           "{\"ImageLoaded\":\"" TEMP "\",\"Signed\":\"true\",\"SignatureStatus\":\"Unavailable\"}",
           "1/1@20");
}

/* The signatures of a file are told in events of their own, with the same activity. */
static void joined_by_activity(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct casefile *c = traces_case(true);
        traces_driver(c, 20, "/Windows/System32/drivers", "a.sys", "unknown");
        traces_event_of(c, TRACES_LOG, TRACES_CI, 3076, TRACES_TIME, "{A}", "{\"File Name\":\"" OWN "\"}");
        traces_event_of(c, TRACES_LOG, TRACES_CI, 3089, TRACES_TIME, i == 1 ? "{B}" : "{A}",
                        i == 2 ? "{\"TotalSignatureCount\":1,\"PublisherName\":\"P\"}"
                               : "{\"TotalSignatureCount\":0}");
        traces_judge(c, "driver_events");
        traces_expect(c, traces_findings, i == 0 ? "2/1@20" : "1/0@20");
    }
}

static void one_finding_a_driver(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_driver(c, 20, "/Windows/System32/drivers", "a.sys", "trusted");
    traces_event(c, TRACES_SCM, 7045, "{\"ServiceName\":\"s\",\"ImagePath\":\"" OWN "\"}");
    traces_event(
        c, TRACES_SECURITY, 4697,
        "{\"ServiceName\":\"s\",\"ServiceFileName\":\"system32\\\\DRIVERS\\\\A.SYS\",\"ServiceType\":\"0x1\"}");
    for (int i = 0; i < 20; i++)
        traces_event(c, TRACES_SYSMON, 6,
                     "{\"ImageLoaded\":\"C:\\\\Windows\\\\System32\\\\drivers\\\\a.sys\"}");
    traces_judge(c, "driver_events");
    traces_expect(
        c,
        "SELECT (SELECT count(*) FROM finding) || ' ' || group_concat(value, '|') FROM finding_detail WHERE key"
        " IN ('driver', 'service', 'seen')",
        "1 /Windows/System32/drivers/a.sys|s|installed as a service (2), loaded (20)");
}

/* What driver_service says of the same driver: one finding, with the severity of the graver. */
static void with_a_service_key(void **state) {
    (void)state;
    static const char fault[] = "{\"FileNameBuffer\":\"" TEMP "\"}";
    static const char key[] =
        "driver_service 2 A service is to load a signed driver from where anybody can write events say";
    static const struct {
        const char *trust, *data, *expected;
    } cases[] = {
        {"trusted", NULL, key},
        {"trusted", fault, key},
        {"unknown", fault,
         "driver_service 3 Windows found fault with a driver that lies where anybody can write "},
    };
    for (size_t i = 0; i < 3; i++) {
        struct casefile *c = traces_case(true);
        traces_driver(c, 20, "/Windows/Temp", "a.sys", cases[i].trust);
        uint64_t select = traces_key(c, TRACES_HIVE, "/Select", "live");
        traces_value(c, TRACES_HIVE, select, "Current", "REG_DWORD", "1", "live");
        traces_service(c, "a", "\\??\\C:\\Windows\\Temp\\a.sys", "1", "live");
        traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}");
        if (cases[i].data)
            traces_event(c, TRACES_CI, 3004, cases[i].data);
        assert_true(judges_find("services")->judge(c, &made_intel));
        assert_true(judges_find("driver_service")->judge(c, &made_intel));
        traces_judge(c, "driver_events");
        traces_expect(
            c,
            "SELECT f.detector || ' ' || f.severity || ' ' || f.summary || ' ' || coalesce((SELECT key FROM"
            " finding_detail d WHERE d.finding = f.id AND key = 'events say'), '') FROM finding f",
            cases[i].expected);
    }
}

static void what_is_not_testable(void **state) {
    (void)state;
    struct casefile *c = traces_case(false);
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}");
    traces_judge(c, "driver_events");
    traces_expect(c, traces_findings, "1/1@2"); /* told about the log */
}

static void listed_digests(void **state) {
    (void)state;
    static const char data[] =
        "{\"ImageLoaded\":\"%s\",\"Signed\":\"true\",\"SignatureStatus\":\"Valid\",\"Hashes\":"
        "\"MD5=00,SHA1=7878787878787878787878787878787878787878,IMPHASH=0\"}";
    char text[512];
    traces_know("vulnerable driver");
    snprintf(text, sizeof text, data, TEMP);
    expect("/Windows/Temp", "trusted", TRACES_SYSMON, 6, text, "3/1@20");
    snprintf(text, sizeof text, data, "C:\\\\Windows\\\\System32\\\\drivers\\\\a.sys");
    expect("/Windows/System32/drivers", "trusted", TRACES_SYSMON, 6, text, "1/1@20");
    traces_know("malicious");
    expect("/Windows/System32/drivers", "trusted", TRACES_SYSMON, 6, text, "3/2@20");
    lists_file_free(&made_intel.lists);
    expect("/Windows/System32/drivers", "trusted", TRACES_SYSMON, 6, text, "0/1@20");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(ordinary_ones_are_history),
        cmocka_unit_test(places),
        cmocka_unit_test(what_others_tell),
        cmocka_unit_test(faults),
        cmocka_unit_test(joined_by_activity),
        cmocka_unit_test(one_finding_a_driver),
        cmocka_unit_test(with_a_service_key),
        cmocka_unit_test(what_is_not_testable),
        cmocka_unit_test(listed_digests),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
