/* Known drivers by place: exposed, abused, malicious; and whether their product is there. */
#include "base/digest.h"
#include "trust_made.h"

#define HEX(pair) pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair pair
#define X32       HEX("78") HEX("78")

static void know(const char *category, const char *more) {
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = "drivers.json", .file = "drivers.json", .date = ""};
    struct text rows = {0}, out = {0}, error = {0};
    lists_file_free(&made_intel.lists);
    text_format(&rows,
                "[{\"Id\":\"u-u\",\"Category\":\"%s\",\"Tags\":[\"hole.sys\"],\"Created\":\"2024-01-02\","
                "\"KnownVulnerableSamples\":[{\"Authentihash\":{\"SHA256\":\"" X32 "\"}%s}]}]",
                category, more);
    assert_true(lists_read(span_of(rows.data, rows.size, 0), &source, &build, &damage));
    assert_true(lists_build_write(&build, &out));
    assert_true(lists_file_take(&made_intel.lists, &out, "lists.intel", &error));
    lists_build_free(&build);
    text_free(&rows);
}

static const char answer_sql[] = "SELECT group_concat(severity || '/' || strength) FROM finding";

/* The driver in a folder, on a volume of which everything is known or not, with a second image. */
static void expect(const char *folder, bool complete, const struct made_signed *other, const char *expected) {
    char text[512];
    struct casefile *c = made_trust_case();
    assert_true(casefile_collected(c, 1, 1, "", complete));
    made_file(
        c, 1,
        &(struct made_signed){.authentihash = 'x', .folder = folder, .subsystem = 1, .company = "Hole"});
    if (other)
        made_file(c, 2, other);
    made_judge(c, "driver_known");
    made_text(c, answer_sql, text);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s, not %s", folder, text, expected);
    casefile_close(c);
}

static void by_place(void **state) {
    (void)state;
    static const char *const own[] = {"/Program Files/Hole", "/PROGRAM FILES (X86)/Hole/temp",
                                      "/Windows/System32/drivers",
                                      "/windows/system32/DriverStore/FileRepository/h"};
    static const char *const open[] = {"/Windows/Temp", "/Users/a/Downloads",     "/ProgramData",
                                       "/Temp",         "/Users/a/Program Files", "/$Recycle.Bin/S-1-5"};
    static const char *const other[] = {"/Windows", "", "/Windows/System32", "/UsersX/a", "/x/Temperature"};
    know("vulnerable driver", "");
    for (size_t i = 0; i < 4; i++)
        expect(own[i], true, NULL, "1/2");
    for (size_t i = 0; i < 6; i++) {
        expect(open[i], true, NULL, "3/1");
        expect(open[i], false, NULL, "2/1");
    }
    for (size_t i = 0; i < 5; i++)
        expect(other[i], true, NULL, "2/1");
    static const char *const unpacked[] = {"/Drivers/Intel", "/SWSetup/SP1", "/AMD",
                                           "/programdata/Package Cache/{1}"};
    for (size_t i = 0; i < 4; i++)
        expect(unpacked[i], true, NULL, "1/1");
    expect("/x/Drivers", true, NULL, "2/1"); /* not at the root */
    know("malicious", "");
    expect(unpacked[0], true, NULL, "3/2");
    expect(own[0], true, NULL, "3/2");
    expect(open[0], true, NULL, "3/2");
}

static void by_product(void **state) {
    (void)state;
    know("vulnerable driver", "");
    struct made_signed product = {
        .company = "Hole", .organization = "Somebody", .subsystem = 2, .signer = 'B'};
    expect("/Windows/Temp", true, &product, "1/1");
    product.seal = "mismatch"; /* it only says so */
    expect("/Windows/Temp", true, &product, "3/1");
    product = (struct made_signed){.company = "Hole", .subsystem = 1}; /* another driver is no product */
    expect("/Windows/Temp", true, &product, "3/1");
    product = (struct made_signed){.organization = "Maker", .subsystem = 3}; /* signed by the same */
    expect("/Windows/Temp", true, &product, "1/1");
    product =
        (struct made_signed){.company = "Other", .organization = "Other", .subsystem = 3, .signer = 'B'};
    expect("/Windows/Temp", true, &product, "3/1");
}

