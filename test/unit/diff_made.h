/* Releases made of rows, for tests of what is said of their differences. */
#ifndef UNIT_DIFF_MADE_H
#define UNIT_DIFF_MADE_H

#include "case_made.h"

#include "base/digest.h"
#include "detect/inspect_rows.h"
#include "format/deflate.h"
#include "format/electron_fuse.h"
#include "judge/diff.h"
#include "model/detector.h"

extern const struct detector detector_yara_match;

/* One member. What is 0 or NULL is as in a program of the maker. */
struct made_member {
    const char *path;
    char bytes, image; /* name its digest and its Authentihash; image 0: as bytes */
    bool plain;        /* no program */
    const char *version, *original, *linker, *imports, *exports, *mentions, *entry_section, *extra_section,
        *import_section;
    unsigned extra_flags; /* of the extra section; 0: code */
    int timestamp;
    char rich;        /* 0: as all have; '-': none */
    unsigned entropy; /* of .text */
    bool bare;        /* no signature */
    const char *subject, *issuer, *signed_digest;
    unsigned slack; /* bytes behind the signature */
    const char *container, *state;
    const char *fuses; /* of Electron: a byte each, as they stand in a program */
    char sealed;       /* the first byte of the digest of app.bin that it names */
    char directory;    /* of an archive: that of its own */
    /* Of .NET */
    const char *assembly, *framework, *native, *reference, *resource; /* native: "library function" */
    char mvid, token;
    unsigned cli;                 /* flags */
    const char *matching, *score; /* a rule of YARA */
    const char *texts[3];         /* "class value" of a program, in any order */
    const char *content;          /* of a text */
    const char *seal;             /* of what is no program: the verdict of its signature; `subject` signed */
};

