/* Content that is not what its name promises: what is told of heads, and what the judge makes of it. */
#include "case_made.h"

#include "base/filetime.h"
#include "base/row.h"
#include "format/shape.h"
#include "judge/judges.h"

static const uint8_t blob[] = {1,    0,    0,    0,    0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1,
                               0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb, 0x01};
static const uint8_t log_block[] = {0x15, 0, 1, 0, 2, 0, 2, 0, 0, 0, 0, 0};
static const uint8_t zeros[512];

#define SHAPE(name, bytes, wanted)                                                                           \
    assert_int_equal(shape_of(name, span_of(bytes, sizeof bytes, 0), &dpapi), wanted)

static void heads(void **state) {
    (void)state;
    bool dpapi = true;
    assert_int_equal(shape_of("", span_of("", 0, 0), &dpapi), SHAPE_NONE);
    assert_false(dpapi);
    assert_int_equal(shape_of("x.blf", span_of("", 0, 0), &dpapi), SHAPE_NONE);
    SHAPE("key", blob, SHAPE_DPAPI);
    assert_true(dpapi);
    SHAPE("{1}.TxR.0.regtrans-ms", blob, SHAPE_NOT_CLFS);
    assert_true(dpapi);
    SHAPE("{1}.TxR.0.REGTRANS-MS", log_block, SHAPE_CLFS);
    SHAPE("{1}.TxR.blf", log_block, SHAPE_CLFS);
    SHAPE("{1}.TxR.1.regtrans-ms", zeros, SHAPE_ZEROS);
    SHAPE("regtrans-ms.txt", zeros, SHAPE_NONE);
    SHAPE("x.log", log_block, SHAPE_NONE);
    for (size_t i = 0; i < sizeof blob - 1; i++) { /* every prefix, every byte */
        assert_int_equal(shape_of("a", span_of(blob, i, 0), &dpapi), SHAPE_NONE);
        uint8_t other[sizeof blob];
        memcpy(other, blob, sizeof blob);
        other[i] ^= 0x40;
        assert_int_equal(shape_of("a", span_of(other, sizeof other, 0), &dpapi), SHAPE_NONE);
    }
    uint8_t lies[12] = {0x15, 0, 1, 0, 2, 0, 3, 0}; /* more valid sectors than there are */
    SHAPE("x.blf", lies, SHAPE_NOT_CLFS);
    static uint8_t dense[4096];
    for (size_t i = 0; i < sizeof dense; i++)
        dense[i] = (uint8_t)((i * 2654435761u) >> 13);
    SHAPE("krwve.jat", dense, SHAPE_DENSE);
    SHAPE("edb.chk.log", dense, SHAPE_DENSE);
    SHAPE("krwve.png", dense, SHAPE_NONE);
    SHAPE("x.dat", zeros, SHAPE_NONE);
    assert_int_equal(shape_of("x.dat", span_of(dense, 1023, 0), &dpapi), SHAPE_NONE);
    memcpy(dense, "\x1f\x8b", 2); /* packed, and says so */
    SHAPE("x.log", dense, SHAPE_NONE);
    assert_string_equal(shape_word(SHAPE_NOT_CLFS), "not-clfs");
    assert_string_equal(shape_word((enum shape)99), "?");
}

static bool is_epoch(const char *name, const void *bytes, size_t size, uint64_t wanted) {
    uint64_t got = 0;
    return shape_epoch(name, span_of(bytes, size, 0), &got) && got == wanted;
}

static void times(void **state) {
    (void)state;
    static const uint8_t four[] = {0x00, 0x53, 0x42, 0x64}, eight[] = {0x00, 0x53, 0x42, 0x64, 0, 0, 0, 0};
    assert_true(is_epoch("manifest", four, 4, 0x64425300));
    assert_true(is_epoch("MANIFEST", eight, 8, 0x64425300));
    assert_true(is_epoch("manifest", "1682068224", 10, 1682068224));
    assert_false(is_epoch("manifest.json", eight, 8, 0x64425300));
    assert_false(is_epoch("manifest", "168206822x", 10, 168206822));
    assert_false(is_epoch("manifest", "16820682240", 11, 16820682240));
    assert_false(is_epoch("manifest", "", 0, 0));
    assert_false(is_epoch("manifest", "<?xm", 4, 0x6d783f3c)); /* 2028 would be; it is XML */
    assert_false(is_epoch("manifest", "true", 4, 0x65757274));
    assert_false(is_epoch("manifest", zeros, 8, 0));
}

