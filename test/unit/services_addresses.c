/* Which network cards logs and links tell of: those of the machine itself, and of no other. */
#include "base/digest.h"
#include "host_made.h"

#define NT "/Microsoft/Windows NT/CurrentVersion"

/* A machine called WS-1 on drive C, set up on 2016-01-01. */
static struct host_made machine(bool installed) {
    struct host_made m = host_start(true);
    host_key(&m, "/Select");
    host_number(&m, "Current", 1);
    host_key(&m, "/ControlSet001/Control/ComputerName/ComputerName");
    host_text(&m, "ComputerName", "WS-1");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, NT);
    host_text(&m, "SystemRoot", "C:\\Windows");
    if (installed)
        host_number(&m, "InstallDate", 1451606400);
    return m;
}

struct event {
    const char *provider, *computer, *data;
    unsigned id;
    bool forwarded;
};

static void log_of(struct host_made *m, const struct event *event) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t log = host_file(m, "/Windows/System32/winevt/Logs", "dhcp.evtx");
    row_begin(&row, &bytes, FACT_event);
    row_integer(&row, FACT_event_ordinal, 0);
    row_integer(&row, FACT_event_number, 7);
    if (event->forwarded)
        row_integer(&row, FACT_event_original_number, 8);
    row_integer(&row, FACT_event_written, HOST_TIME);
    row_string(&row, FACT_event_provider, event->provider);
    row_integer(&row, FACT_event_event_id, event->id);
    row_string(&row, FACT_event_computer, event->computer);
    row_string(&row, FACT_event_data, event->data);
    assert_int_equal(made_send(m->c, &bytes, log), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void link_of(struct host_made *m, const char *machine_name, const char *path, const char *file,
                    unsigned drive, bool moved) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t id = host_file(m, "/Users/a/Recent", file);
    row_begin(&row, &bytes, FACT_lnk);
    row_string(&row, FACT_lnk_path, path);
    row_integer(&row, FACT_lnk_drive_type, drive);
    row_string(&row, FACT_lnk_machine, machine_name);
    row_string(&row, FACT_lnk_file_id, file);
    row_integer(&row, FACT_lnk_moved, moved);
    assert_int_equal(made_send(m->c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void expect(struct host_made *m, const char *wanted) {
    host_judge(m, "services");
    assert_string_equal(made_ask(m->c,
                                 "SELECT coalesce(group_concat(value || ' ' || key_path || ' ' || name),"
                                 " '') FROM posture WHERE fact = 'network address'"),
                        wanted);
    casefile_close(m->c);
}

#define DHCP "Microsoft-Windows-Dhcp-Client"
#define CARD "{\"HWLength\":6,\"HWAddress\":\"001C234BC396\"}"

static void not_its_own_log(void **state) {
    static const struct event others[] = {
        {DHCP, "WS-2", CARD, 1001, false},
        {DHCP, "WS-10", CARD, 1001, false},
        {DHCP, "", CARD, 1001, false},
        {DHCP, "WS-1", CARD, 1001, true},
        {DHCP, "WS-1", CARD, 50036, false},
        {"Microsoft-Windows-DHCP-Server", "WS-1", CARD, 1001, false},
        {DHCP, "WS-1", "{\"HWAddress\":\"005056C00008\"}", 1001, false},
        {DHCP, "WS-1", "{\"HWAddress\":\"00155D01\"}", 1001, false},
        {DHCP, "WS-1", "{\"Address\":\"001C234BC396\"}", 1001, false},
    };
    (void)state;
    struct host_made m = machine(true);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        log_of(&m, &others[i]);
    expect(&m, "");
    m = host_start(true); /* whose log it is cannot be told */
    log_of(&m, &(struct event){DHCP, "WS-1", CARD, 1001, false});
    expect(&m, "");
}

static void its_own_log(void **state) {
    static const struct event own[] = {
        {DHCP, "ws-1", CARD, 1001, false},
        {DHCP, "WS-1.corp.example", "{\"HWAddress\":\"001C234BC397\"}", 1003, false},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct host_made m = machine(true);
        log_of(&m, &own[i]);
        expect(&m, i == 0 ? "00:1c:23:4b:c3:96 " DHCP " 1001 HWAddress"
                          : "00:1c:23:4b:c3:97 " DHCP " 1003 HWAddress");
    }
}

/* Made on 2016-02-04 by the card 00:14:22:0e:c8:05; the second is another file. */
#define FILE_1 "014b6161-cb3c-11e5-b2b4-0014220ec805"
#define FILE_2 "014b6162-cb3c-11e5-b2b4-0014220ec805"
#define OLD_1  "3de4d78c-c7cf-11dc-bdce-0014220ec805" /* of 2008 */
#define OLD_2  "3de4d78d-c7cf-11dc-bdce-0014220ec805"
#define LACK_1 "014b6161-cb3c-11e5-b2b4-d8f257cd1d35" /* without a card */
#define LACK_2 "014b6162-cb3c-11e5-b2b4-d8f257cd1d35"
#define RAND_1 "014b6161-cb3c-41e5-b2b4-0014220ec805" /* version 4 */
#define RAND_2 "014b6162-cb3c-41e5-b2b4-0014220ec805"

static void not_its_own_link(void **state) {
    static const struct {
        const char *machine, *path, *files[2];
        unsigned drive;
        bool moved, installed;
    } others[] = {
        {"ws-2", "C:\\a", {FILE_1, FILE_2}, 3, false, true},
        {"ws-1", "C:\\a", {FILE_1, FILE_2}, 2, false, true}, /* a stick */
        {"ws-1", "D:\\a", {FILE_1, FILE_2}, 3, false, true}, /* a disk of another machine, perhaps */
        {"ws-1", "C:\\a", {FILE_1, FILE_2}, 3, true, true},
        {"ws-1", "C:\\a", {FILE_1, FILE_2}, 3, false, false}, /* an image of whom? */
        {"ws-1", "C:\\a", {OLD_1, OLD_2}, 3, false, true},
        {"ws-1", "C:\\a", {LACK_1, LACK_2}, 3, false, true},
        {"ws-1", "C:\\a", {RAND_1, RAND_2}, 3, false, true},
        {"ws-1", "C:\\a", {FILE_1, FILE_1}, 3, false, true}, /* one file is no two */
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct host_made m = machine(others[i].installed);
        for (size_t k = 0; k < 2; k++)
            link_of(&m, others[i].machine, others[i].path, others[i].files[k], others[i].drive,
                    others[i].moved);
        expect(&m, "");
    }
}

static void its_own_link(void **state) {
    struct host_made m = machine(true);
    (void)state;
    link_of(&m, "ws-1", "C:\\a", FILE_1, 3, false);
    link_of(&m, "WS-1", "c:\\b", FILE_2, 3, false);
    link_of(&m, "ws-1", "C:\\c", OLD_1, 3, false);
    host_judge(&m, "services");
    assert_string_equal(made_ask(m.c,
                                 "SELECT group_concat(value || ' ' || name || ' ' || last_write) FROM posture"
                                 " WHERE fact = 'network address'"),
                        "00:14:22:0e:c8:05 file_id 130990630284861793");
    casefile_close(m.c);
}

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_its_own_log),
        cmocka_unit_test(its_own_log),
        cmocka_unit_test(not_its_own_link),
        cmocka_unit_test(its_own_link),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
