/* What texts and numbers of an image tell: what looks like it and is none, then what is one, and the same in
 * any pieces. */
#include "format/pe_text.h"

#include "format/api.h"
#include "format/pe_text_find.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct pe nothing;

/* All that is told of bytes that are added in pieces of `piece`, as "class:value" with ~ for UTF-16,
 * "/detail" and "*count" where there is one, two blanks between. */
static void tell(const struct pe *pe, struct span bytes, size_t piece, char *ret, size_t room) {
    struct job job;
    struct pe_texts found;
    size_t used = 0;
    job_init(&job, 16 << 20);
    struct pe_text *text = pe_text_open(&job, pe);
    assert_non_null(text);
    for (size_t at = 0; at < bytes.size; at += piece)
        pe_text_add(text, span_clip(bytes, at, piece));
    pe_text_end(text, &found);
    ret[0] = 0;
    for (size_t i = 0; i < found.count && used < room; i++) {
        const struct pe_text_item *item = &found.list[i];
        used += (size_t)snprintf(ret + used, room - used, "%s%s:%s%s%s%s", i ? "  " : "",
                                 pe_text_class_word(item->class), item->value,
                                 item->encoding == PE_TEXT_WIDE ? "~" : "", item->detail ? "/" : "",
                                 item->detail ? item->detail : "");
        if (item->count > 1 && used < room)
            used += (size_t)snprintf(ret + used, room - used, "*%llu", (unsigned long long)item->count);
        assert_true(item->offset >= bytes.offset && item->offset < bytes.offset + bytes.size);
    }
    job_reset(&job);
}

static void expect(const char *text, const char *wanted) {
    char got[2048];
    uint8_t wide[2048];
    size_t size = strlen(text);
    tell(&nothing, span_of(text, size, 100), size + 1, got, sizeof got);
    assert_string_equal(got, wanted);
    for (size_t i = 0; i < size;
         i++) { /* the same in UTF-16, at an odd place, without the marks that this has */
        wide[1 + 2 * i] = (uint8_t)text[i];
        wide[2 + 2 * i] = 0;
    }
    wide[0] = 7;
    char plain[2048];
    size_t n = 0;
    tell(&nothing, span_of(wide, 1 + 2 * size, 0), 7, got, sizeof got);
    for (size_t i = 0; got[i]; i++)
        if (got[i] != '~')
            plain[n++] = got[i];
    plain[n] = 0;
    if (!strstr(wanted, "constant:"))
        assert_string_equal(plain, wanted);
}

static void urls(void **state) {
    (void)state;
    expect("http:// https://\" file://c xhttp://a.b", "");
    expect("http://style= see://what/x", "");
    expect("get https://a.example.com/x?y=%s, now", "url:https://a.example.com/x?y=%s");
    expect("(http://%s:%d/api)", "url:http://%s:%d/api");
    expect("wss://[2001:db8::1]:8080/s", "url:wss://[2001:db8::1]:8080/s");
    expect("HTTP://LOCAL:80 http://local:80", "url:HTTP://LOCAL:80  url:http://local:80");
}

static void addresses(void **state) {
    (void)state;
    expect("1.2.3.4 version 91.100.47.12 6.1.7601.0 2.5.29.35 2.1.47.76", "");
    expect("1.3.6.1.4.1.311 300.11.22.33 91.100.47.12.5 127.0.0.1 255.255.255.0", "");
    expect("a91.100.47.12 91.100.47.12a 091.100.47.12 12:34:56 00:11:22:33:44:55", "");
    expect("ping 8.8.8.8", "address:8.8.8.8");
    expect("91.100.47.12, 5.8.1.7:443", "address:91.100.47.12  address:5.8.1.7:443");
    expect("192.168.1.9", "address:192.168.1.9");
    expect("on 2001:db8:0:1::8", "address:2001:db8:0:1::8");
    expect("std::abc a::b::c dead::beef", "");
}

static void domains(void **state) {
    (void)state;
    expect("System.Net asp.net command.com a.com me@example.com x.example.com(", "");
    expect("window.top this.info fs.sync.link library.dll de-.example.org", "");
    expect("/path/example.com $example.com example_x.com", "");
    expect("to UPDATE.EXAMPLE.COM.", "domain:update.example.com");
    expect("evil.io/x evil.example.io other.top:443",
           "domain:evil.io  domain:evil.example.io  domain:other.top");
    expect("*.example.net", "domain:example.net");
}