/* --- the judge --- */

static struct casefile *start(bool complete) {
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("file_disguised")->text));
    assert_true(casefile_collected(c, 1, 1, "", complete));
    return c;
}

static void file(struct casefile *c, uint64_t id, const char *folder, const char *name, const char *kind,
                 bool dpapi, unsigned entropy) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, folder, name);
    if (!kind)
        return;
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, kind);
    row_integer(&row, FACT_shape_dpapi, dpapi);
    row_integer(&row, FACT_shape_entropy, entropy);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void program(struct casefile *c, uint64_t id, const char *folder, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, folder, name);
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_machine, 0x8664);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

/* Severity and strength of each finding, by artifact. */
static void expect(struct casefile *c, const char *wanted) {
    assert_true(judges_find("file_disguised")->judge(c, NULL));
    assert_string_equal(casefile_error(c), "");
    assert_string_equal(
        made_ask(c, "SELECT coalesce(group_concat(artifact || ':' || severity || ':' || strength, ' '), '')"
                    " FROM (SELECT * FROM finding ORDER BY artifact)"),
        wanted);
    casefile_close(c);
}

#define TXR "/Windows/System32/config/TxR"

static void a_lone_blob_among_registry_logs_is_strong(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    file(c, 2, TXR, "{bbbb}.TxR.0.regtrans-ms", "clfs", false, 900);
    file(c, 3, TXR, "{bbbb}.TxR.blf", "clfs", false, 900);
    file(c, 4, TXR, "{bbbb}.TxR.1.regtrans-ms", "zeros", false, 0);
    expect(c, "1:3:2");
}

static void with_siblings_or_unknown_it_is_firm(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    file(c, 2, TXR, "{AAAA}.TxR.blf", "clfs", false, 900);
    expect(c, "1:3:1");
    c = start(false);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    expect(c, "1:3:1");
}

/* Of an archive or a folder all is known, and yet not what its host had. */
static void what_was_selected_says_nothing_of_siblings(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("file_disguised")->text));
    assert_true(casefile_collected(c, 1, 0, "", true));
    static const char *const kinds[] = {"not-clfs", "zeros"};
    for (uint64_t id = 1; id <= 2; id++) {
        struct listing listing =
            made_listing(TXR, id == 1 ? "{aaaa}.TxR.0.regtrans-ms" : "{bbbb}.TxR.0.regtrans-ms");
        struct text bytes = {0};
        struct row_writer row;
        listing.volume = 0;
        assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
        row_begin(&row, &bytes, FACT_shape);
        row_string(&row, FACT_shape_kind, kinds[id - 1]);
        row_integer(&row, FACT_shape_dpapi, id == 1);
        row_integer(&row, FACT_shape_entropy, 5000);
        assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
        text_free(&bytes);
    }
    assert_true(judges_find("file_disguised")->judge(c, NULL));
    assert_string_equal(made_ask(c, "SELECT group_concat(value) FROM finding_detail WHERE key = 'siblings'"),
                        "not testable: the folder was not enumerated completely");
    assert_string_equal(made_ask(c, "SELECT group_concat(artifact || ':' || strength) FROM finding"), "1:1");
    casefile_close(c);
}

static void dense_ones_are_firm_and_damaged_ones_weak(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", false, 7950);
    file(c, 2, TXR, "{cccc}.TxR.0.regtrans-ms", "not-clfs", false, 1200);
    expect(c, "1:2:1 2:1:0");
}

