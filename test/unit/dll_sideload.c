/* Libraries in the stead of others: programs of Windows elsewhere, copies of installed programs, proxies; and
 * what ordinary programs have beside them. */
#include "trust_made.h"

#include "base/digest.h"
#include "judge/dll_names.h"
#include "judge/whereabouts.h"

/* One reference of an image; `kind` as pe_reference has it. */
static void names(struct casefile *c, uint64_t id, unsigned ordinal, const char *kind, const char *name,
                  unsigned count) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_pe_reference);
    row_integer(&row, FACT_pe_reference_ordinal, ordinal);
    row_string(&row, FACT_pe_reference_kind, kind);
    row_string(&row, FACT_pe_reference_name, name);
    row_integer(&row, FACT_pe_reference_count, count);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

#define WINDOWS_PROGRAM                                                                                      \
    .name = "TpmVscMgrSvr.exe", .organization = "Microsoft Corporation", .signer = 'M',                      \
    .product = "Microsoft\xc2\xae Windows\xc2\xae Operating System", .company = "Microsoft Corporation"

/* A program with number 1 and a library with number 2 beside it that it names. */
static struct casefile *pair(const struct made_signed *program, const char *kind,
                             const struct made_signed *library) {
    struct casefile *c = made_trust_case();
    struct made_signed dll = *library;
    dll.dll = true;
    dll.folder = program->folder;
    made_file(c, 1, program);
    made_file(c, 2, &dll);
    names(c, 1, 0, kind, dll.name, 3);
    return c;
}

static const struct made_signed forged = {.name = "winscard.dll", .verdict = "mismatch", .signer = 'B'};

static void a_program_of_windows_elsewhere(void **state) {
    (void)state;
    static const char *const odd[] = {"/ProgramData/TPM", "/Users/Public",     "/Windows/Temp", "",
                                      "/Tools",           "/Windows /System32"};
    static const char *const usual[] = {"/Windows/System32", "/Program Files/Windows Defender",
                                        "/Windows/WinSxS/amd64_x", "/Windows.old/Windows/System32",
                                        "/$WINDOWS.~BT/Sources"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        made_expect(pair(&(struct made_signed){.folder = odd[i], WINDOWS_PROGRAM}, "import", &forged),
                    "dll_sideload", "3/1@2");
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        struct made_signed other = forged;
        other.name = "msvcp140.dll";
        made_expect(pair(&(struct made_signed){.folder = usual[i], WINDOWS_PROGRAM}, "import", &other),
                    "dll_sideload", "");
    }
}

static void how_it_is_named_and_who_signed_it(void **state) {
    (void)state;
    struct made_signed program = {.folder = "/ProgramData/TPM", WINDOWS_PROGRAM};
    struct made_signed other = {.name = "winscard.dll", .organization = "Somebody", .signer = 'B'};
    struct made_signed same = {
        .name = "winscard.dll", .organization = "Microsoft Corporation", .signer = 'M'};
    struct made_signed unknown = {.name = "winscard.dll", .bare = true};
    made_expect(pair(&program, "delay", &forged), "dll_sideload", "3/1@2");
    made_expect(pair(&program, "utf-16", &forged), "dll_sideload", "2/1@2");
    made_expect(pair(&program, "forward", &forged), "dll_sideload", "");
    made_expect(pair(&program, "import", &other), "dll_sideload", "2/1@2");
    made_expect(pair(&program, "ascii", &other), "dll_sideload", "");
    made_expect(pair(&program, "import", &same), "dll_sideload", "");
    made_expect(pair(&program, "import", &unknown), "dll_sideload", ""); /* unknown is not bad */
    program.verdict = "mismatch";
    made_expect(pair(&program, "import", &forged), "dll_sideload", ""); /* nobody would trust that one */
}

/* As the same by a hard link, and where a known DLL is asked for. */
static void a_link_or_a_known_dll_clears_it(void **state) {
    (void)state;
    struct made_signed program = {.folder = "/ProgramData/TPM", WINDOWS_PROGRAM};
    struct casefile *c = pair(&program, "import", &forged);
    struct listing link = made_listing("/Windows/System32", "TpmVscMgrSvr.exe");
    assert_true(casefile_path(c, 1, &link));
    made_expect(c, "dll_sideload", "");
    c = pair(&program, "import", &forged);
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, 9, "/Windows/System32/config", "SYSTEM");
    row_begin(&row, &bytes, FACT_hive_key);
    row_integer(&row, FACT_hive_key_ordinal, 4);
    row_string(&row, FACT_hive_key_path, "/ControlSet001/Control/Session Manager/KnownDLLs");
    row_begin(&row, &bytes, FACT_hive_value);
    row_integer(&row, FACT_hive_value_ordinal, 0);
    row_integer(&row, FACT_hive_value_key, 4);
    row_string(&row, FACT_hive_value_name, "WinSCard");
    row_string(&row, FACT_hive_value_text, "WinSCard.dll");
    row_string(&row, FACT_hive_value_state, "live");
    assert_int_equal(made_send(c, &bytes, 9), CASEFILE_TAKEN);
    text_free(&bytes);
    made_expect(c, "dll_sideload", "");
}

