/* Services, autostarts and posture, as the registry has them. */
#include "host_made.h"

#include "judge/host_registry.h"

static void patterns(void **state) {
    (void)state;
    assert_true(host_registry_is("/A*/b", "/abc/B"));
    assert_true(host_registry_is("/ControlSet*/Services/*", "/controlset001/services/x"));
    assert_true(host_registry_is("/*", "/"));
    assert_true(host_registry_is("/a/**", "/a/b/c"));
    assert_false(host_registry_is("/a/**", "/a"));
    assert_false(host_registry_is("/a", "/a/b"));
    assert_false(host_registry_is("/a/b", "/a"));
    assert_false(host_registry_is("/a/b", "a/b"));
    assert_false(host_registry_is("/a", "?/a"));
    char long_name[4002] = "/";
    memset(long_name + 1, 'a', 4000);
    assert_false(host_registry_is("/*a*a*a*a*a*a*a*ab", long_name));
}

#define ASK(sql, wanted) assert_string_equal(made_ask(m.c, sql), wanted)

static void end(struct host_made *m) {
    assert_true(casefile_finish(m->c, NULL));
    casefile_close(m->c);
}

static void nothing(void **state) {
    (void)state;
    struct host_made m = {.c = made_case(NULL)};
    host_judge(&m, "services");
    ASK("SELECT count(*) FROM service", "0");
    end(&m);
    m = host_start(true); /* a hive without keys */
    host_judge(&m, "services");
    ASK("SELECT count(*) FROM service", "0");
    end(&m);
}

static void services(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    uint64_t hive = m.hive;
    (void)hive;
    host_file(&m, "/Windows/System32/drivers", "disk.sys");
    host_file(&m, "/Windows/System32", "svchost.exe");
    host_file(&m, "/Windows/System32", "ikeext.dll");
    host_service(&m, "disk", 1, 0, NULL);
    host_text(&m, "Owners", "disk.inf");
    host_key(&m, "/ControlSet001/Services/disk/Instances/one");
    host_service_at(&m, "IKEEXT", 0x20, 2, "%systemroot%\\system32\\svchost.exe -k netsvcs -p",
                    HOST_TIME + 5);
    host_text(&m, "ObjectName", "LocalSystem");
    host_library(&m, "IKEEXT", "%SystemRoot%\\System32\\ikeext.dll");
    host_key(&m, "/ControlSet001/Services/IKEEXT/TriggerInfo/0");
    host_service(&m, "bad", 1, 3, "\\??\\C:\\Users\\a\\bad.sys");
    host_key(&m, "/ControlSet002/Services/disk");
    host_number(&m, "Type", 1);
    host_key(&m, "/Select");
    host_number(&m, "Current", 1);
    m.state = "deleted";
    host_service(&m, "gone", 1, 3, "\\??\\C:\\Windows\\Temp\\gone.sys");
    host_key(&m, "?/nameless");
    host_text(&m, "ImagePath", "\\??\\C:\\x.sys");
    host_number(&m, "Type", 1);
    host_number(&m, "Start", 3);
    host_key(&m, "?/other");
    host_text(&m, "ImagePath", "x");
    host_judge(&m, "services");
    ASK("SELECT count(*) FROM service", "6");
    ASK("SELECT state || ' ' || type || ' ' || start || ' ' || coalesce(image, '-') || ' ' || image_path || ' ' ||"
        " image_state || ' ' || hints FROM service WHERE name = 'disk' AND state = 'current'",
        "current 1 0 - /Windows/System32/drivers/disk.sys found pnp filter");
    ASK("SELECT image_path || ' ' || host_group || ' ' || library_path || ' ' || library_state || ' ' ||"
        " library_artifact || ' ' || account || ' ' || hints || ' ' || (last_write % 1000) FROM service WHERE name = 'IKEEXT'",
        "/Windows/system32/svchost.exe netsvcs /Windows/System32/ikeext.dll found 4 LocalSystem triggers 5");
    ASK("SELECT image_path || ' ' || image_state FROM service WHERE name = 'bad'", "/Users/a/bad.sys absent");
    ASK("SELECT group_concat(name || '=' || state, ' ') FROM service ORDER BY rowid",
        "disk=current IKEEXT=current bad=current disk=other gone=deleted nameless=deleted");
    ASK("SELECT count(*) FROM finding", "0");
    end(&m);
}

