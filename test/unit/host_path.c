/* Paths as Windows writes them, and the files that they mean. */
#include "case_made.h"

#include "base/row.h"
#include "judge/host_path.h"

enum { HIVE = 1, USER_HIVE, ODD_HIVE, OLD_HIVE, FIRST };

static uint64_t next;

static uint64_t put(struct casefile *c, unsigned volume, const char *folder, const char *name,
                    unsigned flags) {
    struct listing listing = made_listing(folder, name);
    listing.volume = volume;
    listing.flags = flags;
    assert_true(casefile_artifact(c, next, &listing, span_of("", 0, 0), "read", NULL));
    return next++;
}

static void add_volume(struct casefile *c, uint64_t id, uint64_t offset, const char *serial,
                       const char *drive, bool complete) {
    struct casefile_volume volume = {.id = id,
                                     .evidence = 1,
                                     .ordinal = id,
                                     .kind = "ntfs",
                                     .offset = offset,
                                     .size = 2048,
                                     .serial = serial,
                                     .drive = drive,
                                     .state = "read"};
    assert_true(casefile_volume(c, &volume));
    assert_true(casefile_collected(c, 1, id, "", complete));
}

/* The table of drives: D: begins at 4096. */
static void add_drives(struct casefile *c) {
    struct text bytes = {0};
    struct row_writer row;
    uint8_t data[12] = {1, 2, 3, 4, 0, 16};
    row_begin(&row, &bytes, FACT_hive);
    row_string(&row, FACT_hive_kind, "system");
    row_begin(&row, &bytes, FACT_hive_key);
    row_integer(&row, FACT_hive_key_ordinal, 7);
    row_string(&row, FACT_hive_key_path, "/MountedDevices");
    row_string(&row, FACT_hive_key_state, "live");
    row_begin(&row, &bytes, FACT_hive_value);
    row_integer(&row, FACT_hive_value_ordinal, 1);
    row_integer(&row, FACT_hive_value_key, 7);
    row_string(&row, FACT_hive_value_name, "\\\\DosDevices\\\\D:");
    row_integer(&row, FACT_hive_value_size, 12);
    row_blob(&row, FACT_hive_value_data, data, sizeof data);
    row_string(&row, FACT_hive_value_state, "live");
    assert_int_equal(made_send(c, &bytes, HIVE), CASEFILE_TAKEN);
    text_free(&bytes);
}

static struct casefile *start(bool complete) {
    struct casefile *c = made_case(NULL);
    add_volume(c, 1, 1024, "0123456789ABCDEF", "C:", complete);
    add_volume(c, 2, 4096, "00000000CAFEBABE", NULL, complete);
    next = HIVE;
    put(c, 1, "/Windows/System32/config", "SYSTEM", 0);
    put(c, 1, "/Users/\xc3\x84nne", "NTUSER.DAT", 0);
    put(c, 1, "/backup", "SYSTEM", 0);
    put(c, 1, "/Windows.old/WINNT/System32/config", "SYSTEM", 0);
    add_drives(c);
    return c;
}

static struct host_path answer;

/* The state, the artifact if there is one, and the normal form. */
static const char *ask(struct casefile *c, uint64_t of, enum host_path_kind kind, const char *text) {
    static char said[8192];
    struct host host;
    struct host_paths *paths = host_paths_open(casefile_db(c));
    assert_non_null(paths);
    assert_true(host_paths_host(paths, (int64_t)of, &host));
    assert_true(host_paths_find(paths, &host, kind, text, strlen(text), &answer));
    snprintf(said, sizeof said, "%s %lld %s%s%s", host_path_word(answer.state), (long long)answer.artifact,
             answer.normal, answer.through[0] ? " through " : "", answer.through);
    assert_true((answer.reason[0] != 0) == (answer.state == HOST_PATH_UNTESTABLE));
    host_paths_close(paths);
    return said;
}

#define ASK(of, kind, text, wanted) assert_string_equal(ask(c, of, HOST_PATH_##kind, text), wanted)

