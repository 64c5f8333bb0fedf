/* What the place of a file and its signature say of what starts it. */
#include "judge/host_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void places(void **state) {
    (void)state;
    static const struct {
        const char *path;
        enum host_place place;
    } tries[] = {
        {"", HOST_PLACE_UNKNOWN},
        {"a.sys", HOST_PLACE_UNKNOWN},
        {"D:/a.sys", HOST_PLACE_OTHER},
        {"/a.sys", HOST_PLACE_OTHER},
        {"/Windows.old/a.sys", HOST_PLACE_OTHER},
        {"/WINDOWS/system32/DRIVERS/a.sys", HOST_PLACE_DRIVERS},
        {"/Windows/System32/DriverStore/FileRepository/a/a.sys", HOST_PLACE_DRIVERS},
        {"/Windows/System32/drivers", HOST_PLACE_SYSTEM},
        {"/Windows/System32/a.dll", HOST_PLACE_SYSTEM},
        {"/Windows/Temp/a.dll", HOST_PLACE_OPEN},
        {"/Windows/Temporary/a.dll", HOST_PLACE_SYSTEM},
        {"/Windows/System32/spool/drivers/color/a.dll", HOST_PLACE_OPEN},
        {"/Program Files/a/a.exe", HOST_PLACE_PROGRAMS},
        {"/Program Files (x86)/a.exe", HOST_PLACE_PROGRAMS},
        {"/Program Filesx/a.exe", HOST_PLACE_OTHER},
        {"/ProgramData/Microsoft/Windows Defender/Platform/4/MsMpEng.exe", HOST_PLACE_PROGRAMS},
        {"/ProgramData/a.exe", HOST_PLACE_OPEN},
        {"/ProgramData/Vendor/a.exe", HOST_PLACE_VENDOR},
        {"/ProgramData/Vendor/Temp/a.exe", HOST_PLACE_OPEN},
        {"/Users/a/a.exe", HOST_PLACE_OPEN},
        {"/Users/a/Downloads/x/y/z/a.exe", HOST_PLACE_OPEN},
        {"/Users/Public/AppData/Local/V/a.exe", HOST_PLACE_OPEN},
        {"/Users/a/AppData/Local/a.exe", HOST_PLACE_OPEN},
        {"/Users/a/AppData/Local/Microsoft/OneDrive/OneDrive.exe", HOST_PLACE_VENDOR},
        {"/Users/a/AppData/Local/Temp/x/y/a.exe", HOST_PLACE_OPEN},
        {"/PerfLogs/a.exe", HOST_PLACE_OPEN},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        if (host_place_of(tries[i].path) != tries[i].place)
            fail_msg("%s is %s", tries[i].path, host_place_word(host_place_of(tries[i].path)));
}

static void trust(void **state) {
    (void)state;
    assert_int_equal(host_trust_of(NULL), HOST_TRUST_UNKNOWN);
    assert_int_equal(host_trust_of(""), HOST_TRUST_UNKNOWN);
    assert_int_equal(host_trust_of("unknown"), HOST_TRUST_UNKNOWN);
    assert_int_equal(host_trust_of("expired-not-timestamped"), HOST_TRUST_UNKNOWN);
    assert_int_equal(host_trust_of("trusted"), HOST_TRUST_GOOD);
    assert_int_equal(host_trust_of("unsigned"), HOST_TRUST_BAD);
    assert_int_equal(host_trust_of("digest-mismatch"), HOST_TRUST_BAD);
    assert_true(host_is_microsoft("Microsoft Windows"));
    assert_false(host_is_microsoft("Microsofty"));
    assert_false(host_is_microsoft(NULL));
}

static void times(void **state) {
    (void)state;
    struct host_moment moment;
    host_moment(0, &moment);
    assert_string_equal(moment.text, "");
    host_moment(INT64_C(133600000000000000), &moment);
    assert_int_equal(strncmp(moment.text, "2024-05-12T", 11), 0);
    assert_int_equal(host_apart(INT64_C(30000000), INT64_C(10000000)), 2);
    assert_int_equal(host_apart(INT64_C(10000000), INT64_C(30000000)), 2);
    assert_true(host_apart(0, INT64_C(10000000)) == UINT64_MAX);
    assert_true(host_apart(INT64_MIN, INT64_MAX) == UINT64_MAX);
    assert_true(host_apart(INT64_MAX, 1) < UINT64_MAX);
}

static void masks(void **state) {
    (void)state;
    assert_true(host_is_masked("/Windows/SVCHOST.EXE"));
    assert_true(host_is_masked("/ProgramData/Windows/System32/lsass.exe"));
    assert_true(host_is_masked("/Windows/System32/drivers/csrss.exe"));
    assert_false(host_is_masked("svchost.exe"));
    assert_false(host_is_masked("/svchost"));
    assert_false(host_is_masked("/windows/SYSTEM32/svchost.exe"));
    assert_false(host_is_masked("D:/Windows/SysWOW64/dllhost.exe"));
    assert_false(host_is_masked("/Windows/WinSxS/x/conhost.exe"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(trust),
        cmocka_unit_test(times),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
