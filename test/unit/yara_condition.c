/* What conditions ask for: what is not certain is not said. */
#include "detect/yara_condition.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct span of(const char *text) {
    return span_of(text, strlen(text), 0);
}

static void no_gate(void **state) {
    (void)state;
    static const char *const any[] = {
        "",
        "true",
        "(",
        ")",
        "uint16(0)",
        "uint16(0) ==",
        "uint16(0) == x",
        "uint16(2) == 0x5a4d",
        "uint16(0) != 0x5a4d",
        "not uint16(0) == 0x5a4d",
        "uint16(0) == 0x5a4d or $a",
        "uint16(0) == 0x5a4d or uint16(0) == 0x4550",
        "uint16(0) == 0x15a4d",
        "uint16(0) == 2MB",
        "uint8(0) == 0x4d",
        "pe.is_pe == 0",
        "pe.MACHINE_AMD64 == 1",
        "not pe.is_dll()",
        "peculiar.x == 1",
        "(uint16(0) == 0x5a4d and $a) or filesize < 10",
        "for any i in (1, 2) : ( uint16(0) == 0x5a4d )",
        "uint16(0) == 0x5a4d or (",
        "uint16(0) == 0x5a4d or \"",
        "uint16(0) + 1 == 0x5a4d",
    };
    for (size_t i = 0; i < sizeof any / sizeof any[0]; i++)
        if (yara_condition_gate(of(any[i])) != YARA_CONDITION_ANY)
            fail_msg("a gate: %s", any[i]);
}

static void gates(void **state) {
    (void)state;
    static const struct {
        const char *condition;
        int gate;
    } wanted[] = {
        {"uint16(0) == 0x5a4d", 0x5a4d},
        {"UINT16", -1},
        {"uint16 ( 0x0 ) == 0x5A4D and filesize < 3KB", 0x5a4d},
        {"filesize < 3KB and 0x5a4d == uint16(0)", 0x5a4d},
        {"uint16be(0) == 0x4d5a", 0x5a4d},
        {"uint32(0) == 0x464c457f", 0x457f},
        {"uint32be(0) == 0x7f454c46", 0x457f},
        {"uint16(0) == 23117", 0x5a4d},
        {"((uint16(0) == 0x5a4d) and ($a or $b)) or (uint16(0) == 0x5a4d and #a > 3)", 0x5a4d},
        {"/* or */ uint16(0) == 0x5a4d // or\n and \"or\" contains \"x\"", 0x5a4d},
        {"pe.is_pe", 0x5a4d},
        {"pe.imphash() == \"x\" and 1 of them", 0x5a4d},
        {"pe.number_of_sections > 3 or uint16(0) == 0x5a4d", 0x5a4d},
        {"pe.exports(\"a or b\")", 0x5a4d},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (yara_condition_gate(of(wanted[i].condition)) != wanted[i].gate)
            fail_msg("%s", wanted[i].condition);
}

static void may_hold_without_strings(void **state) {
    (void)state;
    static const char *const not [] = {
        "",
        "true",
        "not $a",
        "#a == 0",
        "#a >= 0",
        "#a < 3",
        "0 of them",
        "none of them",
        "any of (rule_*)",
        "any of (other)",
        "other",
        "$a or filesize < 3",
        "for any of them : ( # == 0 )",
        "for all i in (1..0) : ( $a )",
        "for all i in (0..pe.number_of_sections) : ( $a )",
        "for any i in (1, pe.x) : ( true )",
        "filesize > 3",
        "not pe.is_dll()",
        "uint16(0) == 0x4550",
        "$a or (",
        "math.entropy(0, 10) > 7",
        "pe.MACHINE_AMD64 == 1",
        "not any of them",
        "#a in (0..3) == 0",
    };
    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++)
        if (yara_condition_needs_string(of(not [i]), true))
            fail_msg("needs a string: %s", not [i]);
}

