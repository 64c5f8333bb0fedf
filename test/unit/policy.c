/* Driver policies: what is refused, what is noted, what is read, and each term of a rule by itself. */
#include "intel/policy_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD  "<?xml version=\"1.0\"?>\n<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">\n"
#define FOOT  "</SiPolicy>\n"
#define TBS20 "00112233445566778899AABBCCDDEEFF00112233"
#define TBS32 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TBS48 TBS32 "00112233445566778899aabbccddeeff"
#define KERNEL(files, denied)                                                                                \
    "<SigningScenarios><SigningScenario Value=\"131\" ID=\"K\"><ProductSigners><DeniedSigners>" denied       \
    "</DeniedSigners><FileRulesRef>" files "</FileRulesRef></ProductSigners></SigningScenario>"              \
    "</SigningScenarios>"
#define RULES(rules)     "<FileRules>" rules "</FileRules>"
#define SIGNERS(signers) "<Signers>" signers "</Signers>"
#define FILE_REF(id)     "<FileRuleRef RuleID=\"" id "\"/>"
#define DENIED(id)       "<DeniedSigner SignerId=\"" id "\"/>"

static const uint8_t digest[32] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                                   0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                   0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static struct policies policies;

static bool parse_bytes(const char *xml, size_t size, struct text *error) {
    policy_free(&policies);
    return policy_parse(&policies, "p.xml", span_of(xml, size, 0), error);
}

static const struct policy *parse(const char *xml) {
    struct text error = {0};
    bool good = parse_bytes(xml, strlen(xml), &error);
    if (!good)
        fail_msg("%s", text_string(&error));
    text_free(&error);
    return policies.list[0];
}

static void refused(const char *xml, const char *why) {
    struct text error = {0};
    assert_false(parse_bytes(xml, strlen(xml), &error));
    if (!strstr(text_string(&error), why))
        fail_msg("%s, not %s", text_string(&error), why);
    assert_int_equal(policies.count, 0);
    text_free(&error);
}

/* --- misuse --- */

static void no_policy(void **state) {
    (void)state;
    refused("", "p.xml:1: no element found");
    refused("junk", "p.xml:1: syntax error");
    refused("<a/>", "p.xml:1: this is no SiPolicy");
    refused("<SiPolicy/>", "this is no SiPolicy"); /* not in its namespace */
    refused("\n\n<x:SiPolicy xmlns:x='urn:schemas-microsoft-com:other'/>", "p.xml:3: this is no SiPolicy");
    refused(HEAD "<FileRules>\n</Signers>", "p.xml:4: mismatched tag");
    refused(HEAD, "no element found");
    refused("<?xml version=\"1.0\" encoding=\"klingon\"?>\n<SiPolicy/>", "unknown encoding");
    refused(HEAD "<VersionEx>\xff</VersionEx>" FOOT, "not well-formed");
}

static void no_entities(void **state) {
    (void)state;
    refused("<!DOCTYPE SiPolicy [<!ENTITY a \"b\">]>\n<SiPolicy "
            "xmlns=\"urn:schemas-microsoft-com:sipolicy\"><VersionEx>&a;</VersionEx></SiPolicy>",
            "p.xml:1: a document type declaration is not accepted");
    refused("<!DOCTYPE SiPolicy SYSTEM \"file:///etc/passwd\">\n<SiPolicy "
            "xmlns=\"urn:schemas-microsoft-com:sipolicy\"/>",
            "a document type declaration is not accepted");
    refused(HEAD "<VersionEx>&a;</VersionEx>" FOOT, "undefined entity");
}