/* Without Select the first control set is taken; another one if it says so. */
static void control_sets(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_service(&m, "a", 1, 3, NULL);
    host_key(&m, "/ControlSet002/Services/b");
    host_judge(&m, "services");
    ASK("SELECT group_concat(name || '=' || state, ' ') FROM service", "a=current b=other");
    end(&m);
    m = host_start(true);
    host_service(&m, "a", 1, 3, NULL);
    host_key(&m, "/ControlSet002/Services/b");
    host_key(&m, "/Select");
    host_number(&m, "Current", 2);
    host_judge(&m, "services");
    ASK("SELECT group_concat(name || '=' || state, ' ') FROM service", "a=other b=current");
    end(&m);
}

static void autostarts(void **state) {
    (void)state;
    static const uint8_t actions[] = {3,   0,   2,   0,   0,   0,   'A', 0,   0x66, 0x66, 0, 0,   0,
                                      0,   18,  0,   0,   0,   'C', 0,   ':', 0,    '\\', 0, 'a', 0,
                                      ' ', 0,   'b', 0,   '.', 0,   'p', 0,   's',  0,    4, 0,   0,
                                      0,   '/', 0,   'q', 0,   0,   0,   0,   0,    0,    0};
    struct host_made m = host_start(true);
    host_key(&m, "/ControlSet001/Control/Lsa");
    host_value(&m, "Security Packages", "REG_MULTI_SZ", "kerberos\nevil", span_of("", 0, 0));
    host_key(&m, "/ControlSet002/Control/Lsa");
    host_value(&m, "Security Packages", "REG_MULTI_SZ", "old", span_of("", 0, 0));
    host_file(&m, "/Users/a/x y", "r.exe");
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Run");
    host_text(&m, "One", "\"C:\\Users\\a\\x y\\r.exe\" /background");
    host_text(&m, "Empty", "");
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Winlogon");
    host_text(&m, "Userinit", "C:\\Windows\\system32\\userinit.exe,C:\\evil.exe,");
    host_text(&m, "Other", "x");
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/Tasks/{1}");
    host_text(&m, "Path", "\\Some Task");
    host_value(&m, "Actions", "REG_BINARY", NULL, span_of(actions, sizeof actions, 0));
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/Tasks/{2}");
    host_value(&m, "Actions", "REG_BINARY", NULL, span_of(actions, 5, 0));
    host_hive(&m, "/Users/a/AppData/Local/Microsoft/Windows", "UsrClass.dat", "usrclass", true);
    host_key(&m, "/CLSID/{x}/InprocServer32");
    host_text(&m, "", "%APPDATA%\\c.dll");
    host_text(&m, "ThreadingModel", "Both");
    host_judge(&m, "services");
    ASK("SELECT group_concat(kind || ' ' || coalesce(path, '') || ' ' || path_state, '; ') FROM autostart",
        "lsa_package kerberos.dll not testable; lsa_package evil.dll not testable; run /Users/a/x y/r.exe found;"
        " winlogon /Windows/system32/userinit.exe absent; winlogon /evil.exe absent; task /a b.ps absent;"
        " com_user /Users/a/AppData/Roaming/c.dll absent");
    ASK("SELECT key_path || ' ' || command FROM autostart WHERE kind = 'task'",
        "\\Some Task \"C:\\a b.ps\" /q");
    ASK("SELECT user FROM autostart WHERE kind = 'com_user'", "/Users/a");
    end(&m);
}

static void posture(void **state) {
    (void)state;
    static const uint8_t on[] = {1};
    struct host_made m = host_start(true);
    host_key(&m, "/ControlSet001/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 0);
    host_key(&m, "/ControlSet002/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 1);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Microsoft/Windows Defender/Exclusions/Paths");
    host_number(&m, "C:\\\\x", 0);
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion");
    host_text(&m, "ProductName", "Windows 10 Pro");
    host_hive(&m, "/Boot", "BCD", "bcd", true);
    host_key(&m, "/Objects/{1}/Elements/16000049");
    host_value(&m, "Element", "REG_BINARY", NULL, span_of(on, 1, 0));
    host_judge(&m, "services");
    ASK("SELECT group_concat(fact || '=' || value, '; ') FROM posture",
        "driver blocklist=0; Defender exclusion=C:\\\\x; system name=Windows 10 Pro; test signing=1");
    end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(patterns),   cmocka_unit_test(nothing),
                                       cmocka_unit_test(services),   cmocka_unit_test(control_sets),
                                       cmocka_unit_test(autostarts), cmocka_unit_test(posture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
