/* What is at stake: damaged tables change nothing; look-alikes are none; then what is there, of whom, in
 * which browser, deleted, in shadow copies, in the registry; from when on it was exposed. The evidence of
 * these cases does not exist: so nothing of it can be read. */
#include "host_made.h"
#include "intel/intel.h"
#include "judge/stakes_gather.h"
#include "report/jsonl.h"
#include "report/story_stakes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD   "# why\n\nkind\tname\tmatch\tvalue\tholds\tnote\tsource\n"
#define GOOGLE "/Users/a/AppData/Local/Google/Chrome/User Data"
#define META   "nkbihfbeogaeaoehlefnkodbefgpgknn"

static struct intel intel; /* with the table that is shipped */
static char path[] = "/tmp/stakes.XXXXXX";

static bool load(struct stakes *stakes, const char *lines, size_t size, struct text *error) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(lines, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return stakes_load(stakes, path, error);
}

static void refused(const char *lines, size_t size, const char *why) {
    struct text error = {0}, wanted = {0};
    struct stakes stakes = {0};
    text_format(&wanted, "%s:%s", path, why);
    assert_false(load(&stakes, lines, size, &error));
    assert_string_equal(text_string(&error), text_string(&wanted));
    assert_null(stakes.list);
    text_free(&error);
    text_free(&wanted);
}

static void refused_line(const char *line, const char *why) {
    struct text wanted = {0};
    text_format(&wanted, "1: %s", why);
    refused(line, strlen(line), text_string(&wanted));
    text_free(&wanted);
}

static void damage(void **state) {
    (void)state;
    static const char nul[] = "mail\ta\tname\tb\tkeys\t\ts\0\n";
    static const char words[] = "kind, match or holds is no word of this table";
    static const char lacks[] = "name, value or source is missing";
    refused(HEAD "mail\n", strlen(HEAD "mail\n"), "4: the line does not have seven fields");
    refused_line("mail\ta\tname\tb\tkeys\t\ts\tmore", "the line does not have seven fields");
    refused(nul, sizeof nul - 1, "0: the file holds a NUL");
    refused_line("mails\ta\tname\tb\tkeys\t\ts", words);
    refused_line("mail\ta\tnames\tb\tkeys\t\ts", words);
    refused_line("mail\ta\tname\tb\tkey\t\ts", words);
    refused_line("\ta\tname\tb\tkeys\t\ts", lacks);
    refused_line("mail\t\tname\tb\tkeys\t\ts", lacks);
    refused_line("mail\ta\tname\t\tkeys\t\ts", lacks);
    refused_line("mail\ta\tname\tb\tkeys\t\t", lacks);
    refused_line("mail\ta\tname\t\\b\tkeys\t\ts", "a name holds a slash");
    refused_line("mail\ta\tuser\tb\\c\tkeys\t\ts", "a place does not begin with a backslash");
    refused_line("mail\ta\tuser\t\\b\\\\c\tkeys\t\ts", "a place has an empty name or too many");
    refused_line("mail\ta\tuser\t\\\tkeys\t\ts", "a place does not begin with a backslash");
    refused_line("mail\ta\tuser\t\\1\\2\\3\\4\\5\\6\\7\\8\\9\\0\\1\\2\\3\\4\\5\\6\\7\tkeys\t\ts",
                 "a place has an empty name or too many");
    refused_line("wallet\ta\textension\tabc\tkeys\t\ts", "an ID is not 32 letters from a to p");
    refused_line("wallet\ta\tkey\tSoftware\tkeys\t\ts", "a key does not begin with a slash");
    refused_line("mail\ta\tprofiles\t\\b\\\tprofiles\t\ts", "a browser is where profiles are");
    refused_line("none\ta\tuser\t\\b\tprofiles\t\ts",
                 "only a name or a place can be none, and a place nothing else");
    refused_line("mail\ta\tplace\tb\tprofiles\t\ts",
                 "only a name or a place can be none, and a place nothing else");
    struct text lines = {0};
    for (int i = 0; i <= STAKES_MAX; i++)
        text_add(&lines, "mail\ta\tname\tb\tkeys\t\ts\n");
    refused(lines.data, lines.size, "2001: there are too many lines");
    text_free(&lines);
}

