/* Drivers that were here and are gone: who may go, what honest tools leave, and what is left of the rest. */
#include "traces_made.h"

enum { CREATE = 0x100, DELETE = 0x200 };

#define TEMP "C:\\\\Windows\\\\Temp\\\\a.sys"

static void told(struct casefile *c, const char *expected) {
    traces_judge(c, "driver_ephemeral");
    traces_expect(c, traces_findings, expected);
}

static void what_is_there_is_not_gone(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_driver(c, 20, "/Windows/Temp", "a.sys", "trusted");
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}");
    traces_amcache(c, "c:\\\\windows\\\\temp\\\\a.sys", NULL, 0, 0);
    traces_usn(c, "/Windows/Temp", "a.sys", 70, CREATE, TRACES_TIME);
    traces_usn(c, "/Windows/Temp", "a.sys", 70, DELETE, TRACES_TIME + 1);
    told(c, "");
}

/* Absence needs to have been looked for. */
static void where_it_is_not_known_what_is_there(void **state) {
    (void)state;
    struct casefile *c = traces_case(false);
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}");
    traces_amcache(c, "c:\\\\windows\\\\temp\\\\a.sys", NULL, 0, 0);
    told(c, "");
}

static void stores_of_windows(void **state) {
    (void)state;
    static const char *const folders[] = {"/Windows/WinSxS/x", "/Windows/System32/DriverStore/Temp/{1}",
                                          "/Windows/SoftwareDistribution/Download/x",
                                          "/$WINDOWS.~BT/Sources"};
    struct casefile *c = traces_case(true);
    for (size_t i = 0; i < 4; i++) {
        traces_usn(c, folders[i], "a.sys", 70 + i, CREATE, TRACES_TIME);
        traces_usn(c, folders[i], "a.sys", 70 + i, DELETE, TRACES_TIME + 1);
        traces_file(c, 20 + i, folders[i], "b.sys", 2);
    }
    told(c, "");
}

/* What is removed from where products are installed. */
static void a_product_that_was_removed(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"system32\\\\drivers\\\\a.sys\"}");
    traces_amcache(c, "c:\\\\windows\\\\system32\\\\drivers\\\\a.sys", "Maker", 1, 0);
    traces_service(c, "a", "system32\\drivers\\a.sys", "1", "deleted");
    traces_usn(c, "/Windows/System32/drivers", "a.sys", 70, CREATE, TRACES_TIME);
    traces_usn(c, "/Windows/System32/drivers", "a.sys", 70, DELETE, TRACES_TIME + 30 * TRACES_DAY);
    traces_amcache(c, "c:\\\\program files\\\\p\\\\b.sys", "Maker", 0, 0);
    told(c, "");
}

static void installed_and_removed_within_a_week(void **state) {
    (void)state;
    for (int days = 1; days <= 8; days += 7) {
        struct casefile *c = traces_case(true);
        traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"system32\\\\drivers\\\\a.sys\"}");
        traces_usn(c, "/Windows/System32/drivers", "a.sys", 70, CREATE, TRACES_TIME);
        traces_usn(c, "/Windows/System32/drivers", "a.sys", 70, DELETE,
                   TRACES_TIME + (unsigned)days * TRACES_DAY);
        told(c, days == 1 ? "1/1@2" : "");
    }
}

/* An installer unpacks its driver and removes it; the driver lies in its place. */
static void unpacked_by_an_installer(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct casefile *c = traces_case(true);
        traces_driver(c, 20, "/Windows/System32/drivers", i ? "other.sys" : "A.SYS", "trusted");
        traces_usn(c, "/Users/a/AppData/Local/Temp/x", "a.sys", 70, CREATE, TRACES_TIME);
        traces_usn(c, "/Users/a/AppData/Local/Temp/x", "a.sys", 70, DELETE, TRACES_TIME + 1);
        told(c, i ? "1/0@4" : ""); /* told about the journal, weak */
    }
}

