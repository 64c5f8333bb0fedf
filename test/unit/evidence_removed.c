/* Traces that were removed: what looks like it, each kind with its innocent twin, and damaged input. */
#include "traces_made.h"

static void expect_event(const char *provider, unsigned id, const char *data, const char *expected) {
    struct casefile *c = traces_case(true);
    traces_event(c, provider, id, data);
    traces_judge(c, "evidence_removed");
    traces_expect(c, traces_findings, expected);
}

static void cleared_logs(void **state) {
    (void)state;
    static const char cleared[] = "{\"LogFileCleared\":{\"SubjectUserName\":\"eve\",\"Channel\":\"%s\"}}";
    char data[256];
    expect_event("Somebody", 1102, "{}", "");
    expect_event(TRACES_EVENTLOG, 105, "{}", "");
    expect_event(TRACES_EVENTLOG, 1102, NULL, "2/1@2");
    expect_event(TRACES_EVENTLOG, 1102, "{\"UserData", "2/1@2"); /* no JSON, so it is not kept */
    snprintf(data, sizeof data, cleared, "System");
    expect_event(TRACES_EVENTLOG, 104, data, "2/1@2");
    snprintf(data, sizeof data, cleared, "Microsoft-Windows-Biometrics/Operational");
    expect_event(TRACES_EVENTLOG, 104, data, "1/1@2");
}

static void gap(struct casefile *c, const char *channel, unsigned damaged, unsigned dirty) {
    traces_begin(FACT_event_log);
    traces_string(FACT_event_log_channel, channel);
    traces_number(FACT_event_log_damaged_chunks, damaged);
    traces_number(FACT_event_log_broken, 0);
    traces_number(FACT_event_log_dirty, dirty);
    traces_begin(FACT_event_gap);
    traces_number(FACT_event_gap_ordinal, 0);
    traces_number(FACT_event_gap_last_number, 10);
    traces_number(FACT_event_gap_last_time, TRACES_TIME);
    traces_number(FACT_event_gap_next_number, 14);
    traces_number(FACT_event_gap_next_time, TRACES_TIME + 1);
    traces_send(c, TRACES_LOG);
    traces_judge(c, "evidence_removed");
}

static void records_that_are_missing(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    gap(c, "Security", 0, 0);
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || (SELECT value FROM finding_detail WHERE key = 'how many')"
        " FROM finding",
        "2/1 3");
    c = traces_case(true);
    gap(c, "Security", 0, 1);
    traces_expect(c, traces_findings, "2/0@2");
    c = traces_case(true);
    gap(c, "Else", 0, 0);
    traces_expect(c, traces_findings, "1/1@2");
    c = traces_case(true); /* damage takes records, too */
    gap(c, "Security", 1, 0);
    traces_expect(c, traces_findings, "");
}

static void auditing(void **state) {
    (void)state;
    static const char changed[] =
        "{\"SubjectUserSid\":\"%s\",\"SubcategoryGuid\":\"{G}\",\"AuditPolicyChanges\":\"%s\"}";
    char data[256];
    snprintf(data, sizeof data, changed, "S-1-5-21-1", "%%8449, %%8451"); /* more of it */
    expect_event(TRACES_SECURITY, 4719, data, "");
    snprintf(data, sizeof data, changed, "S-1-5-21-1", "%%8448, %%8450");
    expect_event(TRACES_SECURITY, 4719, data, "2/1@2");
    snprintf(data, sizeof data, changed, "S-1-5-18", "%%8448");
    expect_event(TRACES_SECURITY, 4719, data, "1/0@2");
}

static void defender(void **state) {
    (void)state;
    expect_event(TRACES_DEFENDER, 5001, NULL, "2/1@2");
    expect_event(TRACES_DEFENDER, 5007,
                 "{\"New Value\":\"HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows Defender\\\\Quarantine = 0x1\"}",
                 "");
    expect_event(TRACES_DEFENDER, 5007, "{}", "");
    expect_event(
        TRACES_DEFENDER, 5007,
        "{\"New Value\":\"HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows Defender\\\\Exclusions\\\\Paths\\\\D:\\\\build = 0x0\"}",
        "1/1@2");
    expect_event(
        TRACES_DEFENDER, 5007,
        "{\"New Value\":\"HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows Defender\\\\Exclusions\\\\Paths\\\\C:\\\\Windows\\\\Temp = 0x0\"}",
        "2/1@2");
    expect_event(
        TRACES_DEFENDER, 5007,
        "{\"New Value\":\"HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows Defender\\\\Exclusions\\\\Paths\\\\C:\\\\ = 0x0\"}",
        "2/1@2");
    expect_event(
        TRACES_DEFENDER, 5007,
        "{\"New Value\":\"HKLM\\\\x\\\\Windows Defender\\\\Real-Time Protection\\\\DisableRealtimeMonitoring = 0x1\"}",
        "2/1@2");
    expect_event(TRACES_DEFENDER, 1116, "{\"Threat Name\":\"T\",\"Path\":\"file:_C:\\\\a\"}", "2/1@2");
}