static void limits(void **state) {
    (void)state;
    struct text deep = {0}, error = {0};
    text_add(&deep, HEAD);
    for (int i = 0; i < 200; i++)
        text_add(&deep, "<a>");
    for (int i = 0; i < 200; i++)
        text_add(&deep, "</a>");
    text_add(&deep, FOOT);
    refused(text_string(&deep), "p.xml:3: elements are nested too deeply");
    text_clear(&deep);
    text_add(&deep, HEAD "<VersionEx>");
    for (int i = 0; i < 5000; i++)
        text_char(&deep, '1');
    text_add(&deep, "</VersionEx>" FOOT);
    refused(text_string(&deep), "p.xml:3: a text is longer than it may be");
    text_clear(&deep);
    text_add(&deep, HEAD "<FileRules>");
    for (int i = 0; i <= POLICY_PARTS; i++)
        text_add(&deep, "<Deny/>");
    text_add(&deep, "</FileRules>" FOOT);
    refused(text_string(&deep), "p.xml:3: the policy has more parts than are read");
    text_free(&deep);
    policy_free(&policies);
    static const char whole[] = HEAD FOOT;
    for (int i = 0; i < POLICY_MAX; i++)
        assert_true(policy_parse(&policies, "p", span_of(whole, sizeof whole - 1, 0), &error));
    assert_false(policy_parse(&policies, "p", span_of(whole, sizeof whole - 1, 0), &error));
    assert_string_equal(text_string(&error), "p:1: there are too many driver policies");
    assert_int_equal(policies.count, POLICY_MAX);
    text_clear(&error);
    assert_false(policy_add(&policies, "/nowhere/p.xml", &error));
    assert_non_null(strstr(text_string(&error), "/nowhere/p.xml: No such file"));
    text_free(&error);
}

/* --- what is not understood --- */

static void noted(const char *xml, size_t count, const char *first) {
    const struct policy *p = parse(xml);
    if (p->noted != count || !strstr(p->notes[0].what, first))
        fail_msg("%zu notes, the first: %s", p->noted, p->noted ? p->notes[0].what : "");
}

static void notes(void **state) {
    (void)state;
    noted(HEAD "<Wonder>\n<Deny/></Wonder>" FOOT, 1, "element Wonder is not known here");
    assert_int_equal(policies.list[0]->notes[0].line, 3);
    noted(HEAD "<x xmlns='urn:y'/>" FOOT, 1, "element x is not known here");
    noted(HEAD RULES("<FileRule ID='a'/>") FOOT, 1, "element FileRule is not known here");
    noted(HEAD RULES("<Deny ID='a' FilePath='C:\\x'/>") FOOT, 1,
          "rule a: FilePath=\"C:\\x\" is not understood");
    noted(HEAD RULES("<Deny ID='a' Hash='0011'/>") FOOT, 1, "Hash=\"0011\"");
    noted(HEAD RULES("<Deny ID='a' Hash='" TBS48 "'/>") FOOT, 1, "Hash=");
    noted(HEAD RULES("<Deny ID='a' Hash='x0112233445566778899AABBCCDDEEFF00112233'/>") FOOT, 1, "Hash=");
    noted(HEAD RULES("<Deny ID='a' FileName='b' MinimumFileVersion='1.2.3'/>") FOOT, 1, "MinimumFileVersion");
    noted(HEAD RULES("<Deny ID='a' FileName='b' MaximumFileVersion='1.2.3.65536'/>") FOOT, 1,
          "\"1.2.3.65536\"");
    noted(HEAD RULES("<Deny ID='a' FileName='b' MaximumFileVersion='1.2.3.4.'/>") FOOT, 1, "1.2.3.4.");
    noted(HEAD RULES("<Deny ID='a'/>") FOOT, 1, "rule a says neither hash nor name");
    noted(HEAD RULES("<Deny ID='a' FileName='b'/><Allow ID='a' FileName='c'/>") FOOT, 1,
          "the ID \"a\" is given twice");
    noted(HEAD SIGNERS("<Signer ID='s' SignTimeAfter='2020'><CertRoot Type='TBS' Value='" TBS20
                       "'/></Signer>") FOOT,
          1, "SignTimeAfter");
    noted(HEAD SIGNERS("<Signer ID='s'><CertRoot Type='Wellknown' Value='06'/></Signer>") FOOT, 1,
          "signer s: its CertRoot is no TBS digest");
    noted(HEAD SIGNERS("<Signer ID='s'><CertRoot Type='TBS' Value='06'/></Signer>") FOOT, 1,
          "no digest of 20, 32 or 48 bytes");
    noted(HEAD SIGNERS("<Signer ID='s'></Signer>") FOOT, 1, "signer s has no CertRoot");
    noted(HEAD SIGNERS("<Signer ID='s'><CertRoot Type='TBS' Value='" TBS20 "'/><CertPublisher/></Signer>")
              FOOT,
          1, "a name is missing");
    noted(HEAD "<EKUs><EKU ID='e' Value='zz'/></EKUs>" FOOT, 1, "EKU e: its value is no object identifier");
    noted(HEAD KERNEL(FILE_REF("a"), "") FOOT, 1, "it refers to \"a\", which is not there");
    noted(HEAD KERNEL("<FileRuleRef/>", "") FOOT, 1, "it refers to \"\", which is not there");
    noted(HEAD KERNEL("", DENIED("s")) FOOT, 1, "it refers to \"s\", which is not there");
    noted(HEAD RULES("<Deny ID='a' FileName='b'/>") KERNEL("", DENIED("a")) FOOT, 1, "\"a\" is no signer");
    noted(HEAD "<SigningScenarios><SigningScenario Value='7'/></SigningScenarios>" FOOT, 1,
          "SigningScenario 7 is not known");
    parse(HEAD "<CiSigners><CiSigner SignerId='x'/></CiSigners><HvciOptions>2</HvciOptions>" FOOT);
    assert_int_equal(policies.list[0]->noted, 0);
    assert_int_equal(policies.list[0]->passed, 2);
}

