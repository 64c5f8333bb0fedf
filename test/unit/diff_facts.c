/* Releases compared: what is said of facts that are not a program's structure, signature or form: switches of
 * Electron and what it says of its archives, metadata of .NET, rules of YARA, texts of programs and
 * scripts. */
#include "diff_made.h"

static void fuses(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[0].fuses = "101011010";
    bad.members[0].fuses = "101011010";
    expect(&before, &bad, "");
    bad.members[0].fuses =
        "011011110"; /* RunAsNode off, cookies encrypted, a snapshot of its own: none weakens */
    expect(&before, &bad, "");
    static const char *const weaker[] = {"101111010", "101001010", "101010010", "101011011"};
    for (int i = 0; i < 3; i++) {
        bad.members[0].fuses = weaker[i];
        expect(&before, &bad, "electron:2@app/app.exe");
    }
    bad.members[0].fuses = weaker[3]; /* traps of WebAssembly protect nobody */
    expect(&before, &bad, "");
    bad.members[0].fuses = "1r1r\x90r010"; /* gone, or left as they were */
    expect(&before, &bad, "");
    bad.members[0].fuses = weaker[0];
    bad.version = "2.0.0";
    expect(&before, &bad, "");
    expect_from(&before, &bad, SEVERITY_LOW, "electron:1@app/app.exe");
    bad.version = "1.2.4";
    before.members[0].fuses = "";
    expect(&before, &bad, "");
}

static void changes_of_fuses(void **state) {
    static struct compared c;
    (void)state;
    struct made_release both[2] = {old, new};
    both[0].members[0].fuses = "10";
    both[1].members[0].fuses = "01";
    compare(&c, both, 2);
    unsigned told_of = 0;
    for (size_t i = 0; i < c.diff.pairs[0].change_count; i++)
        if (strcmp(c.diff.pairs[0].changes[i].group, "fuses") == 0) {
            assert_string_equal(c.diff.pairs[0].changes[i].before, told_of ? "off" : "on");
            assert_string_equal(c.diff.pairs[0].changes[i].what,
                                told_of ? "EnableCookieEncryption" : "RunAsNode");
            told_of++;
        }
    assert_int_equal(told_of, 2);
    end(&c);
}

static void seals(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[4] =
        (struct made_member){.path = "app/App.bin", .bytes = 'x', .plain = true, .directory = 'd'};
    bad.members[4] = before.members[4];
    before.members[0].sealed = bad.members[0].sealed = 'd';
    expect(&before, &bad, "");
    bad.members[4].bytes = 'X';
    bad.members[4].directory = 'D';
    expect(&before, &bad, "electron:3@app/App.bin,app/app.exe");
    bad.members[0] = before.members[0]; /* the program was left as it was */
    expect(&before, &bad, "electron:3@app/App.bin,app/app.exe");
    bad.members[0].sealed = 'D';
    bad.members[0].bytes = 'A';
    expect(&before, &bad, "");
    bad.members[0].sealed = 0;
    expect(&before, &bad, "electron:2@app/app.exe");
    before.members[0].sealed = 'x'; /* it never was right */
    bad.members[0].sealed = 'y';
    expect(&before, &bad, "");
    expect_from(&before, &bad, SEVERITY_INFO,
                "electron:0@app/App.bin,app/app.exe version:0@app/app.exe version:0@app/ffmpeg.dll");
    bad.members[4] = (struct made_member){.path = NULL}; /* nothing to check */
    expect(&before, &bad, "");
}

