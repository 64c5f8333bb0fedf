/* What Windows packed: the vectors of Velocidex/go-ntfs, which come from its API, and compressed prefetch
 * files, whose content says how long it is. */
#include "format/xpress_huffman.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MOST = 1 << 20 };

static uint8_t file[MOST], packed[MOST], plain[MOST], out[MOST];

static size_t load(const char *path) {
    char whole[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(whole, sizeof whole, "%s/corpora/%s", root ? root : "../shared", path);
    FILE *stream = fopen(whole, "rb");
    size_t size = stream ? fread(file, 1, sizeof file - 1, stream) : 0;
    if (stream)
        fclose(stream);
    file[size] = 0;
    return size;
}

static unsigned hex(uint8_t digit) {
    return (unsigned)(digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
}

/* A string of Go that begins at *text, without its quotes. */
static size_t unescape(const uint8_t **text, uint8_t *to) {
    static const char letters[] = "abfnrtv\\\"", values[] = "\a\b\f\n\r\t\v\\\"";
    const uint8_t *at = *text;
    size_t size = 0;
    for (; *at != '"'; at++) {
        assert_int_not_equal(*at, 0);
        if (*at != '\\') {
            to[size++] = *at;
        } else if (*++at == 'x') {
            to[size++] = (uint8_t)(hex(at[1]) * 16 + hex(at[2]));
            at += 2;
        } else {
            const char *letter = strchr(letters, *at);
            assert_non_null(letter);
            to[size++] = (uint8_t)values[letter - letters];
        }
    }
    *text = at + 1;
    return size;
}

static const uint8_t *behind(const uint8_t *text, const char *word) {
    const char *found = strstr((const char *)text, word);
    return found ? (const uint8_t *)found + strlen(word) : NULL;
}

static void vectors_of_go_ntfs(void **state) {
    unsigned count = 0;
    (void)state;
    if (load("Velocidex-go-ntfs/tests/xpressgen/huffman_vectors.txt") == 0)
        skip();
    for (const uint8_t *at = file; (at = behind(at, "[]byte(\"")); count++) {
        struct unpacked got;
        size_t size = unescape(&at, packed);
        at = behind(at, "[]byte(\"");
        assert_non_null(at);
        size_t wanted = unescape(&at, plain);
        bool good = xpress_huffman_decode(span_of(packed, size, 0), out, wanted, &got);
        /* Its first vector has the bytes of a length one word too early: behind the words for the bits before
         * the symbol of the match, where [MS-XCA] 2.2.4 has taken those for the bits with it. wimlib 1.13.6
         * reads other bytes than the vector says from there on, too. */
        assert_true(count == 0 ? !good : good);
        if (count > 0)
            assert_memory_equal(out, plain, wanted);
    }
    assert_int_equal(count, 7);
}

/* "MAM" 04, the size, one stream. Inside: a version, "SCCA", and at 12 the size again. */
static void prefetch_files(void **state) {
    static const char *const names[] = {"BYTECODEGENERATOR.EXE-C1E9BCE6", "NOTEPAD.EXE-D8414F97",
                                        "ONEDRIVE.EXE-7E152375", "PING.EXE-B29F6629"};
    unsigned count = 0, several_blocks = 0;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[200];
        struct unpacked got;
        snprintf(path, sizeof path, "plaso/prefetch/%s.pf", names[i]);
        struct cursor c = cursor_of(span_of(file, load(path), 0));
        if (!span_starts(c.span, "MAM\x04", 4))
            continue;
        cursor_skip(&c, 4);
        uint32_t size = cursor_u32(&c);
        assert_true(size > 200 && size <= sizeof out);
        assert_true(xpress_huffman_decode(cursor_take(&c, cursor_left(&c)), out, size, &got));
        assert_memory_equal(out + 4, "SCCA", 4);
        struct cursor inner = cursor_of(span_of(out + 12, 48, 0));
        assert_int_equal(cursor_u32(&inner), size);
        for (const char *name = names[i]; *name != '-' && cursor_left(&inner) >= 2; name++)
            assert_int_equal(cursor_u16(&inner), *name);
        count++;
        several_blocks += size > XPRESS_HUFFMAN_BLOCK;
    }
    if (count == 0)
        skip();
    assert_true(several_blocks > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_go_ntfs),
        cmocka_unit_test(prefetch_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