static void honest_tools(void **state) {
    (void)state;
    static const char loaded[] =
        "{\"ImageLoaded\":\"" TEMP
        "\",\"Signed\":\"true\",\"SignatureStatus\":\"Valid\",\"Signature\":\"CPUID\"}";
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SYSMON, 6, loaded);
    told(c, "2/1@2"); /* nothing of its signer is there */
    c = traces_case(true);
    made_file(c, 20, &(struct made_signed){.company = "cpuid", .subsystem = 2});
    traces_event(c, TRACES_SYSMON, 6, loaded);
    told(c, "1/1@2");
    c = traces_case(true); /* another driver is no program */
    made_file(c, 20, &(struct made_signed){.company = "CPUID", .subsystem = 1});
    traces_event(c, TRACES_SYSMON, 6, loaded);
    told(c, "2/1@2");
}

/* CPU-Z: event 7045 says nothing of a signature. */
static void a_program_of_the_same_name(void **state) {
    (void)state;
    static const struct {
        const char *program, *state, *expected;
    } cases[] = {
        {"cpuz.exe", "trusted", "1/1@2"}, {"cpuz.exe", "unsigned", "2/1@2"}, {"cpu.exe", "trusted", "2/1@2"}};
    for (size_t i = 0; i < 3; i++) {
        struct casefile *c = traces_case(true);
        traces_file(c, 20, "/Program Files/P", cases[i].program, 0);
        traces_begin(FACT_pe);
        traces_number(FACT_pe_subsystem, 2);
        traces_send(c, 20);
        assert_true(casefile_trust(c, &(struct casefile_trust){.artifact = 20,
                                                               .state = cases[i].state,
                                                               .signer = "CPUID",
                                                               .user = {.word = "unknown"},
                                                               .strict = {.word = "unknown"},
                                                               .kernel = {.word = "unknown"}}));
        traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"C:\\\\Temp\\\\cpuz160\\\\cpuz160_x64.sys\"}");
        told(c, cases[i].expected);
    }
}

static void sixty_thousand(void **state) {
    (void)state;
    char data[128];
    struct casefile *c = traces_case(true);
    for (int i = 0; i < 600; i++) {
        snprintf(data, sizeof data, "{\"ImagePath\":\"C:\\\\Temp\\\\d%d.sys\"}", i);
        traces_event(c, TRACES_SCM, 7045, data);
    }
    traces_amcache(c, "c:\\\\temp\\\\last.sys", NULL, 0, 0);
    traces_judge(c, "driver_ephemeral");
    traces_expect(
        c, "SELECT severity || ' ' || count(*) || ' ' || max(summary) FROM finding GROUP BY severity",
        "0 1 100 further drivers were here and are gone 2 500 A driver was in an unusual place and is gone "
        "3 1 A driver whose signature Windows did not accept was in an unusual place and is gone");
}

static void loaded_from_its_place_without_a_signature(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a.sys", "false", "2/1@2"}, {"dump_storport.sys", "false", "1/0@2"}, {"a.sys", "true", ""}};
    for (size_t i = 0; i < 3; i++) {
        char data[256];
        struct casefile *c = traces_case(true);
        snprintf(
            data, sizeof data,
            "{\"ImageLoaded\":\"C:\\\\Windows\\\\System32\\\\drivers\\\\%s\",\"Signed\":\"%s\",\"SignatureStatus\":"
            "\"Valid\"}",
            cases[i][0], cases[i][1]);
        traces_event(c, TRACES_SYSMON, 6, data);
        told(c, cases[i][2]);
    }
}

/* Event 7045 in other languages; a file with another ending. */
static void languages(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"Kernelmodustreiber", "2/1@2"},
                                           {"драйвер режима ядра", "2/1@2"},
                                           {"Benutzermodusdienst", ""},
                                           {"\xce\xbf\xce\xb4", ""}};
    for (size_t i = 0; i < 5; i++) {
        char data[256];
        bool key = i == 4;
        struct casefile *c = traces_case(true);
        snprintf(data, sizeof data,
                 "{\"ServiceName\":\"b\",\"ImagePath\":\"C:\\\\Temp\\\\b.dat\",\"ServiceType\":\"%s\"}",
                 cases[key ? 3 : i][0]);
        if (key) {
            uint64_t select = traces_key(c, TRACES_HIVE, "/Select", "live");
            traces_value(c, TRACES_HIVE, select, "Current", "REG_DWORD", "1", "live");
            traces_service(c, "B", "\\??\\C:\\Temp\\b.dat", "1", "live");
        }
        traces_event(c, TRACES_SCM, 7045, data);
        assert_true(judges_find("services")->judge(c, &made_intel));
        told(c, key ? "2/1@2" : cases[i][1]);
    }
}