struct made_release {
    struct made_member members[8];
    const char *version; /* of the package; NULL: not known */
    const char *action;  /* a custom action of it */
    const char *rules;   /* of YARA that were tried; NULL for none */
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
    if (m->import_section)
        row_string(&w, FACT_pe_import_section, m->import_section);
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

static void electron(struct text *text, const struct made_member *m) {
    struct row_writer w;
    uint8_t digest[32] = {(uint8_t)m->sealed};
    char hex[65];
    for (unsigned i = 0; m->fuses && m->fuses[i]; i++) {
        row_begin(&w, text, FACT_electron_fuse);
        row_integer(&w, FACT_electron_fuse_ordinal, i);
        row_integer(&w, FACT_electron_fuse_place, 0);
        row_integer(&w, FACT_electron_fuse_number, i);
        row_string(&w, FACT_electron_fuse_name, electron_fuse_name(i));
        row_string(&w, FACT_electron_fuse_state, electron_fuse_state((uint8_t)m->fuses[i]));
    }
    if (m->sealed) {
        row_begin(&w, text, FACT_asar_seal);
        row_integer(&w, FACT_asar_seal_ordinal, 0);
        row_string(&w, FACT_asar_seal_file, "app.bin");
        row_blob(&w, FACT_asar_seal_sha256, digest, sizeof digest);
    }
    if (m->directory) {
        snprintf(hex, sizeof hex, "%02x%062d", (uint8_t)m->directory, 0);
        row_begin(&w, text, FACT_package_fact);
        row_integer(&w, FACT_package_fact_ordinal, 10);
        row_string(&w, FACT_package_fact_kind, "integrity");
        row_string(&w, FACT_package_fact_name, "directory");
        row_string(&w, FACT_package_fact_value, hex);
    }
}

static void dotnet(struct text *text, const struct made_member *m) {
    struct row_writer w;
    uint8_t token[8] = {(uint8_t)m->token};
    char mvid[2] = {m->mvid};
    if (!m->assembly)
        return;
    row_begin(&w, text, FACT_dotnet);
    row_string(&w, FACT_dotnet_assembly, m->assembly);
    row_string(&w, FACT_dotnet_mvid, mvid);
    row_integer(&w, FACT_dotnet_flags, m->cli);
    row_string(&w, FACT_dotnet_framework, or (m->framework, ".NETCoreApp,Version=v8.0"));
    if (m->token)
        row_blob(&w, FACT_dotnet_token, token, sizeof token);
    if (m->native) {
        char library[64];
        snprintf(library, sizeof library, "%.*s", (int)strcspn(m->native, " "), m->native);
        row_begin(&w, text, FACT_dotnet_import);
        row_integer(&w, FACT_dotnet_import_ordinal, 0);
        row_string(&w, FACT_dotnet_import_library, library);
        row_string(&w, FACT_dotnet_import_function, strchr(m->native, ' ') + 1);
    }
    if (m->reference) {
        row_begin(&w, text, FACT_dotnet_reference);
        row_integer(&w, FACT_dotnet_reference_ordinal, 0);
        row_string(&w, FACT_dotnet_reference_name, m->reference);
        row_string(&w, FACT_dotnet_reference_version, "4.0.0.0");
    }
    if (m->resource) {
        row_begin(&w, text, FACT_dotnet_resource);
        row_integer(&w, FACT_dotnet_resource_ordinal, 0);
        row_string(&w, FACT_dotnet_resource_name, m->resource);
    }
}

static void texts(struct text *text, const struct made_member *m) {
    struct row_writer w;
    for (unsigned i = 0; i < 3 && m->texts[i]; i++) {
        char class[16];
        snprintf(class, sizeof class, "%.*s", (int)strcspn(m->texts[i], " "), m->texts[i]);
        row_begin(&w, text, FACT_pe_text);
        row_integer(&w, FACT_pe_text_ordinal, i);
        row_string(&w, FACT_pe_text_class, class);
        row_string(&w, FACT_pe_text_value, strchr(m->texts[i], ' ') + 1);
    }
    struct span packed;
    struct job job;
    job_init(&job, 1 << 20);
    if (m->content && deflate_once(&job, span_of(m->content, strlen(m->content), 0), &packed)) {
        row_begin(&w, text, FACT_excerpt);
        row_integer(&w, FACT_excerpt_ordinal, 0);
        row_string(&w, FACT_excerpt_encoding, "utf-8");
        row_integer(&w, FACT_excerpt_size, strlen(m->content));
        row_blob(&w, FACT_excerpt_packed, packed.data, packed.size);
    }
    job_reset(&job);
}

static void match(struct casefile *c, uint64_t id, const struct made_member *m) {
    struct finding finding = {
        .detector = "yara_match",
        .severity = m->score ? SEVERITY_HIGH : SEVERITY_LOW,
        .strength = STRENGTH_FIRM,
        .summary = "a rule matches",
        .details = {{"rule", m->matching}, {"rule file", "made.yar"}, {"score", m->score}},
        .detail_count = m->score ? 3 : 2};
    struct text rows = {0};
    inspect_rows_finding(&rows, &finding);
    assert_int_equal(made_send(c, &rows, id), CASEFILE_TAKEN);
    text_free(&rows);
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
    if (m->seal) {
        row_begin(&w, &text, FACT_signature);
        row_integer(&w, FACT_signature_ordinal, 0);
        row_string(&w, FACT_signature_verdict, m->seal);
        row_string(&w, FACT_signature_subject, or (m->subject, "/C=US/O=Maker Inc./CN=Maker Inc."));
    }
    electron(&text, m);
    dotnet(&text, m);
    texts(&text, m);
    if (m->container) {
        row_begin(&w, &text, FACT_container);
        row_string(&w, FACT_container_format, m->container);
    }
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    if (m->matching)
        match(c, id, m);
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
    assert_true(casefile_detector(c, "detector", &detector_yara_match.text));
    for (size_t i = 0; i < 8 && release->members[i].path; i++)
        add_member(c, i + 1, &release->members[i]);
    add_facts(c, release);
    if (release->rules)
        assert_true(casefile_run(c, "rules", release->rules));
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

#endif