static void notations(void **state) {
    (void)state;
    static const char *const same[] = {
        "\\SystemRoot\\System32\\drivers\\x.sys",
        "system32\\drivers\\x.sys",
        "System32\\DRIVERS\\X.SYS",
        "\\??\\C:\\Windows\\System32\\drivers\\x.sys",
        "\\\\?\\C:\\Windows\\System32\\drivers\\x.sys",
        "\\\\??\\\\C:\\\\Windows\\\\System32\\\\drivers\\\\x.sys",
        "%SystemRoot%\\System32\\drivers\\x.sys",
        "%windir%/system32/drivers/x.sys",
        "%SystemDrive%\\Windows\\System32\\drivers\\x.sys",
        "c:/windows/system32\\.\\drivers\\foo\\..\\x.sys",
        "\"C:\\Windows\\System32\\drivers\\x.sys\"",
        "\\Windows\\System32\\drivers\\x.sys",
        "\\Device\\HarddiskVolume3\\Windows\\System32\\drivers\\x.sys",
        "\\\\DEVICE\\\\HARDDISKVOLUME3\\\\WINDOWS\\\\SYSTEM32\\\\DRIVERS\\\\X.SYS",
        "\\VOLUME{01d2c3b4a5968778-89abcdef}\\WINDOWS\\SYSTEM32\\DRIVERS\\X.SYS",
        "\\\\?\\Volume{11111111-2222-3333-4444-555555555555}\\Windows\\System32\\drivers\\x.sys",
        "SYSVOL\\Windows\\System32\\drivers\\x.sys",
        "\\??\\GLOBALROOT\\Device\\HarddiskVolume3\\Windows\\System32\\drivers\\x.sys",
        "\\\\?\\GLOBALROOT\\SystemRoot\\System32\\drivers\\x.sys",
        "\\??\\UNC\\localhost\\C$\\Windows\\System32\\drivers\\x.sys",
        "\\??\\UNC\\127.0.0.1\\c$\\Windows\\System32\\drivers\\x.sys",
        "\\??\\C:\\Windows\\System32\\drivers\\x.sys:$DATA",
        "system32\\drivers\\x.sys::$data",
        "x.sys",
        "x"};
    struct casefile *c = start(true);
    uint64_t file = put(c, 1, "/Windows/System32/drivers", "x.sys", 0);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        ask(c, HIVE, HOST_PATH_DRIVER, same[i]);
        if (answer.state != HOST_PATH_FOUND || answer.artifact != (int64_t)file)
            fail_msg("%s: %s", same[i], ask(c, HIVE, HOST_PATH_DRIVER, same[i]));
        ask(c, HIVE, HOST_PATH_DRIVER, same[i]);
    }
    ASK(HIVE, DRIVER, "\\??\\C:\\a b\\y.sys", "absent 0 /a b/y.sys");
    ASK(HIVE, DRIVER, "system32\\drivers\\y.sys", "absent 0 /Windows/system32/drivers/y.sys");
    ASK(HIVE, DRIVER, "\\SystemRoot\\y.sys", "absent 0 /Windows/y.sys");
    casefile_close(c);
}

static void hostile(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "\"",
                                      "\"\"",
                                      "\\",
                                      "\\\\",
                                      "C:",
                                      "C:x.sys",
                                      "%x%\\y",
                                      "a%SystemRoot%\\x",
                                      "\\??\\",
                                      "\\??\\x",
                                      "\\\\.\\pipe\\x",
                                      "C:\\PROGRA~1\\x.exe",
                                      "\\\\server\\share\\x.exe",
                                      "\\??\\UNC\\server\\share\\x",
                                      "\\??\\UNC\\server\\C$\\x",
                                      "\\??\\UNC\\localhost\\share\\x",
                                      "\\??\\UNC\\localhost",
                                      "\\??\\GLOBALROOT",
                                      "\\??\\GLOBALROOT\\GLOBALROOT\\C:\\x.sys",
                                      ":$DATA",
                                      "Z:\\x.exe",
                                      "C:\\a*\\b",
                                      "\\Device\\Mup\\server\\x",
                                      "\\Device\\CdRom0\\x",
                                      "..\\..\\..",
                                      "C:\\x\xef\xbf\xbdy.exe",
                                      "C:\\x.exe:stream",
                                      "/",
                                      "C:\\"};
    struct casefile *c = start(true);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (int kind = HOST_PATH_FILE; kind <= HOST_PATH_COMMAND; kind++) {
            ask(c, HIVE, (enum host_path_kind)kind, bad[i]);
            if (answer.state != HOST_PATH_UNTESTABLE)
                fail_msg("%s: %s", bad[i], host_path_word(answer.state));
        }
    casefile_close(c);
}