static void paths(void **state) {
    (void)state;
    expect("C: x:\\ regex \\d+\\.\\w and a\\b\\c and/or 1/tmp/2", "");
    expect("at c:\\ws\\src\\a b\\x.cc:1518", "path:c:\\ws\\src\\a b\\x.cc");
    expect("open C:\\Windows\\win.ini failed", "path:C:\\Windows\\win.ini");
    expect("%TEMP%\\x.tmp 50% of", "path:%TEMP%\\x.tmp");
    expect("\\\\server\\share\\f, \\\\.\\pipe\\name", "path:\\\\server\\share\\f  path:\\\\.\\pipe\\name");
    expect("from /home/build/x.c:7", "path:/home/build/x.c");
    expect("HKLM\\SOFTWARE\\A B\\C", "registry:HKLM\\SOFTWARE\\A B\\C");
    expect("Software\\Microsoft\\Windows\\CurrentVersion\\Run",
           "registry:Software\\Microsoft\\Windows\\CurrentVersion\\Run");
    expect("mysoftware\\x C:\\Software\\y", "path:C:\\Software\\y");
}

static void functions(void **state) {
    (void)state;
    static const struct pe_function imported[] = {{"VirtualAllocEx", 0, false}, {NULL, 1, true}};
    static const struct pe_import dll = {.dll = "kernel32.dll", .functions = imported, .function_count = 2};
    struct pe pe = {.imports = {&dll, 1, 2}};
    char got[256];
    expect("virtualallocex VirtualAllocExX XVirtualAllocEx VirtualAllocExA", "");
    expect(
        "VirtualAllocEx WinHttpOpen InternetOpenA InternetOpenW InternetOpenB",
        "api:VirtualAllocEx/injection  api:WinHttpOpen/network  api:InternetOpenA/network  api:InternetOpenW/network");
    static const char text[] = "\0VirtualAllocEx\0WriteProcessMemory\0";
    tell(&pe, span_of(text, sizeof text, 0), 100, got, sizeof got);
    assert_string_equal(got, "api:WriteProcessMemory/injection");
}

