/* Lists of campaigns: the form that is kept, values in one form, and foreign lists in every way they lie. */
#include "base/digest.h"
#include "intel/campaigns_read.h"
#include "intel/campaigns_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SHA256 "7986bbaee8940da11ce089383521ab420c443ab7b15ed42aed91fd31ce833896"
#define SHA1   "bf939c9c261d27ee7bb92325cc588624fca75429"
#define MD5    "74bc2d0b6680faa1a5a76b27e5479cbc"
#define HEAD   "kind\tvalue\trole\twhat\treport\tsource\n"
#define BEGIN  HEAD "campaign\tA\t\twhat it was\t\t\n"

static struct span span_string(const char *text) {
    return span_of(text, strlen(text), 0);
}

/* --- the form that is kept --- */

static void refused(const char *list, uint64_t line, const char *why) {
    struct campaigns campaigns = {0};
    struct campaigns_damage damage;
    if (campaigns_add(&campaigns, span_string(list), "x", false, &damage))
        fail_msg("taken: %s", list);
    assert_string_equal(damage.why, why);
    assert_int_equal(damage.line, line);
    assert_int_equal(campaigns.count, 0);
    campaigns_free(&campaigns);
}

static void damaged_lists(void **state) {
    (void)state;
    refused("", 0, "nothing in it is compared");
    refused(HEAD, 0, "nothing in it is compared");
    refused(BEGIN, 0, "nothing in it is compared");
    refused("md5\t" MD5 "\t\t\t\t\n", 1, "the first line does not name the fields");
    refused(HEAD "md5\t" MD5 "\t\t\t\t\n", 2, "an item before the first campaign");
    refused(HEAD "campaign\t\t\t\t\t\n", 2, "a campaign without a name, or with one that is too long");
    refused(BEGIN "md5\t" MD5 "\t\t\t\n", 3, "the line does not have six fields");
    refused(BEGIN "md5\t" MD5 "\t\t\t\t\t\n", 3, "the line does not have six fields");
    refused(BEGIN "md5\t" SHA1 "\t\t\t\t\n", 3, "a value that is none of its kind");
    refused(BEGIN "md5\t" MD5 "\tactor\t\t\t\n", 3, "a role that there is not");
    refused(BEGIN "mutex\tx\t\t\t\t\n", 3, "a kind that there is not");
    refused(BEGIN "passed\t-1\t\t\t\t\n", 3, "no number");
    refused(BEGIN "md5\t" MD5 "\t\t\xff\t\t\n", 3, "a field that is too long or no text");
    struct campaigns campaigns = {0};
    struct campaigns_damage damage;
    assert_false(campaigns_add(&campaigns, span_of("a\0b", 3, 0), "x", false, &damage));
    assert_string_equal(damage.why, "the list holds a NUL");
}

static void lists_that_are_kept(void **state) {
    (void)state;
    struct campaigns set = {0}, more = {0};
    struct campaigns_damage damage;
    struct text told = {0};
    const char *first = "# remark\n" BEGIN "sha256\t" SHA256 "\thost\tffmpeg\tnot stated\tlist\r\n"
                        "passed\t7\t\t\t\t\ncampaign\tB\t\t\t\t\ndomain\tEvil[.]com.\t\t\tr\ts\n";
    assert_true(campaigns_add(&set, span_string(first), "first", true, &damage));
    assert_false(campaigns_want(&set, CAMPAIGNS_SHA256)); /* shipped ones cost no digest */
    assert_true(campaigns_add(&more, span_string(BEGIN "md5\t" MD5 "\t\t\t\t\n"), "second", false, &damage));
    assert_true(campaigns_move(&set, &more));
    assert_int_equal(more.count, 0);
    assert_int_equal(set.count, 3);
    assert_int_equal(set.item_count, 3);
    assert_string_equal(set.list[0].name, "A");
    assert_string_equal(set.list[0].what, "what it was");
    assert_int_equal(set.list[0].passed, 7);
    assert_string_equal(set.items[0].report, ""); /* not stated */
    assert_int_equal(set.items[0].role, CAMPAIGNS_HOST);
    assert_string_equal(set.items[1].key, "evil.com");
    assert_string_equal(set.items[1].value, "Evil[.]com.");
    assert_int_equal(set.items[2].campaign, 2);
    assert_int_equal(set.list[2].first, 2);
    assert_string_equal(set.list[2].file, "second");
    assert_true(campaigns_want(&set, CAMPAIGNS_MD5));
    campaigns_tell(&set, 0, &told);
    assert_string_equal(text_string(&told), "A; B; A: campaigns, 3 items, 7 rows that are not compared");
    text_free(&told);
    campaigns_free(&set);
}

