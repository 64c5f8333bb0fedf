/* Where hosts were looked at: rows of table covered become places, and places the hosts that were looked at
 * there. */
#include "store/singled_looked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint32_t host(const char *const prefixes[], bool complete) {
    uint32_t bits = 0;
    for (size_t i = 0; prefixes[i]; i++)
        singled_looked_add(&bits, prefixes[i], complete);
    return singled_looked_done(bits);
}

static bool at(uint32_t bits, enum store_kind kind, const char *path) {
    return bits >> singled_looked_place(kind, path) & 1;
}

static void places(void **state) {
    (void)state;
    uint32_t all = host((const char *const[]){"", NULL}, true),
             nothing = host((const char *const[]){"", NULL}, false);
    uint32_t unknown = host((const char *const[]){NULL}, false);
    uint32_t windows = host((const char *const[]){"/windows", NULL}, true);
    uint32_t some =
        host((const char *const[]){"/windows", "/windows/system32/drivers", ROWS_HIVE_SYSTEM, NULL}, false);
    static const struct {
        enum store_kind kind;
        const char *path;
        bool nothing, windows, some;
    } cases[] = {{STORE_IMAGE, "/windows/system32/a.dll", false, true, false},
                 {STORE_IMAGE, "/windows/a.dll", false, true, true},
                 {STORE_DRIVER, "/windows/system32/drivers/a.sys", false, true, true},
                 {STORE_IMAGE, "/windowsx/a.dll", false, false, false},
                 {STORE_IMAGE, "/program files/a/a.dll", false, false, false},
                 {STORE_IMAGE, "/elsewhere/a.dll", false, false, false},
                 {STORE_SERVICE, "/program files/a/a.dll", false, true, true},
                 {STORE_AUTOSTART, "/windows/a.exe", false, true, false},
                 {STORE_SOFTWARE, "", false, true, false},
                 {STORE_EXECUTION, "/windows/a.exe", true, true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum store_kind kind = cases[i].kind;
        const char *path = cases[i].path;
        if (!at(all, kind, path) || !at(unknown, kind, path) || at(nothing, kind, path) != cases[i].nothing ||
            at(windows, kind, path) != cases[i].windows || at(some, kind, path) != cases[i].some)
            fail_msg("%s", path);
    }
}

struct row {
    char before[3];
    uint32_t bits;
};

static void counts(void **state) {
    (void)state;
    struct singled_looked looked;
    struct row rows[5];
    for (int i = 0; i < 5; i++)
        rows[i].bits = host((const char *const[]){i < 3 ? "" : "/program files", NULL}, true);
    singled_looked_count(&looked, &rows->bits, 5, sizeof *rows);
    unsigned windows = singled_looked_place(STORE_IMAGE, "/windows/a.dll");
    unsigned drivers = singled_looked_place(STORE_DRIVER, "/windows/system32/drivers/a.sys");
    unsigned programs = singled_looked_place(STORE_IMAGE, "/program files/a.dll");
    unsigned anywhere = singled_looked_place(STORE_EXECUTION, "/a.exe");
    assert_int_equal(looked.hosts[windows], 3);
    assert_int_equal(looked.hosts[programs], 5);
    assert_int_equal(looked.same[windows], looked.same[drivers]);
    assert_int_equal(looked.same[programs], anywhere);
    assert_int_not_equal(looked.same[windows], looked.same[programs]);
    singled_looked_count(&looked, &rows->bits, 3, sizeof *rows);
    for (unsigned i = 0; i < SINGLED_LOOKED_PLACES; i++)
        assert_int_equal(looked.same[i], 0);
    singled_looked_count(&looked, &rows->bits, 0, sizeof *rows);
    assert_int_equal(looked.hosts[windows], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(places), cmocka_unit_test(counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
