/* Releases compared: who is paired with whom, what is said of honest updates, and of each kind of change that
 * no honest update makes. */
#include "diff_made.h"

static void an_honest_update_is_silent(void **state) {
    (void)state;
    expect(&old, &new, "");
    expect(&old, &old, "");
}

static void pairs(void **state) {
    static struct compared c;
    (void)state;
    const struct made_release both[] = {
        {.members = {{.path = "app-1.0/a.dll", .bytes = 'a'},
                     {.path = "app-1.0/vcruntime140.dll", .bytes = 'v'},
                     {.path = "app-1.0/vcruntime140_1.dll", .bytes = 'w'},
                     {.path = "x/same.bin", .bytes = 's', .plain = true},
                     {.path = "x/image.dll", .bytes = 'i', .image = 'I'},
                     {.path = "x/codec.dll", .bytes = 'k', .original = "codec.dll"},
                     {.path = "x/gone.txt", .bytes = 'g', .plain = true}}},
        {.members = {{.path = "app-1.1/A.dll", .bytes = 'b'},
                     {.path = "app-1.1/vcruntime140.dll", .bytes = 'v'},
                     {.path = "app-1.1/vcruntime140_1.dll", .bytes = 'x'},
                     {.path = "y/moved.bin", .bytes = 's', .plain = true},
                     {.path = "y/signed.dll", .bytes = 'j', .image = 'I'},
                     {.path = "y/other.dll", .bytes = 'l', .original = "codec.dll"},
                     {.path = "y/came.txt", .bytes = 'h', .plain = true}}}};
    compare(&c, both, 2);
    static const struct {
        const char *path;
        enum diff_fate fate;
        enum diff_match match;
    } wanted[] = {
        {"app-1.1/A.dll", DIFF_CHANGED, DIFF_BY_NAME},
        {"app-1.1/vcruntime140.dll", DIFF_SAME, DIFF_BY_NAME},
        {"app-1.1/vcruntime140_1.dll", DIFF_CHANGED, DIFF_BY_NAME},
        {"y/came.txt", DIFF_ADDED, DIFF_BY_NOTHING},
        {"y/moved.bin", DIFF_MOVED, DIFF_BY_CONTENT},
        {"y/other.dll", DIFF_CHANGED, DIFF_BY_IDENTITY},
        {"y/signed.dll", DIFF_CHANGED, DIFF_BY_IMAGE},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_string_equal(c.diff.pairs[i].after->path, wanted[i].path);
        assert_int_equal(c.diff.pairs[i].fate, wanted[i].fate);
        assert_int_equal(c.diff.pairs[i].match, wanted[i].match);
    }
    assert_int_equal(c.diff.fates[DIFF_REMOVED], 1);
    end(&c);
}

/* Both changes together, and each alone. */
static void the_3cx_shape(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[2] =
        (struct made_member){.path = "app/d3dcompiler_47.dll", .bytes = 'C', .image = 'c', .slack = 275000};
    expect(&old, &bad, "payload:3@app/d3dcompiler_47.dll");
    bad.members[1].mentions = "D3DCompiler_47.dll";
    expect(&old, &bad, "joined:4@app/ffmpeg.dll,app/d3dcompiler_47.dll");
    bad.members[2] = new.members[2];
    expect(&old, &bad, "sibling:2@app/ffmpeg.dll,app/d3dcompiler_47.dll");
    struct made_release before = old;
    before.members[1].mentions = "d3dcompiler_47.dll"; /* ANGLE always did */
    expect(&before, &bad, "");
    bad.members[2].slack = 24; /* padding, or a small tag */
    bad.members[2].bytes = 'C';
    bad.members[2].image = 'c';
    expect(&before, &bad, "");
}

static void signatures(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[1].bare = true;
    expect(&old, &bad, "signature:3@app/ffmpeg.dll");
    bad = new;
    bad.members[1].signed_digest = "mismatch";
    expect(&old, &bad, "signature:3@app/ffmpeg.dll");
    bad = new;
    bad.members[1].subject = "/C=XX/O=Somebody/CN=Somebody";
    expect(&old, &bad, "signature:2@app/ffmpeg.dll");
    bad = new;
    bad.members[1].subject = "/C=US/O=Maker Inc./OU=Build/CN=Maker Inc."; /* a renewed certificate */
    expect(&old, &bad, "");
    struct made_release before = old;
    before.members[1].bare = bad.members[1].bare = true; /* never was */
    expect(&before, &bad, "");
}

