/* What a case comes to: the rules of docs/verdict.md, one by one, on cases made by hand. Whole machines are
 * in test/run/chain.sh. */
#include "base/filetime.h"
#include "detect/registry.h"
#include "host_made.h"
#include "judge/chain_model.h"
#include "report/jsonl.h"
#include "report/story.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HOUR (HOST_DAY / 24)

/* A machine with a Windows. */
static struct host_made machine(void) {
    struct host_made m = host_start(true);
    size_t count = registry_count();
    for (size_t i = 0; i < count; i++)
        assert_true(casefile_detector(m.c, "detector", &registry_at(i)->text));
    struct explanation twins = made_detector;
    twins.id = "not_known";
    assert_true(casefile_detector(m.c, "judge", &twins));
    return m;
}

static void say_with(struct host_made *m, uint64_t artifact, const char *detector, enum severity severity,
                     enum strength strength, const char *key, const char *value, uint64_t cited,
                     const char *role) {
    struct finding finding = {.detector = detector,
                              .severity = severity,
                              .strength = strength,
                              .summary = "Something is odd",
                              .offset = 16,
                              .size = 8};
    struct casefile_reference reference = {cited, role};
    if (key)
        finding.details[finding.detail_count++] = (struct finding_detail){key, value};
    assert_true(casefile_finding(m->c, (struct casefile_place){.artifact = artifact}, &finding, &reference,
                                 cited != 0));
}

static void say(struct host_made *m, uint64_t artifact, const char *detector, enum severity severity,
                enum strength strength) {
    say_with(m, artifact, detector, severity, strength, NULL, NULL, 0, NULL);
}

/* Runs the judge; "word/strength:stages" of each chain and the word of the case, with a space between. */
static const char *comes_to(struct host_made *m) {
    assert_true(casefile_number(m->c));
    assert_true(judges_find("chain")->judge(m->c, NULL));
    assert_string_equal(casefile_error(m->c), "");
    return made_ask(
        m->c,
        "SELECT (SELECT word FROM verdict WHERE evidence IS NULL) || coalesce((SELECT group_concat(x, '') FROM (SELECT"
        " ' [' || word || '/' || strength || ':' || (SELECT group_concat(stage, ',') FROM (SELECT stage FROM"
        " chain_step s WHERE s.chain = c.id ORDER BY ordinal)) || ']' AS x FROM chain c ORDER BY id)), '')");
}

static void expect(struct host_made *m, const char *wanted) {
    const char *got = comes_to(m);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s, not %s: %s", got, wanted,
                 made_ask(m->c, "SELECT group_concat(reason, '; ') FROM verdict"));
    casefile_close(m->c);
}

/* A product with a payload and what opens it, by two witnesses. */
static uint64_t product(struct host_made *m, const char *folder, uint64_t born) {
    uint64_t payload = host_file_born(m, folder, "payload.dll", 0, born);
    uint64_t loader = host_file_born(m, folder, "loader.dll", 0, born + 1);
    say(m, payload, "signature_slack", SEVERITY_HIGH, STRENGTH_FIRM);
    say_with(m, loader, "extends_sibling", SEVERITY_HIGH, STRENGTH_FIRM, NULL, NULL, payload,
             "file that it names");
    return loader;
}

static uint64_t implant(struct host_made *m, const char *name, uint64_t born) {
    uint64_t file = host_file_born(m, "/Windows/System32", name, 0, born);
    say_with(m, file, "dll_phantom", SEVERITY_HIGH, STRENGTH_STRONG, "service", name, 0, NULL);
    say(m, file, "stomp", SEVERITY_HIGH, STRENGTH_STRONG);
    return file;
}

#define PRODUCT "/Program Files/Contoso Phone/app"

/* --- the table --- */

static void every_detector_has_a_line(void **state) {
    (void)state;
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    for (size_t i = 0; i < count; i++)
        if (judges[i]->text.severity > SEVERITY_INFO && !chain_model_knows(judges[i]->text.id))
            fail_msg("chain_stages.def has no line for %s", judges[i]->text.id);
    for (size_t i = 0; i < registry_count(); i++)
        if (registry_at(i)->text.severity > SEVERITY_INFO && !chain_model_knows(registry_at(i)->text.id))
            fail_msg("chain_stages.def has no line for %s", registry_at(i)->text.id);
}

