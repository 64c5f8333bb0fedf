/* Releases compared: who is paired with whom, what is said of honest updates, and of each kind of change that
 * no honest update makes. */
#include "case_made.h"

#include "base/digest.h"
#include "judge/diff.h"

/* One member. What is 0 or NULL is as in a program of the maker. */
struct made_member {
    const char *path;
    char bytes, image; /* name its digest and its Authentihash; image 0: as bytes */
    bool plain;        /* no program */
    const char *version, *original, *linker, *imports, *exports, *mentions, *entry_section, *extra_section;
    unsigned extra_flags; /* of the extra section; 0: code */
    int timestamp;
    char rich;        /* 0: as all have; '-': none */
    unsigned entropy; /* of .text */
    bool bare;        /* no signature */
    const char *subject, *issuer, *signed_digest;
    unsigned slack; /* bytes behind the signature */
    const char *container, *state;
};

struct made_release {
    struct made_member members[8];
    const char *version; /* of the package; NULL: not known */
    const char *action;  /* a custom action of it */
};

static const char * or (const char *text, const char *other) {
    return text ? text : other;
}

static void section(struct text *text, unsigned ordinal, const char *name, unsigned size, unsigned entropy,
                    unsigned flags) {
    struct row_writer w;
    row_begin(&w, text, FACT_pe_section);
    row_integer(&w, FACT_pe_section_ordinal, ordinal);
    row_string(&w, FACT_pe_section_name, name);
    row_integer(&w, FACT_pe_section_raw_size, size);
    row_integer(&w, FACT_pe_section_characteristics, flags);
    row_integer(&w, FACT_pe_section_entropy, entropy);
}

static void program(struct text *text, const struct made_member *m) {
    struct row_writer w;
    uint8_t digest[32], rich[8] = {1, 0, (uint8_t)(m->rich ? m->rich : 'r'), 0, 9, 0, 0, 0};
    row_begin(&w, text, FACT_pe);
    row_integer(&w, FACT_pe_machine, 0x8664);
    row_integer(&w, FACT_pe_characteristics, 0x2022);
    row_integer(&w, FACT_pe_timestamp, (uint64_t)(m->timestamp ? m->timestamp : 1600000000 + m->bytes));
    row_string(&w, FACT_pe_linker, or (m->linker, "14.29"));
    row_string(&w, FACT_pe_entry_section, or (m->entry_section, ".text"));
    row_string(&w, FACT_pe_imports, or (m->imports, "KERNEL32.dll!CreateFileW"));
    row_string(&w, FACT_pe_exports, or (m->exports, "av_open"));
    if (m->rich != '-')
        row_blob(&w, FACT_pe_rich, rich, sizeof rich);
    row_string(&w, FACT_pe_fixed_file_version, or (m->version, "1.0.0.0"));
    if (m->original)
        row_string(&w, FACT_pe_original_name, m->original);
    row_blob(&w, FACT_pe_authentihash_sha256, memset(digest, m->image ? m->image : m->bytes, 32), 32);
    row_string(&w, FACT_pe_signed_digest, m->bare ? "none" : or (m->signed_digest, "match"));
    row_integer(&w, FACT_pe_slack_size, m->slack);
    section(text, 0, ".text", 4096, m->entropy ? m->entropy : 6000 + (unsigned)m->bytes, 0x60000020);
    if (m->extra_section)
        section(text, 1, m->extra_section, 512, 7000, m->extra_flags ? m->extra_flags : 0x60000020);
    if (m->mentions) {
        row_begin(&w, text, FACT_pe_reference);
        row_integer(&w, FACT_pe_reference_ordinal, 0);
        row_string(&w, FACT_pe_reference_kind, "utf-16");
        row_string(&w, FACT_pe_reference_name, m->mentions);
    }
}

static void signature(struct text *text, const struct made_member *m) {
    struct row_writer w;
    row_begin(&w, text, FACT_certificate_entry);
    row_integer(&w, FACT_certificate_entry_ordinal, 0);
    row_integer(&w, FACT_certificate_entry_slack_size, m->slack);
    row_integer(&w, FACT_certificate_entry_slack_zero, m->slack == 0);
    row_integer(&w, FACT_certificate_entry_slack_entropy, 7900);
    row_begin(&w, text, FACT_signature);
    row_integer(&w, FACT_signature_ordinal, 0);
    row_integer(&w, FACT_signature_depth, 0);
    row_string(&w, FACT_signature_algorithm, "sha256");
    row_string(&w, FACT_signature_subject, or (m->subject, "/C=US/O=Maker Inc./CN=Maker Inc."));
    row_string(&w, FACT_signature_issuer, or (m->issuer, "/O=Test CA/CN=Test CA"));
}