static void many_notes(void **state) {
    (void)state;
    struct text xml = {0}, told = {0};
    text_add(&xml, HEAD);
    for (int i = 0; i < 100; i++)
        text_add(&xml, "<Strange/>\n");
    text_add(&xml, FOOT);
    assert_int_equal(parse(text_string(&xml))->noted, 100);
    policy_tell(policies.list[0], true, &told);
    assert_non_null(strstr(text_string(&told), "100 parts are not understood"));
    assert_non_null(strstr(text_string(&told), "line 18: element Strange is not known here; and more"));
    text_free(&xml);
    text_free(&told);
}

/* --- use --- */

static const char whole[] = HEAD
    "<VersionEx>10.0.1.2</VersionEx><PolicyID>{AB}</PolicyID>\n"
    "<Rules><Rule><Option>Enabled:UMCI</Option></Rule></Rules>\n"
    "<EKUs><EKU ID=\"E\" Value=\"010A2B0601040182370A0305\" FriendlyName=\"hardware\"/></EKUs>\n"
    "<FileRules>\n"
    "<Deny ID=\"H1\" FriendlyName=\"by hash\" Hash=\"" TBS20 "\"/>\n"
    "<Deny ID=\"H2\" Hash=\"" TBS32 "\"/>\n"
    "<Deny ID=\"N\" FileName=\"evil.sys\" MaximumFileVersion=\"2.0.0.0\"/>\n"
    "<Deny ID=\"U\" FileName=\"unused.sys\"/>\n"
    "<Allow ID=\"A\" FileName=\"*\"/>\n"
    "<Allow ID=\"X\" FileName=\"fine.sys\" MinimumFileVersion=\"3.0.0.0\"/>\n"
    "<FileAttrib ID=\"F\" FileName=\"hole.sys\" MinimumFileVersion=\"1.0.0.0\" MaximumFileVersion=\"2.0.0.0\"/>\n"
    "<FileAttrib ID=\"P\" ProductName=\"Game &amp; Co\"/>\n"
    "</FileRules>\n"
    "<Signers>\n"
    "<Signer ID=\"S\" Name=\"all terms\"><CertRoot Type=\"TBS\" Value=\"" TBS48
    "\"/><CertEKU ID=\"E\"/><CertPublisher Value=\"Maker\"/><CertIssuer Value=\"Some CA\"/>"
    "<CertOemID Value=\"Vendor Inc.\"/><FileAttribRef RuleID=\"F\"/><FileAttribRef RuleID=\"P\"/></Signer>\n"
    "<Signer ID=\"T\" Name=\"idle\"><CertRoot Type=\"TBS\" Value=\"" TBS20 "\"/></Signer>\n"
    "</Signers>\n" KERNEL(
        FILE_REF("H1") FILE_REF("H2") FILE_REF("N") FILE_REF("A"),
        "<DeniedSigner SignerId=\"S\"><ExceptAllowRule AllowRuleID=\"X\"/></DeniedSigner>") "<Settings><Setting Provider=\"PolicyInfo\" Key=\"Information\" ValueName=\"Name\"><Value>"
                                                                                            "<String>Test \xc3\xa4 policy</String></Value></Setting><Setting Provider=\"PolicyInfo\" "
                                                                                            "Key=\"Information\" ValueName=\"Id\"><Value><String>no name</String></Value></Setting></Settings>" FOOT;