static void look_alikes(void **state) {
    (void)state;
    know("vulnerable driver", "");
    struct casefile *c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.authentihash = 'y', .name = "hole.sys", .subsystem = 1});
    made_expect(c, "driver_known", "");
    lists_file_free(&made_intel.lists);
    c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.authentihash = 'x', .name = "hole.sys", .subsystem = 1});
    made_expect(c, "driver_known", "");
}

/* One of its paths in the driver store clears the place. */
static void hard_links(void **state) {
    (void)state;
    char text[512];
    know("vulnerable driver", "");
    struct casefile *c = made_trust_case();
    assert_true(casefile_collected(c, 1, 1, "", true));
    made_file(c, 1, &(struct made_signed){.authentihash = 'x', .folder = "/Users/a", .subsystem = 1});
    struct listing link = made_listing("/Windows/System32/DriverStore/FileRepository/h", "hole.sys");
    assert_true(casefile_path(c, 1, &link));
    made_judge(c, "driver_known");
    made_text(c, answer_sql, text);
    assert_string_equal(text, "1/2");
    casefile_close(c);
}

static void what_is_said(void **state) {
    (void)state;
    char text[512];
    know("vulnerable driver", ",\"LoadsDespiteHVCI\":\"TRUE\"");
    struct casefile *c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.authentihash = 'x', .folder = "/Users/a", .subsystem = 1});
    made_judge(c, "driver_known");
    made_text(c, "SELECT group_concat(key || '=' || value, '; ') FROM finding_detail", text);
    assert_string_equal(
        text,
        "kind=vulnerable driver; list=drivers.json; list of=2024-01-02; entry=u-u; entry of=2024-01-02; "
        "says=hole.sys; row=1; Authentihash (SHA-256)=" X32 "; source=loldrivers.io; "
        "memory integrity (HVCI)=loads nevertheless; product of its publisher=not testable: it is "
        "not known what else is there; service=not testable: the machine's services are not known");
    casefile_close(c);
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

/* A key that would load it from an unusual place makes it abuse, unless its product is there; one in its own
 * place does not. */
static void by_service(void **state) {
    (void)state;
    static const struct made_signed product = {
        .authentihash = 'p', .folder = "/Program Files/Hole", .subsystem = 2, .company = "Hole"};
    static const struct {
        const char *folder;
        unsigned type, artifact;
        bool product;
        const char *expected;
    } tries[] = {
        {"/Windows/Temp", 1, 1, false, "3/1"},       {"/Windows/Temp", 1, 7, false, "2/1"},
        {"/Windows/Temp", 0x10, 1, false, "2/1"},    {"/Windows/Temp", 1, 1, true, "1/1"},
        {"/Program Files/Hole", 1, 1, false, "1/2"},
    };
    know("vulnerable driver", "");
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        char text[512];
        struct casefile *c = made_trust_case();
        assert_true(casefile_collected(c, 1, 1, "", false));
        made_file(c, 1,
                  &(struct made_signed){
                      .authentihash = 'x', .folder = tries[i].folder, .subsystem = 1, .company = "Hole"});
        if (tries[i].product) {
            made_file(c, 2, &product);
            assert_true(casefile_trust(c, &(struct casefile_trust){.artifact = 2, .state = "trusted"}));
        }
        assert_true(casefile_service(
            c, &(struct casefile_service){
                   .hive = 1,
                   .name = "svc",
                   .state = "current",
                   .has_type = true,
                   .type = tries[i].type,
                   .image = {.text = "x", .path = "/x", .state = "found", .artifact = tries[i].artifact}}));
        made_judge(c, "driver_known");
        made_text(c, answer_sql, text);
        if (strcmp(text, tries[i].expected) != 0)
            fail_msg("%zu: %s, not %s", i, text, tries[i].expected);
        made_text(c, "SELECT value FROM finding_detail WHERE key = 'service'", text);
        assert_string_equal(text, tries[i].artifact == 1 && tries[i].type == 1 ? "svc" : "no key names it");
        casefile_close(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_place),   cmocka_unit_test(by_service),
                                       cmocka_unit_test(by_product), cmocka_unit_test(look_alikes),
                                       cmocka_unit_test(hard_links), cmocka_unit_test(what_is_said)};
    return cmocka_run_group_tests(tests, start, end);
}
