/* What a case says of its host, as rows: the same thing on two hosts is one, and what is not there is none.
 */
#include "store/extract.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "host_made.h"

#define NT "/Microsoft/Windows NT/CurrentVersion"

static void pe(struct host_made *m, uint64_t file, const char *product, unsigned subsystem, int digest) {
    struct text bytes = {0};
    struct row_writer row;
    uint8_t value[32];
    memset(value, digest, sizeof value);
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_subsystem, subsystem);
    row_string(&row, FACT_pe_product, product);
    row_string(&row, FACT_pe_fixed_file_version, "1.2.3.4");
    row_string(&row, FACT_pe_exports, digest % 2 ? "A\nB" : "B\nA"); /* a set has no order */
    row_blob(&row, FACT_pe_authentihash_sha256, value, sizeof value);
    assert_int_equal(made_send(m->c, &bytes, file), CASEFILE_TAKEN);
    row_begin(&row, &bytes, FACT_hashes);
    row_blob(&row, FACT_hashes_sha256, value, sizeof value);
    assert_int_equal(made_send(m->c, &bytes, file), CASEFILE_TAKEN);
    text_free(&bytes);
}

static struct host_made start(const char *computer, const char *machine) {
    struct host_made m = host_start(true);
    host_key(&m, "/Select");
    host_number(&m, "Current", 1);
    host_key(&m, "/ControlSet001/Control/ComputerName/ComputerName");
    if (computer)
        host_text(&m, "ComputerName", computer);
    host_service(&m, "CDPUserSvc_3a4f1", 16, 2, "C:\\Windows\\System32\\a.exe");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    if (machine) {
        host_key(&m, "/Microsoft/Cryptography");
        host_text(&m, "MachineGuid", machine);
    }
    host_key(&m, NT);
    host_text(&m, "ProductName", "Windows Server 2019");
    host_text(&m, "CurrentBuildNumber", "17763");
    host_number(&m, "UBR", 5);
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Uninstall/Contoso");
    host_text(&m, "DisplayName", "Contoso 1.2.3");
    host_text(&m, "DisplayVersion", "1.2.3");
    return m;
}

static void judged(struct host_made *m) {
    host_judge(m, "services");
    assert_true(casefile_run(m->c, "started", "2023-11-28T09:00:00.0000000Z"));
}

static bool extracted(struct host_made *m, struct extract *e, struct text *why) {
    return extract_head(m->c, e, why) && extract_rest(m->c, e, why);
}

static void good(struct host_made *m, struct extract *e) {
    struct text why = {0};
    if (!extracted(m, e, &why))
        fail_msg("refused: %s", text_string(&why));
    text_free(&why);
}

static void bad(struct host_made *m, const char *wanted) {
    struct extract e;
    struct text why = {0};
    assert_false(extracted(m, &e, &why));
    if (!strstr(text_string(&why), wanted))
        fail_msg("'%s' is not in '%s'", wanted, text_string(&why));
    text_free(&why);
    extract_free(&e);
    casefile_close(m->c);
}

static const struct store_thing *find(const struct extract *e, enum store_kind kind, const char *name) {
    for (size_t i = 0; i < e->thing_count; i++)
        if (e->things[i].thing.kind == kind && strcmp(e->things[i].thing.name, name) == 0)
            return &e->things[i].thing;
    return NULL;
}

