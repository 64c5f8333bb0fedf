/* What the registry starts: ordinary entries of Windows and of products, and those that do not belong. */
#include "host_made.h"

#define OTHER   HOST_TIME - 40 * HOST_DAY
#define RUN     "/Microsoft/Windows/CurrentVersion/Run"
#define NT      "/Microsoft/Windows NT/CurrentVersion/"
#define IFEO    NT "Image File Execution Options/"
#define CLASS   "{11111111-2222-3333-4444-555555555555}"
#define LOCAL   "/Users/a/AppData/Local"
#define APPDATA "C:\\Users\\a\\AppData\\Local\\"

/* The name of a path, and its folder. */
static const char *split(const char *path, char folder[128]) {
    const char *slash = strrchr(path, '/');
    snprintf(folder, 128, "%.*s", (int)(slash - path), path);
    return slash + 1;
}

static struct host_made software(bool complete) {
    struct host_made m = host_start(complete);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    return m;
}

/* One value of SOFTWARE, with a file of a state of trust: NULL none at all, "" of which nothing is known. */
static void expect(const char *key, const char *value, const char *command, const char *path,
                   const char *state, const char *wanted) {
    struct host_made m = software(true);
    host_key(&m, key);
    host_text(&m, value, command);
    if (path) {
        char folder[128];
        const char *name = split(path, folder);
        uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
        if (state[0])
            host_trust(&m, file, state, "Somebody");
    }
    host_expect(&m, "persistence", wanted);
}

static void run(const char *command, const char *path, const char *state, const char *wanted) {
    expect(RUN, "x", command, path, state, wanted);
}

static void ordinary(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_expect(&m, "persistence", "");
    run("\"%ProgramFiles%\\x\\y.exe\" -s", "/Program Files/x/y.exe", "unsigned", "");
    run("%windir%\\system32\\SecurityHealthSystray.exe", "/Windows/System32/SecurityHealthSystray.exe", "",
        "");
    run("\"" APPDATA "Microsoft\\OneDrive\\OneDrive.exe\" /background",
        LOCAL "/Microsoft/OneDrive/OneDrive.exe", "trusted", "");
    run(APPDATA "Temp\\setup.exe", LOCAL "/Temp/setup.exe", "trusted", "");
    run("C:\\Users\\a\\Desktop\\gone.exe", NULL, NULL, "");
    run("C:\\Tools\\x.exe", "/Tools/x.exe", "unsigned", "");
    run(APPDATA "Vendor\\x.exe", LOCAL "/Vendor/x.exe", "", "");
    run(APPDATA "Programs\\Chatter\\Chatter.exe --hidden", LOCAL "/Programs/Chatter/Chatter.exe", "unsigned",
        "");
    run("rundll32.exe C:\\Windows\\System32\\x.dll,Entry", "/Windows/System32/x.dll", "", "");
    expect(NT "Winlogon", "Shell", "explorer.exe", "/Windows/explorer.exe", "", "");
    expect(NT "Winlogon", "Userinit", "C:\\Windows\\system32\\userinit.exe,",
           "/Windows/System32/userinit.exe", "unknown", "");
    expect(NT "Windows", "AppInit_DLLs", "C:\\Windows\\System32\\guard64.dll",
           "/Windows/System32/guard64.dll", "trusted", "");
    expect(NT "Windows", "AppInit_DLLs", "", NULL, NULL, "");
    expect(IFEO "taskmgr.exe", "Debugger", "\"C:\\Tools\\procexp64.exe\"", "/Tools/procexp64.exe", "trusted",
           "");
    expect(IFEO "x.exe", "Debugger", "ntsd -d", NULL, NULL, "");
    expect("/Microsoft/Netsh", "2", "ifmon.dll", "/Windows/System32/ifmon.dll", "", "");
}