static void places(void **state) {
    (void)state;
    static const struct {
        const char *folder;
        bool whole;
        enum chain_place place;
        const char *product;
    } rows[] = {
        {"", true, CHAIN_PLACE_ELSEWHERE, ""},
        {"/Windows/System32", true, CHAIN_PLACE_WINDOWS, ""},
        {"/windows", true, CHAIN_PLACE_WINDOWS, ""},
        {"/Windowsx/a", true, CHAIN_PLACE_ELSEWHERE, "/Windowsx/a"},
        {"/Program Files", true, CHAIN_PLACE_PRODUCT, ""},
        {"/Program Files/A/b/c", true, CHAIN_PLACE_PRODUCT, "/Program Files/A"},
        {"/Program Files (x86)/Common Files/A/b", true, CHAIN_PLACE_PRODUCT,
         "/Program Files (x86)/Common Files/A"},
        {"/ProgramData/A", true, CHAIN_PLACE_PRODUCT, "/ProgramData/A"},
        {"/Users/u/Downloads", true, CHAIN_PLACE_OPEN, ""},
        {"/Users/u/Downloads/kit/app", true, CHAIN_PLACE_OPEN, "/Users/u/Downloads/kit"},
        {"/Users/u/AppData/Local/Temp", true, CHAIN_PLACE_OPEN, ""},
        {"/Users/u/AppData/Local/Programs/A/x", true, CHAIN_PLACE_PRODUCT,
         "/Users/u/AppData/Local/Programs/A"},
        {"/Users/u/AppData/Roaming/A", true, CHAIN_PLACE_PRODUCT, "/Users/u/AppData/Roaming/A"},
        {"/Users/Public/Libraries", true, CHAIN_PLACE_OPEN, ""},
        {"/Users/Public/Libraries/x", true, CHAIN_PLACE_OPEN, "/Users/Public/Libraries/x"},
        {"/Users/u", true, CHAIN_PLACE_ELSEWHERE, ""},
        {"/tools", true, CHAIN_PLACE_ELSEWHERE, "/tools"},
        {"copy/C/Windows/System32", false, CHAIN_PLACE_WINDOWS, ""},
        {"unpacked/app", false, CHAIN_PLACE_ELSEWHERE, "unpacked/app"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size;
        enum chain_place place = chain_model_place(rows[i].folder, rows[i].whole, &size);
        if (place != rows[i].place || size != strlen(rows[i].product) ||
            strncmp(rows[i].folder, rows[i].product, size) != 0)
            fail_msg("%s: %d, %.*s", rows[i].folder, (int)place, (int)size, rows[i].folder);
    }
}

/* --- the ladder --- */

static void notes_are_nothing(void **state) {
    (void)state;
    struct host_made m = machine();
    expect(&m, "nothing found");
    m = machine();
    for (int i = 0; i < 40; i++) {
        uint64_t file = host_file(&m, PRODUCT, "a.dll");
        say(&m, file, "file_disguised", SEVERITY_HIGH, STRENGTH_WEAK);
        say(&m, file, "driver_ephemeral", SEVERITY_LOW, STRENGTH_FIRM);
        say(&m, file, "stomp", SEVERITY_CRITICAL, STRENGTH_WEAK);
    }
    expect(&m, "nothing found");
    m = machine();
    say(&m, m.hive, "posture", SEVERITY_MEDIUM, STRENGTH_FIRM);
    expect(&m, "nothing found");
}

static void one_witness_is_suspicious(void **state) {
    (void)state;
    struct host_made m = machine();
    say(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_MEDIUM, STRENGTH_FIRM);
    expect(&m, "suspicious");
    m = machine();
    say(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_HIGH, STRENGTH_STRONG);
    expect(&m, "suspicious [suspicious/2:implant]");
    m = machine(); /* one kin: both are about the same bytes */
    uint64_t file = host_file(&m, PRODUCT, "a.dll");
    say(&m, file, "signature_slack", SEVERITY_HIGH, STRENGTH_FIRM);
    say(&m, file, "authentihash_twins", SEVERITY_HIGH, STRENGTH_FIRM);
    expect(&m, "suspicious [suspicious/1:payload]");
    m = machine(); /* two witnesses, neither of which is a mark of an attack */
    file = host_file(&m, PRODUCT, "a.dll");
    say(&m, file, "stomp", SEVERITY_HIGH, STRENGTH_STRONG);
    say(&m, file, "publisher_claim", SEVERITY_MEDIUM, STRENGTH_FIRM);
    expect(&m, "suspicious [suspicious/1:loader,stomping]");
    m = machine(); /* nobody has said yet what it is */
    say(&m, host_file(&m, PRODUCT, "a.dll"), "not_known", SEVERITY_CRITICAL, STRENGTH_STRONG);
    expect(&m, "suspicious");
}

static void holes_are_exposed(void **state) {
    (void)state;
    struct host_made m = machine();
    say(&m, host_file(&m, "/Windows/System32/drivers", "old.sys"), "driver_known", SEVERITY_LOW,
        STRENGTH_FIRM);
    expect(&m, "exposed");
    m = machine();
    say(&m, host_file(&m, "/Windows/System32/drivers", "old.sys"), "driver_blocked", SEVERITY_HIGH,
        STRENGTH_FIRM);
    expect(&m, "exposed [exposed/1:driver]");
    m = machine();
    say(&m, host_file(&m, "/Windows/System32/drivers", "old.sys"), "driver_known", SEVERITY_LOW,
        STRENGTH_WEAK);
    expect(&m, "nothing found");
}

static void listed_files(void **state) {
    (void)state;
    static const struct {
        const char *folder, *wanted;
    } rows[] = {{PRODUCT, "compromised: stage 1 [compromised: stage 1/2:payload]"},
                {"/Windows/System32", "compromised: implant [compromised: implant/2:implant]"},
                {"/Users/u/Downloads", "exposed [exposed/2:payload]"}};
    for (size_t i = 0; i < 3; i++) {
        struct host_made m = machine();
        say(&m, host_file(&m, rows[i].folder, "x.dll"), "ioc_hash", SEVERITY_CRITICAL, STRENGTH_STRONG);
        expect(&m, rows[i].wanted);
    }
    struct host_made m = machine(); /* by MD5 alone */
    say(&m, host_file(&m, PRODUCT, "x.dll"), "ioc_hash", SEVERITY_CRITICAL, STRENGTH_FIRM);
    expect(&m, "suspicious [suspicious/1:payload]");
}

static void installed_or_not(void **state) {
    (void)state;
    struct host_made m = machine();
    product(&m, PRODUCT, HOST_TIME);
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:loader,payload]");
    m = machine();
    product(&m, "/Users/u/Downloads/kit", HOST_TIME);
    expect(&m, "exposed [exposed/1:loader,payload]");
    m = machine();
    struct casefile_execution run = {.id = 1,
                                     .evidence = 1,
                                     .volume = 1,
                                     .artifact = product(&m, "/Users/u/Downloads/kit", HOST_TIME),
                                     .kind = "loaded",
                                     .source = "sysmon 7",
                                     .first = HOST_TIME + HOUR};
    assert_true(casefile_execution(m.c, &run));
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:loader,payload,execution]");
    m = machine(); /* that it was there is not that it ran */
    run.artifact = product(&m, "/Users/u/Downloads/kit", HOST_TIME);
    run.kind = "present";
    assert_true(casefile_execution(m.c, &run));
    expect(&m, "exposed [exposed/1:loader,payload]");
}

