/* The detector of hidden bytes: what must stay silent first, then every grade. */
#include "detect/registry.h"
#include "make/authenticode_fixture.h"
#include "make/examine.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ID "signature_slack"

enum kind { EXE, DLL, SYS };

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static struct fixture make(enum kind kind, const char *organisation, const void *slack, size_t size) {
    struct fixture_image image = {.size = 2048, .dll = kind == DLL, .driver = kind == SYS};
    return fixture_signed(&image, "sha256", organisation, slack, size);
}

/* The one finding that slack gives, as severity * 10 + strength; -1 if there is none. */
static int graded(enum kind kind, const char *organisation, const void *slack, size_t size) {
    struct fixture f = make(kind, organisation, slack, size);
    struct examine e;
    struct row row;
    examine(&e, f.data, f.size);
    assert_int_equal(examine_findings(&e, "signature_broken"), 0); /* slack never breaks a digest */
    int grade = -1;
    if (examine_finding(&e, ID, 0, &row)) {
        grade = (int)(examine_integer(&row, FACT_finding_severity) * 10 +
                      examine_integer(&row, FACT_finding_strength));
        assert_int_equal(examine_findings(&e, ID), 1);
        const struct row_cell *excerpt = examine_cell(&row, FACT_finding_excerpt);
        assert_true(excerpt && excerpt->bytes.size == (size < 64 ? size : 64));
        assert_memory_equal(excerpt->bytes.data, slack, excerpt->bytes.size);
        assert_int_equal(examine_integer(&row, FACT_finding_size), size);
        uint64_t offset = examine_integer(&row, FACT_finding_offset);
        assert_memory_equal(f.data + offset, slack, size);
    }
    examine_free(&e);
    fixture_free(&f);
    return grade;
}

enum { SILENT = -1 };
#define GRADE(severity, strength) (SEVERITY_##severity * 10 + STRENGTH_##strength)

static void padding_is_silent(void **state) {
    (void)state;
    static const uint8_t zeros[8192];
    for (size_t size = 0; size < 8; size++)
        assert_int_equal(graded(DLL, FIXTURE_MICROSOFT, zeros, size), SILENT);
    assert_int_equal(graded(DLL, FIXTURE_SUBJECT, zeros, 8), GRADE(INFO, FIRM));
    assert_int_equal(graded(EXE, FIXTURE_SUBJECT, zeros, sizeof zeros), GRADE(INFO, FIRM));
}

static void tags_are_exempt_for_their_length_only(void **state) {
    (void)state;
    static uint8_t slack[8192 + 4096] = "Gact2.0Omaha\x00\x0b"
                                        "brand=GTPM&";
    assert_int_equal(graded(EXE, "Example", slack, 32), SILENT);
    assert_int_equal(graded(EXE, "Example", slack, 8206), SILENT);
    assert_int_equal(graded(DLL, "Example", slack, 32), GRADE(MEDIUM, FIRM)); /* nobody personalises a DLL */
    fixture_noise(slack + 32, 4096, 1);
    assert_int_equal(graded(EXE, FIXTURE_MICROSOFT, slack, 32 + 4096), GRADE(HIGH, FIRM));
    assert_int_equal(graded(EXE, "Example", slack, 32 + 4096), GRADE(MEDIUM, WEAK));
    /* Behind the padding of the signature, but not behind more. */
    memset(slack, 0, sizeof slack);
    memcpy(slack + 7,
           "Gact2.0Omaha\x00\x0b"
           "brand=GTPM&",
           25);
    assert_int_equal(graded(EXE, "Example", slack, 40), SILENT);
    memmove(slack + 8, slack + 7, 25);
    slack[7] = 0;
    assert_int_equal(graded(EXE, "Example", slack, 40), GRADE(INFO, WEAK));
    memset(slack, 0, sizeof slack);
    memcpy(slack, "__MOZCUSTOM__:campaign%3Dx", 26);
    assert_int_equal(graded(EXE, "Example", slack, 1024), SILENT);
}

