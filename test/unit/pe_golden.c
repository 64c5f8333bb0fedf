/* The PE decoder against pefile's answers about real files (golden/pe_survey.jsonl of the corpora). A file
 * that is absent is named and left out; without the folder the test is skipped. */
#include "base/db.h"
#include "base/digest.h"
#include "base/text.h"
#include "format/pe.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CAP  ((size_t)256 << 20)
#define LINE ((size_t)1 << 20)

/* Where the decoder differs on purpose. */
static const struct {
    const char *path, *field, *why;
} differences[] = {
    {"yara/data/weird_rich", "rich", "pefile wants a Rich header to begin at 0x80; this one begins later"},
    {"yara/data/tiny_empty_import_name", "imports",
     "pefile leaves out a function whose name holds a character that it does not expect; the decoder keeps it"},
};

struct context {
    struct db *db;
    const char *line; /* one JSON object */
    size_t line_size;
    char path[512];
    const struct pe *pe;
    unsigned compared, differed, wrong;
};

static const char *corpora(void) {
    static char path[4096];
    const char *shared = getenv("ASSAY_SHARED");
    snprintf(path, sizeof path, "%s/corpora", shared && *shared ? shared : "../shared");
    return path;
}

/* What an SQL expression over the line (?1) yields, as text; "" for NULL. */
static void golden(struct context *c, const char *sql, struct text *ret) {
    struct db_query *query = db_prepare(c->db, sql);
    assert_non_null(query);
    db_bind_text(query, 1, c->line, c->line_size);
    assert_true(db_step(query));
    size_t size;
    const char *text = db_text(query, 0, &size);
    text_clear(ret);
    text_bytes(ret, text, size);
    db_finish(query);
}

static bool differs_on_purpose(const struct context *c, const char *field) {
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (strcmp(differences[i].path, c->path) == 0 && strcmp(differences[i].field, field) == 0)
            return true;
    return false;
}

static void check(struct context *c, const char *field, const char *sql, const char *actual) {
    struct text text = {.data = NULL};
    golden(c, sql, &text);
    bool equal = strcmp(text_string(&text), actual) == 0, listed = differs_on_purpose(c, field);
    c->compared++;
    c->differed += !equal && listed;
    if (equal == listed) {
        c->wrong++;
        print_message("# %s: %s is '%s', pefile says '%s'%s\n", c->path, field, actual, text_string(&text),
                      listed ? " (listed as different)" : "");
    }
    text_free(&text);
}

static void check_number(struct context *c, const char *field, const char *sql, uint64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    check(c, field, sql, text);
}

/* A string in stored form; golden ones are put into it. */
static void check_string(struct context *c, const char *field, const char *key, const char *value) {
    struct text raw = {.data = NULL}, stored = {.data = NULL};
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT json_extract(?1, '$.%s')", key);
    golden(c, sql, &raw);
    text_from_bytes(&stored, span_of(text_string(&raw), raw.size, 0));
    c->compared++;
    if (strcmp(text_string(&stored), value ? value : "") != 0) {
        c->wrong++;
        print_message("# %s: %s is '%s', pefile says '%s'\n", c->path, field, value ? value : "",
                      text_string(&stored));
    }
    text_free(&raw);
    text_free(&stored);
}

static void check_headers(struct context *c) {
    const struct pe *pe = c->pe;
    char hex[16];
    snprintf(hex, sizeof hex, "0x%x", pe->machine);
    check(c, "machine", "SELECT json_extract(?1, '$.machine')", hex);
    snprintf(hex, sizeof hex, "0x%x", pe->magic);
    check(c, "magic", "SELECT json_extract(?1, '$.magic')", hex);
    check_number(c, "timestamp", "SELECT json_extract(?1, '$.timestamp')", pe->timestamp);
    check_number(c, "subsystem", "SELECT json_extract(?1, '$.subsystem')", pe->subsystem);
    check_number(c, "checksum", "SELECT json_extract(?1, '$.checksum')", pe->checksum);
    check_number(c, "overlay_offset",
                 "SELECT coalesce(json_extract(?1, '$.overlay_offset'), json_extract(?1, '$.size'))",
                 pe->image_end);
    struct pe_directory table = pe->directories[PE_DIRECTORY_SECURITY];
    check_number(c, "cert_off", "SELECT json_extract(?1, '$.cert_off')", table.rva);
    check_number(c, "cert_size", "SELECT json_extract(?1, '$.cert_size')", table.size);
    check_number(c, "rich", "SELECT json_extract(?1, '$.rich')", pe->rich.present);
    check(c, "imphash", "SELECT json_extract(?1, '$.imphash')", pe->imphash);
}