static void add_member(struct casefile *c, uint64_t id, const struct made_member *m) {
    struct text text = {0};
    struct row_writer w;
    uint8_t digest[32];
    const char *slash = strrchr(m->path, '/');
    char folder[64] = "";
    if (slash)
        snprintf(folder, sizeof folder, "/%.*s", (int)(slash - m->path), m->path);
    struct listing listing = {.folder = folder,
                              .folder_size = strlen(folder),
                              .name = slash ? slash + 1 : m->path,
                              .evidence = 1,
                              .record = id,
                              .size = 5000 + (uint64_t)m->bytes};
    listing.name_size = strlen(listing.name);
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), or (m->state, "read"), NULL));
    row_begin(&w, &text, FACT_hashes);
    row_blob(&w, FACT_hashes_sha256, memset(digest, m->bytes, 32), 32);
    if (!m->plain)
        program(&text, m);
    if (!m->plain && !m->bare)
        signature(&text, m);
    if (m->container) {
        row_begin(&w, &text, FACT_container);
        row_string(&w, FACT_container_format, m->container);
    }
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    struct casefile_trust trust = {.artifact = id,
                                   .state = m->bare            ? "unsigned"
                                            : m->signed_digest ? "digest-mismatch"
                                                               : "trusted",
                                   .flags = "",
                                   .user = {.word = "unknown"},
                                   .strict = {.word = "unknown"},
                                   .kernel = {.word = "unknown"}};
    if (!m->plain)
        assert_true(casefile_trust(c, &trust));
    text_free(&text);
}

static void add_facts(struct casefile *c, const struct made_release *release) {
    const char *kinds[] = {"version", "custom-action"}, *values[] = {release->version, release->action};
    struct text text = {0};
    struct row_writer w;
    for (int i = 0; i < 2; i++)
        if (values[i]) {
            row_begin(&w, &text, FACT_package_fact);
            row_integer(&w, FACT_package_fact_ordinal, (uint64_t)i);
            row_string(&w, FACT_package_fact_kind, kinds[i]);
            row_string(&w, FACT_package_fact_name, "Step");
            row_string(&w, FACT_package_fact_value, values[i]);
            assert_int_equal(made_send(c, &text, 1), CASEFILE_TAKEN);
        }
    text_free(&text);
}

static struct casefile *make(const struct made_release *release) {
    struct text error = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    assert_non_null(c);
    struct casefile_evidence folder = {.id = 1, .path = "/r/release", .kind = "folder", .state = "read"};
    assert_true(casefile_evidence(c, &folder));
    for (size_t i = 0; i < 8 && release->members[i].path; i++)
        add_member(c, i + 1, &release->members[i]);
    add_facts(c, release);
    assert_true(casefile_finish(c, NULL));
    text_free(&error);
    return c;
}

/* "rule:severity@path,path" for each finding at or above `from` that stands by itself. */
static void told(const struct diff *diff, enum severity from, char to[1024]) {
    size_t n = 0;
    to[0] = 0;
    for (size_t i = 0; i < diff->finding_count; i++) {
        const struct diff_finding *finding = &diff->findings[i];
        if (finding->joined || finding->severity < from)
            continue;
        n += (size_t)snprintf(to + n, 1024 - n, "%s%s:%d@", n ? " " : "", finding->rule->id + 5,
                              finding->severity);
        for (size_t k = 0; k < finding->pair_count; k++)
            n += (size_t)snprintf(
                to + n, 1024 - n, "%s%s", k ? "," : "",
                (finding->pairs[k]->after ? finding->pairs[k]->after : finding->pairs[k]->before)->path);
    }
}

struct compared {
    struct job job;
    struct casefile *cases[4];
    struct release releases[4];
    size_t count;
    struct diff diff;
};

static void compare(struct compared *c, const struct made_release *releases, size_t count) {
    *c = (struct compared){.count = count};
    job_init(&c->job, (size_t)256 << 20);
    for (size_t i = 0; i < count; i++) {
        c->cases[i] = make(&releases[i]);
        assert_true(release_load(&c->job, c->cases[i], &c->releases[i]));
    }
    assert_true(diff_compare(&c->job, c->releases, count - 1, &c->releases[count - 1], NULL, &c->diff));
}

static void end(struct compared *c) {
    for (size_t i = 0; i < c->count; i++)
        casefile_close(c->cases[i]);
    job_reset(&c->job);
}

static void expect_from(const struct made_release *before, const struct made_release *after,
                        enum severity from, const char *wanted) {
    static struct compared c;
    char got[1024];
    const struct made_release both[] = {*before, *after};
    compare(&c, both, 2);
    told(&c.diff, from, got);
    assert_string_equal(got, wanted);
    end(&c);
}

static void expect(const struct made_release *before, const struct made_release *after, const char *wanted) {
    expect_from(before, after, SEVERITY_MEDIUM, wanted);
}

/* A patch-level step of a maker with an application, a codec and a library of Microsoft's. */
static const struct made_release old = {
    .version = "1.2.3",
    .members = {{.path = "app/app.exe", .bytes = 'a', .version = "1.2.3.0"},
                {.path = "app/ffmpeg.dll", .bytes = 'b'},
                {.path = "app/d3dcompiler_47.dll", .bytes = 'c'},
                {.path = "app/notes.txt", .bytes = 'd', .plain = true}}};
static const struct made_release new = {
    .version = "1.2.4",
    .members = {{.path = "app/app.exe", .bytes = 'A', .version = "1.2.4.0"},
                {.path = "app/ffmpeg.dll", .bytes = 'B'},
                {.path = "app/d3dcompiler_47.dll", .bytes = 'c'},
                {.path = "app/notes.txt", .bytes = 'D', .plain = true}}};

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
    before.members[1].subject = "/C=NL/O=Open Source Developer/CN=Open Source Developer, A. Person";
    bad.members[1].subject =
        "/C=NL/O=A. Person/CN=Open Source Developer, A. Person"; /* another authority's words */
    expect(&before, &bad, "");
    bad.members[1].subject = "/C=NL/O=Open Source Developer/CN=Open Source Developer, B. Person";
    expect(&before, &bad, "signature:2@app/ffmpeg.dll");
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
