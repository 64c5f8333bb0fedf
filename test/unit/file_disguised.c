/* Content that is not what its name promises: what is told of heads, and what the judge makes of it. */
#include "case_made.h"

#include "base/row.h"
#include "format/shape.h"
#include "judge/judges.h"

static const uint8_t blob[] = {1,    0,    0,    0,    0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1,
                               0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb, 0x01};
static const uint8_t log_block[] = {0x15, 0, 1, 0, 2, 0, 2, 0, 0, 0, 0, 0};
static const uint8_t zeros[512];

#define SHAPE(name, bytes, wanted)                                                                           \
    assert_int_equal(shape_of(name, span_of(bytes, sizeof bytes, 0), &dpapi), wanted)

static void heads(void **state) {
    (void)state;
    bool dpapi = true;
    assert_int_equal(shape_of("", span_of("", 0, 0), &dpapi), SHAPE_NONE);
    assert_false(dpapi);
    assert_int_equal(shape_of("x.blf", span_of("", 0, 0), &dpapi), SHAPE_NONE);
    SHAPE("key", blob, SHAPE_DPAPI);
    assert_true(dpapi);
    SHAPE("{1}.TxR.0.regtrans-ms", blob, SHAPE_NOT_CLFS);
    assert_true(dpapi);
    SHAPE("{1}.TxR.0.REGTRANS-MS", log_block, SHAPE_CLFS);
    SHAPE("{1}.TxR.blf", log_block, SHAPE_CLFS);
    SHAPE("{1}.TxR.1.regtrans-ms", zeros, SHAPE_ZEROS);
    SHAPE("regtrans-ms.txt", zeros, SHAPE_NONE);
    SHAPE("x.log", log_block, SHAPE_NONE);
    for (size_t i = 0; i < sizeof blob - 1; i++) { /* every prefix, every byte */
        assert_int_equal(shape_of("a", span_of(blob, i, 0), &dpapi), SHAPE_NONE);
        uint8_t other[sizeof blob];
        memcpy(other, blob, sizeof blob);
        other[i] ^= 0x40;
        assert_int_equal(shape_of("a", span_of(other, sizeof other, 0), &dpapi), SHAPE_NONE);
    }
    uint8_t lies[12] = {0x15, 0, 1, 0, 2, 0, 3, 0}; /* more valid sectors than there are */
    SHAPE("x.blf", lies, SHAPE_NOT_CLFS);
    assert_string_equal(shape_word(SHAPE_NOT_CLFS), "not-clfs");
    assert_string_equal(shape_word((enum shape)99), "?");
}

/* --- the judge --- */

static struct casefile *start(bool complete) {
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("file_disguised")->text));
    assert_true(casefile_collected(c, 1, 1, "", complete));
    return c;
}

static void file(struct casefile *c, uint64_t id, const char *folder, const char *name, const char *kind,
                 bool dpapi, unsigned entropy) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, folder, name);
    if (!kind)
        return;
    row_begin(&row, &bytes, FACT_shape);
    row_string(&row, FACT_shape_kind, kind);
    row_integer(&row, FACT_shape_dpapi, dpapi);
    row_integer(&row, FACT_shape_entropy, entropy);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void program(struct casefile *c, uint64_t id, const char *folder, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, folder, name);
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_machine, 0x8664);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

/* Severity and strength of each finding, by artifact. */
static void expect(struct casefile *c, const char *wanted) {
    assert_true(judges_find("file_disguised")->judge(c, NULL));
    assert_string_equal(casefile_error(c), "");
    assert_string_equal(
        made_ask(c, "SELECT coalesce(group_concat(artifact || ':' || severity || ':' || strength, ' '), '')"
                    " FROM (SELECT * FROM finding ORDER BY artifact)"),
        wanted);
    casefile_close(c);
}

#define TXR "/Windows/System32/config/TxR"

static void a_lone_blob_among_registry_logs_is_strong(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    file(c, 2, TXR, "{bbbb}.TxR.0.regtrans-ms", "clfs", false, 900);
    file(c, 3, TXR, "{bbbb}.TxR.blf", "clfs", false, 900);
    file(c, 4, TXR, "{bbbb}.TxR.1.regtrans-ms", "zeros", false, 0);
    expect(c, "1:3:2");
}

static void with_siblings_or_unknown_it_is_firm(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    file(c, 2, TXR, "{AAAA}.TxR.blf", "clfs", false, 900);
    expect(c, "1:3:1");
    c = start(false);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", true, 5000);
    expect(c, "1:3:1");
}

static void dense_ones_are_firm_and_damaged_ones_weak(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, TXR, "{aaaa}.TxR.0.regtrans-ms", "not-clfs", false, 7950);
    file(c, 2, TXR, "{cccc}.TxR.0.regtrans-ms", "not-clfs", false, 1200);
    expect(c, "1:2:1 2:1:0");
}

static void blobs_count_among_the_files_of_windows_alone(void **state) {
    (void)state;
    struct casefile *c = start(true);
    file(c, 1, "/Windows/System32", "krwve.jat", "dpapi", true, 7000);
    file(c, 2, "/Windows/System32/Microsoft/Protect/S-1-5-18", "key", "dpapi", true, 7000);
    file(c, 3, "/Users/a/AppData/Roaming/Microsoft/Credentials", "DEAD", "dpapi", true, 7000);
    file(c, 4, "/ProgramData/App", "token", "dpapi", true, 7000);
    file(c, 5, "/Windows/ServiceProfiles/LocalService/AppData", "x", "dpapi", true, 7000);
    file(c, 6, "/WindowsApps", "x", "dpapi", true, 7000);
    expect(c, "1:2:1");
}

static void programs_under_the_names_of_documents(void **state) {
    (void)state;
    struct casefile *c = start(true);
    program(c, 1, "/Users/a", "invoice.PDF");
    program(c, 2, "/Users/a", "invoice.pdf.exe");
    program(c, 3, "/Windows/System32", "mui.dll");
    program(c, 4, "/Users/a", "data.dat");
    program(c, 5, "/Users/a", "png");
    expect(c, "1:2:1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(a_lone_blob_among_registry_logs_is_strong),
        cmocka_unit_test(with_siblings_or_unknown_it_is_firm),
        cmocka_unit_test(dense_ones_are_firm_and_damaged_ones_weak),
        cmocka_unit_test(blobs_count_among_the_files_of_windows_alone),
        cmocka_unit_test(programs_under_the_names_of_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