static void settings_in_the_registry(void **state) {
    (void)state;
    static const struct {
        const char *path, *name, *text, *key_state, *expected;
    } cases[] = {
        {"/Microsoft/Windows Defender/Exclusions/Paths", "D:\\\\build", "0", "live", "1/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Paths", "C:\\\\Users\\\\a", "0", "live", "2/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Paths", "C:\\\\Users\\\\a\\\\source", "0", "live", "1/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Paths", "C:\\\\Users\\\\a\\\\AppData\\\\x", "0", "live",
         "2/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Extensions", ".sys", "0", "live", "2/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Paths", "C:\\\\", "0", "live", "2/1@1"},
        {"/Microsoft/Windows Defender/Exclusions/Paths", "C:\\\\Users\\\\a", "0", "deleted", ""},
        {"/Policies/Microsoft/Windows Defender", "DisableAntiSpyware", "1", "live", "1/1@1"},
        {"/Policies/Microsoft/Windows Defender/Real-Time Protection", "DisableRealtimeMonitoring", "0",
         "live", ""},
        {"/Policies/Microsoft/Windows Defender", "Other", "1", "live", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct casefile *c = traces_case(true);
        uint64_t key = traces_key(c, TRACES_HIVE, cases[i].path, cases[i].key_state);
        traces_value(c, TRACES_HIVE, key, cases[i].name, "REG_DWORD", cases[i].text, cases[i].key_state);
        traces_judge(c, "evidence_removed");
        traces_expect(c, traces_findings, cases[i].expected);
    }
}

static void what_may_be_excluded(void **state) {
    (void)state;
    static const struct {
        const char *kind, *name, *expected;
    } cases[] = {
        {"Extensions", ".mdf", "1/1@1"},
        {"Extensions", ".LDF", "1/1@1"},
        {"Extensions", "bak", "1/1@1"},
        {"Extensions", ".dll", "2/1@1"},
        {"Extensions", ".ps1", "2/1@1"},
        {"Extensions", "*", "2/1@1"},
        {"Processes", "C:\\\\Users\\\\a\\\\AppData\\\\Local\\\\x\\\\cargo.exe", "1/1@1"},
        {"Processes", "C:\\\\Windows\\\\Temp\\\\cargo.exe", "2/1@1"},
        {"Processes", "C:\\\\Users\\\\a\\\\AppData\\\\Local\\\\x\\\\y.exe", "2/1@1"},
        {"Paths", "C:\\\\ProgramData\\\\docker", "1/1@1"},
        {"Paths", "C:\\\\ProgramData\\\\Docker\\\\x", "1/1@1"},
        {"Paths", "C:\\\\ProgramData\\\\dockers", "2/1@1"},
        {"Paths", "C:", "2/1@1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[128];
        struct casefile *c = traces_case(true);
        snprintf(path, sizeof path, "/Microsoft/Windows Defender/Exclusions/%s", cases[i].kind);
        uint64_t key = traces_key(c, TRACES_HIVE, path, "live");
        traces_value(c, TRACES_HIVE, key, cases[i].name, "REG_DWORD", "0", "live");
        traces_judge(c, "evidence_removed");
        traces_expect(c, traces_findings, cases[i].expected);
    }
}

/* All of one hive are one finding, as grave as its worst, which come first. */
static void settings_of_a_hive(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    uint64_t key = traces_key(c, TRACES_HIVE, "/Microsoft/Windows Defender/Exclusions/Extensions", "live");
    char name[16];
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "%d.exe", i);
        traces_value(c, TRACES_HIVE, key, i ? ".mdf" : ".exe", "REG_DWORD", "0", "live");
        traces_value(c, TRACES_HIVE, key, name, "REG_DWORD", "0", "live");
    }
    traces_judge(c, "evidence_removed");
    traces_expect(
        c,
        "SELECT count(*) || ' ' || max(severity) || ' ' || (SELECT value FROM finding_detail WHERE key = 'how"
        " many') || ' ' || (SELECT group_concat(length(value) - length(replace(value, ';', ''))) FROM"
        " finding_detail WHERE key = 'setting') FROM finding",
        "1 2 32 19,0");
}