/* A folder with files and no Windows. */
static void without_a_windows(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct host_made m = machine();
        struct listing listing = made_listing(i ? "Windows/System32" : "release", "a.dll");
        listing.evidence = 2;
        listing.volume = 0;
        uint64_t file = ++m.file;
        assert_true(casefile_artifact(m.c, file, &listing, span_of("", 0, 0), "read", NULL));
        say(&m, file, i ? "dll_phantom" : "signature_slack", SEVERITY_HIGH, STRENGTH_FIRM);
        say(&m, file, i ? "stomp" : "dll_sideload", SEVERITY_HIGH, STRENGTH_FIRM);
        expect(&m, i ? "suspicious [suspicious/1:implant,stomping]" : "exposed [exposed/1:loader,payload]");
    }
}

/* --- links --- */

static void links(void **state) {
    (void)state;
    struct host_made m = machine(); /* folder */
    uint64_t other = host_file(&m, "/Program Files/Contoso Phone/plugins", "c.dll");
    say(&m, other, "publisher_claim", SEVERITY_MEDIUM, STRENGTH_FIRM);
    product(&m, PRODUCT, HOST_TIME + 90 * HOST_DAY);
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:loader,loader,payload]");
    m = machine(); /* System32 joins nothing */
    say(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_HIGH, STRENGTH_FIRM);
    say(&m, host_file_born(&m, "/Windows/System32", "b.dll", 0, HOST_TIME + HOST_DAY), "stomp", SEVERITY_HIGH,
        STRENGTH_FIRM);
    expect(&m, "suspicious [suspicious/1:implant] [suspicious/1:stomping]");
    m = machine(); /* a service joins a file and a record */
    say_with(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_HIGH, STRENGTH_FIRM,
             "service", "IKEEXT", 0, NULL);
    say_with(&m, m.hive, "service_odd", SEVERITY_MEDIUM, STRENGTH_FIRM, "service", "ikeext", 0, NULL);
    expect(&m, "compromised: implant [compromised: implant/1:implant,persistence]");
    m = machine(); /* a path joins them, too */
    say(&m, host_file(&m, "/tools", "a.dll"), "dll_sideload", SEVERITY_HIGH, STRENGTH_FIRM);
    say_with(&m, m.hive, "persistence", SEVERITY_MEDIUM, STRENGTH_FIRM, "path", "/Tools/A.dll", 0, NULL);
    expect(&m, "compromised: implant [compromised: implant/1:implant,persistence]");
    m = machine(); /* a file that a finding cites in another role is no part of it */
    uint64_t cited = host_file_born(&m, "/Windows/System32", "b.dll", 0, HOST_TIME + HOST_DAY);
    say(&m, cited, "stomp", SEVERITY_HIGH, STRENGTH_FIRM);
    say_with(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_HIGH, STRENGTH_FIRM,
             NULL, NULL, cited, "clean twin");
    expect(&m, "suspicious [suspicious/1:stomping] [suspicious/1:implant]");
}

