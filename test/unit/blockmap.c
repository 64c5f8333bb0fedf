/* Block maps: what MakeAppx writes, what contradicts itself, what is no such thing. */
#include "format/blockmap.h"
#include "make/package.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job;
static struct digest *scratch;
static struct blockmap map;

#define HEAD                                                                                                 \
    "<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" "                                   \
    "HashMethod=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
#define HASH "\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"" /* of "abc" */

static int prepare(void **state) {
    (void)state;
    job_init(&job, 8 << 20);
    scratch = digest_prepare() ? digest_new() : NULL;
    return scratch ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    digest_free(scratch);
    job_reset(&job);
    return 0;
}

static bool read_text(const char *text) {
    job_reset(&job);
    return blockmap_decode(&job, span_of(text, strlen(text), 0), scratch, &map);
}

static void files_are_told(void **state) {
    (void)state;
    static uint8_t bytes[200000];
    struct package_file files[] = {
        {"a\\b c.dll", {bytes, sizeof bytes}}, {"empty", {bytes, 0}}, {"&amp;.txt", {bytes, 65536}}};
    uint8_t value[BLOCKMAP_DIGEST];
    fixture_noise(bytes, sizeof bytes, 1);
    struct fixture made = package_map(files, 3);
    job_reset(&job);
    assert_true(blockmap_decode(&job, span_of(made.data, made.size, 0), scratch, &map));
    assert_true(map.complete);
    assert_int_equal(map.count, 3);
    assert_string_equal(map.files[0].name, "a/b c.dll");
    assert_string_equal(map.files[2].name, "&.txt");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(map.files[i].size, files[i].bytes.size);
        blockmap_digest(span_of(bytes, files[i].bytes.size, 0), scratch, value);
        assert_memory_equal(map.files[i].blocks, value, sizeof value);
    }
    assert_int_equal(job.noted, 0);
    assert_true(blockmap_sniff(span_of(made.data, made.size, 0)));
    assert_false(blockmap_sniff(span_of(made.data, 80, 0)));
    assert_true(blockmap_sniff(span_of("\xef\xbb\xbf" HEAD, sizeof HEAD + 2, 0)));
    assert_false(blockmap_sniff(span_of(" " HEAD, sizeof HEAD, 0))); /* it begins with < */
    assert_false(blockmap_sniff(span_of("", 0, 0)));
    fixture_free(&made);
}

/* The digest is the one of FIPS 180 over the list of digests: "abc" is one block. */
static void the_digest_is_over_digests(void **state) {
    (void)state;
    uint8_t once[DIGEST_MAX], twice[DIGEST_MAX], value[BLOCKMAP_DIGEST];
    digest_once(DIGEST_SHA256, span_of("abc", 3, 0), once);
    digest_once(DIGEST_SHA256, span_of(once, 32, 0), twice);
    blockmap_digest(span_of("abc", 3, 0), scratch, value);
    assert_memory_equal(value, twice, 32);
    assert_true(read_text(HEAD "<File Name=\"abc\" Size=\"3\"><Block Hash=" HASH "/></File></BlockMap>"));
    assert_int_equal(map.count, 1);
    assert_memory_equal(map.files[0].blocks, twice, 32);
}

static void what_contradicts_itself_is_left_out(void **state) {
    (void)state;
    static const char *const files[] = {
        "<File Name=\"x\" Size=\"65537\"><Block Hash=" HASH "/></File>",
        "<File Name=\"x\" Size=\"0\"><Block Hash=" HASH "/></File>",
        "<File Name=\"x\" Size=\"3\"/>",
        "<File Name=\"x\" Size=\"-3\"><Block Hash=" HASH "/></File>",
        "<File Name=\"x\" Size=\"99999999999999999999\"><Block Hash=" HASH "/></File>",
        "<File Name=\"x\"><Block Hash=" HASH "/></File>",
        "<File Size=\"3\"><Block Hash=" HASH "/></File>",
        "<File Name=\"\" Size=\"3\"><Block Hash=" HASH "/></File>",
        "<File Name=\"x\" Size=\"3\"><Block Hash=\"AAAA\"/></File>",
        "<File Name=\"x\" Size=\"3\"><Block Hash=\"!\"/></File>",
        "<File Name=\"x\" Size=\"3\"><Block/></File>",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, HEAD "%s<File Name=\"good\" Size=\"0\"/></BlockMap>", files[i]);
        assert_true(read_text(text));
        assert_false(map.complete);
        assert_int_equal(map.count, 1);
        assert_string_equal(map.files[0].name, "good");
        assert_int_equal(job.notes[0].code, FAULT_BAD);
    }
}