static void assemblies(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[1].assembly = "Codec";
    before.members[1].mvid = 'm';
    before.members[1].token = 't';
    before.members[1].cli = 1;
    bad.members[1].assembly = "Codec";
    bad.members[1].mvid = 'M';
    bad.members[1].token = 't';
    bad.members[1].cli = 1;
    bad.members[1].resource = "icon";
    bad.members[1].reference = "System.Net.Http"; /* what is managed tells of no function */
    bad.members[1].framework = ".NETCoreApp,Version=v9.0";
    bad.members[1].version = "1.0.1.0";
    bad.members[1].native = "native.dll Call";
    expect(&before, &bad, "");
    bad.members[1].native = "ws2_32 connect";
    expect(&before, &bad, "capability:2@app/ffmpeg.dll");
    before.members[1].native = "WS2_32.DLL connect";
    expect(&before, &bad, "");
    bad.members[1].token = 'T';
    expect(&before, &bad, "signature:2@app/ffmpeg.dll");
    bad.members[1].token = 0;
    expect(&before, &bad, "signature:2@app/ffmpeg.dll");
    before.members[1].token = 0;
    expect(&before, &bad, "");
    bad.members[1].mvid = 'm'; /* compiled once, other code */
    expect(&before, &bad, "patched:3@app/ffmpeg.dll");
    bad.members[1].cli = 4; /* with native code, which is made of the same module by any later tool */
    expect(&before, &bad, "");
}

static void changes_of_assemblies(void **state) {
    static struct compared c;
    char got[1024] = "";
    size_t n = 0;
    (void)state;
    struct made_release both[2] = {old, new};
    both[0].members[1].assembly = "Codec";
    both[0].members[1].reference = "mscorlib";
    both[0].members[1].resource = "gone";
    both[1].members[1].assembly = "Other";
    both[1].members[1].native = "native.dll Call";
    both[1].members[1].mvid = 'M';
    compare(&c, both, 2);
    const struct diff_pair *pair = &c.diff.pairs[2];
    for (size_t i = 0; i < pair->change_count; i++)
        if (strcmp(pair->changes[i].group, ".NET") == 0)
            n += (size_t)snprintf(got + n, sizeof got - n, "%s:%s>%s;", pair->changes[i].what,
                                  pair->changes[i].before, pair->changes[i].after);
    assert_string_equal(got, "assembly:Codec>Other;module (MVID):none>M;"
                             "assemblies no longer referred to:mscorlib 4.0.0.0>;"
                             "native functions gained:>native.dll!Call;resources lost:gone>;");
    end(&c);
}

static void rules_of_yara(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.rules = bad.rules = "2 rules of YARA from 1 files";
    before.members[1].matching = bad.members[1].matching = "same";
    expect(&before, &bad, "");
    bad.members[1].matching = "other";
    expect(&before, &bad, "yara:2@app/ffmpeg.dll");
    bad.members[1].score = "85";
    expect(&before, &bad, "yara:3@app/ffmpeg.dll");
    bad.members[0].matching = "other";
    bad.members[0].score = "85";
    expect(&before, &bad, "yara:3@app/app.exe,app/ffmpeg.dll");
    bad.members[0].matching = NULL;
    bad.members[1].matching = NULL; /* it no longer does */
    expect(&before, &bad, "");
    bad.members[4] =
        (struct made_member){.path = "app/new.bin", .bytes = 'n', .plain = true, .matching = "x"};
    expect(&before, &bad, "yara:2@app/new.bin");
    before.members[2].matching = NULL; /* as it was, with what always matched */
    bad.members[4] = (struct made_member){.path = NULL};
    bad.members[2].matching = "y";
    expect(&before, &bad, "");
}

static void rules_that_were_not_tried_before(void **state) {
    static struct compared c;
    (void)state;
    struct made_release both[2] = {old, new};
    both[1].rules = "2 rules of YARA from 1 files";
    both[1].members[1].matching = "other";
    compare(&c, both, 2);
    assert_string_equal(c.diff.findings[0].rule->id, "diff_yara");
    assert_int_equal(c.diff.findings[0].strength, STRENGTH_WEAK);
    end(&c);
    both[0].rules = both[1].rules;
    compare(&c, both, 2);
    assert_int_equal(c.diff.findings[0].strength, STRENGTH_FIRM);
    end(&c);
}

/* What a member came to name: at medium in a patch, at the higher severity where its own version stands
 * still. */