static void what_is_left(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"" TEMP "\"}");
    told(c, "2/1@2");
    c = traces_case(true);
    traces_service(c, "a", "\\??\\C:\\Windows\\Temp\\a.sys", "1", "deleted");
    told(c, "2/1@1");
    c = traces_case(true); /* that there is a key is for driver_service to tell */
    traces_service(c, "a", "\\??\\C:\\Windows\\Temp\\a.sys", "1", "live");
    told(c, "");
    c = traces_case(true);
    traces_amcache(c, "c:\\\\windows\\\\temp\\\\a.sys", NULL, 0, 0);
    told(c, "3/1@3");
    c = traces_case(true);
    traces_file(c, 20, "/Windows/Temp", "a.sys", 2);
    told(c, "1/0@20");
}

static void one_finding_a_driver(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SCM, 7045, "{\"ServiceName\":\"s\",\"ImagePath\":\"\\\\??\\\\" TEMP "\"}");
    traces_event(c, TRACES_CI, 3004,
                 "{\"FileNameBuffer\":\"\\\\Device\\\\HarddiskVolume3\\\\Windows\\\\Temp\\\\a.sys\"}");
    traces_service(c, "s", "\\??\\C:\\Windows\\Temp\\A.SYS", "1", "deleted");
    traces_usn(c, "/Windows/Temp", "a.sys", 70, CREATE, TRACES_TIME);
    traces_usn(c, "/Windows/Temp", "a.sys", 70, DELETE, TRACES_TIME + TRACES_DAY);
    traces_file(c, 20, "/Windows/Temp", "a.sys", 2);
    traces_judge(c, "driver_ephemeral");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || (SELECT group_concat(value, '|') FROM finding_detail d WHERE"
        " d.finding = f.id AND key IN ('file', 'service', 'seen', 'how long')) FROM finding f",
        "2/1 deleted|s|installed as a service, deleted by the change journal, a deleted file record, named by "
        "what is left of a deleted service key|less than a week");
}

static void listed_ones(void **state) {
    (void)state;
    static const char *const places[] = {"c:\\\\windows\\\\temp\\\\a.sys",
                                         "c:\\\\program files\\\\p\\\\a.sys",
                                         "c:\\\\windows\\\\winsxs\\\\a.sys"};
    static const char *const hole[] = {"3/1@3", "1/1@3", ""};
    for (size_t i = 0; i < 3; i++) {
        traces_know("vulnerable driver");
        struct casefile *c = traces_case(true);
        traces_amcache(c, places[i], "Maker", 1, 'x');
        told(c, hole[i]);
        traces_know("malicious");
        c = traces_case(true);
        traces_amcache(c, places[i], "Maker", 1, 'x');
        told(c, "3/2@3");
    }
    lists_file_free(&made_intel.lists);
}

static void many_deleted_files_end_with_a_number(void **state) {
    (void)state;
    char name[32];
    struct casefile *c = traces_case(true);
    for (unsigned i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "a%u.sys", i);
        traces_file(c, 20 + i, "/Users/a", name, 2);
    }
    traces_judge(c, "driver_ephemeral");
    traces_expect(c,
                  "SELECT severity || '/' || count(*) || '/' || max(summary) FROM finding GROUP BY severity",
                  "0/1/50 further files named like drivers were deleted "
                  "1/100/A file named like a driver was in an unusual place and was deleted");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_not_gone),
        cmocka_unit_test(where_it_is_not_known_what_is_there),
        cmocka_unit_test(stores_of_windows),
        cmocka_unit_test(a_product_that_was_removed),
        cmocka_unit_test(installed_and_removed_within_a_week),
        cmocka_unit_test(unpacked_by_an_installer),
        cmocka_unit_test(honest_tools),
        cmocka_unit_test(a_program_of_the_same_name),
        cmocka_unit_test(sixty_thousand),
        cmocka_unit_test(loaded_from_its_place_without_a_signature),
        cmocka_unit_test(languages),
        cmocka_unit_test(what_is_left),
        cmocka_unit_test(one_finding_a_driver),
        cmocka_unit_test(listed_ones),
        cmocka_unit_test(many_deleted_files_end_with_a_number),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