/* The same link, other code. */
static void patched(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[1].timestamp = 1600000000 + 'b';
    expect(&old, &bad, "patched:3@app/ffmpeg.dll");
    bad.members[1].entropy = 6000 + 'b'; /* the code is the same: resources changed */
    expect(&old, &bad, "");
    bad = new;
    bad.members[1].entry_section = bad.members[1].extra_section = ".evil";
    expect(&old, &bad, "structure:3@app/ffmpeg.dll");
    bad.members[1].entry_section = NULL;
    expect(&old, &bad, "structure:2@app/ffmpeg.dll");
    bad.members[1].extra_section = ".text2";
    expect(&old, &bad, "");
}

/* Options of GNU ld bring sections, as honest builds do; what holds imports cannot be one of these. */
static void sections_by_option(void **state) {
    (void)state;
    struct made_release before = old, after = new;
    after.members[1].imports = "KERNEL32.dll!CreateFileW\nUSER32.dll!MessageBoxW";
    after.members[1].extra_section = ".reloc";
    after.members[1].extra_flags = 0x42000040;
    expect(&before, &after, "");
    before.members[1].import_section = ".text";
    after.members[1].import_section = ".reloc"; /* by its name a linker's, but with imports in it */
    expect(&before, &after, "structure:2@app/ffmpeg.dll");
    after.members[1].imports = NULL; /* whatever they are */
    expect(&before, &after, "structure:2@app/ffmpeg.dll");
    after.members[1].linker = "14.40";
    expect(&before, &after, "");
    after.members[1].linker = NULL;
    after.members[1].import_section = ".text";
    after.members[1].imports = "KERNEL32.dll!CreateFileW\nUSER32.dll!MessageBoxW";
    expect(&before, &after, "");
    after.members[1].extra_flags = 0x40000040; /* it stays */
    expect(&before, &after, "structure:2@app/ffmpeg.dll");
    after.members[1].extra_flags = 0xc2000040; /* it can be written to */
    expect(&before, &after, "structure:2@app/ffmpeg.dll");
    after.members[1].extra_section = ".edata";
    after.members[1].extra_flags = 0x40000040;
    expect(&before, &after, "structure:2@app/ffmpeg.dll"); /* there were exports before */
    before.members[1].exports = "";
    expect(&before, &after, "");
    after.members[1].extra_section = ".idata2";
    expect(&before, &after, "structure:2@app/ffmpeg.dll");
}

static void capabilities(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[1].imports = "KERNEL32.dll!CreateFileW\nWS2_32.dll!connect";
    bad.members[1].version = "1.0.1.0";
    expect(&old, &bad, "capability:2@app/ffmpeg.dll");
    bad.members[1].version = NULL; /* its own version did not change */
    expect(&old, &bad, "capability:3@app/ffmpeg.dll");
    bad.version = "1.3.0";
    expect(&old, &bad, "");
    bad = new;
    bad.members[1].imports = "KERNEL32.dll!CreateFileW\nKERNEL32.dll!ReadFile\nVERSION.dll!VerQueryValueW";
    expect(&old, &bad, "");
}

static void strangers(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[1].linker = "2.38";
    bad.members[1].rich = '-';
    expect(&old, &bad, "stranger:2@app/ffmpeg.dll");
    bad = new;
    bad.members[4] = (struct made_member){.path = "app/helper.exe", .bytes = 'h', .bare = true};
    expect(&old, &bad, "stranger:2@app/helper.exe");
    bad.members[4].bare = false;
    expect(&old, &bad, "");
    bad.members[4].linker = "2.38";
    expect(&old, &bad, "stranger:2@app/helper.exe");
    bad.version = "2.0.0";
    expect(&old, &bad, "");
}

static void versions(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.version = "1.2.3";
    bad.members[0] = old.members[0];
    bad.members[3] = old.members[3];
    expect(&old, &bad, "version:2@app/ffmpeg.dll");
    struct made_release before = {
        .version = "1.0.0",
        .members = {{.path = "node_modules/x/package.json", .bytes = 'p', .plain = true},
                    {.path = "node_modules/x/lib/index.js", .bytes = 'j', .plain = true},
                    {.path = "main.js", .bytes = 'm', .plain = true},
                    {.path = "package.json", .bytes = 'q', .plain = true}}};
    struct made_release after = before;
    after.version = "1.0.1";
    after.members[2].bytes = 'M';
    after.members[3].bytes = 'Q';
    expect(&before, &after, "");
    after.members[1].bytes = 'J';
    expect(&before, &after, "version:2@node_modules/x/lib/index.js");
    after.members[0].content = before.members[0].content = "{\"type\":\"module\"}"; /* says no version */
    expect(&before, &after, "");
    after.members[0].content = before.members[0].content = "{\"version\":\"1\"}";
    expect(&before, &after, "version:2@node_modules/x/lib/index.js");
    after.members[0].bytes = 'P';
    expect(&before, &after, "");
}

