/* Images that name a file beside them: with something hidden in that file, and without. */
#include "trust_made.h"

static void names(struct casefile *c, uint64_t id, const char *kind, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_pe_reference);
    row_integer(&row, FACT_pe_reference_ordinal, 0);
    row_string(&row, FACT_pe_reference_kind, kind);
    row_string(&row, FACT_pe_reference_name, name);
    row_integer(&row, FACT_pe_reference_offset, 4711);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

#define APP "/Users/a/AppData/Local/Programs/App"

static const struct made_signed ffmpeg = {.name = "ffmpeg.dll", .folder = APP, .dll = true};

/* The scene of 3CX: bytes behind the signature of a library that another one names. */
static struct casefile *scene(const struct made_signed *library, const char *kind, const char *name,
                              uint64_t slack, unsigned entropy, uint64_t tag) {
    struct casefile *c = made_trust_case();
    char sql[200];
    made_file(c, 1, library);
    made_file(c, 2,
              &(struct made_signed){.name = "D3DCompiler_47.dll",
                                    .folder = APP,
                                    .dll = true,
                                    .slack = slack,
                                    .organization = "Microsoft Corporation",
                                    .signer = 'M'});
    names(c, 1, kind, name);
    snprintf(sql, sizeof sql,
             "UPDATE certificate_entry SET slack_entropy = %u, tag_size = %u WHERE artifact = 2", entropy,
             (unsigned)tag);
    assert_true(db_run(casefile_db(c), sql));
    return c;
}

static void bytes_hidden_in_what_it_names(void **state) {
    (void)state;
    struct made_signed broken = ffmpeg;
    broken.verdict = "mismatch";
    made_expect(scene(&ffmpeg, "utf-16", "d3dcompiler_47.dll", 300000, 7990, 0), "extends_sibling", "3/2@1");
    made_expect(scene(&broken, "ascii", "d3dcompiler_47.dll", 300000, 7990, 0), "extends_sibling", "3/2@1");
    made_expect(scene(&ffmpeg, "ascii", "d3dcompiler_47.dll", 100, 4000, 0), "extends_sibling", "2/1@1");
    made_expect(scene(&ffmpeg, "ascii", "d3dcompiler_47.dll", 300000, 7990, 300000), "extends_sibling",
                ""); /* a tag of its installer */
    made_expect(scene(&ffmpeg, "ascii", "d3dcompiler_47.dll", 7, 1000, 0), "extends_sibling", "");
}

/* ANGLE is not to blame for what became of the compiler that it always names. */
static void what_angle_names_is_weak(void **state) {
    (void)state;
    struct casefile *c = scene(&ffmpeg, "ascii", "d3dcompiler_47.dll", 300000, 7990, 0);
    assert_true(
        db_run(casefile_db(c),
               "UPDATE pe SET exports = 'eglBindAPI' || char(10) || 'eglInitialize' WHERE artifact = 1"));
    made_expect(c, "extends_sibling", "1/0@1");
}

static void imports_and_other_names_say_nothing(void **state) {
    (void)state;
    static const char *const kinds[] = {"import", "delay", "forward"};
    for (size_t i = 0; i < 3; i++)
        made_expect(scene(&ffmpeg, kinds[i], "d3dcompiler_47.dll", 300000, 7990, 0), "extends_sibling", "");
    made_expect(scene(&ffmpeg, "ascii", "d3dcompiler_46.dll", 300000, 7990, 0), "extends_sibling", "");
    struct made_signed elsewhere = ffmpeg;
    elsewhere.folder = "/Users/a";
    made_expect(scene(&elsewhere, "ascii", "d3dcompiler_47.dll", 300000, 7990, 0), "extends_sibling", "");
}

/* ANGLE in every Electron app: a note, and none if the library is trusted or only a program names it. */
static void a_name_alone_is_a_note(void **state) {
    (void)state;
    struct made_signed angle = {.name = "libGLESv2.dll", .folder = APP, .dll = true, .chain_faults = 1};
    made_expect(scene(&angle, "ascii", "d3dcompiler_47.dll", 0, 0, 0), "extends_sibling", "0/0@1");
    made_expect(scene(&ffmpeg, "ascii", "d3dcompiler_47.dll", 0, 0, 0), "extends_sibling", "");
    struct made_signed program = {.name = "app.exe", .folder = APP, .chain_faults = 1};
    made_expect(scene(&program, "ascii", "d3dcompiler_47.dll", 0, 0, 0), "extends_sibling", "");
}

static void bytes_behind_a_picture(void **state) {
    (void)state;
    struct casefile *c = made_trust_case();
    struct text bytes = {0};
    struct row_writer row;
    made_file(c, 1, &ffmpeg);
    made_artifact(c, 2, APP, "logo.ico");
    names(c, 1, "utf-16", "logo.ico");
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, "icon");
    row_integer(&row, FACT_shape_appended, 400);
    row_integer(&row, FACT_shape_appended_entropy, 5900);
    assert_int_equal(made_send(c, &bytes, 2), CASEFILE_TAKEN);
    text_free(&bytes);
    made_expect(c, "extends_sibling", "2/1@1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_hidden_in_what_it_names),
        cmocka_unit_test(what_angle_names_is_weak),
        cmocka_unit_test(imports_and_other_names_say_nothing),
        cmocka_unit_test(a_name_alone_is_a_note),
        cmocka_unit_test(bytes_behind_a_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