static void time_alone_is_weak(void **state) {
    (void)state;
    struct host_made m = machine(); /* one chain, no graver word */
    say(&m, host_file(&m, "/Windows/System32", "a.dll"), "dll_phantom", SEVERITY_HIGH, STRENGTH_FIRM);
    say(&m, host_file_born(&m, "/Windows/System32", "b.dll", 0, HOST_TIME + HOUR / 2), "stomp", SEVERITY_HIGH,
        STRENGTH_FIRM);
    comes_to(&m);
    assert_string_equal(made_ask(m.c, "SELECT word FROM chain"), "suspicious");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM chain"), "1");
    assert_string_equal(made_ask(m.c, "SELECT group_concat(kind || strength) FROM chain_link"), "time0");
    casefile_close(m.c);
    m = machine(); /* two ways in, two attacks */
    product(&m, PRODUCT, HOST_TIME);
    product(&m, "/Program Files/Other", HOST_TIME + HOUR / 2);
    expect(
        &m,
        "compromised: stage 1 [compromised: stage 1/1:loader,payload] [compromised: stage 1/1:loader,payload]");
}

static void after_the_only_way_in(void **state) {
    (void)state;
    static const struct {
        unsigned days;
        bool other;
        const char *chains;
    } rows[] = {{10, false, "1"}, {59, false, "1"}, {61, false, "2"}, {10, true, "3"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct host_made m = machine();
        product(&m, PRODUCT, HOST_TIME);
        if (rows[i].other)
            product(&m, "/Program Files/Other", HOST_TIME + 2 * HOST_DAY);
        implant(&m, "wlbsctrl.dll", HOST_TIME + rows[i].days * HOST_DAY);
        comes_to(&m);
        assert_string_equal(made_ask(m.c, "SELECT word FROM verdict WHERE evidence IS NULL"),
                            "compromised: implant");
        assert_string_equal(made_ask(m.c, "SELECT count(*) FROM chain"), rows[i].chains);
        casefile_close(m.c);
    }
    struct host_made m = machine(); /* before it */
    product(&m, PRODUCT, HOST_TIME);
    implant(&m, "wlbsctrl.dll", HOST_TIME - 3 * HOST_DAY);
    expect(
        &m,
        "compromised: implant [compromised: implant/2:implant,stomping] [compromised: stage 1/1:loader,payload]");
}

static void every_link_says_where(void **state) {
    (void)state;
    struct host_made m = machine();
    product(&m, PRODUCT, HOST_TIME);
    implant(&m, "wlbsctrl.dll", HOST_TIME + HOST_DAY);
    comes_to(&m);
    assert_string_equal(made_ask(m.c,
                                 "SELECT count(*) FROM chain_link WHERE length(coalesce(text, '')) < 10 OR"
                                 " length(coalesce(records, '')) < 10"),
                        "0");
    assert_non_null(
        strstr(made_ask(m.c, "SELECT records FROM chain_link WHERE kind = 'names'"), "bytes 16 to 23"));
    assert_string_equal(
        made_ask(m.c, "SELECT count(*) FROM chain_step s WHERE NOT EXISTS (SELECT 1 FROM chain_link l WHERE"
                      " l.from_step = s.ordinal OR l.to_step = s.ordinal)"),
        "0");
    assert_string_equal(
        made_ask(m.c, "SELECT count(*) FROM finding f WHERE NOT EXISTS (SELECT 1 FROM chain_finding c WHERE"
                      " c.finding = f.id)"),
        "0");
    casefile_close(m.c);
}

/* --- what speaks against it --- */

static void contradictions(void **state) {
    (void)state;
    struct host_made m = machine(); /* strong, then firm */
    uint64_t file = implant(&m, "wlbsctrl.dll", HOST_TIME);
    struct casefile_known known = {.artifact = file, .list = "vendor.set", .name = "wlbsctrl.dll"};
    assert_true(casefile_known(m.c, &known));
    expect(&m, "compromised: implant [compromised: implant/1:implant,stomping]");
    m = machine(); /* twice: no more than suspicious */
    file = implant(&m, "wlbsctrl.dll", HOST_TIME);
    known.artifact = file;
    assert_true(casefile_known(m.c, &known));
    host_trust(&m, file, "trusted", "Contoso");
    expect(&m, "suspicious [suspicious/0:implant,stomping]");
    m = machine(); /* it ran before it was made */
    file = implant(&m, "wlbsctrl.dll", HOST_TIME);
    struct casefile_execution run = {
        .id = 1, .evidence = 1, .artifact = file, .kind = "loaded", .source = "sysmon 7"};
    run.first = HOST_TIME - 2 * HOST_DAY;
    assert_true(casefile_execution(m.c, &run));
    expect(&m, "compromised: implant [compromised: implant/1:implant,stomping,execution]");
    m = machine(); /* a changed release is signed, too: that speaks for nobody */
    host_trust(&m, product(&m, PRODUCT, HOST_TIME), "trusted", "Contoso");
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:loader,payload]");
    m = machine(); /* the clock */
    product(&m, PRODUCT, HOST_TIME);
    implant(&m, "wlbsctrl.dll", HOST_TIME + 4 * HOST_DAY);
    struct casefile_clock_step step = {.evidence = 1,
                                       .artifact = m.hive,
                                       .source = "change journal",
                                       .before = HOST_TIME + 2 * HOST_DAY,
                                       .after = HOST_TIME - 2 * HOST_DAY};
    assert_true(casefile_clock_step(m.c, &step));
    expect(&m, "compromised: implant [compromised: implant/1:loader,payload,implant,stomping]");
}

