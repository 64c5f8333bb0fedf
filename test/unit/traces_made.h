/* traces_made: cases of one machine with hives, logs and prefetch files, for tests of what reads their rows.
 */
#ifndef TEST_TRACES_MADE_H
#define TEST_TRACES_MADE_H

#include "base/digest.h"
#include "trust_made.h"

/* Artifacts that traces_case makes; tests number theirs from TRACES_FIRST on. */
enum { TRACES_HIVE = 1, TRACES_LOG, TRACES_AMCACHE, TRACES_JOURNAL, TRACES_PREFETCH, TRACES_FIRST };

#define TRACES_TIME UINT64_C(133600000000000000)
#define TRACES_DAY  UINT64_C(864000000000)

static struct text traces_rows;
static struct row_writer traces_row;
static uint64_t traces_ordinal;

static inline void traces_begin(unsigned table) {
    row_begin(&traces_row, &traces_rows, table);
}

static inline void traces_number(unsigned column, uint64_t number) {
    row_integer(&traces_row, column, number);
}

static inline void traces_string(unsigned column, const char *text) {
    row_string(&traces_row, column, text);
}

static inline void traces_send(struct casefile *c, uint64_t artifact) {
    assert_int_equal(made_send(c, &traces_rows, artifact), CASEFILE_TAKEN);
}

static inline uint64_t traces_file(struct casefile *c, uint64_t id, const char *folder, const char *name,
                                   unsigned flags) {
    struct listing listing = made_listing(folder, name);
    listing.flags = flags;
    listing.record = 64 + id;
    listing.si[LISTING_CREATED] = TRACES_TIME;
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
    return id;
}

/* C: of a machine, of which everything is known or not. */
static inline struct casefile *traces_case(bool complete) {
    struct casefile *c = made_trust_case();
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 2048, .drive = "C:", .state = "read"};
    assert_true(casefile_volume(c, &volume) && casefile_collected(c, 1, 1, "", complete));
    traces_ordinal = 0;
    traces_file(c, TRACES_HIVE, "/Windows/System32/config", "SYSTEM", 0);
    traces_file(c, TRACES_LOG, "/Windows/System32/winevt/Logs", "System.evtx", 0);
    traces_file(c, TRACES_AMCACHE, "/Windows/AppCompat/Programs", "Amcache.hve", 0);
    traces_file(c, TRACES_JOURNAL, "/$Extend", "$UsnJrnl", 0);
    traces_file(c, TRACES_PREFETCH, "/Windows/Prefetch", "A.EXE-12345678.pf", 0);
    traces_begin(FACT_hive);
    traces_string(FACT_hive_kind, "system");
    traces_send(c, TRACES_HIVE);
    return c;
}

static inline void traces_event_of(struct casefile *c, uint64_t log, const char *provider, unsigned id,
                                   uint64_t time, const char *activity, const char *data) {
    traces_begin(FACT_event);
    traces_number(FACT_event_ordinal, traces_ordinal);
    traces_number(FACT_event_number, 1000 + traces_ordinal++);
    traces_number(FACT_event_slack, 0);
    traces_number(FACT_event_written, time);
    traces_string(FACT_event_provider, provider);
    traces_number(FACT_event_event_id, id);
    if (activity)
        traces_string(FACT_event_activity, activity);
    if (data)
        traces_string(FACT_event_data, data);
    traces_send(c, log);
}

#define TRACES_SCM      "Service Control Manager"
#define TRACES_SECURITY "Microsoft-Windows-Security-Auditing"
#define TRACES_SYSMON   "Microsoft-Windows-Sysmon"
#define TRACES_CI       "Microsoft-Windows-CodeIntegrity"
#define TRACES_DEFENDER "Microsoft-Windows-Windows Defender"
#define TRACES_EVENTLOG "Microsoft-Windows-Eventlog"

static inline void traces_event(struct casefile *c, const char *provider, unsigned id, const char *data) {
    traces_event_of(c, TRACES_LOG, provider, id, TRACES_TIME, NULL, data);
}

/* A key of SYSTEM with a value; the key's number is that of its first value. */
static inline void traces_value(struct casefile *c, uint64_t hive, uint64_t key, const char *name,
                                const char *type, const char *text, const char *state) {
    traces_begin(FACT_hive_value);
    traces_number(FACT_hive_value_ordinal, traces_ordinal++);
    traces_number(FACT_hive_value_key, key);
    traces_string(FACT_hive_value_name, name);
    traces_string(FACT_hive_value_type, type);
    traces_string(FACT_hive_value_text, text);
    traces_string(FACT_hive_value_state, state);
    traces_send(c, hive);
}

static inline uint64_t traces_key(struct casefile *c, uint64_t hive, const char *path, const char *state) {
    uint64_t key = traces_ordinal++;
    traces_begin(FACT_hive_key);
    traces_number(FACT_hive_key_ordinal, key);
    traces_string(FACT_hive_key_path, path);
    traces_number(FACT_hive_key_last_write, TRACES_TIME);
    traces_string(FACT_hive_key_state, state);
    traces_send(c, hive);
    return key;
}