/* --- values --- */

static void key_is(enum campaigns_kind kind, const char *value, const char *wanted) {
    struct text key = {0};
    bool good = campaigns_value_key(kind, value, &key);
    if (good != (wanted != NULL) || strcmp(text_string(&key), wanted ? wanted : "") != 0)
        fail_msg("%s %s: %s", campaigns_kind_word(kind), value, text_string(&key));
    text_free(&key);
}

static void values(void **state) {
    (void)state;
    key_is(CAMPAIGNS_MD5, "d41d8cd98f00b204e9800998ecf8427e", NULL); /* no bytes at all */
    key_is(CAMPAIGNS_AUTHENTIHASH, MD5, NULL);
    key_is(CAMPAIGNS_SHA1, "BF939C9C261D27EE7BB92325CC588624FCA75429", SHA1);
    key_is(CAMPAIGNS_CERT_SERIAL, "01", NULL);
    key_is(CAMPAIGNS_CERT_SERIAL, "00:85:38:a6:C5", "8538A6C5");
    key_is(CAMPAIGNS_BYTES, "FE ED FA", NULL);
    key_is(CAMPAIGNS_BYTES, "FE ED FA CE", "feedface");
    key_is(CAMPAIGNS_PATH, "*", NULL);
    key_is(CAMPAIGNS_PATH, "C:\\*\\*", NULL);
    key_is(CAMPAIGNS_PATH, "a\\b.exe", NULL); /* of no root */
    key_is(CAMPAIGNS_PATH, "C:\\\\Windows\\System32\\<any>.TxR", "/windows/system32/*.txr");
    key_is(CAMPAIGNS_PATH, "%APPDATA%\\A\\b.json", "/users/*/appdata/roaming/a/b.json");
    key_is(CAMPAIGNS_PATH, "~/Library/x.y", "/users/*/library/x.y");
    key_is(CAMPAIGNS_PATH, "KDU.exe", "kdu.exe");
    key_is(CAMPAIGNS_SERVICE, "a\\b", NULL);
    key_is(CAMPAIGNS_SERVICE, "IKEEXT", "ikeext");
    key_is(CAMPAIGNS_DOMAIN, "com", NULL);
    key_is(CAMPAIGNS_DOMAIN, "127.0.0.1", NULL);
    key_is(CAMPAIGNS_DOMAIN, "192[.]0.2.1", "192.0.2.1");
    key_is(CAMPAIGNS_TECHNIQUE, "T15741", NULL);
    key_is(CAMPAIGNS_TECHNIQUE, "t1574.001", "T1574.001");
    key_is(CAMPAIGNS_TLSH, "T1", NULL);
    key_is(CAMPAIGNS_RICH, "259.30818=9", NULL); /* one compiler is no profile */
    key_is(CAMPAIGNS_RICH, "259.30818=9 1.0=4-2", NULL);
    key_is(CAMPAIGNS_RICH, "259.30818=9 99999999999.1=1", NULL);
    key_is(CAMPAIGNS_RICH, " 259.30818=9  261.29395=134-164 ", "259.30818=9 261.29395=134-164");
}

