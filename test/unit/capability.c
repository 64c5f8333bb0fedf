/* Classes of what an image imports and names: what looks like it and says nothing, then what does. */
#include "judge/capability.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* "class:imported/named", those that have any. */
static void expect(const char *imports, const char *names, const char *wanted) {
    struct capability found[API_CLASSES];
    char got[512] = "";
    size_t used = 0;
    capability_of(span_of(imports, strlen(imports), 0), span_of(names, strlen(names), 0), found);
    for (int i = 0; i < API_CLASSES; i++)
        if (found[i].imported + found[i].named > 0) {
            assert_non_null(found[i].source);
            assert_true(found[i].example_count > 0);
            used += (size_t)snprintf(got + used, sizeof got - used, "%s%s:%zu/%zu", used ? " " : "",
                                     api_class_word((enum api_class)i), found[i].imported, found[i].named);
        } else
            assert_null(found[i].source);
    assert_string_equal(got, wanted);
}

static void says_nothing(void **state) {
    (void)state;
    expect("", "", "");
    expect("\n\n!\n!x\nkernel32.dll\nkernel32.dll!\nkernel32.dll!Sleep", "Sleep\n\nvirtualallocex", "");
    expect("own.dll!VirtualAllocEx\nvirtualallocex!kernel32.dll\nkernel32.dll!VirtualAllocExA",
           "VirtualAllocEx2", "");
    expect("winhttp2.dll!#1\nxws2_32.dll!x", "", "");
}

static void says(void **state) {
    (void)state;
    expect("KERNEL32.dll!VirtualAllocEx\nkernel32.dll!WriteProcessMemory", "", "injection:2/0");
    expect("api-ms-win-core-memory-l1-1-0.dll!VirtualAllocEx\nKERNELBASE.dll!CreateRemoteThread", "",
           "injection:2/0");
    expect("WS2_32.dll!#115\nwinhttp.dll!WinHttpOpen", "", "network:2/0");
    expect("wininet.dll!InternetOpenA", "InternetOpenW\nCryptUnprotectData\nNtLoadDriver",
           "network:1/1 credential:0/1 driver:0/1");
    expect("user32.dll!SetWindowsHookExW\nadvapi32.dll!CreateServiceW", "", "service:1/0 capture:1/0");
    expect("kernel32.dll!LoadLibraryA\nkernel32.dll!LoadLibraryA", "LoadLibraryW", "loading:1/1");
    expect("urlmon.dll!Anything", "", "network:1/0");
}

static void examples(void **state) {
    (void)state;
    static const char imports[] = "a.dll!b\nadvapi32.dll!CryptEncrypt\nbcrypt.dll!#1",
                      names[] = "BCryptDecrypt";
    struct capability found[API_CLASSES];
    capability_of(span_of(imports, sizeof imports - 1, 0), span_of(names, sizeof names - 1, 0), found);
    const struct capability *crypto = &found[API_crypto];
    assert_int_equal(crypto->example_count, 3);
    assert_int_equal(crypto->examples[0].offset, 8);
    assert_int_equal(crypto->examples[1].size, 13);
    assert_memory_equal(crypto->examples[2].data, "BCryptDecrypt", 13);
}

/* Any beginning, and any bit. */
static void damaged(void **state) {
    (void)state;
    char text[] = "KERNEL32.dll!VirtualAllocEx\nws2_32.dll!#1\n";
    struct capability found[API_CLASSES];
    for (size_t size = 0; size < sizeof text; size++) {
        char *exact = malloc(size + 1);
        memcpy(exact, text, size);
        capability_of(span_of(exact, size, 0), span_of(exact, size, 0), found);
        free(exact);
    }
    for (size_t bit = 0; bit < 8 * (sizeof text - 1); bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        capability_of(span_of(text, sizeof text - 1, 0), span_of(text, sizeof text - 1, 0), found);
        assert_true(found[API_injection].imported <= 2);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_nothing),
        cmocka_unit_test(says),
        cmocka_unit_test(examples),
        cmocka_unit_test(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
