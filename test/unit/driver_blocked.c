/* Driver policies and the facts of a case: every term by itself, the kernel's verdict, the finding. */
#include "trust_made.h"

#define A32                                                                                                  \
    "41414141414141414141414141414141"                                                                       \
    "41414141414141414141414141414141"                    /* 'A' 32 times */
#define X20    "7878787878787878787878787878787878787878" /* 'x' 20 times */
#define X32    "7878787878787878787878787878787878787878787878787878787878787878"
#define USAGES "1.3.6.1.5.5.7.3.3 1.3.6.1.4.1.311.10.3.5"

static const char policy[] =
    "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\"><VersionEx>1.0.0.0</VersionEx>%s"
    "<EKUs><EKU ID=\"E\" Value=\"010A2B0601040182370A0305\"/></EKUs><FileRules><Deny ID=\"H20\" FriendlyName=\"of the "
    "test\" Hash=\"" X20 "\"/><Deny ID=\"H32\" Hash=\"" X32 "\"/><Deny ID=\"N\" FileName=\"named.sys\"/>"
    "<FileAttrib ID=\"F\" FileName=\"hole.sys\" ProductName=\"Hole\" MinimumFileVersion=\"1.0.0.0\" "
    "MaximumFileVersion=\"2.0.0.0\"/></FileRules><Signers><Signer ID=\"S\" Name=\"all terms\"><CertRoot Type=\"TBS\" "
    "Value=\"" A32 "\"/><CertEKU ID=\"E\"/><CertPublisher Value=\"Maker\"/><CertOemID Value=\"Vendor\"/>"
    "<FileAttribRef RuleID=\"F\"/></Signer></Signers><SigningScenarios><SigningScenario Value=\"%s\"><ProductSigners>"
    "<DeniedSigners><DeniedSigner SignerId=\"S\"/></DeniedSigners><FileRulesRef><FileRuleRef RuleID=\"%s\"/>"
    "<FileRuleRef RuleID=\"N\"/></FileRulesRef></ProductSigners></SigningScenario></SigningScenarios></SiPolicy>";

static void use(const char *extra, const char *scenario, const char *rule) {
    struct text xml = {0}, error = {0};
    policy_free(&made_intel.policies);
    text_format(&xml, policy, extra, scenario, rule);
    assert_true(policy_parse(&made_intel.policies, "p.xml", span_of(xml.data, xml.size, 0), &error));
    assert_int_equal(made_intel.policies.list[0]->noted, 0);
    text_free(&xml);
}

static void expect(const struct made_signed *m, const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_expect(c, "driver_blocked", expected);
}