static void blobs_count_among_the_files_of_windows_alone(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, "/Windows/System32", "krwve.jat", "dpapi", true, 7000);
    file(c, 2, "/Windows/System32/Microsoft/Protect/S-1-5-18", "key", "dpapi", true, 7000);
    file(c, 3, "/Users/a/AppData/Roaming/Microsoft/Credentials", "DEAD", "dpapi", true, 7000);
    file(c, 4, "/ProgramData/App", "token", "dpapi", true, 7000);
    file(c, 5, "/Windows/ServiceProfiles/LocalService/AppData", "x", "dpapi", true, 7000);
    file(c, 6, "/WindowsApps", "x", "dpapi", true, 7000);
    expect(c, "1:2:1");
}

static void stream(struct casefile *c, uint64_t id, const char *folder, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    struct listing listing = made_listing(folder, name);
    listing.stream = "p";
    listing.stream_size = 1;
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, "dpapi");
    row_integer(&row, FACT_shape_dpapi, 1);
    row_integer(&row, FACT_shape_entropy, 7900);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void blobs_in_streams(void **state) {
    (void)state;
    struct casefile *c = start(true);
    stream(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms");
    stream(c, 2, "/Users/a", "ntuser.dat{aaaa}.TM.BLF");
    stream(c, 3, "/Windows/System32/config", "SYSTEM");
    stream(c, 4, "/Users/a", "notes.txt");
    expect(c, "1:3:1 2:3:1 3:2:1");
}

static void programs_under_the_names_of_documents(void **state) {
    (void)state;
    struct casefile *c = start(true);
    program(c, 1, "/Users/a", "invoice.PDF");
    program(c, 2, "/Users/a", "invoice.pdf.exe");
    program(c, 3, "/Windows/System32", "mui.dll");
    program(c, 4, "/Users/a", "data.dat");
    program(c, 5, "/Users/a", "png");
    expect(c, "1:2:1");
}

/* A row of shape with a picture's rest. */
static void picture(struct casefile *c, uint64_t id, const char *kind, unsigned size, unsigned entropy) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, "/Users/a", "x");
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, kind);
    row_integer(&row, FACT_shape_appended, size);
    row_integer(&row, FACT_shape_appended_offset, 4286);
    row_integer(&row, FACT_shape_appended_entropy, entropy);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void bytes_behind_pictures(void **state) {
    (void)state;
    struct casefile *c = start(true);
    picture(c, 1, "icon", 200, 5900);
    picture(c, 2, "icon", 20, 4000);
    picture(c, 3, "png", 9000, 7900);
    picture(c, 4, "icon", 200, 3000);
    expect(c, "1:2:1 2:0:0 3:0:0 4:0:0");
}

static void dense_files_by_name_and_place(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, "/Windows/System32", "krwve.jat", "dense", false, 7900);
    file(c, 2, "/Windows/System32/catroot2", "edb.chk.log", "dense", false, 7900);
    file(c, 3, "/Windows/System32", "perfc.dat", "dense", false, 7900);
    file(c, 4, "/Users/a", "krwve.jat", "dense", false, 7900);
    file(c, 5, "/Windows/System32/spp/store/2.0", "data.dat", "dense", false, 7900);
    file(c, 6, "/Windows/System32/DriverStore/FileRepository/x", "firmware.dat", "dense", false, 7900);
    expect(c, "1:2:1 2:2:1 3:1:0");
}

static void signed_program(struct casefile *c, uint64_t id, const char *folder, const char *name,
                           const char *state) {
    program(c, id, folder, name);
    struct casefile_trust trust = {.artifact = id, .state = state};
    assert_true(casefile_trust(c, &trust));
}

static void programs_of_windows_elsewhere(void **state) {
    (void)state;
    struct casefile *c = start(true);
    signed_program(c, 1, "/Windows/System32", "MsMpEng.exe", "unsigned");
    signed_program(c, 2, "/ProgramData/Microsoft/Windows Defender/Platform/4.18", "MsMpEng.exe", "unsigned");
    signed_program(c, 3, "/Users/a", "svchost.exe", "unknown");
    signed_program(c, 4, "/Users/a/x", "SVCHOST.EXE", "digest-mismatch");
    signed_program(c, 5, "/Windows/System32", "svchost.exe", "unsigned");
    signed_program(c, 6, "/Windows", "explorer.exe", "unsigned");
    signed_program(c, 7, "/Users/a", "svchost2.exe", "unsigned");
    signed_program(c, 9, "/Windows.old/Windows/System32", "svchost.exe", "unsigned");
    signed_program(c, 10, "/Program Files/Shell", "explorer.exe", "unsigned");
    signed_program(c, 11, "/Program Files/Shell", "taskmgr.exe",
                   "trusted");                                 /* nobody's, so not Microsoft's */
    signed_program(c, 8, "/Users/b", "lsass.exe", "unsigned"); /* a link of the one in System32 */
    struct listing link = made_listing("/Windows/System32", "lsass.exe");
    assert_true(casefile_path(c, 8, &link));
    expect(c, "1:3:1 4:3:1 10:2:1 11:1:0");
}

