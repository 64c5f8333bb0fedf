/* Signatures of real files against what osslsigncode 2.9 and pefile say (golden/pe_survey.jsonl).
 *
 * No difference is known. Where osslsigncode prints no signer, because it stops at a digest that does not
 * match, only the digests are compared. */
#include "base/db.h"
#include "make/examine.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LINE = 1 << 16, PATH = 4096 };

static char corpora[PATH];
static struct db *db;
static struct db_query *extract;

/* What stands at `path` of a JSON text; "" if nothing. */
static const char *json(const char *line, const char *path, size_t *size) {
    db_reset(extract);
    db_bind_text(extract, 1, line, strlen(line));
    db_bind_text(extract, 2, path, strlen(path));
    assert_true(db_step(extract));
    return db_text(extract, 0, size);
}

static const char *signature_field(const char *line, size_t index, const char *field, size_t *size) {
    char path[64];
    snprintf(path, sizeof path, "$.signatures[%zu].%s", index, field);
    return json(line, path, size);
}

static int prepare(void **state) {
    (void)state;
    const char *shared = getenv("ASSAY_SHARED");
    char *error = NULL;
    snprintf(corpora, sizeof corpora, "%s/corpora", shared ? shared : "../shared");
    db = db_create(":memory:", &error);
    if (!db)
        return -1;
    extract = db_prepare(db, "SELECT json_extract(?1, ?2)");
    return extract && inspect_prepare(NULL, 0) ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    db_close(db);
    return 0;
}

static uint8_t *read_whole(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

/* A blob against hex digits of either case. */
static void same_hex(const struct row *row, unsigned column, const char *hex, size_t size) {
    const struct row_cell *cell = examine_cell(row, column);
    assert_non_null(cell);
    assert_int_equal(size, 2 * cell->bytes.size);
    for (size_t i = 0; i < cell->bytes.size; i++) {
        char digits[3];
        snprintf(digits, sizeof digits, "%02x", cell->bytes.data[i]);
        assert_true(digits[0] == (hex[2 * i] | 0x20) && digits[1] == (hex[2 * i + 1] | 0x20));
    }
}

static void same_text(const struct row *row, unsigned column, const char *text, size_t size) {
    const struct row_cell *cell = examine_cell(row, column);
    if (size == 0)
        return; /* the golden answer has none */
    assert_non_null(cell);
    assert_true(span_equal(cell->bytes, span_of(text, size, 0)));
}

static void same_signatures(const struct examine *e, const char *line) {
    struct row row;
    size_t size, count = 0;
    const char *text;
    for (; signature_field(line, count, "alg", &size)[0]; count++) {
        char lower[16] = "";
        assert_true(examine_row(e, FACT_signature, count, &row));
        text = signature_field(line, count, "alg", &size);
        for (size_t i = 0; i < size && i + 1 < sizeof lower; i++)
            lower[i] = (char)(text[i] >= 'A' ? text[i] | 0x20 : text[i]);
        assert_true(examine_says(&row, FACT_signature_algorithm, lower));
        text = signature_field(line, count, "digest", &size);
        same_hex(&row, FACT_signature_digest, text, size);
        text = signature_field(line, count, "calc", &size);
        same_hex(&row, FACT_signature_computed, text, size);
        bool match = signature_field(line, count, "digest_match", &size)[0] == '1';
        assert_true(examine_says(&row, FACT_signature_verdict, match ? "match" : "mismatch"));
        text = signature_field(line, count, "subject", &size);
        same_text(&row, FACT_signature_subject, text, size);
        text = signature_field(line, count, "issuer", &size);
        same_text(&row, FACT_signature_issuer, text, size);
        text = signature_field(line, count, "serial", &size);
        same_text(&row, FACT_signature_serial, text, size);
    }
    assert_int_equal(examine_rows(e, FACT_signature), count);
}

static void same_number(const struct row *row, unsigned column, const char *line, size_t index,
                        const char *field) {
    char path[64];
    size_t size;
    snprintf(path, sizeof path, "$.certs[%zu].%s", index, field);
    assert_int_equal(examine_integer(row, column), strtoull(json(line, path, &size), NULL, 10));
}

static void same_entries(const struct examine *e, const char *line) {
    struct row row;
    size_t size, count = 0;
    for (; examine_row(e, FACT_certificate_entry, count, &row); count++) {
        same_number(&row, FACT_certificate_entry_length, line, count, "dwLength");
        same_number(&row, FACT_certificate_entry_der_size, line, count, "der_len");
        same_number(&row, FACT_certificate_entry_slack_size, line, count, "pad");
        assert_int_equal(examine_integer(&row, FACT_certificate_entry_slack_zero), 1);
    }
    char path[64];
    snprintf(path, sizeof path, "$.certs[%zu].dwLength", count);
    assert_string_equal(json(line, path, &size), "");
}

static void few_findings(const struct examine *e, const char *path) {
    struct row row;
    bool broken = strstr(path, "putty_modified.exe") != NULL;
    assert_int_equal(examine_findings(e, "signature_broken"), broken ? 1 : 0);
    for (size_t i = 0; examine_finding(e, "signature_slack", i, &row); i++)
        assert_int_equal(examine_integer(&row, FACT_finding_severity), SEVERITY_INFO);
    if (broken && examine_finding(e, "signature_broken", 0, &row))
        assert_int_equal(examine_integer(&row, FACT_finding_strength), STRENGTH_STRONG);
}

static bool one(const char *line) {
    char path[2 * PATH];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", corpora, json(line, "$.path", &size));
    uint8_t *data = read_whole(path, &size);
    if (!data) {
        print_message("# not here: %s\n", path);
        return false;
    }
    struct examine e;
    examine(&e, data, size);
    assert_int_equal(e.result.type, INSPECT_PE);
    same_entries(&e, line);
    same_signatures(&e, line);
    few_findings(&e, path);
    examine_free(&e);
    free(data);
    return true;
}

static void agrees_with_others(void **state) {
    (void)state;
    static char line[LINE];
    char path[PATH + 32];
    size_t same = 0, absent = 0, size;
    snprintf(path, sizeof path, "%s/golden/pe_survey.jsonl", corpora);
    FILE *file = fopen(path, "r");
    if (!file) {
        print_message("# not here: %s\n", path);
        skip();
    }
    while (fgets(line, sizeof line, file)) {
        if (json(line, "$.size", &size)[0] == 0)
            continue; /* neither tool could read it */
        if (one(line))
            same++;
        else
            absent++;
    }
    fclose(file);
    print_message("# %zu files agree, %zu are not here\n", same, absent);
    assert_true(same > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_others)};
    return cmocka_run_group_tests(tests, prepare, finish);
}