static void what_is_missing(void **state) {
    (void)state;
    struct made_release bad = new;
    bad.members[0].mentions = "d3dcompiler_47.dll";
    struct made_release before = old;
    before.members[0].mentions = "d3dcompiler_47.dll";
    bad.members[2] = bad.members[3];
    bad.members[3] = (struct made_member){.path = NULL};
    expect(&before, &bad, "removed:2@app/d3dcompiler_47.dll");
    bad.members[0].mentions = NULL;
    expect(&before, &bad, "");
}

static void containers(void **state) {
    (void)state;
    struct made_release bad = new, before = old;
    bad.members[4] =
        (struct made_member){.path = "data.rar", .bytes = 'r', .plain = true, .container = "rar"};
    expect(&old, &bad, "unopened:2@data.rar");
    before.members[4] = bad.members[4];
    expect(&before, &bad, "");
    bad.members[4].bytes = 's';
    expect(&before, &bad, "unopened:2@data.rar");
}

static void installers(void **state) {
    (void)state;
    struct made_release bad = new, before = old;
    bad.action = "runs powershell";
    expect(&old, &bad, "installer:2@app/app.exe");
    before.action = "runs powershell";
    expect(&before, &bad, "");
    before.action = NULL;
    bad.version = "2.0.0";
    expect(&before, &bad, "");
}

/* What a maker does in each step is its habit. */
static void history(void **state) {
    static struct compared c;
    char got[1024];
    (void)state;
    struct made_release steps[4] = {old, new, new, new};
    for (int i = 0; i < 4; i++) {
        static const char *const versions[] = {"1.2.3", "1.2.4", "1.2.5", "1.2.6"};
        steps[i].version = versions[i];
        steps[i].members[4] = (struct made_member){
            .path = "data.rar", .bytes = (char)('1' + i), .plain = true, .container = "rar"};
    }
    compare(&c, steps, 4);
    told(&c.diff, SEVERITY_INFO, got);
    assert_string_equal(got, "unopened:1@data.rar");
    assert_string_equal(c.diff.findings[0].details[c.diff.findings[0].detail_count - 1].value,
                        "in 2 of 2 earlier steps");
    end(&c);
}

static void version_steps(void **state) {
    (void)state;
    assert_int_equal(release_step("1.2.3", "1.2.3"), DIFF_STEP_NONE);
    assert_int_equal(release_step("1.2.3", "1.2.3.0"), DIFF_STEP_NONE);
    assert_int_equal(release_step("1.2.3", "1.2.4"), DIFF_STEP_PATCH);
    assert_int_equal(release_step("v1.2", "1.3"), DIFF_STEP_MINOR);
    assert_int_equal(release_step("1.2", "2.0"), DIFF_STEP_MAJOR);
    assert_int_equal(release_step("1.1.0-beta2", "1.1.0"), DIFF_STEP_PATCH);
    assert_int_equal(release_step("", "1.1.0"), DIFF_STEP_UNKNOWN);
    assert_int_equal(release_step("99999999999999999999999999999", "1"), DIFF_STEP_MAJOR);
    assert_true(release_is_lower("1.9", "1.10"));
    assert_false(release_is_lower("1.10", "1.9"));
    struct job job;
    job_init(&job, 1 << 20);
    assert_string_equal(release_plain(&job, "App-1.2.3/Lib64_x.DLL"), "app-#/lib#_x.dll");
    assert_string_equal(release_plain(&job, ""), "");
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_update_is_silent),
        cmocka_unit_test(pairs),
        cmocka_unit_test(the_3cx_shape),
        cmocka_unit_test(signatures),
        cmocka_unit_test(patched),
        cmocka_unit_test(sections_by_option),
        cmocka_unit_test(capabilities),
        cmocka_unit_test(strangers),
        cmocka_unit_test(versions),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(containers),
        cmocka_unit_test(installers),
        cmocka_unit_test(history),
        cmocka_unit_test(version_steps),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