/* Windows clears its logs at the end of its installation. */
static void cleared_at_installation(void **state) {
    (void)state;
    static const struct {
        int hours;
        bool first;
        const char *sid, *expected;
    } cases[] = {{1, true, "S-1-5-18", "0/1@2"},
                 {30, true, "S-1-5-18", "2/1@2"},
                 {1, false, "S-1-5-18", "2/1@2"},
                 {1, true, "S-1-5-21-1-2-3-500", "2/1@2"}};
    for (size_t i = 0; i < 4; i++) {
        char text[160];
        struct casefile *c = traces_case(true);
        uint64_t key = traces_key(c, TRACES_HIVE, "/Microsoft/Windows NT/CurrentVersion", "live");
        snprintf(text, sizeof text, "%lld",
                 (long long)(filetime_to_unix(TRACES_TIME) - cases[i].hours * 3600));
        traces_value(c, TRACES_HIVE, key, "InstallDate", "REG_DWORD", text, "live");
        if (!cases[i].first)
            traces_event(c, TRACES_SECURITY, 4608, "{}");
        snprintf(text, sizeof text, "{\"LogFileCleared\":{\"SubjectUserSid\":\"%s\"}}", cases[i].sid);
        traces_event(c, TRACES_EVENTLOG, 1102, text);
        traces_judge(c, "evidence_removed");
        traces_expect(c, traces_findings, cases[i].expected);
    }
}

static void commands(void **state) {
    (void)state;
    static const struct {
        const char *line;
        bool hit;
    } cases[] = {
        {"VSSADMIN.exe Delete Shadows /all /quiet", true},
        {"vssadmin list shadows", false},
        {"wmic shadowcopy delete", true},
        {"fsutil usn deletejournal /D C:", true},
        {"fsutil usn readjournal C:", false},
        {"wevtutil cl System", true},
        {"wevtutil el", false},
        {"powershell Set-MpPreference -DisableRealtimeMonitoring $true", true},
        {"powershell Set-MpPreference -DisableRealtimeMonitoring $false", false},
        {"powershell Add-MpPreference -ExclusionPath C:\\\\x", true},
        {"bcdedit /set testsigning on", true},
        {"bcdedit /set testsigning off", false},
        {"notepad shadows delete vssadmin", false},
        {"powershell Set-MpPreference -DisableRealtimeMonitoring $false -ScanScheduleDay 1", false},
        {"powershell Set-MpPreference -ScanScheduleDay 1 -DisableRealtimeMonitoring:$true", true},
        {"powershell -nop -w hidden -c \\\"Set-MpPreference -DisableRealtimeM 1\\\"", true},
        {"powershell Set-MpPreference -DisableCatchupFullScan $true", false},
        {"notepad.exe \\\"C:\\\\docs\\\\how to vssadmin delete shadows.txt\\\"", false},
        {"notepad vssadmin delete shadows", false},
        {"rg \\\"wevtutil cl \\\" C:\\\\src\\\\sigma", false},
        {"wevtutil.exe im \\\"C:\\\\Program Files\\\\Contoso\\\\ cl \\\\x.man\\\"", false},
        {"wevtutil gl cl", false},
        {"wevtutil \\\"cl\\\" Security", true},
        {"\\\"C:\\\\Windows\\\\System32\\\\WEVTUTIL.EXE\\\"  CL Security", true},
        {"cmd /c wevtutil cl Security", true},
        {"cmd.exe /q /c \\\"echo x & wevt^util c^l Security\\\"", true},
        {"cmd /c echo \\\"x & wevtutil cl Security\\\"", false},
        {"cmd /c for /F \\\"tokens=*\\\" %1 in ('wevtutil.exe el') DO wevtutil.exe cl \\\"%1\\\"", true},
        {"powershell wevtutil el | Foreach-Object {wevtutil cl \\\"$_\\\"}", true},
        {"powershell -c \\\"Write-Host 'x; wevtutil cl y'\\\"", false},
        {"powershell -File C:\\\\a.ps1 wevtutil cl x", false},
        {"powershell -c cmd /c \\\"vssadmin delete shadows\\\"", true},
        {"cmd /c cmd /c cmd /c cmd /c cmd /c wevtutil cl x", false},
        {"powershell Remove-EventLog -LogName Security", true},
        {"powershell \\\"Get-WmiObject Win32_Shadowcopy | ForEach-Object {$_.Delete();}\\\"", true},
        {"powershell Get-WmiObject Win32_Shadowcopy", false},
        {"sc config eventlog start= disabled", true},
        {"sc config eventlog start= auto", false},
        {"sc query eventlog", false},
        {"cmd /c", false},
        {"\\\"", false},
        {"", false},
    };
    char data[256];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(data, sizeof data, "{\"CommandLine\":\"%s\"}", cases[i].line);
        expect_event(TRACES_SECURITY, 4688, data, cases[i].hit ? "2/1@2" : "");
        expect_event(TRACES_SYSMON, 1, data, cases[i].hit ? "2/1@2" : "");
    }
    expect_event(TRACES_SECURITY, 4688, "{\"CommandLine\":7}", "");
    expect_event(TRACES_SECURITY, 4688, NULL, "");
}