static void short_data_in_programs_is_weak(void **state) {
    (void)state;
    static uint8_t text[65536];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)("host=example.org;token=0123456789"[i % 33]);
    assert_int_equal(graded(EXE, "Example", text, 200), GRADE(INFO, WEAK));
    assert_int_equal(graded(EXE, "Example", text, 2048), GRADE(LOW, WEAK));
    assert_int_equal(graded(EXE, "Example", text, 16 * 1024 - 1), GRADE(LOW, WEAK));
    assert_int_equal(graded(EXE, "Example", text, sizeof text), GRADE(MEDIUM, FIRM)); /* nobody's tag */
    assert_int_equal(graded(DLL, "Example", text, 200), GRADE(MEDIUM, FIRM));
    assert_int_equal(graded(DLL, "Example", text, 2048), GRADE(HIGH, FIRM));
    assert_int_equal(graded(SYS, "Example", text, 4), GRADE(LOW, FIRM));
}

static void payloads_are_strong(void **state) {
    (void)state;
    static uint8_t noise[65536];
    fixture_noise(noise, sizeof noise, 42);
    assert_int_equal(graded(DLL, FIXTURE_MICROSOFT, noise, 1024), GRADE(CRITICAL, STRONG));
    assert_int_equal(graded(SYS, FIXTURE_MICROSOFT, noise, 4096), GRADE(CRITICAL, STRONG));
    assert_int_equal(graded(DLL, FIXTURE_SUBJECT, noise, 4096), GRADE(HIGH, STRONG));
    assert_int_equal(graded(EXE, FIXTURE_SUBJECT, noise, 4096), GRADE(MEDIUM, WEAK));
    assert_int_equal(graded(EXE, FIXTURE_SUBJECT, noise, sizeof noise), GRADE(MEDIUM, FIRM));
    memcpy(noise + 100, "\xfe\xed\xfa\xce\xfe\xed\xfa\xce", 8);
    assert_int_equal(graded(EXE, FIXTURE_SUBJECT, noise, 256), GRADE(CRITICAL, STRONG));
    struct fixture inner = fixture_pe(&(struct fixture_image){.size = 1024});
    assert_int_equal(graded(EXE, FIXTURE_SUBJECT, inner.data, inner.size), GRADE(HIGH, STRONG));
    assert_int_equal(graded(DLL, FIXTURE_SUBJECT, inner.data, inner.size), GRADE(CRITICAL, STRONG));
    fixture_free(&inner);
}

/* The finding that a table edited by hand gives. */
static void expect(struct fixture *f, int grade, const char *summary) {
    struct examine e;
    struct row row;
    examine(&e, f->data, f->size);
    assert_true(examine_finding(&e, ID, 0, &row));
    assert_int_equal(examine_findings(&e, ID), 1);
    assert_int_equal(examine_integer(&row, FACT_finding_severity) * 10 +
                         examine_integer(&row, FACT_finding_strength),
                     grade);
    const struct row_cell *cell = examine_cell(&row, FACT_finding_summary);
    assert_true(cell && memmem(cell->bytes.data, cell->bytes.size, summary, strlen(summary)));
    examine_free(&e);
    fixture_free(f);
}

