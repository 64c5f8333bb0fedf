/* The list of detectors: what is not in it first, then what every row must hold. */
#include "detect/registry.h"

#include "judge/judges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DETECTOR(id) #id,
static const char *const listed[] = {
#include "detect/detectors.def"
};
#undef DETECTOR

static void finds_exact_names_only(void **state) {
    static const char *const none[] = {
        "", " ", "damage", "damagedd", "Damaged", "damaged ", "authentihash_twins", "%s"};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_null(registry_find(none[i]));
    assert_null(registry_at(registry_count()));
    assert_null(registry_at(SIZE_MAX));
}

static void holds_every_line_in_order(void **state) {
    (void)state;
    assert_int_equal(registry_count(), sizeof listed / sizeof listed[0]);
    for (size_t i = 0; i < registry_count(); i++) {
        assert_string_equal(registry_at(i)->text.id, listed[i]); /* the line is the id */
        assert_ptr_equal(registry_find(listed[i]), registry_at(i));
    }
    /* It reports what the others left in the job. */
    assert_string_equal(registry_at(registry_count() - 1)->text.id, "damaged");
}

/* T1234 or T1234.001, or nothing. */
static bool is_technique(const char *attack) {
    size_t size = strlen(attack);
    if (size == 0)
        return true;
    if (attack[0] != 'T' || (size != 5 && size != 9) || (size == 9 && attack[5] != '.'))
        return false;
    return strspn(attack + 1, "0123456789") == 4 && (size == 5 || strspn(attack + 6, "0123456789") == 3);
}

static void every_row_is_whole(void **state) {
    (void)state;
    assert_false(is_technique("T102") || is_technique("1027") || is_technique("T1027.9") ||
                 is_technique("T1027-009"));
    for (size_t i = 0; i < registry_count(); i++) {
        const struct detector *detector = registry_at(i);
        assert_non_null(detector->detect);
        assert_true(detector->accepts == ARTIFACT_ANY || detector->accepts == ARTIFACT_PE);
        assert_true((unsigned)detector->text.severity <= SEVERITY_CRITICAL);
        assert_true(strlen(detector->text.title) > 0 && strlen(detector->text.title) <= 60);
        assert_true(is_technique(detector->text.attack));
        /* Detectors and judges share one set of names: findings say only the name. */
        assert_null(judges_find(detector->text.id));
        for (const char *c = detector->text.id; *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_exact_names_only),
        cmocka_unit_test(holds_every_line_in_order),
        cmocka_unit_test(every_row_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