/* A driver that is there, with what trust says of it; state NULL: nothing. */
static inline void traces_driver(struct casefile *c, uint64_t id, const char *folder, const char *name,
                                 const char *state) {
    traces_file(c, id, folder, name, 0);
    traces_begin(FACT_pe);
    traces_number(FACT_pe_machine, 0x8664);
    traces_number(FACT_pe_subsystem, 1);
    traces_string(FACT_pe_imports, "ntoskrnl.exe!IoCreateDevice");
    traces_send(c, id);
    if (state)
        assert_true(casefile_trust(c, &(struct casefile_trust){.artifact = id,
                                                               .state = state,
                                                               .user = {.word = "unknown"},
                                                               .strict = {.word = "unknown"},
                                                               .kernel = {.word = "unknown"}}));
}

/* A key of SYSTEM for a driver. */
static inline void traces_service(struct casefile *c, const char *name, const char *path, const char *type,
                                  const char *state) {
    char key[256];
    snprintf(key, sizeof key, "/ControlSet001/Services/%s", name);
    uint64_t number = traces_key(c, TRACES_HIVE, key, state);
    traces_value(c, TRACES_HIVE, number, "Type", "REG_DWORD", type, state);
    if (path)
        traces_value(c, TRACES_HIVE, number, "ImagePath", "REG_EXPAND_SZ", path, state);
}

/* What the change journal says of a file in a folder. */
static inline void traces_usn(struct casefile *c, const char *folder, const char *name, uint64_t file,
                              unsigned reason, uint64_t time) {
    uint64_t usn = 1000 + 8 * traces_ordinal;
    traces_begin(FACT_usn);
    traces_number(FACT_usn_ordinal, traces_ordinal++);
    traces_number(FACT_usn_usn, usn);
    traces_number(FACT_usn_file, file);
    traces_number(FACT_usn_file_sequence, 1);
    traces_number(FACT_usn_parent, 5000 + strlen(folder));
    traces_number(FACT_usn_parent_sequence, 1);
    traces_number(FACT_usn_reason, reason);
    traces_number(FACT_usn_time, time);
    traces_string(FACT_usn_name, name);
    traces_send(c, TRACES_JOURNAL);
    struct casefile_usn_path path = {.artifact = TRACES_JOURNAL,
                                     .parent = 5000 + strlen(folder),
                                     .parent_sequence = 1,
                                     .from_usn = usn,
                                     .to_usn = usn,
                                     .folder = folder,
                                     .folder_size = strlen(folder),
                                     .source = "mft"};
    assert_true(casefile_usn_path(c, &path));
}

/* Amcache's row of a driver; digest: a letter that its 20 bytes are. */
static inline void traces_amcache(struct casefile *c, const char *path, const char *publisher, int is_signed,
                                  char digest) {
    uint8_t sha1[20];
    memset(sha1, digest, sizeof sha1);
    traces_begin(FACT_amcache);
    traces_number(FACT_amcache_ordinal, traces_ordinal++);
    traces_string(FACT_amcache_kind, "driver");
    traces_string(FACT_amcache_path, path);
    traces_number(FACT_amcache_key_time, TRACES_TIME);
    if (publisher)
        traces_string(FACT_amcache_publisher, publisher);
    if (is_signed >= 0)
        traces_number(FACT_amcache_driver_signed, (uint64_t)is_signed);
    if (digest)
        row_blob(&traces_row, FACT_amcache_sha1, sha1, sizeof sha1);
    traces_send(c, TRACES_AMCACHE);
}

/* A list with one driver whose SHA-1 is twenty times 'x'. */
static inline void traces_know(const char *category) {
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = "drivers.json", .file = "drivers.json", .date = ""};
    struct text rows = {0}, out = {0}, error = {0};
    lists_file_free(&made_intel.lists);
    text_format(&rows,
                "[{\"Id\":\"u-u\",\"Category\":\"%s\",\"Tags\":[\"hole.sys\"],\"Created\":\"2024-01-02\","
                "\"KnownVulnerableSamples\":[{\"SHA1\":\"7878787878787878787878787878787878787878\"}]}]",
                category);
    assert_true(lists_read(span_of(rows.data, rows.size, 0), &source, &build, &damage));
    assert_true(lists_build_write(&build, &out));
    assert_true(lists_file_take(&made_intel.lists, &out, "lists.intel", &error));
    lists_build_free(&build);
    text_free(&rows);
}

/* Runs the judge named and ends the case. */
static inline void traces_judge(struct casefile *c, const char *id) {
    struct db_query *q = db_prepare(casefile_db(c), "SELECT count(*) FROM service");
    bool asked = q && db_step(q) && db_integer(q, 0) > 0;
    db_finish(q);
    assert_true(asked ||
                judges_find("services")->judge(c, &made_intel)); /* it runs before those that ask it */
    assert_true(judges_find(id)->judge(c, &made_intel));
    assert_true(casefile_finish(c, NULL));
}

/* What a query says, lines apart by a space; closes the case. */
static inline void traces_expect(struct casefile *c, const char *sql, const char *expected) {
    char text[4096] = "";
    struct db_query *q = db_prepare(casefile_db(c), sql);
    assert_non_null(q);
    while (db_step(q)) {
        size_t size = strlen(text);
        snprintf(text + size, sizeof text - size, "%s%s", size ? " " : "", db_text(q, 0, NULL));
    }
    db_finish(q);
    assert_string_equal(text, expected);
    casefile_close(c);
}

static const char traces_findings[] =
    "SELECT severity || '/' || strength || '@' || coalesce(artifact, '-') FROM finding ORDER BY artifact, id";

static inline int traces_start(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static inline int traces_end(void **state) {
    (void)state;
    lists_file_free(&made_intel.lists);
    text_free(&traces_rows);
    return 0;
}

#endif
