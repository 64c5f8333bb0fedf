/* Lists by digest and name: what is refused first, then each form, then the compiled file and its damage. */
#include "base/digest.h"
#include "intel/lists_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define M1   "0c2674c3a97c53082187d930efb645c2"
#define S1   "e9bca8f4b8c60688eacc7d18c6ba7777c181bb84"
#define H1   "090d409f86430e078694e621ad0bd5e458d32aa727f0eb99bda3961577df8d49"
#define H2   "77cb09dc2fc3c56f3b12ad03a85cedbe3a8e0bb876dadfd76a1fb6c57602817b"
#define NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct text compiled;
static struct lists lists;

static bool read_bytes(const char *bytes, size_t size, bool known, struct lists_damage *damage) {
    struct lists_build build = {0};
    struct lists_source source = {.name = "list", .file = "list.txt", .date = "2020-01-02", .known = known};
    const char *why;
    text_clear(&compiled);
    bool good = lists_read(span_of(bytes, size, 0), &source, &build, damage);
    if (good) {
        assert_true(lists_build_write(&build, &compiled));
        assert_true(lists_open(span_of(compiled.data, compiled.size, 0), &lists, &why));
        assert_true(lists_sound(&lists, &why));
        assert_int_equal(lists_count(&lists), 1);
    }
    lists_build_free(&build);
    return good;
}

static void use(const char *text) {
    struct lists_damage damage;
    if (!read_bytes(text, strlen(text), false, &damage))
        fail_msg("line %llu: %s", (unsigned long long)damage.line, damage.why);
}

static void refused(const char *text, unsigned line, const char *why) {
    struct lists_damage damage;
    assert_false(read_bytes(text, strlen(text), false, &damage));
    if (!strstr(damage.why, why) || damage.line != line)
        fail_msg("line %llu: %s, not line %u: %s", (unsigned long long)damage.line, damage.why, line, why);
}

/* What the list says of a digest: "kind severity flags id|what|date|row", "-" if it does not have it. */
static const char *ask(enum lists_digest digest, const char *hex) {
    static char answer[300];
    uint8_t value[32];
    size_t first, size = lists_read_digest(span_of(hex, strlen(hex), 0), value);
    struct lists_hit hit;
    if (lists_find(&lists, digest, span_of(value, size, 0), &first) == 0)
        return "-";
    lists_hit(&lists, digest, first, &hit);
    snprintf(answer, sizeof answer, "%d %d %u %s|%s|%s|%u%s", (int)hit.entry.kind, (int)hit.entry.severity,
             hit.entry.flags, hit.entry.id, hit.entry.what, hit.entry.date, hit.number, hit.hvci ? "!" : "");
    return answer;
}

static void what_is_no_list(void **state) {
    (void)state;
    refused("", 0, "empty");
    refused("# a remark\n\n", 0, "nothing in it");
    refused("<SiPolicy/>", 0, "XML");
    refused("SQLite format 3", 0, "SQLite");
    refused("hello\n", 1, "without a digest");
    refused(M1 "\n" M1 "0\n", 2, "without a digest");
    refused("# x\n" M1 ";a\n\n" M1 "a;b\n", 4, "without a digest");
    refused("type,value\nsha256," M1 "\n", 2, "not as long as its type");
    refused("md5,severity\n" M1 ",low\n" M1 ",hgih\n", 3, "a severity that is none of");
    refused("sha256,name\n" H1 ",a\nzz,b\n", 3, "no digest of");
    refused("sha256,name\n" H1 "\n", 2, "as many fields");
    refused("sha256,name\n" H1 ",a,b\n", 2, "as many fields");
    refused("\\\\a\\.exe;60\n\\\\b\\.exe\n", 2, "REGEX;SCORE");
    refused("\\\\a\\.exe;60\nb;x\n", 2, "REGEX;SCORE");
    refused("\\\\a\\.exe;60\nb\xff;6\n", 2, "not UTF-8");
    refused("evil.com\nevil com\n", 2, "no domain or address");
    refused("evil.com\nhttp://evil.com/\n", 2, "no domain or address");
    refused("type,value\nip,1.2.3\n", 2, "no domain or address");
    refused(NONE "\n", 0, "nothing in it"); /* of no bytes at all */
    struct lists_damage damage;
    assert_false(read_bytes(M1 "\nx\0y\n", 37, false, &damage));
    assert_int_equal(damage.line, 2);
}