static void bytes_around_the_entries(void **state) {
    (void)state;
    uint8_t noise[4096];
    fixture_noise(noise, sizeof noise, 3);
    /* Size grown, dwLength not. */
    struct fixture f = make(DLL, FIXTURE_SUBJECT, NULL, 0);
    size_t directory = fixture_directory_at(&f), size = fixture_get(&f, directory + 4);
    fixture_add(&f, noise, sizeof noise);
    fixture_put(&f, directory + 4, size + sizeof noise, 4);
    /* What stands where the next entry would must not be taken for one. */
    memset(f.data + f.size - sizeof noise, 0, 4);
    expect(&f, GRADE(HIGH, STRONG), "behind the last entry");
    /* Size too small by alignment only. */
    f = make(DLL, FIXTURE_SUBJECT, "", 0);
    directory = fixture_directory_at(&f);
    size = fixture_get(&f, fixture_get(&f, directory));
    if (size % 8 != 0) {
        fixture_put(&f, directory + 4, size, 4);
        expect(&f, GRADE(INFO, FIRM), "only rounding");
    } else {
        fixture_free(&f);
    }
    /* Appended to the file. */
    f = make(EXE, FIXTURE_SUBJECT, NULL, 0);
    fixture_add(&f, noise, 64);
    expect(&f, GRADE(LOW, FIRM), "follow the certificate table");
    /* A further entry that is no signature. */
    f = make(DLL, FIXTURE_SUBJECT, NULL, 0);
    struct fixture body = {NULL, 0};
    fixture_add(&body, noise, sizeof noise);
    body.data[0] = 0xff;
    fixture_entry(&f, &body, NULL, 0);
    expect(&f, GRADE(HIGH, STRONG), "no signature");
    /* The same in DER clothes. */
    f = make(DLL, FIXTURE_SUBJECT, NULL, 0);
    fixture_wrap(&body, 0, 0x30);
    fixture_entry(&f, &body, NULL, 0);
    expect(&f, GRADE(HIGH, STRONG), "no signature");
    fixture_free(&body);
}

/* Noise in DER clothes before the signature, under a type that Windows does not look at. */
static void an_entry_before_the_signature(void **state) {
    uint8_t noise[4096];
    (void)state;
    fixture_noise(noise, sizeof noise, 11);
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 2048, .dll = true});
    struct fixture der = fixture_signature(&f, "sha256", FIXTURE_SUBJECT, NULL), body = {NULL, 0};
    fixture_add(&body, noise, sizeof noise);
    fixture_wrap(&body, 0, 0x30);
    fixture_entry(&f, &body, NULL, 0);
    fixture_put(&f, fixture_get(&f, fixture_directory_at(&f)) + 6, 1, 2);
    fixture_entry(&f, &der, NULL, 0);
    expect(&f, GRADE(HIGH, STRONG), "no signature");
    fixture_free(&der);
    fixture_free(&body);
}

/* What UEFI images may carry besides: as much as a signature takes, and no program. */
static void firmware_entries(void **state) {
    static uint8_t noise[16 * 1024];
    (void)state;
    fixture_noise(noise, sizeof noise, 13);
    struct fixture program = fixture_pe(&(struct fixture_image){.size = 1024});
    const struct {
        uint16_t subsystem;
        size_t size;
        const uint8_t *bytes;
        int grade;
    } cases[] = {
        {10, 544, noise, SILENT},
        {10, sizeof noise, noise, GRADE(MEDIUM, FIRM)},
        {10, program.size, program.data, GRADE(HIGH, STRONG)},
        {3, 544, noise, GRADE(INFO, WEAK)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = fixture_pe(&(struct fixture_image){.size = 2048}), body = {NULL, 0};
        fixture_put(&f, fixture_checksum_at(&f) + 4, cases[i].subsystem, 2);
        struct fixture der = fixture_signature(&f, "sha256", FIXTURE_SUBJECT, NULL);
        fixture_entry(&f, &der, NULL, 0);
        size_t at = f.size;
        fixture_add(&body, cases[i].bytes, cases[i].size);
        fixture_entry(&f, &body, NULL, 0);
        fixture_put(&f, at + 6, 0x0ef1, 2);
        struct examine e;
        examine(&e, f.data, f.size);
        assert_int_equal(examine_findings(&e, ID), cases[i].grade != SILENT);
        examine_free(&e);
        if (cases[i].grade != SILENT)
            expect(&f, cases[i].grade, "no signature");
        else
            fixture_free(&f);
        fixture_free(&der);
        fixture_free(&body);
    }
    fixture_free(&program);
}

/* The fact that judges use: a tag's own bytes, with the zeros that fill the entry up. */
static void a_tag_is_a_fact(void **state) {
    static uint8_t slack[32 + 4096] = "Gact2.0Omaha\x00\x0b"
                                      "brand=GTPM&";
    static const struct { size_t size, tag; } sizes[] = {{25, 25}, {32, 32}, {24, 0}, {sizeof slack, 32}};
    (void)state;
    fixture_noise(slack + 32, 4096, 5);
    slack[32] |= 1; /* where the zeros end */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fixture f = make(EXE, FIXTURE_SUBJECT, slack, sizes[i].size);
        struct examine e;
        struct row row;
        examine(&e, f.data, f.size);
        assert_true(examine_row(&e, FACT_certificate_entry, 0, &row));
        assert_int_equal(examine_integer(&row, FACT_certificate_entry_tag_size), sizes[i].tag);
        examine_free(&e);
        fixture_free(&f);
    }
}

