/* What ran: sources and their grades, rows that become one, what findings are told, and when nothing can be.
 */
#include "traces_made.h"

static const char rows_sql[] =
    "SELECT kind || '|' || source || '|' || coalesce(path, '-') || '|' || coalesce(artifact, '-') || '|' || count"
    " || '|' || coalesce((last_time - 133600000000000000) / 864000000000, '-') || '|' || coalesce(detail, '-') FROM"
    " execution ORDER BY id";

static void prefetch(struct casefile *c, const char *name, const char *const *paths) {
    traces_begin(FACT_prefetch);
    traces_string(FACT_prefetch_name, name);
    traces_number(FACT_prefetch_runs, 9);
    traces_number(FACT_prefetch_last_run, TRACES_TIME + 3 * TRACES_DAY);
    traces_string(FACT_prefetch_earlier_runs, "133600000000000002 133600000000000001");
    for (uint64_t i = 0; paths[i]; i++) {
        traces_begin(FACT_prefetch_file);
        traces_number(FACT_prefetch_file_ordinal, i);
        traces_string(FACT_prefetch_file_path, paths[i]);
    }
    traces_send(c, TRACES_PREFETCH);
}

static void nothing_is_no_row(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_judge(c, "execution");
    traces_expect(c, rows_sql, "");
}

/* Rows without a path, with a name that is none, with data that is none. */
static void what_says_nothing(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_event(c, TRACES_SECURITY, 4688, "{\"NewProcessName\":\"\"}");
    traces_event(c, TRACES_SECURITY, 4688, "{\"Other\":1}");
    traces_event(c, TRACES_SECURITY, 4688, NULL);
    traces_event(c, "Somebody", 4688, "{\"NewProcessName\":\"C:\\\\\\\\a.exe\"}");
    static const char *const names[] = {"Microsoft.Windows.Explorer", "UEME_RUNPIDL:%csidl2%\\\\a.lnk",
                                        "{00000000-0000-0000-0000-000000000000}\\\\a.exe", "C:\\\\a.lnk"};
    for (uint64_t i = 0; i < 4; i++) {
        traces_begin(FACT_userassist);
        traces_number(FACT_userassist_ordinal, i);
        traces_string(FACT_userassist_name, names[i]);
        traces_number(FACT_userassist_runs, 3);
        traces_send(c, TRACES_HIVE);
    }
    traces_judge(c, "execution");
    traces_expect(c, rows_sql, "");
}

static void by_prefetch(void **state) {
    (void)state;
    static const char *const paths[] = {
        "\\\\VOLUME{01d2c3b4a5968778-89abcdef}\\\\WINDOWS\\\\SYSTEM32\\\\NTDLL.DLL",
        "\\\\VOLUME{01d2c3b4a5968778-89abcdef}\\\\TEMP\\\\A.EXE",
        "\\\\VOLUME{01d2c3b4a5968778-89abcdef}\\\\X.DAT", NULL};
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/Temp", "a.exe", 0);
    prefetch(c, "A.EXE", paths);
    traces_judge(c, "execution");
    traces_expect(c, rows_sql,
                  "executed|prefetch|/TEMP/A.EXE|20|9|3|- "
                  "loaded|prefetch_file|?:/WINDOWS/SYSTEM32/NTDLL.DLL|-|1|3|A.EXE");
}

/* Its list does not have the program itself: no file of that name elsewhere is meant. */
static void prefetch_without_a_folder(void **state) {
    (void)state;
    static const char *const none[] = {NULL};
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/Windows/System32", "a.exe", 0);
    prefetch(c, "A.EXE", none);
    traces_judge(c, "execution");
    traces_expect(c, rows_sql, "executed|prefetch|A.EXE|-|9|3|-");
}

static void by_registry(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/Windows/System32", "calc.exe", 0);
    traces_file(c, 21, "/Temp", "gone.exe", 2);
    traces_begin(FACT_bam);
    traces_number(FACT_bam_ordinal, 0);
    traces_string(FACT_bam_user, "S-1-5-18");
    traces_string(FACT_bam_path, "\\\\Device\\\\HarddiskVolume3\\\\Temp\\\\gone.exe");
    traces_number(FACT_bam_last_run, TRACES_TIME + TRACES_DAY);
    traces_begin(FACT_userassist);
    traces_number(FACT_userassist_ordinal, 1);
    traces_string(FACT_userassist_name, "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\\\calc.exe");
    traces_number(FACT_userassist_runs, 12);
    for (uint64_t i = 0; i < 2; i++) { /* of two control sets */
        traces_begin(FACT_shimcache);
        traces_number(FACT_shimcache_ordinal, 2 + i);
        traces_string(FACT_shimcache_path, i ? "SYSVOL\\\\windows\\\\system32\\\\CALC.EXE"
                                             : "C:\\\\Windows\\\\System32\\\\calc.exe");
        traces_number(FACT_shimcache_modified, TRACES_TIME);
    }
    traces_begin(FACT_amcache);
    traces_number(FACT_amcache_ordinal, 4);
    traces_string(FACT_amcache_path, "c:\\\\temp\\\\evil.sys");
    traces_string(FACT_amcache_service, "evil");
    traces_number(FACT_amcache_key_time, TRACES_TIME + 2 * TRACES_DAY);
    traces_send(c, TRACES_HIVE);
    traces_judge(c, "execution");
    traces_expect(c, rows_sql,
                  "executed|bam|?:/Temp/gone.exe|-|1|1|S-1-5-18 "
                  "executed|userassist|/Windows/System32/calc.exe|20|12|-|- "
                  "present|shimcache|/Windows/System32/calc.exe|20|2|-|- "
                  "present|amcache|/temp/evil.sys|-|1|2|evil");
}