static void needs_strings(void **state) {
    (void)state;
    static const char *const needs[] = {
        "$a",
        "$a at 0",
        "$a in (0..10)",
        "#a > 0",
        "#a >= 2",
        "#a == 1",
        "any of them",
        "all of ($a*)",
        "2 of ($a, $b)",
        "($a or $b)",
        "$a or 2 of them",
        "filesize < 3 and $a",
        "not $b and $a",
        "uint16(0) == 0x5a4d",
        "pe.imphash() == \"x\" or $a",
        "$a at pe.entry_point",
        "(uint16(0) == 0x5a4d and (pe.imphash() == \"x\" or filesize < 3)) or 5 of them",
        "for any i in (0 .. pe.number_of_signatures - 1) : ( pe.signatures[i].subject == \"x\" )",
        "any of them in (0..100)",
        "all of them and not pe.is_dll()",
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (!yara_condition_needs_string(of(needs[i]), true))
            fail_msg("needs none: %s", needs[i]);
}

/* What is certain only of contents that do not begin with MZ. */
static void programs_need_none(void **state) {
    (void)state;
    static const char *const not [] = {
        "uint16(0) == 0x5a4d",
        "pe.imphash() == \"x\" or $a",
        "(uint16(0) == 0x5a4d and (pe.imphash() == \"x\" or filesize < 3)) or 5 of them",
        "for any i in (0 .. pe.number_of_signatures - 1) : ( pe.signatures[i].subject == \"x\" )",
    };
    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++)
        if (yara_condition_needs_string(of(not [i]), false))
            fail_msg("needs a string: %s", not [i]);
    assert_true(yara_condition_needs_string(of("uint16(0) == 0x5a4d and (2 of them or #a > 3)"), false));
    assert_true(yara_condition_needs_string(of("pe.is_dll() and ($a or $b at pe.entry_point)"), false));
}

static void deep_ones(void **state) {
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 100000; i++)
        text_char(&text, '(');
    assert_int_equal(yara_condition_gate(of(text_string(&text))), YARA_CONDITION_ANY);
    text_clear(&text);
    for (int depth = 0; depth < YARA_CONDITION_NESTING + 3; depth++) {
        text_clear(&text);
        for (int i = 0; i < depth; i++)
            text_char(&text, '(');
        text_add(&text, "$a");
        for (int i = 0; i < depth; i++)
            text_char(&text, ')');
        assert_int_equal(yara_condition_needs_string(of(text_string(&text)), true),
                         depth <= YARA_CONDITION_NESTING);
    }
    text_free(&text);
}

static void own_parts(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"$a and pe.is_dll()", "(($a \n))"},
        {"( $a and math.entropy(0, 1) > 2 )", "(( $a \n))"},
        {"filesize < 3KB and other and uint16(0) == 3", "((filesize < 3KB \n) and ( uint16(0) == 3\n))"},
        {"$a or 2 of them", "(($a \n)) or (( 2 of them\n))"},
        {"$a // or pe\n and not $b", "(($a // or pe\n \n) and ( not $b\n))"},
        {"$a or pe.is_dll()", NULL},
        {"other", NULL},
        {"filename == \"x\"", NULL},
        {"for any i in (1..3) : ( i == 2 )", NULL},
        {"$a and \"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text out = {0};
        text_char(&out, '<');
        if (yara_condition_own(of(cases[i][0]), &out) != (cases[i][1] != NULL))
            fail_msg("%s", cases[i][0]);
        if (cases[i][1])
            assert_string_equal(text_string(&out) + 1, cases[i][1]);
        assert_int_equal(out.size, cases[i][1] ? strlen(cases[i][1]) + 1 : 1);
        text_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_gate),
        cmocka_unit_test(gates),
        cmocka_unit_test(may_hold_without_strings),
        cmocka_unit_test(needs_strings),
        cmocka_unit_test(programs_need_none),
        cmocka_unit_test(own_parts),
        cmocka_unit_test(deep_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