static void told(const struct made_signed *m, const char *sql, const char *expected) {
    char text[512];
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_judge(c, "driver_blocked");
    made_text(c, sql, text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

#define HOLE                                                                                                 \
    .subsystem = 1, .special = "kernel", .original = "hole.sys", .product = "Hole", .version = "1.5.0.0",    \
    .program = "Vendor", .usages = USAGES

static const char verdict_sql[] =
    "SELECT state || ' ' || user || ' ' || kernel || ' ' || printf('%x', coalesce(kernel_code, 0)) || ' ' || flags ||"
    " ' ' || coalesce(denied_by, '-') FROM trust";

static void all_terms(void **state) {
    (void)state;
    struct made_signed hole = {HOLE};
    expect(&hole, ""); /* no policy */
    told(&hole, verdict_sql, "trusted accepted accepted 0 cross-signed -");
    use("", "131", "H20");
    expect(&hole, "3/1@1");
    told(&hole, verdict_sql,
         "trusted accepted rejected c0e90002 cross-signed driver-policy p.xml 1.0.0.0, signer S with F");
    told(&hole, "SELECT group_concat(key || '=' || value, '; ') FROM finding_detail",
         "policy=p.xml; rule=S; signer rule=all terms; certificate=Maker; publisher=Maker; submitter=Vendor; "
         "file attribute=F; original name=hole.sys; product=Hole");
    told(&hole, "SELECT offset || ' ' || size FROM finding", "8000 1999");
    told(&hole, "SELECT reason FROM trust",
         "the signature holds, but a driver policy keeps the file from being loaded");
}

/* What has a value in HOLE is set anew by the later one. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define OFF(...) expect(&(struct made_signed){HOLE, __VA_ARGS__}, "")

static void each_term(void **state) {
    (void)state;
    use("", "131", "H20");
    expect(&(struct made_signed){HOLE, .version = "2.0.0.0"}, "3/1@1");
    OFF(.signer = 'B'); /* TBS */
    OFF(.organization = "Other");
    OFF(.program = "Vendors");
    OFF(.program = NULL);
    OFF(.usages = "1.3.6.1.5.5.7.3.3");
    OFF(.usages = NULL);
    OFF(.original = "whole.sys");
    OFF(.original = NULL);
    OFF(.product = "Whole");
    OFF(.version = "2.0.0.1");
    OFF(.version = "0.9.0.0");
    OFF(.version = NULL);
    OFF(.subsystem = 2); /* no driver */
    OFF(.seal = "mismatch");
    OFF(.verdict = "mismatch");
    OFF(.bare = true);
    use("", "12", "H20"); /* rules for user mode */
    expect(&(struct made_signed){HOLE}, "");
}

static void by_file(void **state) {
    (void)state;
    use("", "131", "H20");
    expect(&(struct made_signed){.authentihash = 'x', .subsystem = 2}, "3/2@1");
    told(&(struct made_signed){.authentihash = 'x', .subsystem = 1, .bare = true}, verdict_sql,
         "unknown unknown rejected c0e90002 driver-policy p.xml 1.0.0.0, rule H20");
    told(&(struct made_signed){.authentihash = 'x'},
         "SELECT value FROM finding_detail WHERE key = 'rule''s own name'", "of the test");
    use("", "131", "H32");
    expect(&(struct made_signed){.authentihash = 'x'}, "3/2@1");
    expect(&(struct made_signed){.authentihash = 'y'}, "");
    expect(&(struct made_signed){.subsystem = 1, .bare = true, .original = "Named.sys"}, "3/1@1");
    expect(&(struct made_signed){.subsystem = 3, .bare = true, .original = "Named.sys"}, "");
    use("", "12", "H32");
    expect(&(struct made_signed){.authentihash = 'x'}, "");
}

static void codes(void **state) {
    (void)state;
    struct made_signed hole = {HOLE};
    use("<PolicyID>{d2bda982-ccf6-4344-ac5b-0b44427b6816}</PolicyID>", "131", "H20");
    told(&hole, "SELECT kernel || printf(' %x', kernel_code) FROM trust", "rejected c0000603");
    use("<Rules><Rule><Option>Enabled:Audit Mode</Option></Rule></Rules>", "131", "H20");
    told(
        &hole, verdict_sql,
        "trusted accepted accepted 0 cross-signed driver-policy p.xml 1.0.0.0 (audit only), signer S with F");
    expect(&hole, "3/1@1");
    use("", "131", "H20"); /* rejected before anybody asked the policy */
    hole.special_faults = 1;
    told(&hole, "SELECT kernel || printf(' %x', kernel_code) FROM trust", "rejected c0000428");
    expect(&hole, "3/1@1");
}

static void in_a_catalog(void **state) {
    (void)state;
    char text[512];
    use("", "131", "H20");
    for (int fits = 0; fits < 2; fits++) {
        struct casefile *c = made_trust_case();
        made_file(c, 1, &(struct made_signed){HOLE, .bare = true, .authentihash = 'z'});
        made_catalog(c, 2, "/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}", 'z', true,
                     &(struct made_signed){
                         .usages = USAGES, .special = "kernel", .program = fits ? "Vendor" : "Other"});
        made_judge(c, "driver_blocked");
        made_text(
            c,
            "SELECT count(*) || ' ' || coalesce(max(artifact), 0) || ' ' || coalesce(max(size), 0) FROM finding",
            text);
        assert_string_equal(text, fits ? "1 1 0" : "0 0 0");
        casefile_close(c);
    }
}

static int end(void **state) {
    (void)state;
    policy_free(&made_intel.policies);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_terms), cmocka_unit_test(each_term),
                                       cmocka_unit_test(by_file), cmocka_unit_test(codes),
                                       cmocka_unit_test(in_a_catalog)};
    return cmocka_run_group_tests(tests, NULL, end);
}
