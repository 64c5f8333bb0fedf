/* Files that lists of indicators have: each digest, look-alikes, abused programs of vendors. */
#include "base/digest.h"
#include "trust_made.h"

#define HEX(pair) pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair
#define X16       HEX("78") /* 'x' 16 times */
#define X20       X16 "78787878"
#define X32       X16 X16

/* The one list, compiled anew. */
static void know(const char *rows) {
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = "evil.txt", .file = "evil.txt", .date = "2023-04-05"};
    struct text out = {0}, error = {0};
    lists_file_free(&made_intel.lists);
    if (!lists_read(span_of(rows, strlen(rows), 0), &source, &build, &damage))
        fail_msg("%s", damage.why);
    assert_true(lists_build_write(&build, &out));
    assert_true(lists_file_take(&made_intel.lists, &out, "lists.intel", &error));
    lists_build_free(&build);
}

/* A file of 5000 bytes with digests of 'x'. */
static void made_hashes(struct casefile *c, uint64_t id, bool md5, bool sha1, bool sha256) {
    struct text text = {0};
    struct row_writer w;
    uint8_t value[32];
    memset(value, 'x', sizeof value);
    row_begin(&w, &text, FACT_hashes);
    if (md5)
        row_blob(&w, FACT_hashes_md5, value, 16);
    if (sha1)
        row_blob(&w, FACT_hashes_sha1, value, 20);
    if (sha256)
        row_blob(&w, FACT_hashes_sha256, value, 32);
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    text_free(&text);
}

static void by_each_digest(void **state) {
    (void)state;
    static const char *const lists[] = {X16 "\n", X20 "\n", X32 "\n"};
    static const char *const expected[] = {"3/1@1", "3/2@1", "3/2@1"};
    for (int i = 0; i < 3; i++)
        for (int has = 0; has < 3; has++) {
            know(lists[i]);
            struct casefile *c = made_trust_case();
            made_artifact(c, 1, "/", "a.bin");
            made_hashes(c, 1, has == 0, has == 1, has == 2);
            made_expect(c, "ioc_hash", has == i ? expected[i] : "");
        }
}

static void by_the_image(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        know(i == 0   ? "authentihash\n" X20 "\n"
             : i == 1 ? "authentihash\n" X32 "\n"
             : i == 2 ? "sha256\n" X32 "\n"
                      : X16);
        struct casefile *c = made_trust_case();
        made_file(c, 1, &(struct made_signed){.authentihash = 'x'});
        made_file(c, 2, &(struct made_signed){.authentihash = 'y'});
        made_expect(c, "ioc_hash", i < 2 ? "3/2@1" : "");
    }
}

static void told(const char *rows, const struct made_signed *m, const char *sql, const char *expected) {
    char text[512];
    know(rows);
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_judge(c, "ioc_hash");
    made_text(c, sql, text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

static void what_is_said(void **state) {
    (void)state;
    struct made_signed m = {.authentihash = 'x'};
    static const char details[] = "SELECT group_concat(key || '=' || value, '; ') FROM finding_detail";
    static const char severity[] = "SELECT group_concat(severity || ' ' || summary) FROM finding";
    told("authentihash,name,id,date,source,severity\n" X32 ",Bad,E,2023-03-29,somebody,critical\n", &m,
         details,
         "list=evil.txt; list of=2023-03-29; entry=E; entry of=2023-03-29; says=Bad; row=2; "
         "Authentihash (SHA-256)=" X32 "; source=somebody; trust=trusted");
    told("authentihash,name,severity\n" X32 ",Bad,critical\n", &m, severity,
         "4 A list of indicators has this very file (evil.txt: Bad)");
    /* a program that is as its maker signed it, and one that is not */
    told(
        "authentihash,name\n" X32 ",the benign side-load host\n", &m, severity,
        "1 An unaltered program of a vendor that a list names because it was abused (evil.txt: the benign side-load host)");
    m.seal = "mismatch";
    told("authentihash,name\n" X32 ",the benign side-load host\n", &m, severity,
         "3 A list of indicators has this very file (evil.txt: the benign side-load host)");
    m.seal = NULL;
    told("authentihash,name\n" X32 ",benign host\n" X20 ",Dropper\n", &m, severity,
         "3 A list of indicators has this very file (evil.txt: Dropper)");
    told("authentihash,name\n" X32 ",a\n" X20 ",b\n", &m,
         "SELECT value FROM finding_detail WHERE key = 'further entries'", "1");
}

static void what_says_nothing(void **state) {
    (void)state;
    know(X32 "\n");
    struct casefile *c = made_trust_case();
    struct listing empty = made_listing("/", "empty.bin");
    empty.size = 0;
    assert_true(casefile_artifact(c, 1, &empty, span_of("", 0, 0), "read", NULL));
    made_hashes(c, 1, false, false, true);
    made_expect(c, "ioc_hash", "");
    /* known software is no indicator; drivers are another judge's */
    know("sha256,productcode\n" X32 ",1\n");
    c = made_trust_case();
    made_artifact(c, 1, "/", "a.bin");
    made_hashes(c, 1, false, false, true);
    made_expect(c, "ioc_hash", "");
    know("[{\"Id\":\"i\",\"KnownVulnerableSamples\":[{\"SHA256\":\"" X32 "\"}]}]");
    c = made_trust_case();
    made_artifact(c, 1, "/", "a.bin");
    made_hashes(c, 1, false, false, true);
    made_expect(c, "ioc_hash", "");
}

static int start(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    lists_file_free(&made_intel.lists);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_each_digest), cmocka_unit_test(by_the_image),
                                       cmocka_unit_test(what_is_said), cmocka_unit_test(what_says_nothing)};
    return cmocka_run_group_tests(tests, start, end);
}
