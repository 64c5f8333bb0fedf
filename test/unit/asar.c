/* Directories of Electron's archives: what they say, and what is none. */
#include "format/asar.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char told[1024];

/* "path:size@offset flags;" of each entry; the fault's text behind it if there is one. */
static void read_text(const char *text) {
    struct job job;
    struct asar_entry entry;
    size_t n = 0;
    told[0] = 0;
    job_init(&job, 1 << 16);
    struct asar asar = asar_of(&job, span_of(text, strlen(text), 0));
    while (asar_next(&asar, &entry))
        n += (size_t)snprintf(told + n, sizeof told - n, "%.*s:%llu@%llu%s%s%s%s%s;", (int)entry.path.size,
                              (const char *)entry.path.data, (unsigned long long)entry.size,
                              (unsigned long long)entry.offset, entry.folder ? " folder" : "",
                              entry.link ? " link" : "", entry.unpacked ? " unpacked" : "",
                              entry.placed ? "" : " nowhere", entry.sealed ? " sealed" : "");
    if (job.fault.code != FAULT_NONE)
        snprintf(told + n, sizeof told - n, "!");
    asar_end(&asar);
    job_reset(&job);
}

static void expect(const char *text, const char *wanted) {
    read_text(text);
    assert_string_equal(told, wanted);
}

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static void entries(void **state) {
    (void)state;
    expect("{\"files\":{}}", "");
    expect("{\"files\":{\"a\":{\"size\":5,\"offset\":\"7\"}}}", "a:5@7;");
    expect(
        "{\"files\":{\"a\":{\"files\":{\"b\":{\"offset\":\"0\",\"x\":{\"y\":[1,{}]},\"size\":1},\"c\":{\"files\":{}}}},"
        "\"d\":{\"size\":2,\"offset\":\"1\",\"executable\":true}}}",
        "a/b:1@0;a/c:0@0 folder nowhere;a:0@0 folder nowhere;d:2@1;");
    expect("{\"files\":{\"l\":{\"link\":\"a\"},\"u\":{\"size\":3,\"unpacked\":true},\"n\":{}}}",
           "l:0@0 link nowhere;u:3@0 unpacked nowhere;n:0@0 nowhere;");
    expect("{\"files\":{\"a\":{\"integrity\":{\"algorithm\":\"SHA256\",\"hash\":\"" HASH
           "\",\"blocks\":[\"x\"]},\"size\":1,\"offset\":\"0\"}}}",
           "a:1@0 sealed;");
    expect("{\"files\":{\"a\":{\"integrity\":{\"algorithm\":\"MD5\",\"hash\":\"" HASH
           "\"},\"size\":1,\"offset\":\"0\"}}}",
           "a:1@0;");
}

static void what_is_none(void **state) {
    (void)state;
    expect("[]", "!");
    expect("", "!");
    expect("{\"files\":{\"a\":5}}", "!");
    expect("{\"files\":{\"a\":{\"size\":1,\"offset\":\"0\"},", "a:1@0;!");
    static const char level[] = "{\"files\":{\"a\":";
    char deep[40 * sizeof level] = "";
    for (size_t i = 0; i < 40; i++)
        memcpy(deep + i * (sizeof level - 1), level, sizeof level);
    expect(deep, "!");
}

static void heads(void **state) {
    (void)state;
    uint64_t size, data;
    uint8_t head[16] = {4, 0, 0, 0, 28, 0, 0, 0, 24, 0, 0, 0, 18, 0, 0, 0};
    assert_true(asar_head(span_of(head, 16, 0), 100, &size, &data));
    assert_int_equal(size, 18);
    assert_int_equal(data, 36);
    assert_false(asar_head(span_of(head, 15, 0), 100, &size, &data));
    assert_false(asar_head(span_of(head, 16, 0), 30, &size, &data));
    for (size_t i = 0; i < 16; i += 4) {
        head[i] ^= 0x80;
        assert_false(asar_head(span_of(head, 16, 0), 100, &size, &data));
        head[i] ^= 0x80;
    }
}

/* Cut anywhere, and with each bit turned: an end. */
static void sweeps(void **state) {
    (void)state;
    char text[] =
        "{\"files\":{\"a\":{\"files\":{\"b\":{\"size\":1,\"offset\":\"0\",\"integrity\":{\"hash\":\"" HASH
        "\"}}}},\"d\":{\"link\":\"a\"}}}";
    size_t size = sizeof text - 1;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        read_text(text);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
    while (size > 0) {
        text[--size] = 0;
        read_text(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(entries), cmocka_unit_test(what_is_none),
                                       cmocka_unit_test(heads), cmocka_unit_test(sweeps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