static void reads(void **state) {
    (void)state;
    const struct policy *p = parse(whole);
    assert_int_equal(p->noted, 0);
    assert_string_equal(p->version, "10.0.1.2");
    assert_string_equal(p->id, "{AB}");
    assert_string_equal(p->name, "Test \xc3\xa4 policy");
    assert_false(p->audit);
    assert_int_equal(p->rule_count, 8);
    assert_int_equal(p->signer_count, 2);
    assert_int_equal(p->usage_count, 1);
    assert_string_equal(p->usages[0].dotted, "1.3.6.1.4.1.311.10.3.5");
    assert_int_equal(p->kernel.files.count, 4);
    assert_int_equal(p->kernel.hash_count, 2);
    assert_int_equal(p->kernel.denied_count, 1);
    assert_int_equal(p->user.files.count, 0);
    assert_int_equal(p->unused, 2); /* U and T */
    assert_string_equal(p->rules[0].friendly, "by hash");
    assert_int_equal(p->rules[0].line, 7);
    const struct policy_signer *s = p->kernel.denied[0].signer;
    assert_string_equal(s->name, "all terms");
    assert_int_equal(s->tbs.size, 48);
    assert_string_equal(s->attributes.list[1].rule->names[POLICY_PRODUCT], "Game & Co");
    assert_int_equal(s->attributes.list[0].rule->maximum, (uint64_t)2 << 48);
    struct text told = {0};
    policy_tell(p, true, &told);
    assert_string_equal(
        text_string(&told),
        "p.xml: Test \xc3\xa4 policy 10.0.1.2: 4 denials of files, 2 file attributes, 2 signers; for the "
        "kernel 4 file rules and 1 denied signers, for user mode 0 and 0; 2 denials and signers are "
        "in no scenario; 0 parts are not understood");
    text_free(&told);
    assert_true(parse(HEAD "<Rules><Rule><Option>Enabled:Audit Mode</Option></Rule></Rules>" FOOT)->audit);
}

static const char *denied_by(const struct policy_match_file *file, const struct policy_match_signature *s) {
    struct policy_match m =
        s ? policy_match_signature(&policies, file, s) : policy_match_file(&policies, file);
    return !m.policy ? "" : m.signer ? m.signer->id : m.rule->id;
}

#define VERSION(a, b, c, d) ((uint64_t)(a) << 48 | (uint64_t)(b) << 32 | (uint64_t)(c) << 16 | (d))

