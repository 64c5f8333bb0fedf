/* Phantom libraries: what may lie there, what nobody knows, what is planted, and what the service says of it.
 */
#include "host_made.h"
#include "intel/intel.h"

#define OTHER  HOST_TIME - 40 * HOST_DAY
#define IKEEXT "%systemroot%\\system32\\svchost.exe -k netsvcs"

static struct phantoms_entry entries[] = {
    {"wlbsctrl.dll", "\\Windows\\System32", "IKEEXT", "svchost.exe", "Microsoft", "", "https://a"},
    {"TSMSISrv.dll", "\\Windows\\System32", "SessionEnv", "svchost.exe", "", "", "https://b"},
    {"cdpsgshims.dll", "", "CDPSvc", "svchost.exe", "", "along PATH", "https://c"},
};
static struct intel intel = {.phantoms = {.list = entries, .count = 3}};

static void image(struct host_made *m, uint64_t file, const char *company) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t hive = m->hive;
    m->hive = file;
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_subsystem, 3);
    if (company)
        row_string(&row, FACT_pe_company, company);
    host_row(m, &bytes);
    m->hive = hive;
}

static void ends(struct host_made *m, const char *wanted) {
    const char *got;
    host_judge(m, "services");
    assert_true(judges_find("dll_phantom")->judge(m->c, &intel));
    got = made_ask(
        m->c, "SELECT group_concat(severity || '/' || strength || '@' || coalesce(artifact, 0), ' ') FROM"
              " (SELECT * FROM finding ORDER BY artifact)");
    assert_string_equal(got, wanted);
}

static void expect(const char *folder, const char *name, const char *state, const char *signer,
                   const char *company, const char *wanted) {
    struct host_made m = host_start(true);
    uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
    image(&m, file, company);
    if (state)
        host_trust(&m, file, state, signer);
    ends(&m, wanted);
    casefile_close(m.c);
}

static void silent(void **state) {
    (void)state;
    static const char system[] = "/Windows/System32";
    expect(system, "wlbsctrl.dll", "trusted", "Microsoft Windows", "Microsoft Corporation", "");
    expect(system, "ikeext.dll", "unsigned", NULL, NULL, "");
    expect("/Program Files/x", "wlbsctrl.dll", "unsigned", NULL, NULL, "");
    expect("/Users/a/Windows/System32", "wlbsctrl.dll", "unsigned", NULL, NULL, "");
    expect("/Program Files/x", "cdpsgshims.dll", NULL, NULL, NULL, "");
    struct host_made m = host_start(true);
    assert_true(judges_find("dll_phantom")->judge(m.c, NULL));
    assert_true(judges_find("dll_phantom")->judge(m.c, &(struct intel){.now = 1}));
    host_file(&m, "/Windows/System32/wlbsctrl.dll", "x");
    ends(&m, "");
    casefile_close(m.c);
}

static void unknown(void **state) {
    (void)state;
    static const char system[] = "/Windows/System32";
    expect(system, "wlbsctrl.dll", NULL, NULL, "Microsoft Corporation", "1/0@2");
    expect(system, "wlbsctrl.dll", "unknown", NULL, "Microsoft Corporation", "1/0@2");
    expect(system, "wlbsctrl.dll", "unknown", NULL, "Somebody", "2/1@2");
    expect(system, "wlbsctrl.dll", "unknown", NULL, NULL, "2/1@2");
    expect(system, "TSMSISrv.dll", "unknown", NULL, "Microsoft Corporation", "2/1@2"); /* none is genuine */
    struct host_made m = host_start(true);
    host_file(&m, system, "wlbsctrl.dll"); /* no image at all */
    ends(&m, "1/0@2");
    casefile_close(m.c);
}

static void planted(void **state) {
    (void)state;
    static const char system[] = "/Windows/System32";
    expect(system, "wlbsctrl.dll", "unsigned", NULL, "Microsoft Corporation", "3/1@2");
    expect("/windows/SYSTEM32", "WLBSCTRL.DLL", "digest-mismatch", "Microsoft Windows", NULL, "3/1@2");
    expect(system, "wlbsctrl.dll", "trusted", "Somebody", NULL, "1/1@2");
    expect("/Windows/System32/wbem", "cdpsgshims.dll", "unsigned", NULL, NULL, "3/1@2");
    expect("/Python27", "cdpsgshims.dll", "unsigned", NULL, NULL, "1/0@2");
}