static void programs(void **state) {
    (void)state;
    run("C:\\Users\\Public\\x.exe", "/Users/Public/x.exe", "unsigned", "2/1@3");
    run("C:\\Users\\Public\\x.exe", "/Users/Public/x.exe", "untrusted-root", "1/1@3");
    run("C:\\Users\\Public\\x.exe", "/Users/Public/x.exe", "", "1/1@3");
    run("rundll32.exe C:\\Users\\Public\\x.dll,Entry", "/Users/Public/x.dll", "unsigned", "3/1@3");
    run(APPDATA "Vendor\\x.exe", LOCAL "/Vendor/x.exe", "unsigned", "1/1@3");
    run("regsvr32 /s " APPDATA "Vendor\\x.dll", LOCAL "/Vendor/x.dll", "unsigned", "2/1@3");
    run("C:\\ProgramData\\x\\svchost.exe", "/ProgramData/x/svchost.exe", "unsigned", "3/1@3");
    run("C:\\ProgramData\\x\\svchost.exe", NULL, NULL, "2/1@2");
    run("powershell -w hidden -enc AAAA", NULL, NULL, "3/1@2");
    run("C:\\Windows\\System32\\x.exe", "/Windows/System32/x.exe", "unsigned", "1/1@3");
    struct host_made m = software(false);
    host_key(&m, RUN);
    host_text(&m, "x", "C:\\Users\\Public\\x.exe");
    host_expect(&m, "persistence", "1/0@2");
}

static void libraries(void **state) {
    (void)state;
    expect(NT "Windows", "AppInit_DLLs", "C:\\Windows\\System32\\x.dll", "/Windows/System32/x.dll",
           "unsigned", "2/1@3");
    expect(NT "Windows", "AppInit_DLLs", "C:\\ProgramData\\x.dll", "/ProgramData/x.dll", "unsigned", "3/1@3");
    expect(NT "Windows", "AppInit_DLLs", "C:\\ProgramData\\x.dll", "/ProgramData/x.dll", "", "2/1@3");
    expect(NT "Windows", "AppInit_DLLs", "C:\\ProgramData\\x.dll", NULL, NULL, "1/0@2");
    expect(NT "Winlogon", "Shell", "explorer.exe, C:\\Users\\a\\x.exe", "/Users/a/x.exe", "unsigned",
           "3/1@3");
    expect(NT "Winlogon", "Userinit", "C:\\Windows\\system32\\userinit.exe,C:\\x\\y.exe", "/x/y.exe",
           "untrusted-root", "2/1@3");
    expect("/Microsoft/Netsh", "x", "C:\\x.dll", "/x.dll", "", "1/1@3");
}

static void debuggers(void **state) {
    (void)state;
    expect(IFEO "sethc.exe", "Debugger", "C:\\Windows\\System32\\cmd.exe", "/Windows/System32/cmd.exe",
           "trusted", "3/2@2");
    expect(IFEO "x.exe", "Debugger", "C:\\Windows\\y.exe", "/Windows/y.exe", "unsigned", "2/1@3");
    expect(IFEO "x.exe", "Debugger", "C:\\Users\\a\\y.exe", "/Users/a/y.exe", "unsigned", "3/1@3");
    expect(IFEO "x.exe", "Debugger", "C:\\Users\\a\\y.exe", "/Users/a/y.exe", "", "2/1@3");
    expect(IFEO "x.exe", "Debugger", "C:\\Users\\a\\y.exe", NULL, NULL, "1/1@2");
}

/* A class of a user, which the machine has, too, or has not. */
static void class_of_user(const char *library, const char *path, const char *state, bool shadows,
                          const char *wanted) {
    char folder[128];
    struct host_made m = software(true);
    host_key(&m, shadows ? "/Classes/CLSID/" CLASS "/InprocServer32"
                         : "/Classes/CLSID/{00000000-2222-3333-4444-555555555555}/InprocServer32");
    host_text(&m, "", "C:\\Windows\\System32\\real.dll");
    host_hive(&m, LOCAL "/Microsoft/Windows", "UsrClass.dat", "usrclass", true);
    host_key(&m, "/CLSID/" CLASS "/InprocServer32");
    host_text(&m, "", library);
    const char *name = split(path, folder);
    uint64_t file = host_file_born(&m, folder, name, 0, OTHER);
    if (state[0])
        host_trust(&m, file, state, "Somebody");
    host_expect(&m, "persistence", wanted);
}

