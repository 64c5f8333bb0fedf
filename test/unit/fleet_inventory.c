/* Lists of hosts that people keep: what a line says, and that no bytes do harm. */
#include "report/fleet_inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* All rows as one text: fields with | between, rows with a newline; the error behind. */
static void is(const char *bytes, size_t size, const char *wanted) {
    struct fleet_inventory inventory;
    struct fleet_inventory_row row;
    struct text all = {0};
    bool good = fleet_inventory_open(&inventory, bytes, size);
    while (good && fleet_inventory_next(&inventory, &row)) {
        for (int i = 0; i < FLEET_INVENTORY_FIELDS; i++)
            text_format(&all, "%s%s", i > 0 ? "|" : "", row.fields[i]);
        text_char(&all, '\n');
    }
    text_add(&all, text_string(&inventory.error));
    if (wanted)
        assert_string_equal(text_string(&all), wanted);
    fleet_inventory_close(&inventory);
    text_free(&all);
}
#define IS(bytes, wanted) is(bytes, sizeof bytes - 1, wanted)

static void lines(void **state) {
    (void)state;
    IS("host,site\na,x\nb,y\n", "a|x|||||\nb|y|||||\n");
    IS("Site;HOST\r\nx;a\r\n", "a|x|||||\n");
    IS("role,host,what,country\nserver,a,1,NL", "a||NL||server||\n");
    IS("\xef\xbb\xbf\"host\",\"owner\"\n\"a\",\"say \"\"hi\"\",\nand go\"\n", "a|||say \"hi\",\nand go|||\n");
    IS("host\n\n  a  \n,,,\n", "a||||||\n");              /* lines without a host are none */
    IS("host,host\na,b\n", "a||||||\n");                  /* the first counts */
    IS("host,site\na\nb,x,y,z\n", "a||||||\nb|x|||||\n"); /* too few, too many */
    IS("host,MAC\na,0011.22AA.BBCC 00-14-22-0d-94-1f\nb,unknown\nc,00:50:56:C0:00:08\n",
       "a|||||00:11:22:aa:bb:cc 00:14:22:0d:94:1f|\nb||||||\nc||||||\n");
    IS("host,country\na,nl\nb,Nld\nc,nl1\nd,Peru\n", "a||NL||||\nb||NLD||||\nc||nl1||||\nd||Peru||||\n");
    IS("host,site\na,\xff\n", "a|\\xFF|||||\n");
}

static void misuse(void **state) {
    (void)state;
    IS("", "line 1: no column is called host");
    IS("name,site\na,x\n", "line 1: no column is called host");
    IS("host,\"site\na,x\n", "line 1: a quote does not end");
    IS("host\na\n\"b\n", "a||||||\nline 3: a quote does not end");
    IS("host\0\na\n", "line 1: this is not UTF-8");
    IS("\xff\xfeh\0o\0s\0t\0\n\0a\0\n\0", "line 1: this is not UTF-8");
}

static void prefixes(void **state) {
    (void)state;
    static const char whole[] =
        "\xef\xbb\xbf\"host\";site;\"count\"\"ry\"\r\n\"a\"\"b\";\"x\ny\";\xff\r\nc;;\r\n";
    for (size_t size = 0; size < sizeof whole; size++)
        is(whole, size, NULL);
    char changed[sizeof whole];
    for (size_t bit = 0; bit < 8 * (sizeof whole - 1); bit++) {
        memcpy(changed, whole, sizeof whole);
        changed[bit / 8] = (char)(changed[bit / 8] ^ 1 << bit % 8);
        is(changed, sizeof whole - 1, NULL);
    }
}

static void long_cells(void **state) {
    (void)state;
    struct text bytes = {0};
    struct fleet_inventory inventory;
    struct fleet_inventory_row row;
    text_add(&bytes, "host,site\na,");
    for (int i = 0; i < 100000; i++)
        text_char(&bytes, 'x');
    assert_true(fleet_inventory_open(&inventory, text_string(&bytes), bytes.size));
    assert_true(fleet_inventory_next(&inventory, &row));
    assert_int_equal(strlen(row.fields[FLEET_INVENTORY_SITE]), FLEET_INVENTORY_CELL);
    fleet_inventory_close(&inventory);
    text_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(misuse),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(long_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
