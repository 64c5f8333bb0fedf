/* What programs of Electron say of their archives. */
#include "format/asar_seal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"

static char told[1024];

/* "file" and ":" with the first byte of a digest, for each; "!" behind them for a fault. */
static size_t read_text(const char *text, size_t size) {
    struct job job;
    struct asar_seal seal;
    size_t n = 0, count = 0;
    told[0] = 0;
    job_init(&job, 1 << 16);
    struct asar_seals seals = asar_seals_of(&job, span_of(text, size, 0));
    for (; asar_seal_next(&seals, &seal); count++) {
        n += (size_t)snprintf(told + n, sizeof told - n, "%s", seal.file);
        if (seal.known)
            n += (size_t)snprintf(told + n, sizeof told - n, ":%02x%02x", seal.sha256[0], seal.sha256[31]);
        n += (size_t)snprintf(told + n, sizeof told - n, ";");
    }
    if (job.fault.code != FAULT_NONE)
        snprintf(told + n, sizeof told - n, "!");
    asar_seals_end(&seals);
    job_reset(&job);
    return count;
}

static void expect(const char *text, const char *wanted) {
    (void)read_text(text, strlen(text));
    assert_string_equal(told, wanted);
}

static void what_is_none(void **state) {
    (void)state;
    expect("", "");
    expect("[]", "");
    expect("{\"file\":\"a\"}", "");
    expect("[{\"value\":\"" HASH "\"}]", "");
    expect("[[{\"file\":\"a\"}]]", "");
    expect("[{\"file\":{\"file\":\"a\"}}]", "");
    expect("[{\"file\":\"a\",", "a;!");
    expect("[{\"file\":\"a\"}", "a;!");
}

static void seals_of_archives(void **state) {
    (void)state;
    expect("[{\"file\":\"resources\\\\app.asar\",\"alg\":\"SHA256\",\"value\":\"" HASH "\"}]",
           "resources/app.asar:01ef;");
    expect("[ {\"value\":\"" HASH
           "\", \"x\":[{\"file\":\"b\"}], \"alg\":\"sha256\", \"file\":\"a/b\"}, {\"file\":\"c\"}]",
           "a/b:01ef;c;");
    expect("[{\"file\":\"a\",\"alg\":\"SHA512\",\"value\":\"" HASH "\"}]", "a;");
    expect("[{\"file\":\"a\",\"alg\":\"SHA256\",\"value\":\"" HASH "0\"}]", "a;");
    expect("[{\"file\":\"a\",\"alg\":\"SHA256\",\"value\":\"xy" HASH "\"}]", "a;");
}

static void prefixes_and_bits(void **state) {
    (void)state;
    char text[] = "[{\"file\":\"resources\\\\app.asar\",\"alg\":\"SHA256\",\"value\":\"" HASH "\"}]";
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        char *cut = malloc(n + 1); /* so that a sanitizer sees what is read behind it */
        assert_non_null(cut);
        memcpy(cut, text, n);
        assert_true(read_text(cut, n) <= 1);
        free(cut);
    }
    for (size_t bit = 0; bit < (sizeof text - 1) * 8; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        assert_true(read_text(text, sizeof text - 1) <= 1);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(seals_of_archives),
        cmocka_unit_test(prefixes_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