static void the_host(void **state) {
    (void)state;
    struct extract e;
    struct host_made m = start("WS-17", "0A1B2C3D-1111-2222-3333-444455556666");
    host_key(&m, NT "/ProfileList/S-1-5-18");
    host_key(&m, NT "/ProfileList/S-1-5-21-1-2-3-1001");
    host_key(&m, NT "/ProfileList/S-1-5-21-1-2-3-1002");
    judged(&m);
    good(&m, &e);
    assert_string_equal(e.host.name, "ws-17");
    assert_string_equal(e.host.machine_guid, "0a1b2c3d-1111-2222-3333-444455556666");
    assert_string_equal(e.host.machine_sid, "s-1-5-21-1-2-3");
    assert_string_equal(e.host.os_build, "Windows Server 2019 17763.5");
    assert_string_equal(e.host.role, "server");
    assert_true(e.made.collected > HOST_TIME && e.made.host == e.host.host && e.host.host != 0);
    assert_int_equal(e.covered_count, 3);
    assert_true(e.covered[0].complete && e.covered[1].complete && e.covered[2].complete);
    assert_string_equal(e.covered[0].prefix, "");
    assert_string_equal(e.covered[1].prefix, ROWS_HIVE_SOFTWARE);
    assert_string_equal(e.covered[2].prefix, ROWS_HIVE_SYSTEM);
    extract_free(&e);
    casefile_close(m.c);
}

/* In a domain nothing tells whose SID it is, nor among two. */
static void no_machine_sid(void **state) {
    (void)state;
    struct extract e;
    struct host_made m = start("WS-17", "guid");
    host_key(&m, NT "/ProfileList/S-1-5-21-1-2-3-1001");
    host_key(&m, NT "/ProfileList/S-1-5-21-1-2-4-1001");
    judged(&m);
    good(&m, &e);
    assert_string_equal(e.host.machine_sid, "");
    uint64_t host = e.host.host;
    extract_free(&e);
    casefile_close(m.c);

    m = host_start(true);
    host_key(&m, "/Select");
    host_number(&m, "Current", 1);
    host_key(&m, "/ControlSet001/Control/ComputerName/ComputerName");
    host_text(&m, "ComputerName", "ws-17");
    host_key(&m, "/ControlSet001/Services/Tcpip/Parameters");
    host_text(&m, "Domain", "Corp.Example");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, NT "/ProfileList/S-1-5-21-1-2-3-1001");
    judged(&m);
    good(&m, &e);
    assert_string_equal(e.host.domain, "corp.example");
    assert_string_equal(e.host.machine_sid, "");
    assert_true(e.host.host != host);
    extract_free(&e);
    casefile_close(m.c);
}

/* --- what makes hosts comparable, and what names them --- */

static void expect_host(struct host_made *m, const char *role, const char *products, const char *macs) {
    struct extract e;
    judged(m);
    good(m, &e);
    assert_string_equal(e.host.role, role);
    assert_string_equal(e.host.products, products);
    assert_string_equal(e.host.mac, macs);
    extract_free(&e);
    casefile_close(m->c);
}

static struct host_made typed(const char *type) {
    struct host_made m = host_start(true);
    host_key(&m, "/Select");
    host_number(&m, "Current", 1);
    host_key(&m, "/ControlSet001/Control/ComputerName/ComputerName");
    host_text(&m, "ComputerName", "dc-1");
    host_service(&m, "NTDS", 16, 2, NULL); /* which every server has */
    host_key(&m, "/ControlSet001/Control/ProductOptions");
    host_text(&m, "ProductType", type);
    return m;
}

static void roles(void **state) {
    (void)state;
    struct host_made m = typed("LanmanNT");
    expect_host(&m, "domain controller", "", "");
    m = typed("ServerNT");
    expect_host(&m, "server", "", "");
    m = typed("WinNT");
    expect_host(&m, "client", "", "");
    m = start("a", "guid");
    expect_host(&m, "server", "", ""); /* by its name */
}

static void software(struct host_made *m, const char *name) {
    char path[128];
    snprintf(path, sizeof path, "/Microsoft/Windows/CurrentVersion/Uninstall/%s", name);
    host_key(m, path);
    host_text(m, "DisplayName", name);
}