/* Whatever is cut off or bent: it loads or says why, and is none the worse for it. */
static void every_prefix(void **state) {
    (void)state;
    static const char lines[] =
        HEAD "mail\ta\tuser\t\\b\\*\\\tkeys\tn\ts\r\nwallet\tb\textension\t" META "\tkeys\t\ts\n";
    for (size_t size = 0; size < sizeof lines; size++)
        for (int bit = -1; bit < 8; bit++) {
            char bent[sizeof lines];
            struct text error = {0};
            struct stakes stakes = {0};
            memcpy(bent, lines, sizeof lines);
            if (bit >= 0 && size > 0)
                bent[size - 1] = (char)(bent[size - 1] ^ 1 << bit);
            bool good = load(&stakes, bent, bit < 0 ? size : sizeof lines - 1, &error);
            assert_true(good == (error.size == 0));
            stakes_free(&stakes);
            text_free(&error);
        }
}

static void patterns(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool is;
    } tries[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"*.pfx", "A.PFX", true},
        {"*.pfx", ".pfx", true},
        {"*.pfx", "a.pfxx", false},
        {"a*b*c", "aXbXbc", true},
        {"a*b*c", "abcd", false},
        {"id_rsa", "id_rsa.pub", false},
        {"Cookies*", "cookies-journal", true},
        {"**a", "ba", true},
        {"a", "b", false},
        {"[", "{", false},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        assert_int_equal(stakes_is(tries[i].pattern, tries[i].name, strlen(tries[i].name)), tries[i].is);
}

/* What the rows say: "kind:name:holds:state:path", one a line. */
static const char *rows(struct casefile *c) {
    static char answer[65536];
    struct db_query *q =
        db_prepare(casefile_db(c), "SELECT kind || ':' || name || ':' || holds || ':' || state ||"
                                   " ':' || path || char(10) FROM stake ORDER BY id");
    size_t size = 0;
    assert_non_null(q);
    answer[0] = 0;
    while (db_step(q))
        size += (size_t)snprintf(answer + size, sizeof answer - size, "%s", db_text(q, 0, NULL));
    db_finish(q);
    return answer;
}

static void judge(struct casefile *c) {
    assert_true(casefile_number(c));
    assert_true(judges_find("stakes")->judge(c, &intel));
}

static void expect(const char *folder, const char *name, const char *wanted) {
    struct host_made m = host_start(true);
    host_file(&m, folder, name);
    judge(m.c);
    assert_string_equal(rows(m.c), wanted);
    casefile_close(m.c);
}