static void an_overlong_length_hides_nothing(void **state) {
    (void)state;
    uint8_t noise[4096];
    fixture_noise(noise, sizeof noise, 9);
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048, .dll = true});
    struct fixture der = fixture_signature(&pe, "sha256", FIXTURE_SUBJECT, NULL);
    /* 30 82 xx xx becomes 30 84 00 00 xx xx */
    struct fixture longer = {NULL, 0};
    fixture_add(&longer, "\x30\x84\x00\x00", 4);
    fixture_add(&longer, der.data + 2, der.size - 2);
    fixture_entry(&pe, &longer, noise, sizeof noise);
    expect(&pe, GRADE(HIGH, STRONG), "behind a signature");
    fixture_free(&der);
    fixture_free(&longer);
}

static void two_entries(void **state) {
    (void)state;
    uint8_t noise[4096];
    fixture_noise(noise, sizeof noise, 5);
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 2048, .dll = true});
    struct fixture first = fixture_signature(&f, "sha1", FIXTURE_SUBJECT, NULL);
    struct fixture second = fixture_signature(&f, "sha256", FIXTURE_MICROSOFT, NULL);
    fixture_entry(&f, &first, NULL, 0);
    fixture_entry(&f, &second, NULL, 0);
    struct examine e;
    examine(&e, f.data, f.size);
    assert_int_equal(examine_findings(&e, ID), 0);
    assert_int_equal(examine_rows(&e, FACT_certificate_entry), 2);
    examine_free(&e);
    assert_true(fixture_grow(&f, noise, sizeof noise));
    expect(&f, GRADE(CRITICAL, STRONG), "behind a signature");
    fixture_free(&first);
    fixture_free(&second);
}

static void explains_itself(void **state) {
    (void)state;
    for (size_t i = 0; i < registry_count(); i++) {
        const struct explanation *text = &registry_at(i)->text;
        const char *const texts[] = {text->id,       text->title,  text->why,
                                     text->innocent, text->verify, text->attack};
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
            for (const char *c = texts[j]; *c; c++)
                assert_true(*c >= 0x20 && *c < 0x7f);
        assert_true(strlen(text->why) > 40 && strlen(text->innocent) > 40 && strlen(text->verify) > 40);
        assert_ptr_equal(registry_find(text->id), registry_at(i));
    }
    assert_null(registry_find("no_such_thing"));
    assert_null(registry_at(registry_count()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_is_silent),
        cmocka_unit_test(tags_are_exempt_for_their_length_only),
        cmocka_unit_test(short_data_in_programs_is_weak),
        cmocka_unit_test(payloads_are_strong),
        cmocka_unit_test(bytes_around_the_entries),
        cmocka_unit_test(an_entry_before_the_signature),
        cmocka_unit_test(firmware_entries),
        cmocka_unit_test(a_tag_is_a_fact),
        cmocka_unit_test(an_overlong_length_hides_nothing),
        cmocka_unit_test(two_entries),
        cmocka_unit_test(explains_itself),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