static void what_is_no_block_map_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum fault_code code;
    } cases[] = {
        {"", FAULT_BAD},
        {"<BlockMap/>", FAULT_BAD},
        {"<!DOCTYPE x [<!ENTITY a \"b\">]>" HEAD "</BlockMap>", FAULT_BAD},
        {HEAD "<File Name=\"x\" Size=\"0\"/>", FAULT_BAD},
        {"<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" HashMethod=\"md5\"/>",
         FAULT_UNSUPPORTED},
        {"<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\"/>", FAULT_UNSUPPORTED},
        {HEAD "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a></BlockMap>", FAULT_BAD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(read_text(cases[i].text));
        assert_false(map.complete);
        assert_int_equal(job.notes[0].code, cases[i].code);
    }
}

/* Files in elements that are not known are no files, and unknown elements do no harm. */
static void other_elements_are_passed_over(void **state) {
    (void)state;
    assert_true(read_text(
        HEAD "<Other xmlns=\"x\"><File Name=\"y\" Size=\"0\"/></Other>"
             "<File Name=\"x\" Size=\"3\"><b4:FileHash xmlns:b4=\"b4\" Hash=\"x\"/><Block Hash=" HASH
             "/></File></BlockMap>"));
    assert_true(map.complete);
    assert_int_equal(map.count, 1);
    assert_string_equal(map.files[0].name, "x");
}

static void every_prefix_and_bit(void **state) {
    (void)state;
    char text[] = HEAD "<File Name=\"a\" Size=\"3\"><Block Hash=" HASH
                       "/></File><File Name=\"b\" Size=\"0\"/></BlockMap>";
    for (size_t cut = 0; cut + 1 < sizeof text; cut++) {
        char *exact = malloc(cut ? cut : 1);
        memcpy(exact, text, cut);
        job_reset(&job);
        assert_true(blockmap_decode(&job, span_of(exact, cut, 0), scratch, &map));
        assert_false(map.complete);
        assert_true(job.noted > 0);
        free(exact);
    }
    for (size_t bit = 0; bit < (sizeof text - 1) * 8; bit++) {
        text[bit / 8] ^= (char)(1u << bit % 8);
        job_reset(&job);
        assert_true(blockmap_decode(&job, span_of(text, sizeof text - 1, 0), scratch, &map));
        assert_true(map.complete || job.noted > 0);
        text[bit / 8] ^= (char)(1u << bit % 8);
    }
}

static void memory_is_bounded(void **state) {
    (void)state;
    struct job small;
    struct fixture text = {NULL, 0};
    package_text(&text, HEAD);
    for (int i = 0; i < 1000; i++)
        package_text(&text, "<File Name=\"some name that takes some memory\" Size=\"0\"/>");
    package_text(&text, "</BlockMap>");
    job_init(&small, 16 << 10);
    assert_false(blockmap_decode(&small, span_of(text.data, text.size, 0), scratch, &map));
    assert_false(map.complete);
    job_reset(&small);
    fixture_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_told),
        cmocka_unit_test(the_digest_is_over_digests),
        cmocka_unit_test(what_contradicts_itself_is_left_out),
        cmocka_unit_test(what_is_no_block_map_is_refused),
        cmocka_unit_test(other_elements_are_passed_over),
        cmocka_unit_test(every_prefix_and_bit),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