static void by_events(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/a", "b.exe", 0);
    for (int i = 0; i < 3; i++)
        traces_event(c, TRACES_SECURITY, 4688,
                     "{\"NewProcessName\":\"C:\\\\a\\\\b.exe\",\"SubjectUserName\":\"eve\"}");
    traces_event(c, TRACES_SYSMON, 7,
                 "{\"ImageLoaded\":\"C:\\\\a\\\\b.dll\",\"Image\":\"C:\\\\a\\\\b.exe\"}");
    traces_event(c, TRACES_SCM, 7045,
                 "{\"ServiceName\":\"s\",\"ImagePath\":\"\\\"C:\\\\a\\\\b.exe\\\" -k\"}");
    traces_event(
        c, TRACES_SCM, 7040,
        "{\"param1\":\"IKE\",\"param2\":\"demand start\",\"param3\":\"auto start\",\"param4\":\"IKEEXT\"}");
    traces_judge(c, "execution");
    traces_expect(c, rows_sql,
                  "executed|event 4688|/a/b.exe|20|3|0|eve "
                  "loaded|sysmon 7|/a/b.dll|-|1|0|C:\\a\\b.exe "
                  "present|event 7045|/a/b.exe|20|1|0|s "
                  "changed|event 7040|-|-|1|0|IKEEXT: demand start, now auto start");
}

static void find_something(struct casefile *c, uint64_t artifact, enum severity severity) {
    struct finding finding = {
        .detector = "ioc_hash", .severity = severity, .strength = STRENGTH_FIRM, .summary = "x"};
    assert_true(casefile_finding(c, (struct casefile_place){.artifact = artifact}, &finding, NULL, 0));
}

static const char details_sql[] =
    "SELECT '[' || artifact || ' ' || key || ': ' || value || ']' FROM finding_detail d JOIN"
    " finding f ON f.id = d.finding ORDER BY artifact, d.rowid";

static void findings_are_told(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    traces_file(c, 20, "/a", "b.exe", 0);
    traces_file(c, 21, "/a", "c.exe", 0);
    find_something(c, 20, SEVERITY_LOW);
    find_something(c, 21, SEVERITY_INFO);
    find_something(c, 21, SEVERITY_HIGH); /* no image, so nothing would have run */
    traces_event(c, TRACES_SECURITY, 4688, "{\"NewProcessName\":\"C:\\\\a\\\\b.exe\"}");
    traces_event(c, TRACES_SYSMON, 7, "{\"ImageLoaded\":\"C:\\\\a\\\\b.exe\"}");
    traces_event(c, TRACES_SCM, 7045, "{\"ImagePath\":\"C:\\\\a\\\\b.exe\"}");
    traces_judge(c, "execution");
    traces_expect(c, details_sql,
                  "[20 executed, by its path: event 4688, 2024-05-12T15:06:40.0000000Z] "
                  "[20 loaded, by its path: sysmon 7, 2024-05-12T15:06:40.0000000Z] "
                  "[20 was there, by its path: event 7045, 2024-05-12T15:06:40.0000000Z]");
}

static void silence(int prefetch_files, const char *enabled, const char *expected) {
    static const char *const none[] = {NULL};
    struct casefile *c = traces_case(true);
    made_file(c, 20, &(struct made_signed){.folder = "/a", .name = "b.exe"});
    find_something(c, 20, SEVERITY_HIGH);
    if (prefetch_files > 0)
        prefetch(c, "X.EXE", none);
    if (enabled) {
        uint64_t key = traces_key(c, TRACES_HIVE, "/Select", "live");
        traces_value(c, TRACES_HIVE, key, "Current", "REG_DWORD", "1", "live");
        key =
            traces_key(c, TRACES_HIVE,
                       "/ControlSet001/Control/Session Manager/Memory Management/PrefetchParameters", "live");
        traces_value(c, TRACES_HIVE, key, "EnablePrefetcher", "REG_DWORD", enabled, "live");
    }
    traces_judge(c, "execution");
    traces_expect(c, details_sql, expected);
}

static void silence_counts_only_where_something_would_tell(void **state) {
    (void)state;
    silence(0, NULL, "[20 execution: not testable: there are no prefetch files]");
    silence(0, "3", "[20 execution: not testable: there are no prefetch files]");
    silence(0, "0", "[20 execution: not testable: prefetch is switched off on this machine, as on servers]");
    silence(1, "0", "[20 execution: no trace; there are 1 prefetch files]");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_row), cmocka_unit_test(what_says_nothing),
        cmocka_unit_test(by_prefetch),       cmocka_unit_test(prefetch_without_a_folder),
        cmocka_unit_test(by_registry),       cmocka_unit_test(by_events),
        cmocka_unit_test(findings_are_told), cmocka_unit_test(silence_counts_only_where_something_would_tell),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
