/* case_made: small cases for tests, in memory or in a file. */
#ifndef TEST_CASE_MADE_H
#define TEST_CASE_MADE_H

#include "case/casefile.h"
#include "model/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct explanation made_detector = {.id = "hidden",
                                                 .title = "something hidden",
                                                 .why = "It matters.",
                                                 .innocent = "It may be a tag.",
                                                 .verify = "Look at it.",
                                                 .attack = "T1027",
                                                 .severity = SEVERITY_CRITICAL};

/* A case with two detectors, an image with a volume, and a folder. */
static inline struct casefile *made_case(const char *path) {
    struct text error = {0};
    struct casefile *c = casefile_create(path, false, &error);
    assert_string_equal(text_string(&error), "");
    assert_non_null(c);
    struct explanation other = made_detector;
    other.id = "authentihash_twins";
    other.title = "twins";
    assert_true(casefile_detector(c, "detector", &made_detector));
    assert_true(casefile_detector(c, "judge", &other));
    struct casefile_evidence image = {
        .id = 1, .path = "disk.img", .kind = "disk-image", .has_size = true, .size = 4096, .state = "read"};
    struct casefile_evidence folder = {.id = 2, .path = "/tmp/tree", .kind = "folder", .state = "read"};
    assert_true(casefile_evidence(c, &image) && casefile_evidence(c, &folder));
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 2048, .state = "read"};
    assert_true(casefile_volume(c, &volume));
    text_free(&error);
    return c;
}

static inline struct listing made_listing(const char *folder, const char *name) {
    return (struct listing){.folder = folder,
                            .folder_size = strlen(folder),
                            .name = name,
                            .name_size = strlen(name),
                            .evidence = 1,
                            .volume = 1,
                            .record = 64,
                            .sequence = 2,
                            .has_fn = true,
                            .size = 5000};
}

static inline void made_artifact(struct casefile *c, uint64_t id, const char *folder, const char *name) {
    struct listing listing = made_listing(folder, name);
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
}

static inline struct finding made_finding(enum severity severity, enum strength strength,
                                          const char *summary) {
    return (struct finding){
        .detector = "hidden", .severity = severity, .strength = strength, .summary = summary};
}

static inline void made_report(struct casefile *c, uint64_t artifact, const struct finding *finding) {
    assert_true(casefile_finding(c, (struct casefile_place){.artifact = artifact}, finding, NULL, 0));
}

/* Sends one row, as the writer left it in `bytes`, as a worker would. */
static inline enum casefile_taken made_send(struct casefile *c, struct text *bytes, uint64_t artifact) {
    struct cursor cursor = cursor_of(span_of(text_string(bytes), bytes->size, 0));
    struct row row;
    bool bad;
    enum casefile_taken taken = CASEFILE_TAKEN;
    while (taken == CASEFILE_TAKEN && row_next(&cursor, &row, &bad))
        taken = casefile_row(c, &row, artifact);
    text_clear(bytes);
    return taken;
}

/* The first cell of the first row of a query as text, "" if there is none; valid until the next call. */
static inline const char *made_ask(struct casefile *c, const char *sql) {
    static char answer[4096];
    struct db_query *query = db_prepare(casefile_db(c), sql);
    assert_non_null(query);
    answer[0] = 0;
    if (db_step(query))
        snprintf(answer, sizeof answer, "%s", db_text(query, 0, NULL));
    db_finish(query);
    return answer;
}

/* No byte that a terminal could act on, and every line within reach. */
static inline void made_is_tame(const char *text) {
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n' || *c == '\r');
    assert_null(strstr(text, "\xe2\x80\xae")); /* right-to-left override */
    assert_null(strstr(text, "\xc2\x9b"));     /* C1 CSI */
}

#define MADE_NASTY "=cmd\033[31m\xe2\x80\xae|,\"x\"\n\xc2\x9b<b>.exe"

#endif