static void very_long_commands(void **state) {
    static char data[6000];
    (void)state;
    snprintf(data, sizeof data, "{\"CommandLine\":\"vssadmin %05000d delete shadows\"}", 1);
    expect_event(TRACES_SECURITY, 4688, data, ""); /* what comes behind a thousand bytes is not looked at */
}

static void many(void **state) {
    (void)state;
    struct casefile *c = traces_case(true);
    for (int i = 0; i < 250; i++)
        traces_event(c, TRACES_SYSMON, 1,
                     i % 2 ? "{\"CommandLine\":\"wevtutil cl a\"}" : "{\"CommandLine\":\"wevtutil cl b\"}");
    traces_judge(c, "evidence_removed");
    traces_expect(
        c, "SELECT severity || ' ' || count(*) || ' ' || max(summary) FROM finding GROUP BY severity",
        "0 1 Traces were removed by a command: 50 more times 2 200 An event log was cleared by a command");
}

/* A journal that is much younger than its volume: by the time of installation, where that is known. */
static void journal(unsigned days, int installed_days, bool system, const char *expected) {
    char text[32];
    struct casefile *c = traces_case(true);
    struct listing listing = made_listing("", "$MFT");
    listing.record = 0;
    listing.si[LISTING_CREATED] = TRACES_TIME;
    assert_true(casefile_artifact(c, 20, &listing, span_of("", 0, 0), "read", NULL));
    listing = made_listing("/$Extend", "$UsnJrnl");
    listing.stream = "$J";
    listing.stream_size = 2;
    listing.volume = system ? 1 : 2;
    listing.si[LISTING_CREATED] = TRACES_TIME + days * TRACES_DAY;
    assert_true(casefile_artifact(c, 21, &listing, span_of("", 0, 0), "read", NULL));
    if (installed_days >= 0) {
        snprintf(text, sizeof text, "%lld",
                 (long long)(filetime_to_unix(TRACES_TIME) + installed_days * 86400));
        uint64_t key = traces_key(c, TRACES_HIVE, "/Microsoft/Windows NT/CurrentVersion", "live");
        traces_value(c, TRACES_HIVE, key, "InstallDate", "REG_DWORD", text, "live");
    }
    traces_judge(c, "evidence_removed");
    traces_expect(c, traces_findings, expected);
}

static void a_journal_that_was_begun_anew(void **state) {
    (void)state;
    journal(0, -1, true, "");
    journal(1, 0, true, "");
    journal(30, -1, true, "1/0@21");
    journal(30, 0, true, "1/1@21");
    journal(30, 29, true, ""); /* laid down from an image, installed later */
    journal(30, 40, true, "");
    journal(30, 0, false, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleared_logs),
        cmocka_unit_test(records_that_are_missing),
        cmocka_unit_test(auditing),
        cmocka_unit_test(defender),
        cmocka_unit_test(settings_in_the_registry),
        cmocka_unit_test(what_may_be_excluded),
        cmocka_unit_test(settings_of_a_hive),
        cmocka_unit_test(cleared_at_installation),
        cmocka_unit_test(commands),
        cmocka_unit_test(very_long_commands),
        cmocka_unit_test(many),
        cmocka_unit_test(a_journal_that_was_begun_anew),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