static void one_text(const char *text, const char *patch, const char *still) {
    struct made_release before = old, bad = new;
    char wanted[64];
    before.members[1].texts[0] = bad.members[1].texts[0] = "url https://docs.maker.test/a";
    before.members[1].texts[1] = bad.members[1].texts[1] = "address 8.8.8.8";
    bad.members[1].texts[2] = text;
    bad.members[1].version = "1.0.1.0";
    snprintf(wanted, sizeof wanted, patch[0] ? "texts:%s@app/ffmpeg.dll" : "", patch);
    expect_from(&before, &bad, SEVERITY_LOW, wanted);
    bad.members[1].version = NULL;
    snprintf(wanted, sizeof wanted, still[0] ? "texts:%s@app/ffmpeg.dll" : "", still);
    expect_from(&before, &bad, SEVERITY_LOW, wanted);
    bad.version = "2.0.0";
    snprintf(wanted, sizeof wanted, still[0] ? "texts:1@app/ffmpeg.dll" : "");
    expect_from(&before, &bad, SEVERITY_LOW, wanted);
    before.members[1].texts[2] = text;
    bad.version = "1.2.4";
    expect_from(&before, &bad, SEVERITY_LOW, "");
}

static void texts_of_programs(void **state) {
    (void)state;
    one_text("url http://5.188.206.1/x", "2", "2");
    one_text("url http://user@5.188.206.1:8080/x", "2", "2");
    one_text("address 5.188.206.1:443", "2", "2");
    one_text("url http://127.0.0.1:8080/", "", "");
    one_text("url http://192.168.1.1/", "", "");
    one_text("address 14.29.30133.0", "", "");
    one_text("url https://other.maker.test/", "", "");
    one_text("url https://docs.maker.testfollowed", "", ""); /* the next text stands behind it */
    one_text("url https://elsewhere.test/", "1", "2");
    one_text("domain elsewhere.test", "", "");
    one_text("api-hash VirtualAlloc", "2", "3");
    one_text("constant aes-sbox", "", "2");
    one_text("api WriteProcessMemory", "2", "2");
    one_text("api CryptEncrypt", "", "");
}

static void more_of_a_kind(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[1].texts[0] = "api-hash VirtualAlloc";
    bad.members[1].texts[0] = "api-hash LoadLibraryA"; /* it always did */
    expect(&before, &bad, "");
    before.members[1].texts[0] = "api CreateRemoteThread";
    bad.members[1].texts[0] = "api WriteProcessMemory";
    expect(&before, &bad, "");
    before.members[1].texts[0] = NULL;
    before.members[1].imports = bad.members[1].imports = "KERNEL32.dll!CreateRemoteThread";
    expect(&before, &bad, "");
}

/* Two scripts and what they say before and after. */
static void scripts_say(const char *a, const char *b, const char *was, const char *is, const char *wanted) {
    struct made_release before = {.version = "1.0.0",
                                  .members = {{.path = "a.js", .bytes = 'a', .plain = true, .content = a},
                                              {.path = "b.js", .bytes = 'b', .plain = true, .content = was}}};
    struct made_release after = before;
    after.version = "1.0.1";
    after.members[0].bytes = 'A';
    after.members[0].content = b;
    after.members[1].bytes = 'B';
    after.members[1].content = is;
    expect_from(&before, &after, SEVERITY_LOW, wanted);
}

static void scripts(void **state) {
    (void)state;
    static const char far_off[] = "one(); %400s two();";
    char hidden[512];
    snprintf(hidden, sizeof hidden, far_off, "");
    scripts_say("one();", "two();", "x();", "y();", "");
    scripts_say("one();", "fetch(x);", "x();", "y();", "script:2@a.js");
    scripts_say("one();", "fetch(x);", "fetch(y)", "fetch(z)", "script:1@a.js");
    scripts_say("fetch(x);", "fetch(y);", "x();", "y();", "");
    scripts_say("fetch(x);", "one();", "x();", "y();", "");
    scripts_say("one();", "eval(fetch(x));", "x();", "y();", "script:3@a.js");
    scripts_say("one();", "eval(fetch(x));", "fetch(x)", "y();", "script:2@a.js");
    scripts_say("one();", hidden, "x();", "y();", "script:3@a.js");
    scripts_say("one();", hidden, hidden, hidden, "script:2@a.js");
}