static void paths(void **state) {
    (void)state;
    assert_true(campaigns_value_is_path("kdu.exe", "/any/where", "kdu.exe"));
    assert_false(campaigns_value_is_path("kdu.exe", "/any/where", "akdu.exe"));
    assert_true(campaigns_value_is_path("/users/*/a.txt", "/users/joe", "a.txt"));
    assert_false(campaigns_value_is_path("/users/*/a.txt", "/users/joe/b", "a.txt"));
    assert_false(campaigns_value_is_path("/users/*/a.txt", "/users", "a.txt"));
    assert_false(campaigns_value_is_path("/windows/a.txt", "/old/windows", "a.txt"));
    assert_true(campaigns_value_is_path("/t/*.txr.0.x*", "/t", "{1-2}.txr.0.x"));
    assert_false(campaigns_value_is_path("/t/*.txr.0.x", "/t", "{1-2}.txr.1.x"));
    assert_true(campaigns_value_is_path("/a.txt", "", "a.txt"));
}

/* --- foreign lists --- */

/* What a list becomes; `why` if it is refused. */
static void becomes(const char *list, const char *wanted) {
    struct text out = {0};
    struct campaigns_damage damage;
    bool good = campaigns_read(span_string(list), "name", "file", &out, &damage);
    const char *got = good ? text_string(&out) : damage.why;
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nbecomes: %s\nnot: %s", list, got, wanted);
    text_free(&out);
}

#define EVENT(rest) "{\"Event\":{\"info\":\"I\",\"Orgc\":{\"name\":\"O\"}," rest "}}"
#define MISP        HEAD "campaign\tI\t\tevent of MISP\t\t\n"

static void events_of_misp(void **state) {
    (void)state;
    becomes("{\"a\":1}", "JSON that is neither an event of MISP nor a bundle of STIX");
    becomes("{\"Event\":", "JSON that ends too early");
    becomes(EVENT("\"Attribute\":[]"), "nothing in it can be compared with a case");
    /* galaxies have `type` and `value`, too; what is deleted or of a section is no file */
    becomes(EVENT("\"Galaxy\":[{\"type\":\"md5\",\"value\":\"" MD5
                  "\"}],\"Object\":[{\"name\":\"pe-section\",\"Attribute\":["
                  "{\"type\":\"md5\",\"value\":\"" MD5
                  "\"}]}],\"Attribute\":[{\"type\":\"sha1\",\"value\":\"" SHA1
                  "\",\"deleted\":true},{\"type\":\"filename\",\"value\":\"setup.exe\",\"to_ids\":false}]"),
            "nothing in it can be compared with a case");
    becomes("{\"response\":[" EVENT("\"Attribute\":[{\"value\":\"" SHA256
                                    "\",\"comment\":\"a\\tb\\u0000\",\"type\":\"sha256\"},"
                                    "{\"type\":\"filename|md5\",\"value\":\"C:\\\\x\\\\y.exe|" MD5 "\"},"
                                    "{\"type\":\"mutex\",\"value\":\"m\"}]") "]}",
            MISP "sha256\t" SHA256 "\t\ta b\\u0000\tO: I\tfile\n"
                 "path\tC:\\x\\y.exe\t\t\tO: I\tfile\nmd5\t" MD5 "\t\t\tO: I\tfile\npassed\t1\t\t\t\t\n");
    /* the name of an object behind its attributes, a link behind all */
    becomes(
        EVENT(
            "\"Object\":[{\"comment\":\"c\",\"Attribute\":[{\"type\":\"sha1\",\"value\":\"" SHA1
            "\"},{\"type\":\"md5\","
            "\"object_relation\":\"richpe\",\"value\":\"" MD5
            "\"}],\"name\":\"file\"},{\"Attribute\":[{\"type\":"
            "\"sha256\",\"value\":\"" SHA256 "\"}],\"name\":\"elf-section\"}],\"Tag\":[{\"name\":"
            "\"misp-galaxy:mitre-attack-pattern=\\\"X - T1055\\\"\"}],\"Attribute\":[{\"type\":\"link\",\"value\":"
            "\"https://example.org/\"}]"),
        MISP "sha1\t" SHA1 "\t\tc\thttps://example.org/\tfile\nrich\t" MD5
             "\t\tc\thttps://example.org/\tfile\n"
             "technique\tT1055\t\ttag of the event\thttps://example.org/\tfile\npassed\t2\t\t\t\t\n");
    becomes("[" EVENT("\"Attribute\":[{\"type\":\"md5\",\"value\":\"" MD5
                      "\"}],\"RelatedEvent\":[{\"Event\":{\"info\":"
                      "\"other\"}}]") "]",
            MISP "md5\t" MD5 "\t\t\tO: I\tfile\n");
}