static void long_ones(void **state) {
    (void)state;
    struct casefile *c = start(true);
    char *long_one = malloc(20001);
    memset(long_one, ' ', 20000);
    long_one[20000] = 0;
    ask(c, HIVE, HOST_PATH_COMMAND, long_one);
    for (size_t i = 0; i < 20000; i += 2)
        long_one[i] = 'a';
    ask(c, HIVE, HOST_PATH_COMMAND, long_one);
    assert_int_equal(answer.state, HOST_PATH_UNTESTABLE);
    long_one[HOST_PATH_LONGEST] = 0;
    ask(c, HIVE, HOST_PATH_COMMAND, long_one);
    assert_int_equal(answer.state, HOST_PATH_UNTESTABLE);
    for (size_t size = 255; size <= 4000; size += 4000 - 255) { /* the longest name, and one that is none */
        memset(long_one, 'A', size + 3);
        memcpy(long_one, "C:\\", 3);
        long_one[size + 3] = 0;
        ask(c, HIVE, HOST_PATH_DRIVER, long_one);
        assert_int_equal(answer.state, size == 255 ? HOST_PATH_ABSENT : HOST_PATH_UNTESTABLE);
    }
    free(long_one);
    casefile_close(c);
}

static void commands(void **state) {
    (void)state;
    char wanted[256];
    struct casefile *c = start(true);
    unsigned long long a = put(c, 1, "/Program Files/A B", "x.exe", 0);
    unsigned long long svchost = put(c, 1, "/Windows/System32", "svchost.exe", 0);
    unsigned long long dll = put(c, 1, "/ProgramData", "y.dll", 0);
    unsigned long long script = put(c, 1, "/Users/a", "s.ps1", 0);
#define COMMAND(text, id, rest)                                                                              \
    snprintf(wanted, sizeof wanted, "found %llu %s", id, rest);                                              \
    ASK(HIVE, COMMAND, text, wanted)
    COMMAND("\"C:\\Program Files\\A B\\x.exe\" -k \"q r\"", a, "/Program Files/A B/x.exe");
    COMMAND("C:\\Program Files\\A B\\x.exe -k", a, "/Program Files/A B/x.exe");
    COMMAND("%ProgramFiles%\\A B\\x /s", a, "/Program Files/A B/x.exe");
    COMMAND("%SystemRoot%\\system32\\svchost.exe -k netsvcs -p", svchost, "/Windows/system32/svchost.exe");
    COMMAND("svchost -k netsvcs", svchost, "/Windows/System32/svchost.exe");
    COMMAND("rundll32.exe C:\\ProgramData\\y.dll,Entry 1", dll, "/ProgramData/y.dll through rundll32.exe");
    COMMAND("rundll32 \"C:\\ProgramData\\y\",#1", dll, "/ProgramData/y.dll through rundll32.exe");
    COMMAND("C:\\Windows\\System32\\regsvr32.exe /s C:\\ProgramData\\y.dll", dll,
            "/ProgramData/y.dll through regsvr32.exe");
    COMMAND("cmd /c \"C:\\Program Files\\A B\\x.exe\"", a, "/Program Files/A B/x.exe through cmd.exe");
    COMMAND("cmd.exe /q /c C:\\Program Files\\A B\\x.exe 1 2", a, "/Program Files/A B/x.exe through cmd.exe");
    COMMAND("powershell.exe -ExecutionPolicy Bypass -File C:\\Users\\a\\s.ps1 -x", script,
            "/Users/a/s.ps1 through powershell.exe");
    COMMAND("powershell -w hidden C:\\Users\\a\\s.ps1", script, "/Users/a/s.ps1 through powershell.exe");
    ASK(HIVE, COMMAND, "C:\\gone dir\\z.exe -a b.exe", "absent 0 /gone dir/z.exe");
    ASK(HIVE, COMMAND, "powershell -enc AAAA", "not testable 0 powershell.exe");
    ASK(HIVE, COMMAND, "elsewhere.exe /x", "not testable 0 elsewhere.exe");
    casefile_close(c);
}