static size_t put(uint8_t *bytes, size_t at, uint32_t value) {
    for (unsigned i = 0; i < 4; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
    return at + 4;
}

/* Numbers known from publications: ror13 of LoadLibraryA, GetProcAddress and VirtualAlloc. Two of them are
 * not told, nor three that lie far from each other, nor three of one name. */
static void numbers(void **state) {
    (void)state;
    enum { SIZE = 400000 };
    static const uint32_t known[] = {0xec0e4e8e, 0x7c0dfcaa, 0x91afca54};
    static const char *const names[] = {"LoadLibraryA", "GetProcAddress", "VirtualAlloc"};
    uint8_t *bytes = malloc(SIZE);
    char got[512];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(api_hash(API_ROR13, names[i], strlen(names[i])), known[i]);
    assert_int_equal(api_hash(API_DJB2, "a", 1), 177670);
    assert_int_equal(api_hash(API_FNV1A, "a", 1), 0xe40c292c);
    assert_int_equal(api_hash(API_CRC32, "123456789", 9), 0xcbf43926);
    for (int turn = 0; turn < 4; turn++) {
        memset(bytes, 1, SIZE);
        size_t at = 1001;
        for (size_t i = 0; i < (turn == 0 ? 2u : 3u); i++) {
            (void)put(bytes, at, turn == 1 ? known[0] : known[i]);
            at += turn == 2 ? 100000 : 9;
        }
        tell(&nothing, span_of(bytes, SIZE, 0), 5000, got, sizeof got);
        assert_string_equal(got, turn < 3 ? ""
                                          : "api-hash:LoadLibraryA/ror13  api-hash:GetProcAddress/ror13  "
                                            "api-hash:VirtualAlloc/ror13");
    }
    free(bytes);
}

static void constants(void **state) {
    (void)state;
    static const char sbox[] = "\1\x63\x7c\x77\x7b\xf2\x6b\x6f\xc5\x30\x01\x67\x2b\xfe\xd7\xab\x76\1";
    char got[256];
    tell(&nothing, span_of(sbox, sizeof sbox - 1, 0), 3, got, sizeof got);
    assert_string_equal(got, "constant:aes-sbox");
    tell(&nothing, span_of(sbox, sizeof sbox - 3, 0), 3, got, sizeof got);
    assert_string_equal(got, "");
    expect("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "");
    expect("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", "constant:base64-url");
    expect("ZYXABCDEFGHIJKLMNOPQRSTUVWzyxabcdefghijklmnopqrstuvw0123456789+/=",
           "constant:ZYXABCDEFGHIJKLMNOPQRSTUVWzyxabcdefghijklmnopqrstuvw0123456789+//alphabet");
}

static void count(void *context, enum pe_text_class class, const char *value, size_t size, size_t at,
                  const char *detail) {
    (void)class, (void)detail;
    assert_true(size <= PE_TEXT_VALUE && at < PE_TEXT_PIECE && value[0] != 0);
    ++*(size_t *)context;
}

/* The longest text that is looked at, full of things. */
static void longest(void **state) {
    (void)state;
    char text[PE_TEXT_PIECE + 1];
    size_t found = 0;
    for (size_t i = 0; i < PE_TEXT_PIECE; i++)
        text[i] = "C:\\ab 91.100.47.12 "[i % 19];
    text[PE_TEXT_PIECE] = 0;
    pe_text_find(text, PE_TEXT_PIECE, count, &found);
    assert_true(found > 50);
    found = 0;
    memset(text, '\\', PE_TEXT_PIECE);
    pe_text_find(text, PE_TEXT_PIECE, count, &found);
    memset(text, ':', PE_TEXT_PIECE);
    pe_text_find(text, PE_TEXT_PIECE, count, &found);
    memset(text, '.', PE_TEXT_PIECE);
    pe_text_find(text, PE_TEXT_PIECE, count, &found);
    assert_int_equal(found, 0);
}

/* What is where two windows meet is told once, however long the text before it. */
static void pieces(void **state) {
    (void)state;
    enum { SIZE = 300000 };
    static const char url[] = " http://example.com/one ";
    char *bytes = malloc(SIZE), got[256], whole[256];
    for (size_t turn = 0; turn < 40; turn++) {
        memset(bytes, turn & 1 ? 'x' : 1, SIZE);
        size_t at = 131000 + 17 * turn + 3000 * (turn & 3);
        memcpy(bytes + at, url, sizeof url - 1);
        tell(&nothing, span_of(bytes, SIZE, 0), SIZE, whole, sizeof whole);
        assert_string_equal(whole, "url:http://example.com/one");
        tell(&nothing, span_of(bytes, SIZE, 0), 1 + turn * 977, got, sizeof got);
        assert_string_equal(got, whole);
    }
    free(bytes);
}

/* What lies in the certificate table is another's. */
static void table(void **state) {
    (void)state;
    char bytes[100], got[256];
    memset(bytes, 1, sizeof bytes);
    memcpy(bytes + 20, "http://example.com/a", 20);
    memcpy(bytes + 60, "http://example.com/b", 20);
    struct pe pe = {.table_offset = 15, .table_size = 30};
    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        tell(&pe, span_of(bytes, sizeof bytes, 0), piece, got, sizeof got);
        assert_string_equal(got, "url:http://example.com/b");
    }
}

static void more_than_kept(void **state) {
    (void)state;
    struct job job;
    struct pe_texts found;
    char line[64];
    job_init(&job, 16 << 20);
    struct pe_text *text = pe_text_open(&job, &nothing);
    for (unsigned i = 0; i < pe_text_most(PE_TEXT_ADDRESS) + 5; i++) {
        snprintf(line, sizeof line, " 91.%u.%u.77 ", 10 + i / 200, 10 + i % 200);
        pe_text_add(text, span_of(line, strlen(line), 16 * i));
    }
    pe_text_end(text, &found);
    assert_int_equal(found.count, pe_text_most(PE_TEXT_ADDRESS));
    assert_int_equal(found.more[PE_TEXT_ADDRESS], 5);
    job_reset(&job);
    job_init(&job, 1000);
    assert_null(pe_text_open(&job, &nothing));
    job_reset(&job);
}

/* Every beginning of a text that has everything, and every bit of it. */
static void damaged(void **state) {
    (void)state;
    char bytes[] =
        "\1https://example.com/a 91.100.47.12:80 C:\\a\\b HKLM\\S\\x VirtualAllocEx\0\0e\0x\0a\0m\0p\0l\0e\0.\0o\0r\0g\0\0\0",
         got[512];
    for (size_t size = 0; size < sizeof bytes; size++)
        tell(&nothing, span_of(bytes, size, 0), 10, got, sizeof got);
    for (size_t bit = 0; bit < 8 * (sizeof bytes - 1); bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
        tell(&nothing, span_of(bytes, sizeof bytes, 0), 10, got, sizeof got);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
    }
}

static void names(void **state) {
    (void)state;
    for (size_t i = 0; i < api_count(); i++) {
        const struct api_name *api = api_at(i),
                              *found = api->name ? api_find(api->name, strlen(api->name)) : api;
        assert_ptr_equal(found, api);
        assert_true(!api->name || (strlen(api->name) >= 6 && strlen(api->name) + 1 < API_LONGEST));
    }
    assert_null(api_at(api_count()));
    assert_null(api_find("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),      cmocka_unit_test(addresses), cmocka_unit_test(domains),
        cmocka_unit_test(paths),     cmocka_unit_test(functions), cmocka_unit_test(numbers),
        cmocka_unit_test(constants), cmocka_unit_test(pieces),    cmocka_unit_test(longest),
        cmocka_unit_test(table),     cmocka_unit_test(damaged),   cmocka_unit_test(more_than_kept),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