static void what_is_no_driver_list(void **state) {
    (void)state;
    refused("{}", 1, "an object where");
    refused("[\n\"a\"]", 2, "a text where");
    refused("[[]]", 1, "an array where");
    refused("[\n{\"Id\":\"x\"}\n]", 2, "without Id or");
    refused("[{\"KnownVulnerableSamples\":[]}]", 1, "without Id or");
    refused("[\n{\"Id\":\"x\",\n\"KnownVulnerableSamples\":[{\"MD5\":\"zz\"}]}]", 3, "none of its kind");
    refused("[{\"Id\":\"x\",\"KnownVulnerableSamples\":[{\"SHA256\":\"" M1 "\"}]}]", 1, "none of its kind");
    refused("[{\"Id\":\"x\",\n\"KnownVulnerableSamples\":[{\"MD5\":\"" M1 "\"}", 2, "ends too early");
    refused("[{\"Id\":\"x\"\n\"KnownVulnerableSamples\":[]}]", 2, "not JSON");
}

static void plain(void **state) {
    (void)state;
    use(M1 ";Dark; thing\r\n" S1 "\n# x\n" H1 ";it was a legit program");
    assert_string_equal(ask(LISTS_MD5, M1), "0 3 0 |Dark; thing||1");
    assert_string_equal(ask(LISTS_SHA1, S1), "0 3 0 |||2");
    assert_string_equal(ask(LISTS_SHA256, H1), "0 3 1 |it was a legit program||4");
    assert_string_equal(ask(LISTS_SHA256, H2), "-");
    assert_string_equal(ask(LISTS_IMAGE_SHA256, H1), "-");
    use(H1 "  a,b c.exe\n" H2 " *d.exe\n");
    assert_string_equal(ask(LISTS_SHA256, H1), "0 3 0 |a,b c.exe||1");
    assert_string_equal(ask(LISTS_SHA256, H2), "0 3 0 |d.exe||2");
    use("\xef\xbb\xbf"
        "a.exe," M1 "\n");
    assert_string_equal(ask(LISTS_MD5, M1), "0 3 0 |a.exe||1");
    struct lists_list list;
    lists_list(&lists, 0, &list);
    assert_string_equal(list.name, "list");
    assert_string_equal(list.date, "2020-01-02");
    assert_string_equal(list.format, "digests");
    assert_int_equal(list.samples, 1);
}

static void tables(void **state) {
    (void)state;
    use("type\tvalue\tname\tstage\tseverity\trole\tdate\n# y\nmd5\t" M1 "\tm\tA\tlow\t\t2021-05-06\n"
        "url\texample.org/a\tx\tB\t\t\t2023-02-31\nauthentihash_sha256\t" H1
        "\ti\tC\tcritical\thost\t2020-01-01\nsha1\t" S1 "\tm\tA\t\t\t2023-13-99\n");
    assert_string_equal(ask(LISTS_MD5, M1), "0 1 0 A|m|2021-05-06|3");
    assert_string_equal(ask(LISTS_IMAGE_SHA256, H1), "0 4 1 C|i|2020-01-01|5");
    assert_string_equal(ask(LISTS_SHA256, H1), "-");
    struct lists_list list;
    lists_list(&lists, 0, &list);
    assert_int_equal(list.samples, 3);
    assert_int_equal(list.passed, 1);
    assert_string_equal(list.date, "2021-05-06");
    use("\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\",\"ProductCode\",\"OpSystemCode\",\"SpecialCode\"\n"
        "\"" S1 "\",\"" M1 "\",\"00000000\",\"a, b.dll\",12,3,\"WIN\",\"\"\n");
    assert_string_equal(ask(LISTS_SHA1, S1), "4 3 0 |a, b.dll||2");
    assert_string_equal(ask(LISTS_MD5, M1), "4 3 0 |a, b.dll||2");
    use("kind,sha256\ndriver-loader," H1 "\n");
    assert_string_equal(ask(LISTS_SHA256, H1), "3 3 0 |||2");
    struct lists_damage damage;
    assert_true(read_bytes(H1, 64, true, &damage));
    assert_string_equal(ask(LISTS_SHA256, H1), "4 3 0 |||1");
}