static void places(void **state) {
    (void)state;
    char wanted[256];
    struct casefile *c = start(true);
    unsigned long long other = put(c, 2, "/tools", "t.exe", 0), both = put(c, 1, "/both", "b.exe", 0);
    put(c, 2, "/both", "b.exe", 0);
    unsigned long long user = put(c, 1, "/Users/\xc3\xa4nne/AppData/Roaming", "u.exe", 0);
    unsigned long long old = put(c, 1, "/Windows.old/WINNT/System32", "o.dll", 0);
    unsigned long long link = put(c, 1, "/Windows/WinSxS/x", "l.dll", 0);
    struct listing listing = made_listing("/Windows/System32", "L.dll");
    assert_true(casefile_path(c, link, &listing));
    put(c, 1, "", "Documents and Settings", LISTING_DIRECTORY | LISTING_REPARSE);
    unsigned long long gone = put(c, 1, "/dead", "d.exe", LISTING_DELETED);
    put(c, 1, "/twice", "d.exe", LISTING_DELETED);
    unsigned long long alive = put(c, 1, "/twice", "d.exe", 0);
#define AT(hive, text, word, id, normal)                                                                     \
    snprintf(wanted, sizeof wanted, "%s %llu %s", word, id, normal);                                         \
    ASK(hive, FILE, text, wanted)
    AT(HIVE, "d:\\TOOLS\\t.exe", "found", other, "D:/TOOLS/t.exe");
    AT(HIVE, "\\VOLUME{01d2c3b4a5968778-cafebabe}\\TOOLS\\T.EXE", "found", other, "D:/TOOLS/T.EXE");
    AT(HIVE, "\\Device\\HarddiskVolume9\\tools\\t.exe", "found", other, "?:/tools/t.exe");
    AT(HIVE, "\\Device\\HarddiskVolume9\\both\\b.exe", "not testable", 0ull, "?:/both/b.exe");
    AT(HIVE, "C:\\both\\b.exe", "found", both, "/both/b.exe");
    AT(HIVE, "E:\\x.exe", "not testable", 0ull, "E:/x.exe");
    AT(HIVE, "D:\\x.exe", "absent", 0ull, "D:/x.exe");
    AT(USER_HIVE, "%APPDATA%\\u.exe", "found", user, "/Users/\xc3\x84nne/AppData/Roaming/u.exe");
    AT(HIVE, "%APPDATA%\\u.exe", "not testable", 0ull, "");
    AT(OLD_HIVE, "%SystemRoot%\\System32\\o.dll", "found", old, "/WINNT/System32/o.dll");
    AT(HIVE, "%SystemRoot%\\System32\\o.dll", "absent", 0ull, "/Windows/System32/o.dll");
    AT(ODD_HIVE, "C:\\both\\b.exe", "found", both, "/both/b.exe");
    AT(ODD_HIVE, "\\SystemRoot\\x", "not testable", 0ull, "/Windows/x");
    AT(HIVE, "C:\\Windows\\System32\\l.DLL", "found", link, "/Windows/System32/l.DLL");
    AT(HIVE, "C:\\Documents and Settings\\x\\y.exe", "not testable", 0ull, "/Documents and Settings/x/y.exe");
    AT(HIVE, "C:\\dead\\d.exe", "deleted", gone, "/dead/d.exe");
    AT(HIVE, "C:\\twice\\d.exe", "found", alive, "/twice/d.exe");
    casefile_close(c);
}

/* Where not all is known, nothing is absent. */
static void coverage(void **state) {
    (void)state;
    struct casefile *c = start(false);
    ASK(HIVE, FILE, "C:\\x\\y.exe", "not testable 0 /x/y.exe");
    assert_true(casefile_collected(c, 1, 1, "/x", true));
    ASK(HIVE, FILE, "C:\\x\\y.exe", "absent 0 /x/y.exe");
    ASK(HIVE, FILE, "C:\\xx\\y.exe", "not testable 0 /xx/y.exe");
    casefile_close(c);
}

/* Of a collection, the $MFT says what else there was. */
static void collections(void **state) {
    (void)state;
    struct casefile *c = start(false);
    struct casefile_evidence mft = {.id = 3, .path = "x", .kind = "mft", .state = "read", .artifact = FIRST};
    struct casefile_volume volume = {.id = 3, .evidence = 3, .ordinal = 1, .kind = "ntfs", .state = "read"};
    put(c, 1, "", "$MFT", 0);
    assert_true(casefile_evidence(c, &mft) && casefile_volume(c, &volume));
    assert_true(casefile_collected(c, 3, 3, "", true));
    unsigned long long listed = put(c, 3, "/x", "listed.exe", 0);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "found %llu /x/listed.exe", listed);
    ASK(HIVE, FILE, "C:\\x\\listed.exe", wanted);
    ASK(HIVE, FILE, "C:\\x\\y.exe", "absent 0 /x/y.exe");
    ASK(HIVE, FILE, "D:\\x\\listed.exe", "not testable 0 D:/x/listed.exe");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile),    cmocka_unit_test(long_ones),
                                       cmocka_unit_test(notations),  cmocka_unit_test(commands),
                                       cmocka_unit_test(places),     cmocka_unit_test(coverage),
                                       cmocka_unit_test(collections)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
