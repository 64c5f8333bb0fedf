/* Names in normal form: what must become one, and what must stay apart. */
#include "store/normal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef void normal_fn(struct text *out, const char *name);

static void is(normal_fn *normal, const char *name, const char *wanted) {
    struct text once = {0}, twice = {0};
    normal(&once, name);
    assert_string_equal(text_string(&once), wanted);
    normal(&twice, text_string(&once)); /* written once, it stays */
    assert_string_equal(text_string(&twice), wanted);
    text_free(&once);
    text_free(&twice);
}

static void apart(normal_fn *normal, const char *one, const char *other) {
    struct text a = {0}, b = {0};
    normal(&a, one);
    normal(&b, other);
    assert_string_not_equal(text_string(&a), text_string(&b));
    text_free(&a);
    text_free(&b);
}

static void paths(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"C:\\Windows\\System32\\Drivers\\A.SYS", "/windows/system32/drivers/a.sys"},
        {"/Windows/System32/a.dll", "/windows/system32/a.dll"},
        {"D:/Users/Alex Smith/AppData/Local/x.dll", "/users/<user>/appdata/local/x.dll"},
        {"/Users/Public/x.exe", "/users/public/x.exe"},
        {"/Users/Default/NTUSER.DAT", "/users/default/ntuser.dat"},
        {"/Documents and Settings/bob/Local Settings/Temp/x.dll",
         "/documents and settings/<user>/local settings/temp/x.dll"},
        {"/Users/desktop.ini", "/users/desktop.ini"}, /* a file, no user */
        {"/Users/a/AppData/Local/App/app-18.12.416/ffmpeg.dll",
         "/users/<user>/appdata/local/app/app-<version>/ffmpeg.dll"},
        {"/Program Files/App/v1.2.3/x.dll", "/program files/app/v<version>/x.dll"},
        {"/Windows/assembly/x/b77a5c561934e089/y.dll", "/windows/assembly/x/<hex>/y.dll"},
        {"/ProgramData/{0A1B2C3D-0000-1111-2222-333344445555}/x.exe", "/programdata/<guid>/x.exe"},
        {"/$Recycle.Bin/S-1-5-21-1-2-3-1001/$RABCDEF.exe", "/$recycle.bin/<sid>/$rabcdef.exe"},
        {"/x/S-1-5-18/y", "/x/s-1-5-18/y"}, /* the well-known ones stay */
        {"/Windows/Temp/is-4F2A1.tmp/setup.exe", "/windows/temp/is-4f2a1.tmp/setup.exe"},
        {"/Windows/Temp/nsx42.tmp", "/windows/temp/<temp>.tmp"},
        {"/Windows/Temp/kq7f.sys", "/windows/temp/<temp>.sys"},
        {"/Windows/Temp/readme.txt", "/windows/temp/readme.txt"},
        {"", ""},
        {"/", "/"},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        is(normal_path, list[i][0], list[i][1]);
}

static void stay_apart(void **state) {
    (void)state;
    static const char *const list[][2] = {
        {"/Windows/System32/x.dll", "/Windows/SysWOW64/x.dll"},
        {"/a/ffmpeg.dll", "/a/ffmpeg2.dll"},
        {"/a/msvcp140.dll", "/a/msvcp120.dll"},
        {"/a/d3dcompiler_47.dll", "/a/d3dcompiler_43.dll"},
        {"/Users/a/x.dll", "/Users/Public/x.dll"},
        {"/Program Files/x.dll", "/Program Files (x86)/x.dll"},
        {"/a/7z.dll", "/a/7za.dll"},
        {"/a/deadbeef.dll", "/a/feedface.dll"}, /* letters alone are words */
        {"/a/kernel32.dll", "/a/kernel64.dll"},
        {"/Windows/Temp/a1.dll", "/Windows/Temp/a1.exe"},
        {"/a/x.dll", "/b/x.dll"},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        apart(normal_path, list[i][0], list[i][1]);
}

static void services_and_commands(void **state) {
    (void)state;
    is(normal_service, "CDPUserSvc_3a4f1", "cdpusersvc_<luid>");
    is(normal_service, "WpnUserService_7b2c9d", "wpnuserservice_<luid>");
    is(normal_service, "IKEEXT", "ikeext");
    is(normal_service, "svc_face", "svc_face"); /* no digit: a word */
    is(normal_service, "", "");
    apart(normal_service, "MSSQL_1", "MSSQL_2");
    is(normal_command, "\"C:\\Program Files\\A\\a.exe\" -k C:\\Users\\bob\\x.dll,Entry",
       "\"/program files/a/a.exe\" -k /users/<user>/x.dll,entry");
    is(normal_command, "rundll32.exe D:/x.dll", "rundll32.exe /x.dll");
    apart(normal_command, "x.exe -a", "x.exe -b");
    is(normal_name, "app-1.2.3.exe", "app-<version>.exe");
}

/* Any bytes: it ends, stays as it is when done again, and grows by little. */
static void anything(void **state) {
    (void)state;
    static const char letters[] = "aZ0f-._~{}\\/:\"<> \xc3\xa9S15";
    static normal_fn *const all[] = {normal_path, normal_name, normal_service, normal_command};
    uint32_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char name[48];
        size_t size = 0;
        seed = seed * 1103515245 + 12345;
        for (size_t n = (seed >> 16) % 47; size < n; size++) {
            seed = seed * 1103515245 + 12345;
            name[size] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        name[size] = 0;
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            struct text out = {0};
            all[i](&out, name);
            assert_true(out.size <= 9 * size);
            text_free(&out);
        }
    }
}

static void long_names(void **state) {
    (void)state;
    size_t size = NORMAL_MAX + 1000;
    char *name = malloc(size + 1);
    assert_non_null(name);
    memset(name, 'x', size);
    name[size] = 0;
    struct text out = {0};
    normal_path(&out, name);
    assert_int_equal(out.size, NORMAL_MAX);
    text_free(&out);
    free(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),    cmocka_unit_test(stay_apart), cmocka_unit_test(services_and_commands),
        cmocka_unit_test(anything), cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
