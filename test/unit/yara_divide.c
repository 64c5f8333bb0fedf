/* Which rules are in which set, and the texts that come of it. */
#include "detect/yara_divide.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job;
static struct yara_divide divide;

static void divided(const char *const *texts, size_t count) {
    static struct yara_source sources[8];
    for (size_t i = 0; i < count; i++)
        sources[i] = (struct yara_source){span_of("a.yar", 5, 0), span_of(texts[i], strlen(texts[i]), 0)};
    job_init(&job, (size_t)64 << 20);
    assert_true(yara_divide_read(&job, sources, count, &divide));
    assert_true(yara_divide_settle(&job, &divide));
}

/* The rules of the first source in a set, as letters: each is called by one. */
static const char *in(enum yara_set set) {
    static char said[64];
    size_t size = 0;
    for (size_t i = 0; i < divide.divided[0].rule_count; i++)
        if (divide.divided[0].rules[i].in[set])
            said[size++] = (char)divide.divided[0].rules[i].name.data[0];
    said[size] = 0;
    return said;
}

static const char *written(enum yara_set set) {
    static struct text out;
    text_clear(&out);
    yara_divide_write(&divide, 0, set, &out);
    return text_string(&out);
}

static void undivided(void **state) {
    (void)state;
    static const char *const texts[] = {
        "global rule a { condition: true } rule b { condition: uint16(0) == 0x5a4d }",
        "rule a { condition: any of (b*) }",
        "include \"x\" rule a { condition: uint16(0) == 0x5a4d }",
        "rule a { condition: uint16(0) == 0x5a4d } and more",
    };
    for (size_t i = 0; i < 4; i++) {
        divided(&texts[i], 1);
        assert_true(divide.divided[0].whole);
        assert_string_equal(written(YARA_REST), texts[i]);
        assert_true(yara_divide_wants(&divide, YARA_ALL));
        assert_false(yara_divide_wants(&divide, YARA_REST)); /* it would be the same */
        assert_false(yara_divide_wants(&divide, YARA_MODULES));
        /* What is not understood may depend on names. */
        assert_int_equal(yara_divide_holds(&divide, 0, YARA_NAMED), i > 1);
        divide.divided[0].refused = true;
        assert_false(yara_divide_wants(&divide, YARA_ALL));
        job_reset(&job);
    }
}

static void sets(void **state) {
    (void)state;
    static const char *const text =
        "import \"pe\"\nimport \"math\"\n"
        "rule a { condition: uint16(0) == 0x5a4d }\n"
        "rule b { strings: $x = \"x\" condition: $x }\n"
        "rule c { strings: $x = \"x\" condition: $x and not pe.is_dll() }\n"
        "rule d { condition: math.entropy(0, 3) > 7 }\n"
        "rule e { condition: filename == \"x\" }\n"
        "private rule f { condition: for any i in (0..pe.number_of_sections) : ( true ) }\n"
        "rule g { condition: e and a }\n";
    divided(&text, 1);
    assert_string_equal(in(YARA_ALL), "abcdefg");
    assert_string_equal(in(YARA_REST), "abdeg"); /* a: for g */
    assert_string_equal(in(YARA_MODULES), "c");
    assert_string_equal(in(YARA_TRIGGERS), "c");
    assert_string_equal(in(YARA_NAMED), "aeg");
    for (enum yara_set set = YARA_ALL; set < YARA_SETS; set++)
        assert_true(yara_divide_wants(&divide, set));
    assert_null(strstr(written(YARA_REST), "\"pe\""));
    assert_non_null(strstr(written(YARA_REST), "\"math\""));
    assert_null(strstr(written(YARA_MODULES), "math"));
    assert_string_equal(written(YARA_TRIGGERS),
                        "rule c { strings: $x = \"x\" condition: any of them and ((( $x \n))) }\n");
    size_t lines = 0, kept = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    for (const char *c = written(YARA_NAMED); *c; c++)
        kept += *c == '\n';
    assert_int_equal(kept, lines);
    job_reset(&job);
}

static void nothing_to_divide(void **state) {
    (void)state;
    static const char *const texts[] = {"rule a { condition: true }", "",
                                        "rule e { condition: filename == \"x\" }"};
    divided(texts, 2);
    for (enum yara_set set = YARA_REST; set < YARA_SETS; set++)
        assert_false(yara_divide_wants(&divide, set));
    job_reset(&job);
    divided(&texts[2], 1); /* all depend on names: known contents gain nothing */
    assert_false(yara_divide_wants(&divide, YARA_NAMED));
    assert_true(yara_divide_holds(&divide, 0, YARA_NAMED));
    job_reset(&job);
}

static void gates(void **state) {
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 100; i++)
        text_format(&text, "rule r%d { condition: uint16(0) == %d }\n", i, i == 7 ? 0x4550 : 0x457f);
    const char *const source = text_string(&text);
    divided(&source, 1);
    assert_true(divide.gates[0x457f / 8] >> 0x457f % 8 & 1);
    assert_true(divide.gates[0x5a4d / 8] >> 0x5a4d % 8 & 1);
    assert_false(divide.gates[0x4550 / 8] >> 0x4550 % 8 & 1); /* one rule is not worth it */
    assert_string_equal(in(YARA_REST), "r");
    text_free(&text);
    job_reset(&job);
}

static void little_memory(void **state) {
    (void)state;
    static const char text[] = "rule a { condition: true }";
    struct yara_source source = {span_of("a", 1, 0), span_of(text, sizeof text - 1, 0)};
    for (size_t cap = 0; cap < 4096; cap += 64) {
        job_init(&job, cap);
        if (yara_divide_read(&job, &source, 1, &divide))
            (void)!yara_divide_settle(&job, &divide);
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undivided), cmocka_unit_test(sets),          cmocka_unit_test(nothing_to_divide),
        cmocka_unit_test(gates),     cmocka_unit_test(little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