/* An Electron app, a portable program with unsigned libraries, run times: silent. */
static void ordinary_programs_are_silent(void **state) {
    (void)state;
    static const char *const folders[] = {"/Program Files/App", "/Users/a/AppData/Local/Programs/app",
                                          "/Tools"};
    static const char *const libraries[] = {"ffmpeg.dll", "libGLESv2.dll", "Qt5Core.dll", "msvcr100.dll",
                                            "d3d9.dll",   "dxgi.dll",      "dbghelp.dll"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        for (size_t k = 0; k < sizeof libraries / sizeof libraries[0]; k++)
            made_expect(pair(&(struct made_signed){.folder = folders[i], .name = "App.exe"}, "import",
                             &(struct made_signed){.name = libraries[k], .chain_faults = 1, .signer = 'B'}),
                        "dll_sideload", "");
    made_expect(pair(&(struct made_signed){.folder = "/Program Files/App", .name = "App.exe"}, "import",
                     &(struct made_signed){.name = "version.dll", .verdict = "mismatch", .signer = 'B'}),
                "dll_sideload", "1/0@2"); /* weak: products do so, too */
}

static void a_copy_of_an_installed_program(void **state) {
    (void)state;
    for (int same = 0; same < 2; same++) {
        struct casefile *c = made_trust_case();
        struct made_signed program = {.name = "App.exe", .authentihash = 'p', .folder = "/Users/a/Desktop/x"};
        struct made_signed library = {.name = "helper.dll",
                                      .authentihash = 'q',
                                      .dll = true,
                                      .verdict = "mismatch",
                                      .folder = "/Users/a/Desktop/x",
                                      .signer = 'B'};
        made_file(c, 1, &program);
        made_file(c, 2, &library);
        names(c, 1, 0, "import", "HELPER.dll", 3);
        program.folder = library.folder = "/Program Files/App";
        if (!same)
            library = (struct made_signed){.name = "helper.dll", .dll = true, .folder = "/Program Files/App"};
        made_file(c, 3, &program);
        made_file(c, 4, &library);
        names(c, 3, 0, "import", "HELPER.dll", 3);
        made_expect(c, "dll_sideload", same ? "" : "2/1@2");
    }
}

static void proxy(const char *folder, const char *name, unsigned forwarded, bool original,
                  const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.name = "App.exe", .folder = folder});
    made_file(c, 2,
              &(struct made_signed){
                  .name = name, .dll = true, .exports = 10, .verdict = "mismatch", .folder = folder});
    names(c, 1, 0, "import", name, 2);
    names(c, 2, 0, "forward", "original.dll", forwarded);
    if (original)
        made_file(c, 3, &(struct made_signed){.name = "original.dll", .dll = true, .folder = folder});
    made_expect(c, "dll_sideload", expected);
}

static void proxies(void **state) {
    (void)state;
    proxy("/Program Files/App", "winscard.dll", 9, false, "2/1@2");
    proxy("/Program Files/App", "winscard.dll", 4, false, "1/0@2"); /* not most of them */
    proxy("/Program Files/App", "vendor.dll", 9, true, "2/1@2");
    proxy("/Program Files/App", "vendor.dll", 9, false, ""); /* it forwards to nobody knows what */
    proxy("/Program Files/App", "dxgi.dll", 9, false, "");
    proxy("/Program Files (x86)/Steam/steamapps/common/Game", "winhttp.dll", 9, false, "");
}

static void one_finding_a_folder(void **state) {
    (void)state;
    struct casefile *c =
        pair(&(struct made_signed){.folder = "/ProgramData/TPM", WINDOWS_PROGRAM}, "utf-16", &forged);
    made_file(c, 3,
              &(struct made_signed){
                  .folder = "/ProgramData/TPM", .name = "devobj.dll", .dll = true, .seal = "mismatch"});
    names(c, 1, 1, "import", "DevObj.dll", 1);
    char text[512];
    made_judge(c, "dll_sideload");
    made_text(
        c,
        "SELECT group_concat(f.severity || '@' || f.artifact) || ' ' || (SELECT count(*) FROM finding_reference) ||"
        " ' ' || (SELECT value FROM finding_detail WHERE key = 'further pairs in this folder') FROM finding f",
        text);
    assert_string_equal(text, "3@3 3 1");
    casefile_close(c);
}