static void classes(void **state) {
    (void)state;
    static const char open[] = "C:\\Users\\a\\x.dll", vendor[] = APPDATA "Vendor\\x.dll";
    class_of_user(open, "/Users/a/x.dll", "unsigned", true, "3/1@4");
    class_of_user(open, "/Users/a/x.dll", "unsigned", false, "2/1@4");
    class_of_user(open, "/Users/a/x.dll", "", true, "2/1@4");
    class_of_user(open, "/Users/a/x.dll", "", false, "");
    class_of_user(open, "/Users/a/x.dll", "trusted", true, "");
    class_of_user(vendor, LOCAL "/Vendor/x.dll", "unsigned", true, "2/1@4");
    class_of_user(vendor, LOCAL "/Vendor/x.dll", "unsigned", false, "");
    struct host_made m = host_start(true);
    host_hive(&m, LOCAL "/Microsoft/Windows", "UsrClass.dat", "usrclass", true);
    host_key(&m, "/ms-settings/shell/open/command");
    host_text(&m, "", "cmd.exe");
    host_key(&m, "/exefile/shell/open/command");
    host_text(&m, "", "\"%1\" %*");
    host_expect(&m, "persistence", "3/1@2");
}

/* What several entries start is told once, as is what another judge told. */
static void one_a_thing(void **state) {
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct host_made m = software(true);
        uint64_t file = host_file_born(&m, "/Users/Public", "x.exe", 0, OTHER);
        host_trust(&m, file, "unsigned", NULL);
        host_key(&m, RUN);
        host_text(&m, "one", "C:\\Users\\Public\\x.exe");
        host_text(&m, "two", "\"C:\\users\\public\\X.EXE\" /again");
        host_text(&m, "three", "powershell -enc AAAA");
        host_text(&m, "four", "powershell -enc BBBB");
        struct finding finding = {.detector = "service_odd",
                                  .severity = SEVERITY_HIGH,
                                  .strength = STRENGTH_FIRM,
                                  .summary = "told"};
        if (told)
            made_report(m.c, file, &finding);
        host_judge(&m, "services");
        host_judge(&m, "persistence");
        assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "3");
        assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'entries with it'"),
                            told ? "" : "2");
        assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'started by'"),
                            told ? "run " RUN : "");
        casefile_close(m.c);
    }
}

/* Userinit is a program, AppInit_DLLs are libraries. */
static void what_is_done(void **state) {
    (void)state;
    for (int starts = 0; starts < 2; starts++) {
        struct host_made m = software(true);
        host_trust(&m, host_file_born(&m, "/Users/Public", starts ? "x.exe" : "x.dll", 0, OTHER), "unsigned",
                   NULL);
        host_key(&m, starts ? NT "Winlogon" : NT "Windows");
        host_text(&m, starts ? "Userinit" : "AppInit_DLLs",
                  starts ? "C:\\Users\\Public\\x.exe" : "C:\\Users\\Public\\x.dll");
        host_judge(&m, "services");
        host_judge(&m, "persistence");
        assert_string_equal(
            made_ask(m.c, "SELECT summary FROM finding"),
            starts ? "What no signature covers is started by parts of Windows, from an unusual place"
                   : "What no signature covers is loaded into parts of Windows, from an unusual place");
        casefile_close(m.c);
    }
}

/* A program that is disguised is told as that, by a finding as severe. */
static void one_a_disguise(void **state) {
    (void)state;
    for (int severe = 0; severe < 2; severe++) {
        struct host_made m = software(true);
        uint64_t file = host_file_born(&m, "/Users/a/t", "winlogon.exe", 0, OTHER);
        host_trust(&m, file, "unsigned", NULL);
        host_key(&m, RUN);
        host_text(&m, "x", "C:\\Users\\a\\t\\winlogon.exe");
        struct finding finding = {.detector = "file_disguised",
                                  .severity = severe ? SEVERITY_HIGH : SEVERITY_LOW,
                                  .strength = STRENGTH_FIRM,
                                  .summary = "told"};
        made_report(m.c, file, &finding);
        host_judge(&m, "services");
        host_judge(&m, "persistence");
        assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), severe ? "1" : "2");
        assert_string_equal(made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'started by'"),
                            severe ? "run " RUN : "");
        casefile_close(m.c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary),       cmocka_unit_test(programs),     cmocka_unit_test(libraries),
        cmocka_unit_test(debuggers),      cmocka_unit_test(classes),      cmocka_unit_test(one_a_thing),
        cmocka_unit_test(one_a_disguise), cmocka_unit_test(what_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