/* --- what is no finding --- */

static void msi_event(struct host_made *m, const char *product_name) {
    struct text bytes = {0};
    struct row_writer row;
    char data[200];
    uint64_t log = host_file(m, "/Windows/System32/winevt/Logs", "Application.evtx");
    snprintf(data, sizeof data, "{\"Data\":{\"#text\":[\"%s\",\"18.12.416\",\"1033\",\"0\"]}}", product_name);
    row_begin(&row, &bytes, FACT_event_log);
    row_integer(&row, FACT_event_log_records, 1);
    row_begin(&row, &bytes, FACT_event);
    row_integer(&row, FACT_event_ordinal, 0);
    row_integer(&row, FACT_event_number, 7);
    row_integer(&row, FACT_event_offset, 4608);
    row_integer(&row, FACT_event_time, HOST_TIME);
    row_string(&row, FACT_event_provider, "MsiInstaller");
    row_integer(&row, FACT_event_event_id, 1033);
    row_string(&row, FACT_event_data, data);
    assert_int_equal(made_send(m->c, &bytes, log), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void installations(void **state) {
    (void)state;
    struct host_made m = machine();
    product(&m, PRODUCT, HOST_TIME);
    msi_event(&m, "Contoso Phone Desktop App");
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:installation,loader,payload]");
    m = machine();
    product(&m, PRODUCT, HOST_TIME);
    msi_event(&m, "Contoso Phones");
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:loader,payload]");
    m = machine();
    product(&m, PRODUCT, HOST_TIME);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Uninstall/{1}");
    host_text(&m, "DisplayName", "Something else");
    host_text(&m, "InstallLocation", "\"C:\\Program Files\\CONTOSO Phone\\\"");
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Uninstall/{2}");
    host_text(&m, "DisplayName", "Unrelated");
    expect(&m, "compromised: stage 1 [compromised: stage 1/1:installation,loader,payload]");
}