static void drivers(void **state) {
    (void)state;
    use("[{\"Tags\":[\"t.sys\",\"u.sys\"],\"KnownVulnerableSamples\":[{\"Filename\":\"\",\"MD5\":\"" M1
        "\",\"SHA256\":\"" H1 "\",\"Authentihash\":{\"MD5\":\"" M1 "\",\"SHA1\":\"" S1 "\",\"SHA256\":\"" H2
        "\"},\"RichPEHeaderHash\":{\"SHA1\":\"" S1
        "\"},\"LoadsDespiteHVCI\":\"TRUE\"},{\"MD5\":null,\"SHA1\":\"-\"}],"
        "\"Category\":\"malicious\",\"Created\":\"2024-09-10\",\"Id\":\"i-1\",\"CVE\":[\"\"]},"
        "{\"Id\":\"i-2\",\"Category\":\"vulnerable driver\",\"KnownVulnerableSamples\":[{\"AuthentihashSHA256\":\"" H1
        "\",\"SHA256\":\"\",\"LoadsDespiteHVCI\":\"FALSE\"}]}]");
    assert_string_equal(ask(LISTS_MD5, M1), "2 3 0 i-1|t.sys|2024-09-10|1!");
    assert_string_equal(ask(LISTS_SHA256, H1), "2 3 0 i-1|t.sys|2024-09-10|1!");
    assert_string_equal(ask(LISTS_IMAGE_SHA256, H2), "2 3 0 i-1|t.sys|2024-09-10|1!");
    assert_string_equal(ask(LISTS_IMAGE_SHA1, S1), "2 3 0 i-1|t.sys|2024-09-10|1!");
    assert_string_equal(ask(LISTS_SHA1, S1), "-");
    assert_string_equal(ask(LISTS_IMAGE_SHA256, H1), "1 3 0 i-2|||3");
    struct lists_list list;
    lists_list(&lists, 0, &list);
    assert_int_equal(list.entries, 2);
    assert_int_equal(list.samples, 3);
    assert_int_equal(list.passed, 1);
    assert_string_equal(list.date, "2024-09-10");
}

static void names(void **state) {
    (void)state;
    use("# Regin\n\\\\usbclass\\.sys;80\n(?i)\\\\procdump\\.exe;50;(?i)(SysInternals\\\\)\n");
    struct lists_name name;
    assert_int_equal(lists_name_count(&lists), 2);
    lists_name(&lists, 0, &name);
    assert_string_equal(name.pattern, "\\\\usbclass\\.sys");
    assert_string_equal(name.entry.what, "Regin");
    assert_int_equal(name.score, 80);
    assert_false(name.either_case);
    lists_name(&lists, 1, &name);
    assert_string_equal(name.pattern, "\\\\procdump\\.exe");
    assert_string_equal(name.except, "(?i)(SysInternals\\\\)");
    assert_int_equal(name.number, 3);
    assert_true(name.either_case);
}

static void expect_host(size_t number, const char *host, const char *what, unsigned row) {
    struct lists_name name;
    lists_name(&lists, number, &name);
    assert_true(name.network && !name.either_case && name.score == 0);
    assert_string_equal(name.pattern, host);
    assert_string_equal(name.entry.what, what);
    assert_int_equal(name.number, row);
}

static void hosts(void **state) {
    (void)state;
    use("# Snowman\nEvil[.]com\n\n192.0.2.1\n");
    assert_int_equal(lists_name_count(&lists), 2);
    expect_host(0, "evil.com", "Snowman", 2);
    expect_host(1, "192.0.2.1", "Snowman", 4);
    use("evil.com;bad; thing\n");
    expect_host(0, "evil.com", "bad", 1);
    use("# Snowman\nevil.com\n192.0.2.1;65\nb.evil.com;bad thing\n");
    expect_host(1, "192.0.2.1", "Snowman", 3);
    expect_host(2, "b.evil.com", "bad thing", 4);
    use("type\tvalue\tname\nsha256\t" H1
        "\ta\nDomain\tevil.com\tb\nipv6\t2001:DB8::1\tc\nurl\tevil.com/x\td\n");
    assert_int_equal(lists_name_count(&lists), 2);
    assert_string_equal(ask(LISTS_SHA256, H1), "0 3 0 |a||2");
    expect_host(0, "evil.com", "b", 3);
    expect_host(1, "2001:db8::1", "c", 4);
    struct lists_list list;
    lists_list(&lists, 0, &list);
    assert_int_equal(list.samples, 3);
    assert_int_equal(list.passed, 1);
}

