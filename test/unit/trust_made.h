/* trust_made: cases with signed files, as workers would report them, and what judges say of them. */
#ifndef TEST_TRUST_MADE_H
#define TEST_TRUST_MADE_H

#include "base/filetime.h"
#include "case_made.h"
#include "intel/intel.h"
#include "judge/judges.h"

/* One image. What is 0 or NULL is as in a file that is trusted; letters name digests and certificates. */
struct made_signed {
    const char *folder, *name, *company, *product;
    char authentihash; /* 0: its number */
    bool bare, table;  /* no signature; but a table */
    char signer;       /* certificate; 0: 'A' */
    const char *organization, *serial, *usages;
    const char *verdict, *seal, *algorithm, *stamp;
    char signed_digest; /* 0: the authentihash */
    unsigned chain_faults, stamp_faults, special_faults;
    const char *special;
    int days;       /* time of the stamp, days before now */
    uint64_t slack; /* bytes behind the signature, not zero */
    const char *blamed;
    unsigned subsystem;
    const char *original, *version; /* OriginalFilename; VS_FIXEDFILEINFO */
    const char *program;            /* SpcSpOpusInfo programName */
    bool dll;
    unsigned exports;
};

static struct intel made_intel;

static inline const char *made_or(const char *text, const char *other) {
    return text ? text : other;
}

static inline void made_pe(struct text *text, const struct made_signed *m, char digest) {
    struct row_writer w;
    uint8_t value[32];
    row_begin(&w, text, FACT_pe);
    row_integer(&w, FACT_pe_subsystem, m->subsystem);
    row_integer(&w, FACT_pe_characteristics, m->dll ? 0x2022 : 0x22);
    row_integer(&w, FACT_pe_export_count, m->exports);
    if (m->company)
        row_string(&w, FACT_pe_company, m->company);
    if (m->product)
        row_string(&w, FACT_pe_product, m->product);
    if (m->original)
        row_string(&w, FACT_pe_original_name, m->original);
    if (m->version)
        row_string(&w, FACT_pe_fixed_file_version, m->version);
    row_blob(&w, FACT_pe_authentihash_sha1, memset(value, digest, 32), 20);
    row_blob(&w, FACT_pe_authentihash_sha256, memset(value, digest, 32), 32);
    row_string(&w, FACT_pe_signed_digest, m->bare ? "none" : made_or(m->verdict, "match"));
    if (m->bare && !m->table)
        return;
    row_integer(&w, FACT_pe_table_offset, 8000);
    row_integer(&w, FACT_pe_table_size, 2000);
    row_integer(&w, FACT_pe_slack_size, m->slack);
    row_begin(&w, text, FACT_certificate_entry);
    row_integer(&w, FACT_certificate_entry_ordinal, 0);
    row_integer(&w, FACT_certificate_entry_offset, 8000);
    row_integer(&w, FACT_certificate_entry_length, 1999);
    row_integer(&w, FACT_certificate_entry_slack_offset, 9000);
    row_integer(&w, FACT_certificate_entry_slack_size, m->slack);
    row_integer(&w, FACT_certificate_entry_slack_zero, m->slack == 0);
}

static inline void made_certificate(struct text *text, char letter, const struct made_signed *m) {
    struct row_writer w;
    uint8_t value[32];
    row_begin(&w, text, FACT_certificate);
    row_blob(&w, FACT_certificate_thumbprint, memset(value, letter, 32), 32);
    row_blob(&w, FACT_certificate_tbs_sha256, memset(value, letter, 32), 32);
    row_string(&w, FACT_certificate_subject, made_or(m->organization, "Maker"));
    row_string(&w, FACT_certificate_name, made_or(m->organization, "Maker"));
    row_string(&w, FACT_certificate_organization, made_or(m->organization, "Maker"));
    row_string(&w, FACT_certificate_issuer_name, "Test CA");
    row_string(&w, FACT_certificate_digest, "sha256");
    row_string(&w, FACT_certificate_serial, made_or(m->serial, "01"));
    row_integer(&w, FACT_certificate_not_before, made_intel.now - 8640000000000000u);
    if (m->usages)
        row_string(&w, FACT_certificate_usages, m->usages);
}