static void scripts_that_came(void **state) {
    (void)state;
    struct made_release before = {
        .version = "1.0.0", .members = {{.path = "a.js", .bytes = 'a', .plain = true, .content = "one();"}}};
    struct made_release after = before;
    after.version = "1.0.1";
    after.members[1] = (struct made_member){.path = "b.ps1", .bytes = 'b', .plain = true, .content = "iwr x"};
    expect(&before, &after, "script:2@b.ps1");
    after.version = "2.0.0";
    expect(&before, &after, "");
    after.version = "1.0.1";
    before.members[0].content = after.members[0].content = "fetch(x)";
    expect_from(&before, &after, SEVERITY_LOW, "");
    after.members[1].path = "b.txt"; /* no script */
    expect_from(&before, &after, SEVERITY_LOW, "");
}

static void commands_of_packages(void **state) {
    (void)state;
    struct made_release before = {.version = "1.0.0",
                                  .members = {{.path = "package.json",
                                               .bytes = 'p',
                                               .plain = true,
                                               .content = "{\"scripts\":{\"test\":\"x\"}}"}}};
    struct made_release after = before;
    after.version = "1.0.1";
    after.members[0].bytes = 'P';
    after.members[0].content = "{\"scripts\":{\"test\":\"y\"},\"x\":{\"install\":\"z\"}}";
    expect_from(&before, &after, SEVERITY_LOW, "");
    after.members[0].content = "{\"scripts\":{\"test\":\"y\",\"preinstall\":\"node x.js\"}}";
    expect(&before, &after, "script:2@package.json");
    before.members[0].content = "{\"scripts\":{\"preinstall\":\"node y.js\"}}";
    expect_from(&before, &after, SEVERITY_LOW, "script:1@package.json");
    before.members[0].content = after.members[0].content;
    expect_from(&before, &after, SEVERITY_LOW, "");
}

static void signed_containers(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[4] =
        (struct made_member){.path = "app/data.bin", .bytes = 'x', .plain = true, .seal = "match"};
    bad.members[4] = before.members[4];
    bad.members[4].bytes = 'X';
    expect(&before, &bad, "");
    bad.members[4].seal = "mismatch";
    expect(&before, &bad, "signature:3@app/data.bin");
    bad.members[4].seal = NULL;
    expect(&before, &bad, "signature:3@app/data.bin");
    bad.members[4].seal = "match";
    bad.members[4].subject = "/O=Somebody/CN=Somebody";
    expect(&before, &bad, "signature:2@app/data.bin");
    bad.members[4].subject = "/O=maker inc./CN=Another name";
    expect(&before, &bad, "");
    before.members[4].seal = "mismatch"; /* it never matched */
    bad.members[4].seal = "mismatch";
    expect(&before, &bad, "");
    before.members[4].seal = NULL; /* it was not signed */
    bad.members[4].seal = "match";
    expect(&before, &bad, "");
}

static void packages_that_lost_their_signature(void **state) {
    (void)state;
    struct made_release before = old, bad = new;
    before.members[4] = (struct made_member){.path = "x.bin", .bytes = 'x', .plain = true};
    before.members[5] = (struct made_member){
        .path = "x.bin!/.signature.p7s", .bytes = 's', .plain = true, .seal = "cannot-tell"};
    bad.members[4] = before.members[4];
    bad.members[4].bytes = 'X';
    expect(&before, &bad, "signature:3@x.bin");
    bad.members[5] = before.members[5];
    bad.members[5].bytes = 'S';
    expect(&before, &bad, "");
    bad.members[4] = bad.members[5] = (struct made_member){.path = NULL}; /* all of the package is gone */
    expect(&before, &bad, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuses),
        cmocka_unit_test(changes_of_fuses),
        cmocka_unit_test(seals),
        cmocka_unit_test(assemblies),
        cmocka_unit_test(changes_of_assemblies),
        cmocka_unit_test(rules_of_yara),
        cmocka_unit_test(rules_that_were_not_tried_before),
        cmocka_unit_test(texts_of_programs),
        cmocka_unit_test(more_of_a_kind),
        cmocka_unit_test(scripts),
        cmocka_unit_test(scripts_that_came),
        cmocka_unit_test(commands_of_packages),
        cmocka_unit_test(signed_containers),
        cmocka_unit_test(packages_that_lost_their_signature),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