#define BUNDLE(objects) "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[" objects "]}"
#define INDICATOR(pattern)                                                                                   \
    "{\"type\":\"indicator\",\"name\":\"n\",\"pattern\":\"" pattern "\",\"pattern_type\":\"stix\"}"
#define STIX HEAD "campaign\tname\t\tbundle of STIX\t\t\n"

static void bundles_of_stix(void **state) {
    (void)state;
    becomes(BUNDLE("{\"type\":\"campaign\",\"name\":\"C\"}"), "nothing in it can be compared with a case");
    becomes(BUNDLE(INDICATOR("[file:hashes.MD5 != '" MD5 "' OR file:size = 3]")),
            "nothing in it can be compared with a case");
    becomes(BUNDLE("{\"type\":\"indicator\",\"revoked\":true,\"pattern\":\"[file:hashes.MD5='" MD5 "']\"}"),
            "nothing in it can be compared with a case");
    becomes(BUNDLE(INDICATOR("[file:hashes.MD5 = '" MD5)), STIX "md5\t" MD5 "\t\tn\tnot stated\tfile\n");
    becomes(BUNDLE(INDICATOR("[file:hashes.'SHA-256' = '" SHA256
                             "'] AND [domain-name:value IN ('a.com', 'b\\\\'.com', 'c.com')]")),
            STIX "sha256\t" SHA256 "\t\tn\tnot stated\tfile\ndomain\ta.com\t\tn\tnot stated\tfile\n"
                 "domain\tc.com\t\tn\tnot stated\tfile\npassed\t1\t\t\t\t\n");
    /* an actor is no campaign; a campaign names it wherever it stands */
    becomes(
        BUNDLE("{\"type\":\"threat-actor\",\"name\":\"Actor\"},{\"type\":\"report\",\"name\":\"R\"}," INDICATOR(
            "[file:hashes.\\\"SHA-1\\\"='" SHA1
            "']") ",{\"type\":\"campaign\",\"name\":\"C\",\"external_references\":[{\"url\":"
                  "\"https://example.org/c\"}]},{\"type\":\"attack-pattern\",\"name\":\"PI\",\"external_references\":[{"
                  "\"external_id\":\"T1055\"}]}"),
        HEAD "campaign\tC\t\tbundle of STIX\t\t\nsha1\t" SHA1 "\t\tn\thttps://example.org/c\tfile\n"
             "technique\tT1055\t\tPI\thttps://example.org/c\tfile\n");
}

static void lists_of_lines(void **state) {
    (void)state;
    becomes("", "the file is empty");
    becomes("nothing here\n", "nothing in it can be compared with a case");
    becomes("# see https://example.org/r (x)\r\n" SHA256 ";ffmpeg\r\nevil[.]com\nhttp://x/y\n" MD5
            "  C https://example.org/s\nC:\\Windows\\a.jat\n",
            HEAD "campaign\tname\t\t\t\t\nsha256\t" SHA256 "\t\tffmpeg\thttps://example.org/r\tfile\n"
                 "domain\tevil[.]com\t\t\thttps://example.org/r\tfile\nmd5\t" MD5
                 "\t\tC https://example.org/s\thttps://example.org/s\tfile\n"
                 "path\tC:\\Windows\\a.jat\t\t\thttps://example.org/r\tfile\npassed\t1\t\t\t\t\n");
    becomes("value,type,comment\n\"" MD5 "\",md5,\"a \"\"b\"\", c\"\nx,mutex,\n\"evil.com\",hostname\n",
            HEAD "campaign\tname\t\t\t\t\nmd5\t" MD5 "\t\ta \"b\", c\tnot stated\tfile\n"
                 "domain\tevil.com\t\t\tnot stated\tfile\npassed\t1\t\t\t\t\n");
    /* what is kept is itself a list that can be read */
    becomes(BEGIN "md5\t" MD5 "\thost\tw\tr\ts\ncampaign\tB\t\t\t\t\nservice\tabc\tname\t\t\t\n", BEGIN
            "md5\t" MD5 "\thost\tw\tr\tfile\ncampaign\tB\t\t\t\t\nservice\tabc\tname\t\tnot stated\tfile\n");
}