/* Wine, ReactOS, a system that was unpacked: all of them lie there. */
static void whole_sets_of_such_programs_are_weak(void **state) {
    (void)state;
    static const char *const names[] = {"svchost.exe", "services.exe", "explorer.exe", "conhost.exe",
                                        "rundll32.exe"};
    for (size_t count = 4; count <= 5; count++) {
        struct casefile *c = start(true);
        for (size_t i = 0; i < count; i++)
            signed_program(c, i + 1, "/Program Files/Wine/lib", names[i], "unsigned");
        signed_program(c, 9, "/Program Files/Wine", "lsass.exe", "unsigned");
        expect(c, count == 4 ? "1:2:1 2:2:1 3:2:1 4:2:1 9:2:1" : "1:1:0 2:1:0 3:1:0 4:1:0 5:1:0 9:2:1");
    }
}

/* Five such names in a folder: how many other files lie there, and whether two of them are a Windows' own. */
static void set_of_programs(const char *folder, size_t others, bool core, const char *wanted) {
    static const char *const names[] = {"svchost.exe", "lsass.exe", "csrss.exe", "smss.exe", "dllhost.exe"};
    struct casefile *c = start(true);
    for (size_t i = 0; i < 5; i++)
        signed_program(c, i + 1, folder, names[i], "unsigned");
    for (size_t i = 0; i < others; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu.dll", i);
        made_artifact(c, 10 + i, folder,
                      core && i == 0   ? "ntdll.dll"
                      : core && i == 1 ? "KERNEL32.dll"
                                       : name);
    }
    expect(c, wanted);
}

static void sets_clear_nothing_where_anybody_writes(void **state) {
    (void)state;
    static const char high[] = "1:3:1 2:3:1 3:3:1 4:3:1 5:3:1", medium[] = "1:2:1 2:2:1 3:2:1 4:2:1 5:2:1",
                      low[] = "1:1:0 2:1:0 3:1:0 4:1:0 5:1:0";
    set_of_programs("/Users/Public/q", 0, false, high);
    set_of_programs("/Users/a/Downloads/x/y", 0, true, high);
    set_of_programs("/Users/a/AppData/Local/Temp/x", 30, true, high);
    set_of_programs("/Windows/Temp", 0, false, high);
    set_of_programs("/ReactOS/System32", 5, false, low);
    set_of_programs("/Program Files/Wine/lib", 30, false, medium);
    set_of_programs("/Program Files/Wine/lib", 30, true, low);
}

/* A folder named like one of Windows is not one. */
static void whole_paths_count(void **state) {
    (void)state;
    struct casefile *c = start(true);
    signed_program(c, 1, "/ProgramData/windows defender", "MsMpEng.exe", "unsigned");
    signed_program(c, 2, "/Users/Public/wbem", "wmiprvse.exe", "unsigned");
    signed_program(c, 3, "/Program Files/Windows Defender", "MsMpEng.exe", "unsigned");
    signed_program(c, 4, "/PROGRAMDATA/Microsoft/Windows Defender/Platform/4", "NisSrv.exe", "unsigned");
    signed_program(c, 5, "/Windows/System32/wbem", "WmiPrvSE.exe", "unsigned");
    signed_program(c, 6, "/Windows/WinSxS/amd64_windows-defender-service_x", "MpCmdRun.exe", "unsigned");
    signed_program(c, 7, "/Windows/System32/wbem", "lsass.exe", "unsigned");
    signed_program(c, 8, "/Users/a/Program Files/Windows Defender", "MsMpEng.exe", "unsigned");
    expect(c, "1:3:1 2:3:1 7:3:1 8:3:1");
}

