/* host_made: hosts by hand, for judges that ask what the registry says: files with their trust, and hives. */
#ifndef TEST_HOST_MADE_H
#define TEST_HOST_MADE_H

#include "base/row.h"
#include "case_made.h"
#include "judge/judges.h"

/* The hive that rows go to; ordinals count on. */
struct host_made {
    struct casefile *c;
    uint64_t hive, key, value, file;
    const char *state;
};

#define HOST_DAY  864000000000u
#define HOST_TIME 133000000000000000u /* 2022-06-18 */

static inline void host_row(struct host_made *m, struct text *bytes) {
    assert_int_equal(made_send(m->c, bytes, m->hive), CASEFILE_TAKEN);
    text_free(bytes);
}

/* A file on the system volume; its number. Born at HOST_TIME. */
static inline uint64_t host_file_born(struct host_made *m, const char *folder, const char *name,
                                      unsigned flags, uint64_t born) {
    struct listing listing = made_listing(folder, name);
    listing.flags = flags;
    for (size_t i = 0; i < LISTING_TIMES; i++)
        listing.si[i] = listing.fn[i] = born;
    assert_true(casefile_artifact(m->c, ++m->file, &listing, span_of("", 0, 0), "read", NULL));
    return m->file;
}

static inline uint64_t host_file(struct host_made *m, const char *folder, const char *name) {
    return host_file_born(m, folder, name, 0, HOST_TIME);
}

/* A hive of the system volume. */
static inline uint64_t host_hive(struct host_made *m, const char *folder, const char *name, const char *kind,
                                 bool complete) {
    struct text bytes = {0};
    struct row_writer row;
    m->hive = host_file(m, folder, name);
    m->key = m->value = 0;
    m->state = "live";
    row_begin(&row, &bytes, FACT_hive);
    row_string(&row, FACT_hive_kind, kind);
    row_integer(&row, FACT_hive_complete, complete);
    host_row(m, &bytes);
    return m->hive;
}

static inline void host_key_at(struct host_made *m, const char *path, uint64_t time) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_hive_key);
    row_integer(&row, FACT_hive_key_ordinal, ++m->key);
    row_string(&row, FACT_hive_key_path, path);
    row_integer(&row, FACT_hive_key_last_write, time);
    row_string(&row, FACT_hive_key_state, m->state);
    row_integer(&row, FACT_hive_key_offset, 4096 + m->key);
    host_row(m, &bytes);
}

static inline void host_key(struct host_made *m, const char *path) {
    host_key_at(m, path, HOST_TIME);
}

static inline void host_value(struct host_made *m, const char *name, const char *type, const char *text,
                              struct span data) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_hive_value);
    row_integer(&row, FACT_hive_value_ordinal, ++m->value);
    row_integer(&row, FACT_hive_value_key, m->key);
    row_string(&row, FACT_hive_value_name, name);
    row_string(&row, FACT_hive_value_type, type);
    if (text)
        row_string(&row, FACT_hive_value_text, text);
    if (data.size > 0)
        row_blob(&row, FACT_hive_value_data, data.data, data.size);
    row_string(&row, FACT_hive_value_state, m->state);
    host_row(m, &bytes);
}

static inline void host_text(struct host_made *m, const char *name, const char *text) {
    host_value(m, name, "REG_SZ", text, span_of("", 0, 0));
}

static inline void host_number(struct host_made *m, const char *name, unsigned number) {
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    host_value(m, name, "REG_DWORD", text, span_of("", 0, 0));
}

/* A service of ControlSet001; image NULL is none. */
static inline void host_service_at(struct host_made *m, const char *name, unsigned type, unsigned start,
                                   const char *image, uint64_t time) {
    char path[256];
    snprintf(path, sizeof path, "/ControlSet001/Services/%s", name);
    host_key_at(m, path, time);
    host_number(m, "Type", type);
    host_number(m, "Start", start);
    if (image)
        host_text(m, "ImagePath", image);
}

static inline void host_service(struct host_made *m, const char *name, unsigned type, unsigned start,
                                const char *image) {
    host_service_at(m, name, type, start, image, HOST_TIME);
}

static inline void host_library(struct host_made *m, const char *name, const char *library) {
    char path[256];
    snprintf(path, sizeof path, "/ControlSet001/Services/%s/Parameters", name);
    host_key(m, path);
    host_text(m, "ServiceDll", library);
}

/* What the judge trust would say of a file; signer NULL is none. */
static inline void host_trust(struct host_made *m, uint64_t artifact, const char *state, const char *signer) {
    struct casefile_trust trust = {.artifact = artifact, .state = state, .signer = signer, .reason = ""};
    assert_true(casefile_trust(m->c, &trust));
}

/* An image with a system volume, known completely or not, and a SYSTEM hive that is open. */
static inline struct host_made host_start(bool complete) {
    struct host_made m = {.c = made_case(NULL)};
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 2048, .drive = "C:", .state = "read"};
    assert_true(casefile_volume(m.c, &volume) && casefile_collected(m.c, 1, 1, "", complete));
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(judges[i]->text.id, "authentihash_twins") != 0)
            assert_true(casefile_detector(m.c, "judge", &judges[i]->text));
    host_hive(&m, "/Windows/System32/config", "SYSTEM", "system", true);
    return m;
}

static inline void host_judge(struct host_made *m, const char *id) {
    assert_true(judges_find(id)->judge(m->c, NULL));
}

/* The findings of a judge, in the order of what they are about: "severity/strength@artifact" with a space
 * between; closes the case. */
static inline void host_expect(struct host_made *m, const char *id, const char *wanted) {
    host_judge(m, "services");
    host_judge(m, id);
    const char *got =
        made_ask(m->c, "SELECT group_concat(x, ' ') FROM (SELECT severity || '/' || strength || '@' ||"
                       " coalesce(artifact, 0) AS x FROM finding ORDER BY artifact, severity, summary)");
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: %s, not %s: %s", id, got, wanted,
                 made_ask(m->c, "SELECT group_concat(summary, '; ') FROM finding"));
    casefile_close(m->c);
}

#endif