/* Whatever is left of a list, or changed in it, what comes out can be read. */
static void torn_and_bent(void **state) {
    (void)state;
    static const char *const lists[] = {
        EVENT("\"Attribute\":[{\"type\":\"filename|md5\",\"value\":\"a\\\\b|" MD5
              "\",\"comment\":\"\\ud800\"}],\"Object\":["
              "{\"name\":\"file\",\"Attribute\":[{\"type\":\"sha1\",\"value\":\"" SHA1 "\"}]}]"),
        BUNDLE(INDICATOR("[file:hashes.MD5 IN ('" MD5 "') AND x:y = 'z']")), "type,value\nmd5,\"" MD5 "\"\n",
        SHA1 ";x\nevil.com\n"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t size = strlen(lists[i]);
        for (size_t round = 0; round < size + 8 * size; round++) {
            char bytes[1024];
            memcpy(bytes, lists[i], size);
            size_t left = round < size ? round : size, bit = round - size;
            if (round >= size)
                bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
            struct text out = {0};
            struct campaigns campaigns = {0};
            struct campaigns_damage damage, again;
            char *own = malloc(left + 1); /* so that reading behind it shows */
            memcpy(own, bytes, left);
            bool good = campaigns_read(span_of(own, left, 0), "n", "f", &out, &damage);
            assert_int_equal(good, damage.why == NULL);
            if (good && !campaigns_add(&campaigns, span_of(out.data, out.size, 0), "f", false, &again))
                fail_msg("%.*s: %s", (int)out.size, out.data, again.why);
            campaigns_free(&campaigns);
            text_free(&out);
            free(own);
        }
    }
}

static void sniffed(void **state) {
    (void)state;
    assert_true(campaigns_read_sniff(span_string("\xef\xbb\xbf {\"response\":[{\"Event\":{")));
    assert_true(campaigns_read_sniff(span_string("{\"id\":\"bundle--1\",\"objects\":[")));
    assert_false(campaigns_read_sniff(span_string("{\"a\":1}")));
    assert_false(campaigns_read_sniff(span_string("[{\"Id\":\"x\",\"KnownVulnerableSamples\":[]}]")));
    assert_false(campaigns_read_sniff(span_string("")));
}

/* The shipped lists: each row with a report and a source, and exactly the published overlap by content. */
static void lists_shipped(void **state) {
    (void)state;
    struct campaigns set = {0};
    struct text error = {0}, shared = {0};
    assert_true(campaigns_ship(&set, &error));
    for (size_t i = 0; i < set.item_count; i++) {
        assert_true(set.items[i].source[0] && set.items[i].what[0]);
        for (size_t n = i + 1; n < set.item_count; n++)
            if (set.items[i].kind == set.items[n].kind && strcmp(set.items[i].key, set.items[n].key) == 0) {
                assert_int_not_equal(set.items[i].campaign, set.items[n].campaign); /* no row twice */
                if (set.items[i].kind <= CAMPAIGNS_CERT_SERIAL)
                    text_format(&shared, "%s+%s:%.8s ", set.list[set.items[i].campaign].file,
                                set.list[set.items[n].campaign].file, set.items[i].key);
            }
    }
    assert_string_equal(text_string(&shared),
                        "3cx.tsv+gopuram.tsv:b5627913 gopuram.tsv+applejeus.tsv:fe948451 ");
    text_free(&error);
    text_free(&shared);
    campaigns_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_lists),  cmocka_unit_test(lists_that_are_kept),
        cmocka_unit_test(values),         cmocka_unit_test(paths),
        cmocka_unit_test(events_of_misp), cmocka_unit_test(bundles_of_stix),
        cmocka_unit_test(lists_of_lines), cmocka_unit_test(torn_and_bent),
        cmocka_unit_test(sniffed),        cmocka_unit_test(lists_shipped),
    };
    if (!digest_prepare() || setenv("ASSAY_INTEL", "intel", 1) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