static void profile(struct casefile *c, const char *guid) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, 90, "/Windows/System32/config", "SYSTEM");
    row_begin(&row, &bytes, FACT_hive_value);
    row_integer(&row, FACT_hive_value_ordinal, 0);
    row_string(&row, FACT_hive_value_name, "HwProfileGuid");
    row_string(&row, FACT_hive_value_text, guid);
    row_string(&row, FACT_hive_value_state, "live");
    assert_int_equal(made_send(c, &bytes, 90), CASEFILE_TAKEN);
    text_free(&bytes);
}

#define GUID "a1b2c3d4-1111-2222-3333-444455556666"

static void logs_named_after_the_machine(void **state) {
    (void)state;
    struct casefile *c = start(true);
    profile(c, "{A1B2C3D4-1111-2222-3333-444455556666}");
    file(c, 1, TXR, "{" GUID "}.TxR.0.regtrans-ms", "clfs", false, 900);
    file(c, 2, TXR, "{" GUID "}.TxR.blf", "zeros", false, 0);
    file(c, 3, TXR, "{b1b2c3d4-1111-2222-3333-444455556666}.TxR.0.regtrans-ms", "zeros", false, 0);
    file(c, 4, TXR, "{b1b2c3d4-1111-2222-3333-444455556666}.TxR.blf", "zeros", false, 0);
    expect(c, "1:3:1 2:3:1");
    c = start(true); /* a blob that is found for being one is no second finding */
    profile(c, GUID);
    file(c, 1, TXR, "{" GUID "}.TxR.0.regtrans-ms", "not-clfs", true, 7990);
    expect(c, "1:3:2");
    c = start(false);
    profile(c, "a");
    file(c, 1, TXR, "a.TxR.0.regtrans-ms", "clfs", false, 900);
    expect(c, ""); /* no GUID; and that it is alone cannot be told */
    c = start(true);
    file(c, 1, TXR, "{" GUID "}.TxR.0.regtrans-ms", "zeros", false, 0);
    expect(c, "1:1:0");
}

static void timer(struct casefile *c, uint64_t id, const char *folder, uint64_t ahead) {
    struct text bytes = {0};
    struct row_writer row;
    struct listing listing = made_listing(folder, "manifest");
    listing.si[LISTING_MODIFIED] = filetime_from_unix(1679000000, 0);
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, "epoch");
    row_integer(&row, FACT_shape_epoch, 1679000000 + ahead);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void times_to_come_beside_programs(void **state) {
    (void)state;
    struct casefile *c = start(true);
    program(c, 1, "/App", "App.exe");
    timer(c, 2, "/App", 10 * 86400);
    program(c, 3, "/Other", "App.exe");
    timer(c, 4, "/Other", 3600); /* today */
    timer(c, 5, "/Lone", 10 * 86400);
    program(c, 6, "/Years", "App.exe");
    timer(c, 7, "/Years", 1000 * 86400);
    expect(c, "2:1:0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(times),
        cmocka_unit_test(bytes_behind_pictures),
        cmocka_unit_test(dense_files_by_name_and_place),
        cmocka_unit_test(programs_of_windows_elsewhere),
        cmocka_unit_test(whole_sets_of_such_programs_are_weak),
        cmocka_unit_test(sets_clear_nothing_where_anybody_writes),
        cmocka_unit_test(whole_paths_count),
        cmocka_unit_test(logs_named_after_the_machine),
        cmocka_unit_test(times_to_come_beside_programs),
        cmocka_unit_test(a_lone_blob_among_registry_logs_is_strong),
        cmocka_unit_test(with_siblings_or_unknown_it_is_firm),
        cmocka_unit_test(what_was_selected_says_nothing_of_siblings),
        cmocka_unit_test(dense_ones_are_firm_and_damaged_ones_weak),
        cmocka_unit_test(blobs_count_among_the_files_of_windows_alone),
        cmocka_unit_test(blobs_in_streams),
        cmocka_unit_test(programs_under_the_names_of_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
