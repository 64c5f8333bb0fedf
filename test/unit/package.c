/* Packages of rules: what is hostile or damaged is refused by name and changes nothing else; the rest is what
 * a walk of the folder would give. */
#include "intel/package.h"

#include "make/zip_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROOM = 1 << 20 };

static uint8_t bytes[ROOM];
static struct job job;
static struct package package;
static const char *why;

static struct zip_made begin(void) {
    job_reset(&job);
    job_init(&job, (size_t)64 << 20);
    why = NULL;
    return (struct zip_made){.bytes = bytes, .size = ROOM};
}

static struct zip_made_member *add(struct zip_made *made, const char *name, const char *text) {
    return zip_made_add(made, name, 8, text, strlen(text));
}

static bool open_size(size_t size) {
    return package_open(&job, span_of(bytes, size, 0), package_wants_rules, &package, &why);
}

/* "NAME=TEXT" or "NAME!REASON" of each member, with | between them. */
static const char *told(void) {
    static char said[4096];
    struct text text = {0};
    size_t size = 0;
    said[0] = 0;
    for (size_t i = 0; i < package.count; i++) {
        text_clear(&text);
        bool good = package_read(&package, i, &text, &why);
        assert_true(good || (text.size == 0 && why));
        size += (size_t)snprintf(said + size, sizeof said - size, "%s%s%c%s", i > 0 ? "|" : "",
                                 package.list[i].name, good ? '=' : '!', good ? text_string(&text) : why);
    }
    text_free(&text);
    return said;
}

static void no_package(void **state) {
    (void)state;
    (void)begin();
    assert_false(open_size(0));
    assert_non_null(why);
    struct zip_made made = begin();
    add(&made, "a.yar", "rule a { condition: true }");
    size_t size = zip_made_end(&made);
    for (size_t cut = 0; cut < size; cut++) { /* the end record is the last thing in it */
        job_reset(&job);
        why = NULL;
        assert_false(open_size(cut));
        assert_non_null(why);
    }
    job_reset(&job);
    assert_true(open_size(size));
    assert_true(package_is(span_of(bytes, size, 0)));
    assert_false(package_is(span_of("rule", 4, 0)));
    assert_false(package_is(span_of("PK", 2, 0)));
}