/* Every prefix, and every byte changed: refused, or harmless to ask. */
static void damaged_file(void **state) {
    (void)state;
    use("type,value,name\nsha256," H1 ",a\nmd5," M1 ",b\nsha1," S1 ",c\n");
    struct text whole = {0};
    const char *why;
    text_bytes(&whole, compiled.data, compiled.size);
    for (size_t size = 0; size < whole.size; size++)
        assert_false(lists_open(span_of(whole.data, size, 0), &lists, &why));
    for (size_t at = 8; at < whole.size; at++)
        for (int bit = 0; bit < 8; bit++) {
            whole.data[at] ^= (char)(1 << bit);
            if (lists_open(span_of(whole.data, whole.size, 0), &lists, &why)) {
                struct lists_list list;
                (void)!lists_sound(&lists, &why);
                for (size_t i = 0; i < 4; i++) {
                    lists_list(&lists, i, &list);
                    (void)strlen(list.name);
                }
                (void)strlen(ask(LISTS_SHA256, H1));
                (void)strlen(ask(LISTS_MD5, M1));
            }
            whole.data[at] ^= (char)(1 << bit);
        }
    whole.data[8]++;
    assert_false(lists_open(span_of(whole.data, whole.size, 0), &lists, &why));
    assert_non_null(strstr(why, "another version"));
    text_free(&whole);
}

static void nonsense(const char *data, size_t size, size_t at, char value) {
    struct text bytes = {0};
    const char *why;
    text_bytes(&bytes, data, size);
    bytes.data[at] = value;
    assert_true(lists_open(span_of(bytes.data, bytes.size, 0), &lists, &why));
    assert_false(lists_sound(&lists, &why));
    text_free(&bytes);
}

static void what_contradicts_itself(void **state) {
    (void)state;
    use(H1 ";a\n" H2 ";b\n");
    size_t list = LISTS_HEADER, entry = list + LISTS_LIST, digest = entry + 2 * LISTS_ENTRY;
    nonsense(compiled.data, compiled.size, list, 2);     /* within a text */
    nonsense(compiled.data, compiled.size, list + 3, 1); /* outside the pool */
    nonsense(compiled.data, compiled.size, entry, 1);    /* no such list */
    nonsense(compiled.data, compiled.size, entry + 4, LISTS_KINDS);
    nonsense(compiled.data, compiled.size, entry + 5, 5);
    nonsense(compiled.data, compiled.size, digest, '\xf0'); /* out of order */
    nonsense(compiled.data, compiled.size, digest + 32, 9); /* no such entry */
    nonsense(compiled.data, compiled.size, compiled.size - 2, '\xff');
}

static void merged(void **state) {
    (void)state;
    struct lists_build build = {0};
    struct text first = {0}, both = {0};
    struct lists one, other;
    const char *why;
    use(H1 ";a\n" M1 ";a\n");
    text_bytes(&first, compiled.data, compiled.size);
    assert_true(lists_open(span_of(first.data, first.size, 0), &one, &why));
    use("# Regin\n\\\\usbclass\\.sys;80\n");
    other = lists;
    lists_build_copy(&build, &one, 0);
    lists_build_copy(&build, &other, 0);
    assert_true(lists_build_write(&build, &both));
    assert_true(lists_open(span_of(both.data, both.size, 0), &lists, &why) && lists_sound(&lists, &why));
    assert_int_equal(lists_count(&lists), 2);
    assert_string_equal(ask(LISTS_SHA256, H1), "0 3 0 |a||1");
    struct lists_name name;
    struct lists_list list;
    lists_name(&lists, 0, &name);
    assert_int_equal(name.entry.list, 1);
    assert_string_equal(name.entry.what, "Regin");
    lists_list(&lists, 0, &list);
    assert_int_equal(list.samples, 2);
    assert_int_equal(list.digests, 2);
    lists_build_free(&build);
    text_free(&first);
    text_free(&both);
}

static int start(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    text_free(&compiled);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_list), cmocka_unit_test(what_is_no_driver_list),
        cmocka_unit_test(plain),           cmocka_unit_test(tables),
        cmocka_unit_test(drivers),         cmocka_unit_test(names),
        cmocka_unit_test(damaged_file),    cmocka_unit_test(what_contradicts_itself),
        cmocka_unit_test(merged),          cmocka_unit_test(hosts),
    };
    return cmocka_run_group_tests(tests, start, end);
}
