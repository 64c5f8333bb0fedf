/* Which keys of a hive are kept: names that only look alike first. */
#include "detect/inspect_regf_choice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct inspect_regf_choice choice;

static bool takes(const char *path) {
    return inspect_regf_choice_takes_path(&choice, path, strlen(path));
}

static void what_no_pattern_names(void **state) {
    static const char *const paths[] = {
        "",
        "/",
        "//",
        "/ControlSet001",
        "/ControlSet001/Services",
        "/ControlSet001/Services/x/y",
        "/ControlSet001/Services/x/ParametersX/y",
        "/ControlSe/Services/x",
        "/XControlSet001/Services/x",
        "/ControlSet001/Services/x/Enum",
        "/Microsoft/Windows/CurrentVersion/Runner",
        "/Microsoft/Windows/CurrentVersion",
        "/Root",
        "/CLSID",
        "?/ControlSet001/Services/x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (takes(paths[i]))
            fail_msg("%s", paths[i]);
}

static void what_patterns_name(void **state) {
    static const char *const paths[] = {
        "/ControlSet001/Services/IKEEXT",
        "/controlset002/SERVICES/x",
        "/ControlSet/Services/x",
        "/ControlSet001/Services/x/Parameters",
        "/ControlSet001/Services/x/Parameters/deep/below",
        "/ControlSet001/Control/CI/Config",
        "/ControlSet001/Control/Session Manager/KnownDLLs",
        "/ControlSet001/Enum/Root/LEGACY_DRV/0000",
        "/Microsoft/Windows/CurrentVersion/Run",
        "/Microsoft/Cryptography/Wintrust/Config",
        "/Software/Microsoft/Windows/CurrentVersion/Explorer/UserAssist/{x}/Count",
        "/Software/Classes/CLSID/{x}/InprocServer32",
        "/CLSID/{x}/InprocServer32",
        "/Root/InventoryDriverBinary/c:\\u002Fdrivers\\u002Fx.sys",
        "/MountedDevices",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!takes(paths[i]))
            fail_msg("%s", paths[i]);
}

static void a_walk_may_go_up_and_down(void **state) {
    (void)state;
    assert_false(inspect_regf_choice_takes(&choice, 0, "root", 4));
    assert_false(inspect_regf_choice_takes(&choice, 1, "ControlSet001", 13));
    assert_false(inspect_regf_choice_takes(&choice, 2, "Services", 8));
    assert_true(inspect_regf_choice_takes(&choice, 3, "a", 1));
    assert_true(inspect_regf_choice_takes(&choice, 4, "Parameters", 10));
    assert_true(inspect_regf_choice_takes(&choice, 5, "x", 1));
    assert_true(inspect_regf_choice_takes(&choice, 3, "b", 1));
    assert_false(inspect_regf_choice_takes(&choice, 4, "x", 1));
    assert_false(inspect_regf_choice_takes(&choice, 2, "Other", 5));
    assert_false(inspect_regf_choice_takes(&choice, 3, "a", 1));
    assert_true(inspect_regf_choice_takes(&choice, 1, "Select", 6));
}

static void levels_beyond_all_are_not_kept(void **state) {
    (void)state;
    char path[2 * REGF_DEPTH + 32] = "/Root/File";
    size_t size = strlen(path);
    for (int level = 2; level < REGF_DEPTH; level++) {
        memcpy(path + size, "/x", 3);
        size += 2;
    }
    assert_true(takes(path));
    memcpy(path + size, "/x", 3);
    assert_false(takes(path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_pattern_names),
        cmocka_unit_test(what_patterns_name),
        cmocka_unit_test(a_walk_may_go_up_and_down),
        cmocka_unit_test(levels_beyond_all_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