static void other_machines_cannot_load_it(void **state) {
    (void)state;
    struct casefile *c =
        pair(&(struct made_signed){.folder = "/ProgramData/TPM", WINDOWS_PROGRAM}, "import", &forged);
    assert_true(db_run(casefile_db(c), "UPDATE pe SET machine = 332 WHERE artifact = 2"));
    made_expect(c, "dll_sideload", "");
}

/* A list is one term: program, place and signatures have to agree with it. */
static void a_list_of_libraries(void **state) {
    (void)state;
    static const char yaml[] =
        "---\nName: vendor.dll\nCreated: 2024-01-02\nVendor: Maker\nExpectedLocations:\n"
        "  - '%PROGRAMDATA%\\maker'\nVulnerableExecutables:\n  - Path: 'app.exe'\n"
        "    Type: Sideloading\n";
    static const struct {
        const char *folder, *program, *library, *verdict, *wanted;
    } cases[] = {
        {"/ProgramData/x", "app.exe", "vendor.dll", "mismatch", "2/1@2"},
        {"/Users/Public", "APP.exe", "Vendor.dll", "mismatch", "2/1@2"},
        {"/ProgramData/maker", "app.exe", "vendor.dll", "mismatch", ""}, /* where it belongs */
        {"/Program Files/x", "app.exe", "vendor.dll", "mismatch", ""},   /* installed */
        {"/ProgramData/x", "app.exe", "vendor.dll", NULL, ""},           /* trusted */
        {"/ProgramData/x", "other.exe", "vendor.dll", "mismatch", ""},   /* another program */
        {"/ProgramData/x", "app.exe", "vendor2.dll", "mismatch", ""},
    };
    struct lists_build build = {0};
    struct lists_source source = {.name = "libraries", .file = "x.yml", .date = ""};
    struct lists_damage damage;
    struct text out = {0}, error = {0};
    for (int with = 0; with < 2; with++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct made_signed program = {
                .folder = cases[i].folder, .name = cases[i].program, .organization = "Maker", .signer = 'A'};
            struct made_signed library = {.name = cases[i].library,
                                          .verdict = cases[i].verdict,
                                          .organization = "Somebody",
                                          .signer = 'B'};
            made_expect(pair(&program, "import", &library), "dll_sideload", with ? cases[i].wanted : "");
        }
        if (with)
            break;
        assert_true(digest_prepare());
        assert_true(lists_read(span_of(yaml, sizeof yaml - 1, 0), &source, &build, &damage));
        assert_true(lists_build_write(&build, &out));
        assert_true(lists_file_take(&made_intel.lists, &out, "x", &error));
        lists_build_free(&build);
    }
    lists_file_free(&made_intel.lists);
    text_free(&out);
    text_free(&error);
}

static void names_and_places(void **state) {
    (void)state;
    assert_true(dll_names_is_system("VERSION.dll"));
    assert_true(dll_names_is_system("acledit.dll"));
    assert_true(dll_names_is_system("xpssvcs.dll"));
    assert_false(dll_names_is_system("version"));
    assert_false(dll_names_is_system(".dll"));
    assert_false(dll_names_is_system(""));
    assert_false(dll_names_is_system("ffmpeg.dll"));
    assert_false(dll_names_is_system(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.dll"));
    assert_true(dll_names_is_app_local("MSVCP140.dll"));
    assert_false(dll_names_is_app_local("msv"));
    assert_int_equal(whereabouts_of("/x/ProgramData/a", true), WHEREABOUTS_OTHER);
    assert_int_equal(whereabouts_of("/x/ProgramData/a", false), WHEREABOUTS_OPEN);
    assert_int_equal(whereabouts_of("", true), WHEREABOUTS_OTHER);
    assert_int_equal(whereabouts_of("/WindowsApps", true), WHEREABOUTS_OTHER);
    assert_int_equal(whereabouts_of("/windows", true), WHEREABOUTS_WINDOWS);
    assert_true(whereabouts_is_system("/WINDOWS/system32"));
    assert_false(whereabouts_is_system("/Windows/System32/x"));
    assert_string_equal(whereabouts_word((enum whereabouts)99), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_of_windows_elsewhere),
        cmocka_unit_test(how_it_is_named_and_who_signed_it),
        cmocka_unit_test(a_link_or_a_known_dll_clears_it),
        cmocka_unit_test(ordinary_programs_are_silent),
        cmocka_unit_test(a_copy_of_an_installed_program),
        cmocka_unit_test(proxies),
        cmocka_unit_test(one_finding_a_folder),
        cmocka_unit_test(other_machines_cannot_load_it),
        cmocka_unit_test(a_list_of_libraries),
        cmocka_unit_test(names_and_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
