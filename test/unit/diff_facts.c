/* Releases compared: what is said of facts that are not a program's structure, signature or form: switches of
 * Electron and what it says of its archives, metadata of .NET, rules of YARA. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuses),
        cmocka_unit_test(changes_of_fuses),
        cmocka_unit_test(seals),
        cmocka_unit_test(assemblies),
        cmocka_unit_test(changes_of_assemblies),
        cmocka_unit_test(rules_of_yara),
        cmocka_unit_test(rules_that_were_not_tried_before),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