static void version(struct host_made *m, uint64_t artifact, const char *version) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_pe);
    row_string(&row, FACT_pe_company, "Contoso");
    row_string(&row, FACT_pe_product, "Contoso Phone");
    row_string(&row, FACT_pe_fixed_file_version, version);
    assert_int_equal(made_send(m->c, &bytes, artifact), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void downloaded(struct host_made *m, const char *target) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t history = host_file(m, "/Users/u/AppData/Local/Browser", "History");
    row_begin(&row, &bytes, FACT_browser_history);
    row_string(&row, FACT_browser_history_browser, "chromium");
    row_begin(&row, &bytes, FACT_browser_download);
    row_integer(&row, FACT_browser_download_ordinal, 0);
    row_integer(&row, FACT_browser_download_download, 1);
    row_string(&row, FACT_browser_download_host, "downloads.contoso.example");
    row_string(&row, FACT_browser_download_target, target);
    row_integer(&row, FACT_browser_download_time, HOST_TIME - HOUR);
    assert_int_equal(made_send(m->c, &bytes, history), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void releases(void **state) {
    (void)state;
    static const struct {
        const char *version, *target, *time;
    } rows[] = {{"18.12.416.0", "C:\\Users\\u\\Downloads\\setup-416.exe", "132999964000000000"},
                {"18.12.416.0", "C:\\Users\\u\\Downloads\\other.exe", "133000000000000000"},
                {"18.11.1213.0", "C:\\Users\\u\\Downloads\\setup-416.exe", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct host_made m = machine();
        version(&m, product(&m, PRODUCT, HOST_TIME), "18.12.416.0");
        version(&m, host_file(&m, "/Users/u/Downloads", "setup-416.exe"), rows[i].version);
        downloaded(&m, rows[i].target);
        comes_to(&m);
        assert_string_equal(made_ask(m.c, "SELECT time FROM chain_step WHERE stage = 'release'"),
                            rows[i].time);
        assert_string_equal(made_ask(m.c, "SELECT title FROM chain"), "Contoso Phone 18.12.416.0");
        casefile_close(m.c);
    }
}

static void starts(void **state) {
    (void)state;
    struct host_made m = machine();
    uint64_t file = implant(&m, "wlbsctrl.dll", HOST_TIME);
    struct casefile_autostart start = {
        .hive = m.hive,
        .key = 1,
        .value = 1,
        .kind = "run",
        .state = "live",
        .key_path = "/Software/Run",
        .name = "Updater",
        .command = {"rundll32 wlbsctrl.dll", "/Windows/System32/wlbsctrl.dll", "found", file}};
    assert_true(casefile_autostart(m.c, &start));
    struct casefile_service service = {.hive = m.hive,
                                       .key = 2,
                                       .name = "WLBSCTRL.dll",
                                       .state = "current",
                                       .control_set = "ControlSet001",
                                       .has_start = true,
                                       .start = 2,
                                       .last_write = HOST_TIME,
                                       .offset = 77};
    assert_true(casefile_service(m.c, &service));
    service.state = "other"; /* a control set that is not in use */
    service.key = 3;
    assert_true(casefile_service(m.c, &service));
    expect(&m, "compromised: implant [compromised: implant/2:implant,stomping,persistence,persistence]");
}

static void gaps_have_reasons(void **state) {
    (void)state;
    struct host_made m = machine();
    product(&m, PRODUCT, HOST_TIME);
    struct casefile_posture off = {.hive = m.hive, .fact = "prefetch", .value = "0"};
    assert_true(casefile_posture(m.c, &off));
    comes_to(&m);
    assert_non_null(
        strstr(made_ask(m.c, "SELECT text FROM chain_gap WHERE stage = 'execution'"), "prefetch is off"));
    casefile_close(m.c);
    m = machine();
    product(&m, PRODUCT, HOST_TIME);
    struct casefile_time_summary times = {
        .volume = 1, .journal = m.hive, .journal_from = HOST_TIME + HOST_DAY};
    assert_true(casefile_time_summary(m.c, &times));
    comes_to(&m);
    assert_non_null(
        strstr(made_ask(m.c, "SELECT text FROM chain_gap WHERE stage = 'execution'"), "That says nothing"));
    assert_non_null(
        strstr(made_ask(m.c, "SELECT text FROM chain_gap WHERE stage = 'stomping'"), "begins later"));
    casefile_close(m.c);
}

/* --- hosts --- */

static void hosts(void **state) {
    (void)state;
    struct host_made m = machine();
    struct casefile_evidence other = {.id = 3,
                                      .path = "other.img",
                                      .kind = "disk-image",
                                      .has_size = true,
                                      .size = 1,
                                      .state = "torn",
                                      .host = "OTHER"};
    struct casefile_volume volume = {
        .id = 2, .evidence = 3, .ordinal = 1, .kind = "ntfs", .drive = "C:", .state = "read"};
    assert_true(casefile_evidence(m.c, &other) && casefile_volume(m.c, &volume));
    product(&m, PRODUCT, HOST_TIME);
    /* The same bytes and the same name on another machine are another attack. */
    struct listing listing = made_listing("/Windows/System32", "wlbsctrl.dll");
    listing.evidence = 3;
    listing.volume = 2;
    listing.fn[0] = HOST_TIME + HOST_DAY;
    uint64_t file = ++m.file;
    assert_true(casefile_artifact(m.c, file, &listing, span_of("", 0, 0), "read", NULL));
    say(&m, file, "dll_phantom", SEVERITY_HIGH, STRENGTH_STRONG);
    say(&m, file, "stomp", SEVERITY_HIGH, STRENGTH_STRONG);
    comes_to(&m);
    assert_string_equal(
        made_ask(
            m.c,
            "SELECT group_concat(x, '; ') FROM (SELECT coalesce(evidence, 0) || ' ' || coalesce(host, '-')"
            " || ' ' || word || ' ' || complete AS x FROM verdict ORDER BY evidence)"),
        "0 - compromised: implant 0; 1 - compromised: stage 1 1; 2 - nothing found 1;"
        " 3 OTHER compromised: implant 0");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM chain"), "2");
    assert_non_null(
        strstr(made_ask(m.c, "SELECT incomplete FROM verdict WHERE evidence IS NULL"), "other.img"));
    assert_string_equal(made_ask(m.c, "SELECT since FROM verdict WHERE evidence = 1"), "133000000000000000");
    casefile_close(m.c);
}

/* --- hostile texts --- */

static char *print(struct casefile *c, bool lines) {
    struct output output;
    int fd = memfd_create("chain", MFD_CLOEXEC);
    assert_true(fd >= 0);
    output_init(&output, fd);
    assert_true(lines ? jsonl_print(c, &(struct jsonl_options){0}, &output)
                      : story_print(c, &(struct story_options){0}, &output));
    assert_true(output_end(&output));
    char *text = calloc(1, (size_t)output.written + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)output.written, 0), output.written);
    close(fd);
    return text;
}

static void hostile_names(void **state) {
    (void)state;
    struct host_made m = machine();
    uint64_t payload = host_file(&m, "/Program Files/" MADE_NASTY "%s%n", MADE_NASTY);
    uint64_t loader = host_file(&m, "/Program Files/" MADE_NASTY "%s%n", "loader" MADE_NASTY);
    say_with(&m, payload, "signature_slack", SEVERITY_HIGH, STRENGTH_FIRM, "service", MADE_NASTY, 0, NULL);
    say_with(&m, loader, "extends_sibling", SEVERITY_HIGH, STRENGTH_STRONG, "path", MADE_NASTY, payload,
             "file that it names");
    struct casefile_service service = {
        .hive = m.hive, .key = 2, .name = MADE_NASTY, .state = "current", .has_start = true, .start = 2};
    assert_true(casefile_service(m.c, &service));
    comes_to(&m);
    char *text = print(m.c, false);
    made_is_tame(text);
    assert_non_null(strstr(text, "compromised: stage 1 (complete)"));
    assert_non_null(strstr(text, "persistence"));
    free(text);
    text = print(m.c, true);
    for (char *next = text; *next;) {
        char *line = next;
        next += strcspn(next, "\n");
        if (*next)
            *next++ = 0;
        struct db_query *q = db_prepare(casefile_db(m.c), "SELECT json_valid(?)");
        db_bind_text(q, 1, line, strlen(line));
        assert_true(db_step(q) && db_integer(q, 0) == 1);
        db_finish(q);
    }
    free(text);
    casefile_close(m.c);
}

/* --- many --- */

#if defined(__SANITIZE_ADDRESS__)
enum { ARTIFACTS = 100000, FINDINGS = 10000, SECONDS = 60 };
#else
enum { ARTIFACTS = 1000000, FINDINGS = 100000, SECONDS = 5 };
#endif

static void fill(struct casefile *c) {
    struct text sql = {0};
    text_format(
        &sql,
        "INSERT INTO folder(id, path) SELECT 1000 + value, '/Program Files/p' || (value %% 5000) || '/' || value FROM"
        " generate(50000);"
        "INSERT INTO artifact(id, evidence, volume, folder, name, record, sequence, flags, fn_created) SELECT 1000 + value, 1, 1,"
        " 1000 + value %% 50000, 'f' || value || '.dll', value, 1, 0, 133000000000000000 + value * 600000000 FROM"
        " generate(%d);"
        "INSERT INTO finding(id, artifact, detector, severity, strength, offset, size, summary) SELECT value + 1, 1000 + value *"
        " %d, CASE value %% 4 WHEN 0 THEN 'signature_slack' WHEN 1 THEN 'extends_sibling' WHEN 2 THEN 'stomp' ELSE"
        " 'dll_phantom' END, 3, 1, 0, 0, 'odd' FROM generate(%d);",
        ARTIFACTS, ARTIFACTS / FINDINGS, FINDINGS);
    /* SQLite's generate_series is not everywhere. */
    char *at;
    struct text plain = {0};
    const char *rest = text_string(&sql);
    while ((at = strstr(rest, "generate("))) {
        text_bytes(&plain, rest, (size_t)(at - rest));
        long count = strtol(at + 9, NULL, 10);
        text_format(
            &plain,
            "(WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < %ld) SELECT value"
            " FROM n)",
            count - 1);
        rest = strchr(at, ')') + 1;
    }
    text_add(&plain, rest);
    assert_true(db_run(casefile_db(c), text_string(&plain)));
    text_free(&sql);
    text_free(&plain);
}

/* All of one product, one service, one hour, so that all is one chain. */
static void many_in_one(void **state) {
    (void)state;
    struct host_made m = machine();
    fill(m.c);
    assert_true(db_run(
        casefile_db(m.c),
        "UPDATE folder SET path = '/Program Files/Contoso/x' WHERE id >= 1000; INSERT INTO finding_detail(finding,"
        " key, value) SELECT id, 'service', 'svc' FROM finding; INSERT INTO finding_reference(finding, artifact,"
        " role) SELECT id, 1000, 'file that it names' FROM finding; INSERT INTO execution(id, evidence, volume,"
        " path, artifact, kind, source, last_time) SELECT id, 1, 1, '/x', artifact, 'executed', 'bam',"
        " 133000000000000000 FROM finding"));
    assert_true(casefile_number(m.c));
    clock_t start = clock();
    assert_true(judges_find("chain")->judge(m.c, NULL));
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("in one chain: %.2f s\n", seconds);
    assert_true(seconds < SECONDS);
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM chain"), "1");
    assert_string_equal(
        made_ask(m.c,
                 "SELECT group_concat(stage) FROM (SELECT DISTINCT stage FROM chain_step ORDER BY ordinal)"),
        "loader,payload,implant,stomping,execution");
    assert_string_equal(made_ask(m.c, "SELECT count(*) <= 200 FROM chain_step"), "1");
    assert_non_null(strstr(made_ask(m.c, "SELECT substr(story, -60) FROM chain"), "steps are left out"));
    casefile_close(m.c);
}

static void many(void **state) {
    (void)state;
    struct host_made m = machine();
    fill(m.c);
    assert_true(casefile_number(m.c));
    clock_t start = clock();
    assert_true(judges_find("chain")->judge(m.c, NULL));
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    print_message("%d artifacts, %d findings: %.2f s\n", ARTIFACTS, FINDINGS, seconds);
    assert_true(seconds < SECONDS);
    assert_string_equal(made_ask(m.c, "SELECT count(*) > 0 AND count(*) <= 200 FROM chain"), "1");
    assert_string_equal(
        made_ask(m.c, "SELECT max(n) <= 200 FROM (SELECT count(*) AS n FROM chain_step GROUP BY chain)"),
        "1");
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(every_detector_has_a_line),
        cmocka_unit_test(places),
        cmocka_unit_test(notes_are_nothing),
        cmocka_unit_test(one_witness_is_suspicious),
        cmocka_unit_test(holes_are_exposed),
        cmocka_unit_test(listed_files),
        cmocka_unit_test(installed_or_not),
        cmocka_unit_test(without_a_windows),
        cmocka_unit_test(links),
        cmocka_unit_test(time_alone_is_weak),
        cmocka_unit_test(after_the_only_way_in),
        cmocka_unit_test(every_link_says_where),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(installations),
        cmocka_unit_test(starts),
        cmocka_unit_test(releases),
        cmocka_unit_test(gaps_have_reasons),
        cmocka_unit_test(hosts),
        cmocka_unit_test(many),
        cmocka_unit_test(many_in_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
