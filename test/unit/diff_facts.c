/* Releases compared: what is said of facts that are not a program's structure, signature or form: switches of
 * Electron and what it says of its archives. */
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuses),
        cmocka_unit_test(changes_of_fuses),
        cmocka_unit_test(seals),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