/* pefile sorts by RVA, and linkers write them so. */
static void check_sections(struct context *c) {
    struct text list = {.data = NULL};
    for (size_t i = 0; i < c->pe->section_count; i++) {
        const struct pe_section *s = &c->pe->sections[i];
        text_format(&list, "%s%s %u %u %u %u", i ? ";" : "", s->name, s->rva, s->virtual_size, s->raw_offset,
                    s->raw_size);
    }
    check(
        c, "sections",
        "SELECT group_concat(value->>0 || ' ' || (value->>1) || ' ' || (value->>2) || ' ' || (value->>3) || ' ' || "
        "(value->>4), ';') FROM json_each(?1, '$.sections')",
        text_string(&list));
    text_free(&list);
}

/* pefile leaves out functions with an empty name and ordinal 0, and descriptors where nothing is left. */
static void check_imports(struct context *c) {
    struct text list = {.data = NULL};
    for (size_t i = 0; i < c->pe->imports.dll_count; i++) {
        const struct pe_import *import = &c->pe->imports.dlls[i];
        size_t count = 0;
        for (size_t k = 0; k < import->function_count; k++) {
            const struct pe_function *f = &import->functions[k];
            count += f->by_ordinal ? f->ordinal != 0 : f->name && *f->name;
        }
        if (count > 0)
            text_format(&list, "%s%s %zu", list.size ? ";" : "", import->dll, count);
    }
    check(c, "imports",
          "SELECT group_concat(value->>0 || ' ' || (value->>1), ';') FROM json_each(?1, '$.imports')",
          text_string(&list));
    text_free(&list);
}

static void check_strings(struct context *c) {
    const struct pe_version *version = &c->pe->version;
    check_string(c, "CompanyName", "version_info.CompanyName", version->company);
    check_string(c, "ProductName", "version_info.ProductName", version->product_name);
    check_string(c, "FileDescription", "version_info.FileDescription", version->description);
    check_string(c, "OriginalFilename", "version_info.OriginalFilename", version->original_name);
    check_string(c, "InternalName", "version_info.InternalName", version->internal_name);
    check_string(c, "FileVersion", "version_info.FileVersion", version->file_version);
    check_string(c, "ProductVersion", "version_info.ProductVersion", version->product_version);
    check_string(c, "pdb", "pdb", c->pe->debug.pdb);
    check_string(c, "export_name", "export_name", c->pe->exports.dll);
    check_number(c, "exports", "SELECT coalesce(json_extract(?1, '$.exports'), 0)", c->pe->exports.count);
}

static void check_all(struct context *c, const uint8_t *data, size_t size) {
    struct job job;
    struct pe pe;
    struct text error = {.data = NULL};
    job_init(&job, CAP);
    bool decoded = pe_decode(&job, span_of(data, size, 0), size, &pe);
    if (!decoded) {
        c->wrong++;
        print_message("# %s: %s at %llu\n", c->path, job.fault.text, (unsigned long long)job.fault.offset);
    }
    golden(c, "SELECT json_extract(?1, '$.error')", &error);
    c->pe = &pe;
    if (decoded && error.size > 0)
        print_message("# %s: decoded only, the survey has no answer (%s)\n", c->path, text_string(&error));
    else if (decoded) {
        check_headers(c);
        check_sections(c);
        check_imports(c);
        check_strings(c);
    }
    text_free(&error);
    job_reset(&job);
}

static void compare_line(struct context *c, const char *line) {
    struct text path = {.data = NULL};
    char full[8192];
    c->line = line;
    c->line_size = strlen(line);
    golden(c, "SELECT json_extract(?1, '$.path')", &path);
    snprintf(c->path, sizeof c->path, "%s", text_string(&path));
    text_free(&path);
    snprintf(full, sizeof full, "%s/%s", corpora(), c->path);
    FILE *file = fopen(full, "rb");
    if (!file) {
        print_message("# %s: left out, not in the corpora here\n", c->path);
        return;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    uint8_t *data = malloc((size_t)size);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), size);
    fclose(file);
    check_all(c, data, (size_t)size);
    free(data);
}

static void agrees_with_pefile(void **state) {
    (void)state;
    struct context c = {.db = NULL};
    char path[8192], *error = NULL, *line = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "%s/golden/pe_survey.jsonl", corpora());
    FILE *survey = fopen(path, "r");
    if (!survey) {
        print_message("# skipped: %s is absent; set ASSAY_SHARED\n", path);
        skip();
    }
    assert_true(digest_prepare());
    c.db = db_create(":memory:", &error);
    assert_non_null(c.db);
    while (getline(&line, &room, survey) > 0)
        compare_line(&c, line);
    free(line);
    fclose(survey);
    assert_string_equal(db_error(c.db), "");
    db_close(c.db);
    print_message("# %u answers compared, %u differ as listed\n", c.compared, c.differed);
    assert_true(c.compared > 0);
    assert_int_equal(c.wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_pefile)};
    return cmocka_run_group_tests_name("pe_golden", tests, NULL, NULL);
}