static void uses(void **state) {
    (void)state;
    struct host_made m = typed("WinNT");
    host_service(&m, "MSSQL$SQLEXPRESS", 16, 2, "C:\\x.exe");
    host_service(&m, "W3SVC", 32, 2, "C:\\x.exe");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    software(&m, "Git");
    software(&m, "Visual Studio Professional 2022");
    software(&m, "Microsoft Visual Studio 2010 Tools for Office Runtime"); /* Office brings it along */
    software(&m, "GitHub Pages");
    software(&m, "Git Extensions");
    expect_host(&m, "client", "database developer web", "");
    m = typed("WinNT");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    software(&m, "Microsoft Visual Studio 2010 Tools for Office Runtime");
    software(&m, "My Microsoft Office Viewer");
    host_service(&m, "Web Threat Defense", 32, 2, "C:\\x.exe");
    expect_host(&m, "client", "", "");
}

static void cards(void **state) {
    static const struct {
        const char *bytes;
        unsigned size;
    } kernel[] = {
        {"\x00\x1c\x23\x4b\xc3\x96", 6},
        {"\x00\x50\x56\xc0\x00\x08", 6},         /* VMware's on every machine */
        {"\x01\x00\x5e\x00\x00\x01", 6},         /* a group */
        {"\x00\x00\x00\x00\x00\x00", 6},         /* no card */
        {"\x00\x1c\x23\x4b\xc3", 5},             /* cut */
        {"\x00\x1c\x23\x4b\xc3\x97\x00\x00", 8}, /* another kind of network */
    };
    struct host_made m = typed("WinNT");
    (void)state;
    host_key(&m, "/ControlSet001/Control/Class/{4D36E972-E325-11CE-BFC1-08002BE10318}/0001");
    host_text(&m, "NetworkAddress", "0A1B2C3D4E5F");
    host_key(&m, "/ControlSet001/Control/Class/{4D36E972-E325-11CE-BFC1-08002BE10318}/0002");
    host_text(&m, "NetworkAddress", "");
    host_key(&m, "/ControlSet002/Control/Class/{4D36E972-E325-11CE-BFC1-08002BE10318}/0001");
    host_text(&m, "NetworkAddress", "000000000099"); /* a set that is not in use */
    for (unsigned i = 0; i < sizeof kernel / sizeof kernel[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "/ControlSet001/Control/NetworkSetup2/Interfaces/{%u}/Kernel", i);
        host_key(&m, path);
        struct span bytes = span_of(kernel[i].bytes, kernel[i].size, 0);
        host_value(&m, i % 2 ? "CurrentAddress" : "PermanentAddress", "REG_BINARY", NULL, bytes);
    }
    expect_host(&m, "client", "", "00:1c:23:4b:c3:96 0a:1b:2c:3d:4e:5f");
}

/* --- things --- */

static void things(void **state) {
    (void)state;
    struct extract e;
    struct host_made m = start("a", "guid");
    uint64_t one = host_file(&m, "/Users/bob/AppData/Local/App/1.2.3", "FFmpeg.dll");
    uint64_t driver = host_file(&m, "/Windows/System32/drivers", "X.sys");
    uint64_t altered = host_file(&m, "/Windows/System32", "altered.dll");
    uint64_t gone = host_file_born(&m, "/Windows", "gone.dll", LISTING_DELETED, HOST_TIME);
    uint64_t native =
        host_file(&m, "/Windows/assembly/NativeImages_v4.0.30319_64/x/0123456789abcdef0", "x.ni.dll");
    pe(&m, one, "Phone", 2, 1);
    pe(&m, driver, "Thing", 1, 2);
    pe(&m, altered, "Thing", 2, 3);
    pe(&m, gone, "Thing", 2, 4);
    pe(&m, native, "Thing", 2, 5);
    host_trust(&m, one, "trusted", "3CX Ltd");
    host_trust(&m, altered, "digest-mismatch", "Microsoft");
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_STRONG, "it hides");
    made_report(m.c, one, &finding);
    judged(&m);
    good(&m, &e);
    const struct store_thing *t = find(&e, STORE_IMAGE, "ffmpeg.dll");
    assert_non_null(t);
    assert_string_equal(t->path, "/users/<user>/appdata/local/app/<version>/ffmpeg.dll");
    assert_string_equal(t->signer, "3CX Ltd");
    assert_string_equal(t->product, "Phone");
    assert_string_equal(t->version, "1.2.3.4");
    assert_int_equal(strlen(t->exports), 16);
    assert_string_equal(t->sha256, "0101010101010101010101010101010101010101010101010101010101010101");
    assert_false(t->built);
    assert_int_equal(e.mark_count, 1);
    assert_int_equal(e.marks[0].thing, rows_thing_id(t));
    assert_int_equal(e.marks[0].severity, 3);
    const char *exports = t->exports;
    assert_non_null(find(&e, STORE_DRIVER, "x.sys"));
    assert_string_equal(find(&e, STORE_DRIVER, "x.sys")->exports, exports);
    assert_string_equal(find(&e, STORE_IMAGE, "altered.dll")->signer, ""); /* nobody vouches for it */
    assert_null(find(&e, STORE_IMAGE, "gone.dll"));
    assert_true(find(&e, STORE_IMAGE, "x.ni.dll")->built);
    assert_non_null(find(&e, STORE_SERVICE, "cdpusersvc_<luid>"));
    assert_non_null(find(&e, STORE_SOFTWARE, "contoso <version>"));
    for (size_t i = 1; i < e.thing_count; i++)
        assert_true(e.things[i - 1].id < e.things[i].id);
    extract_free(&e);
    casefile_close(m.c);
}