static void changed(void **state) {
    (void)state;
    struct zip_made made = begin();
    add(&made, "a.yar", "rule a { condition: true } rule b { condition: true }");
    zip_made_add(&made, "b.yar", 0, "stored", 6);
    size_t size = zip_made_end(&made);
    struct text text = {0};
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        job_reset(&job);
        why = NULL;
        bool good = open_size(size);
        assert_true(good || why);
        for (size_t i = 0; good && i < package.count; i++) {
            text_clear(&text);
            if (package_read(&package, i, &text, &why))
                assert_true(strstr(text_string(&text), "rule a { condition: true } rule b") ||
                            strcmp(text_string(&text), "stored") == 0);
            else
                assert_true(why && text.size == 0);
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    text_free(&text);
}

static void directory_damaged(void **state) {
    (void)state;
    struct zip_made made = begin();
    add(&made, "a.yar", "a");
    add(&made, "b.yar", "b");
    size_t size = zip_made_end(&made);
    bytes[made.directory + 46 + 5] = 0; /* no entry any more: who knows what it was */
    assert_false(open_size(size));
    assert_non_null(strstr(why, "bytes in the directory"));
}

static void members_refused(void **state) {
    (void)state;
    struct zip_made made = begin();
    add(&made, "good.yar", "good");
    add(&made, "crc.yar", "text")->crc ^= 1;
    add(&made, "encrypted.yar", "text")->flags = 1;
    add(&made, "method.yar", "text")->method = 6;
    add(&made, "long.yar", "text")->size = 3;
    add(&made, "short.yar", "text")->size = 5;
    add(&made, "cut.yar", "some text that is packed")->packed = 5;
    add(&made, "far.yar", "text")->local = 900000;
    add(&made, "away.yar", "text")->local += 1;
    add(&made, "behind.yar", "text")->packed = 100000;
    add(&made, "same.yar", "first");
    add(&made, "same.yar", "second");
    size_t size = zip_made_end(&made);
    assert_true(open_size(size));
    assert_int_equal(package.count, 12);
    const char *said = told();
    assert_non_null(strstr(said, "|good.yar=good|"));
    assert_non_null(strstr(said, "|same.yar=first|same.yar!another member has the same name"));
    assert_non_null(strstr(said, "|encrypted.yar!it is encrypted|"));
    assert_non_null(strstr(said, "|method.yar!how it is packed is not undone|"));
    assert_non_null(strstr(said, "|crc.yar!it is not what the directory of the ZIP tells|"));
    assert_non_null(strstr(said, "|long.yar!it is not what the directory of the ZIP tells|"));
    assert_non_null(strstr(said, "|short.yar!it is not what the directory of the ZIP tells"));
    assert_non_null(strstr(said, "|cut.yar!"));
    assert_non_null(strstr(said, "|far.yar!"));
    assert_non_null(strstr(said, "away.yar!it has no local header"));
    assert_non_null(strstr(said, "|behind.yar!it lies outside of the package|"));
}

/* Nothing is written by these names, but nobody packs rules like that in good faith. */
static void names_that_lead_out(void **state) {
    (void)state;
    struct zip_made made = begin();
    add(&made, "../a.yar", "x");
    add(&made, "b/../../c.yar", "x");
    add(&made, "/d.yar", "x");
    add(&made, "./e//f.yar", "f");
    add(&made, "g\n\x1b.yar", "g");
    assert_true(open_size(zip_made_end(&made)));
    assert_string_equal(
        told(), "../a.yar!its name leads out of the package|b/../../c.yar!its name leads out of the package"
                "|d.yar!its name leads out of the package|e/f.yar=f|g\n\x1b.yar=g");
}

static void bombs(void **state) {
    (void)state;
    static char zeros[8 << 20];
    struct zip_made made = begin();
    zip_made_add(&made, "bomb.yar", 8, zeros, sizeof zeros);
    zip_made_add(&made, "small.yar", 8, zeros, 1 << 20);
    struct zip_made_member *liar = zip_made_add(&made, "liar.yar", 8, zeros, sizeof zeros);
    liar->size = 100; /* what comes out is bounded by what is told */
    assert_true(open_size(zip_made_end(&made)));
    struct text text = {0};
    assert_false(package_read(&package, 0, &text, &why));
    assert_string_equal(why, "it grows more than a text can");
    assert_false(package_read(&package, 1, &text, &why));
    assert_string_equal(package.list[1].name, "liar.yar");
    assert_true(text.room <= 65536);
    assert_true(package_read(&package, 2, &text, &why));
    assert_int_equal(text.size, 1 << 20);
    text_free(&text);
    made = begin(); /* members that share their bytes */
    struct zip_made_member *first = zip_made_add(&made, "a.yar", 0, zeros, 600000);
    first->size = 100u << 20;
    for (int i = 0; i < 4; i++)
        made.members[made.count++] = *first;
    made.members[1].name = "b.yar";
    made.members[2].name = "c.yar";
    assert_false(open_size(zip_made_end(&made)));
    assert_non_null(strstr(why, "more than is read"));
}

static void as_a_folder(void **state) {
    (void)state;
    struct zip_made made = begin();
    add(&made, "b.yara", "3");
    add(&made, "a.yar", "2");
    add(&made, "a/z.yar", "1");
    zip_made_add(&made, "c/", 0, "", 0);
    zip_made_add(&made, "c.yar/", 0, "", 0);
    add(&made, "readme.txt", "no");
    add(&made, ".yar", "no");
    add(&made, "__MACOSX/._a.yar", "no");
    add(&made, ".git/a.yar", "no");
    struct zip_made_member *link = add(&made, "link.yar", "/etc/passwd");
    link->host = 3;
    link->attributes = 0120777u << 16;
    struct zip_made_member *file = add(&made, "unix.yar", "4");
    file->host = 3;
    file->attributes = 0100644u << 16;
    add(&made, "z.yar", "");
    assert_true(open_size(zip_made_end(&made)));
    assert_string_equal(told(), "a/z.yar=1|a.yar=2|b.yara=3|unix.yar=4|z.yar=");
}

static void many(void **state) {
    (void)state;
    static char names[ZIP_MADE_MEMBERS][16];
    struct zip_made made = begin();
    for (int i = ZIP_MADE_MEMBERS - 1; i >= 0; i--) {
        snprintf(names[i], sizeof names[i], "%03d.yar", i);
        add(&made, names[i], names[i]);
    }
    assert_true(open_size(zip_made_end(&made)));
    assert_int_equal(package.count, ZIP_MADE_MEMBERS);
    for (size_t i = 0; i < package.count; i++)
        assert_string_equal(package.list[i].name, names[i]);
    assert_non_null(strstr(told(), "|031.yar=031.yar|"));
}

static void libraries(void **state) {
    (void)state;
    assert_true(package_wants_libraries("yml/a.yml"));
    assert_true(package_wants_libraries("HijackLibs-main/yml/microsoft/built-in/a.yml"));
    assert_false(package_wants_libraries("template.yml"));
    assert_false(package_wants_libraries("xyml/a.yml"));
    assert_false(package_wants_libraries("yml/readme.md"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_package),          cmocka_unit_test(changed), cmocka_unit_test(directory_damaged),
        cmocka_unit_test(members_refused),     cmocka_unit_test(bombs),   cmocka_unit_test(as_a_folder),
        cmocka_unit_test(names_that_lead_out), cmocka_unit_test(many),    cmocka_unit_test(libraries),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    job_reset(&job);
    return failed;
}