static void by_hash(void **state) {
    (void)state;
    uint8_t other[32];
    parse(whole);
    struct policy_match_file file = {.sha1 = span_of(digest, 20, 0)}; /* whatever kind of image it is */
    assert_string_equal(denied_by(&file, NULL), "H1");
    file = (struct policy_match_file){.sha256 = span_of(digest, 32, 0)};
    assert_string_equal(denied_by(&file, NULL), "H2");
    file.sha256 = span_of(digest, 20, 0); /* a digest of the other kind is none */
    assert_string_equal(denied_by(&file, NULL), "");
    memcpy(other, digest, 32);
    for (int bit = 0; bit < 256; bit++) {
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        file = (struct policy_match_file){.sha1 = span_of(other, 20, 0), .sha256 = span_of(other, 32, 0)};
        assert_string_equal(denied_by(&file, NULL), bit < 160 ? "" : "H1");
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static bool versioned(const char *kind, const char *terms, bool has, uint64_t version) {
    struct text xml = {0};
    struct policy_match_file file = {
        .driver = true, .names = {"A.SYS"}, .has_version = has, .version = version};
    bool attribute = strcmp(kind, "FileAttrib") == 0;
    text_format(&xml, HEAD "<FileRules><%s ID='R' FileName='a.sys' %s/></FileRules>", kind, terms);
    if (attribute)
        text_add(&xml, SIGNERS("<Signer ID='R2'><CertRoot Type='TBS' Value='" TBS20
                               "'/><FileAttribRef RuleID='R'/></Signer>") KERNEL("", DENIED("R2")));
    else
        text_add(&xml, KERNEL(FILE_REF("R"), ""));
    text_add(&xml, FOOT);
    parse(text_string(&xml));
    text_free(&xml);
    struct span tbs = span_of(digest, 20, 0);
    struct policy_match_signature signature = {.chain = &tbs, .chain_count = 1};
    return denied_by(&file, attribute ? &signature : NULL)[0] != 0;
}

/* Microsoft's page on policy rules and file rules; the maximum alone as the published list means it. */
static void versions(void **state) {
    (void)state;
    static const struct {
        const char *terms;
        uint64_t low, high; /* what is denied */
        bool without;       /* and a file without version */
    } cases[] = {
        {"", 0, UINT64_MAX, true},
        {"MinimumFileVersion='1.2.3.4'", 0, VERSION(1, 2, 3, 4), false},
        {"MinimumFileVersion='65535.65535.65535.65535'", 0, UINT64_MAX, true},
        {"MaximumFileVersion='1.2.3.4'", 0, VERSION(1, 2, 3, 4), false},
        {"MaximumFileVersion='65535.65535.65535.65535'", 0, UINT64_MAX, true},
        {"MinimumFileVersion='1.0.0.0' MaximumFileVersion='1.2.3.4'", VERSION(1, 0, 0, 0),
         VERSION(1, 2, 3, 4), false},
        {"MinimumFileVersion='0.0.0.0' MaximumFileVersion='65535.65535.65535.65535'", 0, UINT64_MAX, true},
        {"MinimumFileVersion='2.0.0.0' MaximumFileVersion='65535.65535.65535.65535'", VERSION(2, 0, 0, 0),
         UINT64_MAX, false},
    };
    static const char *const kinds[] = {"Deny", "FileAttrib"};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            assert_true(versioned(kinds[k], cases[i].terms, true, cases[i].low));
            assert_true(versioned(kinds[k], cases[i].terms, true, cases[i].high));
            if (cases[i].low > 0)
                assert_false(versioned(kinds[k], cases[i].terms, true, cases[i].low - 1));
            if (cases[i].high < UINT64_MAX)
                assert_false(versioned(kinds[k], cases[i].terms, true, cases[i].high + 1));
            assert_int_equal(versioned(kinds[k], cases[i].terms, false, 0), cases[i].without);
        }
}

static void by_name(void **state) {
    (void)state;
    parse(whole);
    struct policy_match_file file = {.driver = true, .names = {"EVIL.SYS"}, .has_version = true};
    assert_string_equal(denied_by(&file, NULL), "N"); /* without regard to case */
    file.driver = false;
    assert_string_equal(denied_by(&file, NULL), "");
    file.driver = true;
    file.names[POLICY_ORIGINAL] = "evil.sys2";
    assert_string_equal(denied_by(&file, NULL), "");
    file.names[POLICY_ORIGINAL] = NULL;
    assert_string_equal(denied_by(&file, NULL), "");
    file.names[POLICY_ORIGINAL] = "unused.sys"; /* no scenario refers to the rule */
    assert_string_equal(denied_by(&file, NULL), "");
    parse(HEAD RULES("<Deny ID='I' InternalName='i' FileDescription='d' ProductName='p'/>")
              KERNEL(FILE_REF("I"), "") FOOT);
    file.names[POLICY_INTERNAL] = "i";
    file.names[POLICY_DESCRIPTION] = "d";
    assert_string_equal(denied_by(&file, NULL), "");
    file.names[POLICY_PRODUCT] = "p";
    assert_string_equal(denied_by(&file, NULL), "I");
}

struct scene {
    struct policy_match_file file;
    struct policy_match_signature signature;
    struct span chain[3];
    uint8_t tbs[48];
};

static void set(struct scene *s) {
    *s = (struct scene){
        .file = {.driver = true, .names = {"hole.sys"}, .has_version = true, .version = VERSION(1, 5, 0, 0)},
        .signature = {.chain_count = 3,
                      .publisher = "Maker",
                      .issuer = "Some CA",
                      .program = "Vendor Inc.",
                      .usages = "1.3.6.1.5.5.7.3.3 1.3.6.1.4.1.311.10.3.5"}};
    memcpy(s->tbs, digest, 32);
    memcpy(s->tbs + 32, digest, 16);
    s->signature.chain = s->chain;
    s->chain[1] = span_of(s->tbs, 48, 0);
}

/* All terms hold, or the rule does not match. */
static void by_signer(void **state) {
    (void)state;
    struct scene s;
    parse(whole);
    set(&s);
    assert_string_equal(denied_by(&s.file, &s.signature), "S");
    struct policy_match match = policy_match_signature(&policies, &s.file, &s.signature);
    assert_int_equal(match.link, 1);
    assert_string_equal(match.rule->id, "F");
#define OFF(change)                                                                                          \
    do {                                                                                                     \
        set(&s);                                                                                             \
        change;                                                                                              \
        assert_string_equal(denied_by(&s.file, &s.signature), "");                                           \
    } while (0)
    OFF(s.tbs[47] ^= 1);
    OFF(s.chain[1].size = 32);
    OFF(s.signature.chain_count = 1);
    OFF(s.signature.chain_count = 0);
    OFF(s.signature.publisher = "Makers");
    OFF(s.signature.publisher = NULL);
    OFF(s.signature.issuer = "Other CA");
    OFF(s.signature.program = "Vendor Inc");
    OFF(s.signature.program = NULL);
    OFF(s.signature.usages = "1.3.6.1.4.1.311.10.3.51 1.1.3.6.1.4.1.311.10.3.5");
    OFF(s.signature.usages = NULL);
    OFF(s.file.names[POLICY_ORIGINAL] = "whole.sys");
    OFF(s.file.version = VERSION(2, 0, 0, 1));
    OFF(s.file.version = VERSION(0, 65535, 65535, 65535));
    OFF(s.file.has_version = false);
    OFF(s.file.driver = false);
    OFF(s.file.names[POLICY_ORIGINAL] = "fine.sys"; s.file.names[POLICY_PRODUCT] = "Game & Co";
        s.file.version = VERSION(3, 0, 0, 0)); /* excepted: allowances are of that version and newer ones */
#undef OFF
    s.file.version = VERSION(2, 9, 0, 0);
    assert_string_equal(denied_by(&s.file, &s.signature), "S"); /* the other attribute */
}

/* A rule with a part that is not understood is not applied: without that part it would deny more. */
static void not_understood(void **state) {
    (void)state;
    static const char *const signers[] = {"",
                                          "<Unknown/>",
                                          "<CertEKU ID='missing'/>",
                                          "<CertPublisher/>",
                                          "<FileAttribRef RuleID='missing'/>",
                                          "<FileAttribRef RuleID='path'/>",
                                          "<CertRoot Type='TBS' Value='" TBS32 "'/>"};
    struct span tbs = span_of(digest, 20, 0);
    struct policy_match_signature signature = {.chain = &tbs, .chain_count = 1};
    struct policy_match_file file = {.driver = true, .names = {"a.sys"}, .has_version = true};
    for (size_t i = 0; i < sizeof signers / sizeof signers[0]; i++) {
        struct text xml = {0};
        text_format(
            &xml,
            HEAD RULES(
                "<FileAttrib ID='path' FileName='a.sys' FilePath='x'/>") "<Signers><Signer ID='S'>"
                                                                         "<CertRoot Type='TBS' Value='" TBS20
                                                                         "'/>%s</Signer></Signers>" KERNEL(
                                                                             "", DENIED("S")) FOOT,
            signers[i]);
        parse(text_string(&xml));
        assert_string_equal(denied_by(&file, &signature), i == 0 ? "S" : "");
        assert_int_equal(policies.list[0]->noted > (i == 0 ? 1 : 0), i != 0);
        text_free(&xml);
    }
    parse(HEAD RULES("<Deny ID='R' FileName='a.sys' AppIDs='x'/>") KERNEL(FILE_REF("R"), "") FOOT);
    assert_string_equal(denied_by(&file, NULL), "");
    parse(HEAD SIGNERS("<Signer ID='S'><CertRoot Type='TBS' Value='" TBS20 "'/></Signer>") KERNEL(
        "", "<DeniedSigner SignerId='S'><ExceptAllowRule AllowRuleID='no'/></DeniedSigner>") FOOT);
    assert_string_equal(denied_by(&file, &signature), "");
}

static void several(void **state) {
    (void)state;
    static const char audit[] = HEAD "<Rules><Rule><Option>Enabled:Audit Mode</Option></Rule></Rules>" RULES(
        "<Deny ID='AUDIT' Hash='" TBS20 "'/>") KERNEL(FILE_REF("AUDIT"), "") FOOT;
    struct text error = {0};
    struct policy_match_file file = {.sha1 = span_of(digest, 20, 0)};
    parse(audit);
    assert_string_equal(denied_by(&file, NULL), "AUDIT");
    assert_true(policy_parse(&policies, "q", span_of(whole, sizeof whole - 1, 0), &error));
    assert_string_equal(denied_by(&file, NULL), "H1"); /* the one in force counts first */
    assert_false(policy_parse(&policies, "r", span_of("<a/>", 4, 0), &error));
    assert_int_equal(policies.count, 2);
    text_free(&error);
    parse(
        HEAD
            RULES("<Deny ID='U' Hash='" TBS20 "'/>") "<SigningScenarios><SigningScenario Value='12'><ProductSigners><FileRulesRef>" FILE_REF(
                "U") "</FileRulesRef></ProductSigners></SigningScenario></SigningScenarios>" FOOT);
    assert_int_equal(policies.list[0]->user.hash_count, 1);
    assert_string_equal(denied_by(&file, NULL), ""); /* for user mode: not asked */
}

static void sweeps(void **state) {
    (void)state;
    struct text error = {0};
    for (size_t size = 0; size < sizeof whole - 2; size++) { /* without the last line feed it is whole */
        text_clear(&error);
        assert_false(parse_bytes(whole, size, &error));
        assert_true(error.size > 0);
    }
    char copy[sizeof whole];
    struct scene s;
    set(&s);
    for (size_t bit = 0; bit < (sizeof whole - 1) * 8; bit++) {
        memcpy(copy, whole, sizeof copy);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        text_clear(&error);
        if (parse_bytes(copy, sizeof copy - 1, &error)) {
            denied_by(&s.file, NULL);
            denied_by(&s.file, &s.signature);
        } else
            assert_true(error.size > 0 && policies.count == 0);
    }
    text_free(&error);
}

static int end(void **state) {
    (void)state;
    policy_free(&policies);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_policy), cmocka_unit_test(no_entities),    cmocka_unit_test(limits),
        cmocka_unit_test(notes),     cmocka_unit_test(many_notes),     cmocka_unit_test(reads),
        cmocka_unit_test(by_hash),   cmocka_unit_test(versions),       cmocka_unit_test(by_name),
        cmocka_unit_test(by_signer), cmocka_unit_test(not_understood), cmocka_unit_test(several),
        cmocka_unit_test(sweeps)};
    return cmocka_run_group_tests(tests, NULL, end);
}