static void look_alikes(void **state) {
    (void)state;
    static const struct {
        const char *folder, *name;
    } none[] = {
        {"/Users/a/Documents/Bitcoin", "wallet.dat"},
        {"/Users/a/Documents/Bitcoin", "letter.docx"},
        {"/Users/a/AppData/Roaming/Bitcoin", "wallet.dat.txt"},
        {"/Users/a/AppData/Roaming/Bitcoin/old", "wallet.dat"},
        {"/Users/a/AppData/Roaming/Bitcoin/wallets.old", "x"},
        {"/AppData/Roaming/Bitcoin", "wallet.dat"},
        {"/Program Files/App", "cert.pem"},
        {"/Program Files/App/keys", "server.pfx"},
        {"/Windows/System32", "x.pfx"},
        {"/Users/a/src/app/node_modules/x", "key.pfx"},
        {"/Users/a/src/app/Tests/data", "test.snk"},
        {"/Users/a/src/app/fixtures", "fake.kdbx"},
        {"/Python311/Lib/site-packages/x", "a.p12"},
        {"/Users/a/src/app", "App_TemporaryKey.pfx"},
        {"/Users/a/src/app", "server.pem"},
        {"/Users/a/src/app", "private.key"},
        {"/Users/a/.ssh", "id_rsa.pub"},
        {"/Users/a/.ssh", "known_hosts"},
        {"/Users/a/.ssh/old", "id_rsa"},
        {"/Users/a/src/.ssh", "id_rsa"},
        {GOOGLE, "Safe Browsing Cookies"},
        {GOOGLE "/Default/Extensions/abcdefghijklmnopabcdefghijklmnop/1", "x.js"},
        {GOOGLE "/Default/Local Extension Settings", META},
        {GOOGLE "/Default/Cache", META},
        {GOOGLE "/a/b/Local Extension Settings/" META, "000003.log"},
        {GOOGLE "/Default/IndexedDB/https_x_0.indexeddb.leveldb", "000003.log"},
        {GOOGLE "/Default/IndexedDB/chrome-extension_" META "1_0.indexeddb.leveldb", "x"},
        {"/Users/a/AppData/Local/Google/Chrome", "Login Data"},
        {"/Users/a/AppData/Roaming/npm", ".npmrc"},
        {"/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x", "key5.db"},
        {"/Users", "Login Data"},
        {"", "wallet.dat"},
        {"/Users/a/AppData/Roaming/Microsoft/Protect/CREDHIST", "x"},
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect(none[i].folder, none[i].name, "");
}

static void profiles(void **state) {
    (void)state;
    static const char *const browsers[] = {
        GOOGLE,
        "/Users/a/AppData/Local/Microsoft/Edge/User Data",
        "/Users/a/AppData/Local/BraveSoftware/Brave-Browser/User Data",
        "/Users/a/AppData/Roaming/Opera Software/Opera Stable",
        "/Users/a/AppData/Local/Vivaldi/User Data",
        "/Users/a/AppData/Local/Chromium/User Data",
        "/Users/a/AppData/Local/Yandex/YandexBrowser/User Data",
        "/USERS/b/appdata/local/GOOGLE/chrome/user data",
        "/Documents and Settings/c/Local Settings/Application Data/Google/Chrome/User Data",
        "/Windows/System32/config/systemprofile/AppData/Local/Google/Chrome/User Data",
    };
    static const char *const inside[] = {"/Default", "/Profile 12", "/Guest Profile", ""};
    for (size_t i = 0; i < sizeof browsers / sizeof *browsers; i++)
        for (size_t n = 0; n < sizeof inside / sizeof *inside; n++) {
            char folder[512], wanted[1024];
            snprintf(folder, sizeof folder, "%s%s/Local Extension Settings/" META, browsers[i], inside[n]);
            snprintf(wanted, sizeof wanted, "wallet_extension:MetaMask:keys:present:%s\n", folder);
            expect(folder, "000003.log", wanted);
            snprintf(folder, sizeof folder, "%s%s/Extensions/" META "/11.0_0/scripts", browsers[i],
                     inside[n]);
            snprintf(wanted, sizeof wanted,
                     "wallet_extension:MetaMask:program:present:%s%s/Extensions/" META "\n", browsers[i],
                     inside[n]);
            expect(folder, "app.js", wanted);
        }
    expect(GOOGLE "/Profile 1/IndexedDB/chrome-extension_" META "_0.indexeddb.leveldb", "000003.log",
           "wallet_extension:MetaMask:keys:present:" GOOGLE "/Profile 1/IndexedDB\n");
    expect(GOOGLE "/Profile 1", "Login Data",
           "browser_credentials:Chrome: saved passwords:credentials:present:" GOOGLE
           "/Profile 1/Login Data\n");
    expect(GOOGLE "/Profile 1/Network", "Cookies",
           "browser_credentials:Chrome: cookies:sessions:present:" GOOGLE "/Profile 1/Network/Cookies\n");
    expect(GOOGLE, "Local State",
           "browser_credentials:Chrome: key of the store:keys:present:" GOOGLE "/Local State\n");
}

#define FOX "/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x.default"

static void places(void **state) {
    (void)state;
    static const struct {
        const char *folder, *name, *wanted;
    } tries[] = {
        {FOX, "key4.db", "browser_credentials:Firefox: key of the store:keys:present:" FOX "/key4.db\n"},
        {FOX "/extensions", "webextension@metamask.io.xpi",
         "wallet_extension:MetaMask:program:present:" FOX "/extensions/webextension@metamask.io.xpi\n"},
        {FOX "/browser-extension-data/webextension@metamask.io", "storage.js",
         "wallet_extension:MetaMask:keys:present:" FOX "/browser-extension-data\n"},
        {"/Users/a/AppData/Roaming/Exodus/exodus.wallet/x/y", "seed.seco",
         "wallet:Exodus:keys:present:/Users/a/AppData/Roaming/Exodus/exodus.wallet\n"},
        {"/Windows.old/Users/a/AppData/Roaming/Electrum/wallets", "default_wallet",
         "wallet:Electrum:keys:present:/Windows.old/Users/a/AppData/Roaming/Electrum/wallets\n"},
        {"/backup/Users/b/.aws", "credentials",
         "cloud:AWS:credentials:present:/backup/Users/b/.aws/credentials\n"},
        {"/ProgramData/Microsoft/Network/Connections/Pbk", "rasphone.pbk",
         "vpn:connections of Windows:profiles:present:/ProgramData/Microsoft/Network/Connections/Pbk/rasphone.pbk\n"},
        {"/Program Files (x86)/OpenVPN/config/home", "ca.crt",
         "vpn:OpenVPN:profiles:present:/Program Files (x86)/OpenVPN/config\n"},
        {"/data/keys", "mine.KDBX", "password_manager:KeePass:credentials:present:/data/keys/mine.KDBX\n"},
        {"/Program Files (x86)/Windows Kits/10/bin/10.0.22621.0/x64", "signtool.exe",
         "build_tool:SignTool:program:present:/Program Files (x86)/Windows "
         "Kits/10/bin/10.0.22621.0/x64/signtool.exe\n"},
        {"/actions-runner-2", ".credentials_rsaparams",
         "build_tool:GitHub Actions runner:credentials:present:/actions-runner-2/.credentials_rsaparams\n"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        expect(tries[i].folder, tries[i].name, tries[i].wanted);
}

/* One row for what belongs together; what is there counts alone. */
static void together(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    static const char folder[] = GOOGLE "/Default/Local Extension Settings/" META;
    host_file_born(&m, GOOGLE "/Default/Extensions/" META "/1", "app.js", 0, HOST_TIME);
    host_file_born(&m, folder, "000003.log", 0, HOST_TIME + 5);
    host_file_born(&m, folder, "CURRENT", 0, HOST_TIME - 5);
    host_file_born(&m, folder, "000002.log", 2, HOST_TIME - 500);
    host_file_born(&m, "/Users/a/AppData/Roaming/Zcash", "wallet.dat", 2, HOST_TIME - 7);
    judge(m.c);
    assert_string_equal(rows(m.c), "wallet:Zcash:keys:deleted:/Users/a/AppData/Roaming/Zcash/wallet.dat\n"
                                   "wallet_extension:MetaMask:keys:present:" GOOGLE
                                   "/Default/Local Extension Settings/" META "\n");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(files || '/' || size || '/' || (created - 133000000000000000) ||"
                      " '/' || (modified - 133000000000000000) || '/' || user || '/' || artifact || '/' ||"
                      " coalesce(owner, '-') || coalesce(exposed_since, '-') || coalesce(note, '-'), ' ')"
                      " FROM stake"),
        "1/5000/-7/-7//Users/a/6/--- 3/15000/-5/5//Users/a/2/---");
    casefile_close(m.c);
}

static void streams_and_folders(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    struct listing listing = made_listing("/data", "a.kdbx");
    listing.stream = "Zone.Identifier";
    listing.stream_size = strlen(listing.stream);
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    host_file_born(&m, "/data", "b.kdbx", 1, HOST_TIME);
    judge(m.c);
    assert_string_equal(rows(m.c), "");
    casefile_close(m.c);
}

static void shadows_and_packages(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    struct casefile_volume shadow = {.id = 2,
                                     .evidence = 1,
                                     .ordinal = 1,
                                     .kind = "ntfs",
                                     .state = "read",
                                     .shadow = 1,
                                     .shadow_of = 1,
                                     .shadow_created = HOST_TIME};
    struct casefile_evidence packed = {
        .id = 3, .path = "disk.img!/x.zip", .kind = "archive", .state = "read", .artifact = 1};
    assert_true(casefile_volume(m.c, &shadow) && casefile_evidence(m.c, &packed));
    host_file(&m, "/data", "both.kdbx");
    struct listing listing = made_listing("/data", "both.kdbx");
    listing.volume = 2;
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    listing = made_listing("/old", "only.kdbx");
    listing.volume = 2;
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    listing = made_listing("/packed", "in.kdbx");
    listing.volume = 0;
    listing.evidence = 3;
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    judge(m.c);
    assert_string_equal(rows(m.c), "password_manager:KeePass:credentials:present:/data/both.kdbx\n"
                                   "password_manager:KeePass:credentials:deleted:/old/only.kdbx\n");
    assert_string_equal(made_ask(m.c, "SELECT note FROM stake WHERE state = 'deleted'"),
                        "in a volume shadow copy alone");
    casefile_close(m.c);
}

static void registry(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_key_at(&m, "/ControlSet001/Enum/USB/VID_2C97&PID_0001/0001", HOST_TIME + 9);
    host_key_at(&m, "/ControlSet002/Enum/USB/VID_2C97&PID_0001/0001", HOST_TIME + 3);
    host_key(&m, "/ControlSet001/Enum/USB/VID_1209&PID_2303/x"); /* pid.codes: somebody else's */
    host_key(&m, "/ControlSet001/Enum/USB/VID_1209&PID_53C1/x");
    host_key(&m, "/ControlSet001/Enum/USBSTOR/Disk&Ven_Ledger/x");
    uint64_t system = m.hive;
    host_hive(&m, "/Users/a", "NTUSER.DAT", "ntuser", true);
    m.state = "deleted";
    host_key(&m, "/Software/SimonTatham/PuTTY/Sessions");
    judge(m.c);
    assert_string_equal(rows(m.c),
                        "hardware_wallet:Ledger:trace:present:/Enum/USB/VID_2C97&PID_0001/0001\n"
                        "hardware_wallet:Trezor:trace:present:/Enum/USB/VID_1209&PID_53C1/x\n"
                        "remote_access:PuTTY:profiles:deleted:/Software/SimonTatham/PuTTY/Sessions\n");
    assert_string_equal(
        made_ask(m.c, "SELECT coalesce(files, size, created, '-') || (modified - 133000000000000000) || note"
                      " FROM stake WHERE id = 1"),
        "-9keys stay in the device");
    assert_string_equal(made_ask(m.c, "SELECT group_concat(artifact || coalesce(user, '-'), ' ') FROM stake"),
                        system == 1 ? "1- 1- 2/Users/a" : "");
    casefile_close(m.c);
}

static void verdict(struct casefile *c, uint64_t evidence, const char *host, const char *word,
                    uint64_t since) {
    const struct casefile_cell cells[] = {
        {.column = FACT_verdict_evidence, .number = evidence, .some = true},
        {.column = FACT_verdict_host, .text = host},
        {.column = FACT_verdict_word, .text = word},
        {.column = FACT_verdict_since, .number = since, .some = true},
    };
    assert_true(casefile_put(c, FACT_verdict, cells, sizeof cells / sizeof *cells));
}

/* Whose it is, and since when its host is not its owner's alone. */
static void owner_and_exposure(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    struct casefile_evidence inner = {
        .id = 3, .path = "disk.img!/vm.vhdx", .kind = "disk-image", .state = "read", .artifact = 1};
    struct casefile_evidence other = {
        .id = 4, .path = "b.zip", .kind = "archive", .state = "read", .host = "B"};
    struct casefile_evidence same = {
        .id = 5, .path = "c.zip", .kind = "archive", .state = "read", .host = "B"};
    struct casefile_evidence clean = {.id = 6, .path = "d.zip", .kind = "archive", .state = "read"};
    assert_true(casefile_evidence(m.c, &inner) && casefile_evidence(m.c, &other) &&
                casefile_evidence(m.c, &same) && casefile_evidence(m.c, &clean));
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-1-2-3-1001");
    host_value(&m, "ProfileImagePath", "REG_EXPAND_SZ", "C:\\Users\\A", span_of("", 0, 0));
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-18");
    host_value(&m, "ProfileImagePath", "REG_SZ", "none", span_of("", 0, 0));
    for (unsigned evidence = 1; evidence <= 6; evidence++) {
        struct listing listing = made_listing("/Users/a", ".npmrc");
        listing.evidence = evidence;
        listing.volume = evidence == 1;
        assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    }
    assert_true(casefile_number(m.c));
    verdict(m.c, 1, NULL, "compromised: implant", HOST_TIME);
    verdict(m.c, 4, "B", "compromised: stage 1", HOST_TIME + 1);
    verdict(m.c, 6, NULL, "suspicious", HOST_TIME + 2);
    verdict(m.c, 0, NULL, "compromised: implant", HOST_TIME - 9);
    judge(m.c);
    assert_string_equal(made_ask(m.c, "SELECT group_concat(evidence || ':' || coalesce(owner, '-') || ':' ||"
                                      " coalesce(exposed_since - 133000000000000000, '-'), ' ') FROM stake"),
                        "1:S-1-5-21-1-2-3-1001:0 2:-:- 3:-:0 4:-:1 5:-:1 6:-:-");
    casefile_close(m.c);
}

static void too_many(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    for (int i = 0; i <= STAKES_GATHER_MOST; i++) {
        char folder[32];
        snprintf(folder, sizeof folder, "/d/%d", i);
        host_file(&m, folder, "a.kdbx");
    }
    judge(m.c);
    assert_string_equal(
        made_ask(m.c, "SELECT count(*) || '/' || (SELECT value FROM meta WHERE key = 'stakes_omitted')"
                      " FROM stake"),
        "50000/1");
    casefile_close(m.c);
}

/* Names of evidence say nothing but themselves, in the story and as records. */
static void told(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    struct text out = {0};
    struct wrap wrap = {.width = 100};
    host_file(&m, "/Users/" MADE_NASTY "/.ssh", "id_rsa");
    host_file(&m, "/d", MADE_NASTY ".kdbx");
    for (int i = 0; i < 3; i++)
        host_file(&m, i == 0 ? "/x" : i == 1 ? "/y" : "/z", "b.pfx");
    judge(m.c);
    assert_true(casefile_finish(m.c, NULL));
    assert_true(story_stakes(casefile_db(m.c), &wrap, true, &out));
    made_is_tame(text_string(&out));
    assert_non_null(
        strstr(text_string(&out), "At stake    1 place of a user's keys (SSH key); 3 places of keys"));
    assert_non_null(strstr(text_string(&out), "KeePass, credentials: /d/"));
    struct output output;
    int fd = memfd_create("stakes", MFD_CLOEXEC);
    output_init(&output, fd);
    assert_true(jsonl_print(m.c, &(struct jsonl_options){0}, &output) && output_end(&output));
    char *lines = calloc(1, (size_t)output.written + 1);
    assert_non_null(lines);
    assert_int_equal(pread(fd, lines, (size_t)output.written, 0), output.written);
    made_is_tame(lines);
    assert_non_null(
        strstr(lines, "{\"schema\":\"assay.stake/1\",\"id\":1,\"evidence\":\"disk.img\",\"kind\":\"key\""));
    free(lines);
    close(fd);
    text_free(&out);
    casefile_close(m.c);
}

static void without_a_table(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_file(&m, "/d", "a.kdbx");
    assert_true(casefile_number(m.c) && judges_find("stakes")->judge(m.c, NULL));
    assert_true(judges_find("stakes")->judge(m.c, &(struct intel){.now = 1}));
    assert_string_equal(rows(m.c), "");
    casefile_close(m.c);
}

static int start(void **state) {
    (void)state;
    struct text error = {0};
    int fd = mkstemp(path);
    if (fd < 0 || !stakes_load(&intel.stakes, "intel/stakes.tsv", &error))
        fail_msg("%s", text_string(&error));
    close(fd);
    return 0;
}

static int end(void **state) {
    (void)state;
    stakes_free(&intel.stakes);
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(patterns),
        cmocka_unit_test(look_alikes),
        cmocka_unit_test(profiles),
        cmocka_unit_test(places),
        cmocka_unit_test(together),
        cmocka_unit_test(streams_and_folders),
        cmocka_unit_test(shadows_and_packages),
        cmocka_unit_test(registry),
        cmocka_unit_test(owner_and_exposure),
        cmocka_unit_test(too_many),
        cmocka_unit_test(told),
        cmocka_unit_test(without_a_table),
    };
    return cmocka_run_group_tests(tests, start, end);
}