/* Two users with one program: one thing, since the earlier. */
static void once(void **state) {
    (void)state;
    struct extract e;
    struct host_made m = start("a", "guid");
    pe(&m, host_file_born(&m, "/Users/bob/App", "x.dll", 0, HOST_TIME + 7), "Phone", 2, 1);
    pe(&m, host_file_born(&m, "/Users/eve/App", "x.dll", 0, HOST_TIME + 3), "Phone", 2, 1);
    pe(&m, host_file_born(&m, "/Users/kim/App", "x.dll", 0, 0), "Phone", 2,
       1); /* no time is not the earliest */
    judged(&m);
    good(&m, &e);
    unsigned count = 0;
    for (size_t i = 0; i < e.thing_count; i++)
        if (strcmp(e.things[i].thing.name, "x.dll") == 0) {
            assert_int_equal(e.things[i].time, HOST_TIME + 3);
            count++;
        }
    assert_int_equal(count, 1);
    extract_free(&e);
    casefile_close(m.c);
}

static void refused(void **state) {
    (void)state;
    struct host_made m = start(NULL, NULL);
    judged(&m);
    bad(&m, "of which host it is");

    m = start("a", "guid");
    host_judge(&m, "services");
    bad(&m, "when it was made");

    m = start("a", "guid");
    struct casefile_evidence other = {.id = 2, .path = "/x", .kind = "folder", .state = "read", .host = "b"};
    struct casefile_evidence first = {.id = 1, .path = "/y", .kind = "folder", .state = "read", .host = "a"};
    assert_true(casefile_evidence(m.c, &other) && casefile_evidence(m.c, &first));
    judged(&m);
    bad(&m, "2 hosts");

    char started[FILETIME_TEXT];
    m = start("a", "guid");
    host_judge(&m, "services");
    filetime_text(filetime_now() + UINT64_C(2) * 864000000000, started);
    assert_true(casefile_run(m.c, "started", started));
    bad(&m, "in the future");
}

static void a_clock_that_is_ahead(void **state) {
    (void)state;
    char started[FILETIME_TEXT];
    struct extract e;
    struct host_made m = start("a", "guid");
    host_judge(&m, "services");
    filetime_text(filetime_now() + UINT64_C(36000000000), started);
    assert_true(casefile_run(m.c, "started", started));
    good(&m, &e);
    extract_free(&e);
    casefile_close(m.c);
}

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host), cmocka_unit_test(no_machine_sid), cmocka_unit_test(roles),
        cmocka_unit_test(uses),     cmocka_unit_test(cards),          cmocka_unit_test(things),
        cmocka_unit_test(once),     cmocka_unit_test(refused),        cmocka_unit_test(a_clock_that_is_ahead),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