/* What the service says: automatic and something that shows that it was made so. */
static void prepared(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct host_made m = host_start(true);
        uint64_t file =
            host_file_born(&m, "/Windows/System32", "wlbsctrl.dll", 0, i == 0 ? HOST_TIME : OTHER);
        image(&m, file, NULL);
        host_trust(&m, file, "unsigned", NULL);
        host_service_at(&m, "ikeext", 0x20, i == 3 ? 4 : i == 4 ? 3 : 2, IKEEXT, HOST_TIME + 6000);
        if (i == 1) {
            host_key(&m, "/ControlSet002/Services/IKEEXT");
            host_number(&m, "Type", 0x20);
            host_number(&m, "Start", 3);
        }
        static const char *const wanted[] = {"3/2@2", "3/2@2", "3/1@2", "2/1@2", "3/1@2"};
        ends(&m, wanted[i]);
        assert_string_equal(made_ask(m.c, "SELECT artifact FROM finding_reference"), "1");
        casefile_close(m.c);
    }
}

static void changed(void **state) {
    (void)state;
    static const struct {
        const char *data, *wanted;
    } tries[] = {
        {"{\"param1\":\"x\",\"param2\":\"demand start\",\"param3\":\"auto start\",\"param4\":\"IKEEXT\"}",
         "3/2@2"},
        {"{\"param1\":\"x\",\"param2\":\"auto start\",\"param3\":\"demand start\",\"param4\":\"IKEEXT\"}",
         "3/1@2"},
        {"{\"param1\":\"x\",\"param2\":\"Manuell starten\",\"param3\":\"Automatisch starten\",\"param4\":\"IKEEXT\"}",
         "3/2@2"},
        {"{\"param2\":\"Automatisch starten\",\"param3\":\"Automatisch starten\",\"param4\":\"IKEEXT\"}",
         "3/1@2"},
        {"{\"param1\":\"x\",\"param2\":\"demand start\",\"param3\":\"auto start\",\"param4\":\"BITS\"}",
         "3/1@2"},
        {"{}", "3/1@2"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        struct text bytes = {0};
        struct row_writer row;
        struct host_made m = host_start(true);
        uint64_t file = host_file_born(&m, "/Windows/System32", "wlbsctrl.dll", 0, OTHER), hive = m.hive;
        host_trust(&m, file, "unsigned", NULL);
        host_service(&m, "IKEEXT", 0x20, 2, IKEEXT);
        m.hive = host_file(&m, "/Windows/System32/winevt/Logs", "System.evtx");
        row_begin(&row, &bytes, FACT_event);
        row_integer(&row, FACT_event_ordinal, 1);
        row_integer(&row, FACT_event_number, 1);
        row_integer(&row, FACT_event_slack, 0);
        row_integer(&row, FACT_event_written, HOST_TIME);
        row_string(&row, FACT_event_provider, "Service Control Manager");
        row_integer(&row, FACT_event_event_id, 7040);
        row_string(&row, FACT_event_data, tries[i].data);
        host_row(&m, &bytes);
        m.hive = hive;
        ends(&m, tries[i].wanted);
        casefile_close(m.c);
    }
}

/* Deleted, a hard link, outside any volume, and what another judge told. */
static void elsewhere(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_trust(&m, host_file_born(&m, "/Windows/System32", "wlbsctrl.dll", 2, OTHER), "unsigned", NULL);
    ends(&m, "2/1@2");
    casefile_close(m.c);
    m = host_start(true);
    uint64_t file = host_file_born(&m, "/Users/a", "x.dll", 0, OTHER);
    struct listing link = made_listing("/Windows/System32", "wlbsctrl.dll");
    assert_true(casefile_path(m.c, file, &link));
    host_trust(&m, file, "unsigned", NULL);
    ends(&m, "3/1@2");
    casefile_close(m.c);
    m = host_start(true);
    struct listing loose = made_listing("/host/C/Windows/System32", "wlbsctrl.dll");
    loose.evidence = 2;
    loose.volume = 0;
    assert_true(casefile_artifact(m.c, 9, &loose, span_of("", 0, 0), "read", NULL));
    host_trust(&m, 9, "unsigned", NULL);
    ends(&m, "3/1@9");
    assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'start'"),
                        "not testable: the machine's services are not known");
    casefile_close(m.c);
    m = host_start(true);
    file = host_file(&m, "/Windows/System32", "wlbsctrl.dll");
    host_trust(&m, file, "unsigned", NULL);
    struct finding finding = {
        .detector = "dll_sideload", .severity = SEVERITY_HIGH, .strength = STRENGTH_FIRM, .summary = "told"};
    made_report(m.c, file, &finding);
    ends(&m, "3/1@2");
    assert_string_equal(made_ask(m.c, "SELECT key || '=' || value FROM finding_detail"),
                        "phantom library of service=IKEEXT");
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent),   cmocka_unit_test(unknown), cmocka_unit_test(planted),
        cmocka_unit_test(prepared), cmocka_unit_test(changed), cmocka_unit_test(elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
