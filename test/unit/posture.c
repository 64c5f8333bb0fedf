/* What weakens a machine, and how the story tells what it is. */
#include "host_made.h"
#include "report/story_host.h"

static void software(struct host_made *m) {
    host_hive(m, "/Windows/System32/config", "SOFTWARE", "software", true);
}

static void sound(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_expect(&m, "posture", "");
    m = host_start(true);
    host_key(&m, "/ControlSet001/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 1);
    host_key(&m, "/ControlSet001/Control/DeviceGuard/Scenarios/HypervisorEnforcedCodeIntegrity");
    host_number(&m, "Enabled", 0); /* as on most machines */
    host_key(&m, "/ControlSet001/Control");
    host_text(&m, "SystemStartOptions", " NOEXECUTE=OPTIN  FVEBOOT=2670592");
    host_key(&m, "/ControlSet002/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 0); /* a set that is not in use */
    software(&m);
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Policies/System");
    host_number(&m, "EnableLUA", 1);
    host_expect(&m, "posture", "");
}

static void weakened(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_key(&m, "/ControlSet001/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 0);
    host_key(&m, "/ControlSet001/Control/DeviceGuard/Scenarios/HypervisorEnforcedCodeIntegrity");
    host_number(&m, "Enabled", 0);
    host_key(&m, "/ControlSet001/Control");
    host_text(&m, "SystemStartOptions", " testsigning  NOEXECUTE=OPTIN");
    software(&m);
    host_key(&m, "/Microsoft/Windows/CurrentVersion/Policies/System");
    host_number(&m, "EnableLUA", 0);
    host_judge(&m, "services");
    host_judge(&m, "posture");
    assert_string_equal(made_ask(m.c, "SELECT severity || '/' || strength || '@' || artifact FROM finding"),
                        "1/1@1");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(key || ': ' || value, '; ') FROM finding_detail"),
        "driver blocklist: switched off; memory integrity: off; boot options: test signing was on when "
        "it was last started; user account control: off");
    casefile_close(m.c);
}

static void expect_story(struct host_made *m, const char *wanted) {
    struct text out = {0};
    struct wrap wrap = {.width = 200};
    assert_true(story_host(casefile_db(m->c), &wrap, &out));
    assert_string_equal(text_string(&out), wanted);
    text_free(&out);
    casefile_close(m->c);
}

static void story(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_judge(&m, "services");
    expect_story(&m, "");
    m = host_start(true);
    host_key(&m, "/ControlSet001/Control/ComputerName/ComputerName");
    host_text(&m, "ComputerName", MADE_NASTY);
    host_key(&m, "/ControlSet001/Control/CI/Config");
    host_number(&m, "VulnerableDriverBlocklistEnable", 7);
    host_key(&m, "/ControlSet001/Control/Session Manager/Memory Management/PrefetchParameters");
    host_number(&m, "EnablePrefetcher", 3);
    software(&m);
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion");
    host_text(&m, "ProductName", "Windows 10 Pro");
    host_text(&m, "CurrentBuildNumber", "19045");
    host_judge(&m, "services");
    struct text name = {0}, wanted = {0};
    text_terminal(&name, MADE_NASTY, strlen(MADE_NASTY));
    text_format(
        &wanted,
        "Host        %s, Windows 10 Pro, build 19045; driver blocklist 7; memory integrity not set; prefetch on\n",
        text_string(&name));
    made_is_tame(text_string(&wanted));
    expect_story(&m, text_string(&wanted));
    text_free(&name);
    text_free(&wanted);
}

/* Of a boot configuration alone it is not known what SYSTEM says. */
static void boot_alone(void **state) {
    (void)state;
    static const uint8_t on[] = {1};
    struct host_made m = host_start(true);
    host_hive(&m, "/Boot", "BCD", "bcd", true);
    host_key(&m, "/Objects/{1}/Elements/16000049");
    host_value(&m, "Element", "REG_BINARY", NULL, span_of(on, 1, 0));
    host_judge(&m, "services");
    expect_story(&m, "Host        test signing on\n");
}

/* Another volume is another machine. */
static void machines(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    for (unsigned i = 1; i <= 60; i++) {
        struct listing listing = made_listing("/Windows/System32/config", "SYSTEM");
        listing.volume = 100 + i;
        assert_true(casefile_artifact(m.c, 1000 + i, &listing, span_of("", 0, 0), "read", NULL));
        assert_true(casefile_posture(m.c, &(struct casefile_posture){.hive = 1000 + i,
                                                                     .fact = "test signing",
                                                                     .value = "1",
                                                                     .key_path = "/x",
                                                                     .name = "Element"}));
    }
    host_judge(&m, "posture");
    assert_string_equal(made_ask(m.c, "SELECT count(*) || ' ' || count(DISTINCT artifact) FROM finding"),
                        "60 60");
    struct text out = {0};
    struct wrap wrap = {.width = 200};
    assert_true(story_host(casefile_db(m.c), &wrap, &out));
    size_t lines = 0;
    for (const char *at = text_string(&out); *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, STORY_HOST_MOST);
    text_free(&out);
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound),      cmocka_unit_test(weakened), cmocka_unit_test(story),
        cmocka_unit_test(boot_alone), cmocka_unit_test(machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