static inline void made_signature(struct text *text, const struct made_signed *m, char digest, bool image) {
    struct row_writer w;
    uint8_t value[32];
    char letter = m->signer ? m->signer : 'A';
    row_begin(&w, text, FACT_signature);
    row_integer(&w, FACT_signature_ordinal, 0);
    row_integer(&w, FACT_signature_depth, 0);
    if (image) {
        row_integer(&w, FACT_signature_entry, 0);
        row_string(&w, FACT_signature_algorithm, made_or(m->algorithm, "sha256"));
        row_blob(&w, FACT_signature_digest, memset(value, m->signed_digest ? m->signed_digest : digest, 32),
                 32);
        row_string(&w, FACT_signature_verdict, made_or(m->verdict, "match"));
    }
    row_string(&w, FACT_signature_subject, made_or(m->organization, "Maker"));
    if (m->program)
        row_string(&w, FACT_signature_program, m->program);
    row_string(&w, FACT_signature_seal, made_or(m->seal, "match"));
    row_string(&w, FACT_signature_seal_algorithm, made_or(m->algorithm, "sha256"));
    row_blob(&w, FACT_signature_thumbprint, memset(value, letter, 32), 32);
    row_integer(&w, FACT_signature_chain_faults, m->chain_faults);
    if (m->blamed)
        row_string(&w, FACT_signature_chain_blamed, m->blamed);
    if (m->special) {
        row_string(&w, FACT_signature_special, m->special);
        row_integer(&w, FACT_signature_special_faults, m->special_faults);
    }
    if (m->stamp) {
        uint64_t time = made_intel.now - (uint64_t)m->days * 864000000000u;
        row_string(&w, FACT_signature_stamp, m->stamp);
        row_integer(&w, FACT_signature_stamp_faults, m->stamp_faults);
        row_integer(&w, FACT_signature_stamp_time, time);
        if (m->stamp_faults == 0)
            row_integer(&w, FACT_signature_judged_at, time);
    }
    row_begin(&w, text, FACT_signature_certificate);
    row_integer(&w, FACT_signature_certificate_ordinal, 0);
    row_integer(&w, FACT_signature_certificate_signature, 0);
    row_string(&w, FACT_signature_certificate_role, "signer");
    row_integer(&w, FACT_signature_certificate_position, 0);
    row_blob(&w, FACT_signature_certificate_thumbprint, memset(value, letter, 32), 32);
    made_certificate(text, letter, m);
}

/* Adds image number `id` to the case. */
static inline void made_file(struct casefile *c, uint64_t id, const struct made_signed *m) {
    struct text text = {0};
    char digest = m->authentihash ? m->authentihash : (char)(id + 32), name[32];
    snprintf(name, sizeof name, "f%llu.dll", (unsigned long long)id);
    made_artifact(c, id, made_or(m->folder, "/Program Files/P"), made_or(m->name, name));
    made_pe(&text, m, digest);
    if (!m->bare)
        made_signature(&text, m, digest, true);
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    text_free(&text);
}

/* Adds a catalog with one member. */
static inline void made_catalog(struct casefile *c, uint64_t id, const char *folder, char member,
                                bool complete, const struct made_signed *m) {
    struct text text = {0};
    struct row_writer w;
    uint8_t value[32];
    made_artifact(c, id, folder, "list.cat");
    made_signature(&text, m, 0, false);
    row_begin(&w, &text, FACT_catalog);
    row_integer(&w, FACT_catalog_complete, complete);
    row_begin(&w, &text, FACT_catalog_digests);
    row_integer(&w, FACT_catalog_digests_ordinal, 0);
    row_integer(&w, FACT_catalog_digests_size, 32);
    row_blob(&w, FACT_catalog_digests_digests, memset(value, member, 32), 32);
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    text_free(&text);
}

static inline struct casefile *made_trust_case(void) {
    struct text error = {0};
    made_intel.now = filetime_now();
    struct casefile *c = casefile_create(NULL, false, &error);
    assert_non_null(c);
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    for (size_t i = 0; i < count; i++)
        assert_true(casefile_detector(c, "judge", &judges[i]->text));
    struct casefile_evidence image = {
        .id = 1, .path = "disk.img", .kind = "disk-image", .has_size = true, .size = 4096, .state = "read"};
    assert_true(casefile_evidence(c, &image));
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 2048, .state = "read"};
    assert_true(casefile_volume(c, &volume));
    return c;
}

/* Runs trust and, if another is named, that judge. */
static inline void made_judge(struct casefile *c, const char *id) {
    assert_true(judges_find("trust")->judge(c, &made_intel));
    if (strcmp(id, "trust") != 0)
        assert_true(judges_find(id)->judge(c, &made_intel));
    assert_true(casefile_finish(c, NULL));
}

static inline void made_text(struct casefile *c, const char *sql, char text[512]) {
    struct db_query *q = db_prepare(casefile_db(c), sql);
    assert_non_null(q);
    snprintf(text, 512, "%s", db_step(q) ? db_text(q, 0, NULL) : "");
    db_finish(q);
}

/* The findings as "severity/strength@artifact", one space between; closes the case. */
static inline void made_expect(struct casefile *c, const char *id, const char *expected) {
    char text[512];
    made_judge(c, id);
    made_text(
        c,
        "SELECT group_concat(x, ' ') FROM (SELECT severity || '/' || strength || '@' || artifact AS x FROM finding"
        " ORDER BY artifact, severity)",
        text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

#endif
