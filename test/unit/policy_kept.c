/* Driver policies that are kept: what is told of them, and that a damaged one names its line and the way out.
 */
#include "intel/policy_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "<SiPolicy xmlns=\"urn:schemas-microsoft-com:sipolicy\">"
#define ZERO "0000000000000000000000000000000000000000"

static char home[] = "/tmp/assay-policies.XXXXXX";

static void put(const char *name, const char *xml) {
    struct text bytes = {0}, error = {0};
    text_add(&bytes, xml);
    assert_true(kept_save(&policy_kept_kind, home, name, &bytes, NULL, &error));
    text_free(&bytes);
}

static void take(const char *name) {
    struct text error = {0};
    assert_true(kept_remove(&policy_kept_kind, home, name, &error));
}

static void none(void **state) {
    (void)state;
    struct policies policies = {0};
    struct text error = {0};
    assert_true(policy_kept_add(&policies, &error));
    assert_int_equal(policies.count, 0);
    policy_free(&policies);
}

static void damaged(void **state) {
    (void)state;
    struct policies policies = {0};
    struct text error = {0};
    put("a", HEAD "</SiPolicy>");
    put("b", HEAD "\n\n</SiPol");
    assert_false(policy_kept_add(&policies, &error));
    assert_non_null(strstr(text_string(&error), "/policies/b.policy:3: "));
    assert_non_null(strstr(text_string(&error), "; 'assay intel remove b' takes it away"));
    text_free(&error);
    policy_free(&policies);
    take("a");
    take("b");
}

static void told(void **state) {
    (void)state;
    struct policies policies = {0};
    struct text error = {0}, text = {0};
    put("one",
        HEAD "<VersionEx>1.0</VersionEx><Rules><Rule><Option>Enabled:Audit Mode</Option></Rule></Rules>"
             "<FileRules><Deny ID=\"A\" Hash=\"" ZERO "\"/><Deny ID=\"B\" Hash=\"" ZERO "\"/>"
             "<Deny ID=\"C\" FileName=\"c\"/><Allow ID=\"D\" FileName=\"*\"/></FileRules>"
             "<SigningScenarios><SigningScenario Value=\"131\"><ProductSigners><FileRulesRef>"
             "<FileRuleRef RuleID=\"A\"/><FileRuleRef RuleID=\"D\"/></FileRulesRef></ProductSigners>"
             "</SigningScenario><SigningScenario Value=\"12\"><ProductSigners><DeniedSigners>"
             "<DeniedSigner SignerId=\"none\"/></DeniedSigners></ProductSigners></SigningScenario>"
             "</SigningScenarios></SiPolicy>");
    assert_true(policy_kept_add(&policies, &error));
    assert_int_equal(policies.count, 1);
    policy_kept_tell("one", "2024-05-06", policies.list[0], &text);
    assert_string_equal(text_string(&text),
                        "one: driver policy without name 1.0 (audit only) of 2024-05-06, 3 Deny rules, 2 by "
                        "hash and 1 by name and version, 1 denied signers; for the kernel 1 and 0; 1 parts "
                        "are not understood");
    text_free(&text);
    policy_free(&policies);
    take("one");
}

static int make_home(void **state) {
    (void)state;
    return mkdtemp(home) && setenv("ASSAY_INTEL", home, 1) == 0 ? 0 : -1;
}

static int remove_home(void **state) {
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/policies", home);
    return rmdir(path) == 0 && rmdir(home) == 0 ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none),
        cmocka_unit_test(damaged),
        cmocka_unit_test(told),
    };
    return cmocka_run_group_tests(tests, make_home, remove_home);
}
