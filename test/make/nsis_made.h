/* Small installers of NSIS by the description in docs/format/nsis.md, without a program in front; for tests.
 */
#ifndef TEST_MAKE_NSIS_MADE_H
#define TEST_MAKE_NSIS_MADE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NSIS_MADE_ROOM = 1 << 16 };

struct nsis_made {
    bool wide, old, solid, stored; /* old: codes of 2.x */
    uint8_t entries[4096], strings[8192], data[NSIS_MADE_ROOM];
    size_t entry_size, string_size, data_size;
};

static inline void nsis_made_u32(uint8_t *to, uint64_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline void nsis_made_unit(struct nsis_made *made, unsigned unit) {
    made->strings[made->string_size++] = (uint8_t)unit;
    if (made->wide)
        made->strings[made->string_size++] = (uint8_t)(unit >> 8);
}

/* A string of ASCII in which \1 to \4 are the codes of NSIS 3 (language, folder, variable, as it is),
 * followed by a digit: the number of the variable above 20, as `\3` `1` for $INSTDIR. Returns its place. */
static inline uint32_t nsis_made_string(struct nsis_made *made, const char *text) {
    size_t at = made->string_size;
    for (; *text; text++) {
        unsigned unit = (uint8_t)*text;
        nsis_made_unit(made, unit < 5 && made->old ? 256 - unit : unit);
        if (unit >= 1 && unit <= 3) {
            made->strings[made->string_size++] = (uint8_t)(0x80 | (*++text - '0' + (unit == 3 ? 20 : 0)));
            made->strings[made->string_size++] = 0x80;
        }
    }
    nsis_made_unit(made, 0);
    return (uint32_t)(made->wide ? at / 2 : at);
}

static inline void nsis_made_entry(struct nsis_made *made, uint32_t which, uint32_t a, uint32_t b, uint32_t c,
                                   uint32_t d) {
    uint32_t values[7] = {which, a, b, c, d, 0, 0};
    for (int i = 0; i < 7; i++, made->entry_size += 4)
        nsis_made_u32(made->entries + made->entry_size, values[i]);
}

static inline size_t nsis_made_pack(const void *bytes, size_t size, uint8_t *to, size_t room) {
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)bytes,
                  .avail_in = (unsigned)size,
                  .next_out = to,
                  .avail_out = (unsigned)room};
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    size_t packed = z.total_out;
    (void)deflateEnd(&z);
    return packed;
}

/* Adds a block of data; returns its place. */
static inline uint32_t nsis_made_block(struct nsis_made *made, const void *bytes, size_t size) {
    size_t at = made->data_size;
    uint8_t *to = made->data + at;
    if (made->solid || made->stored) {
        nsis_made_u32(to, size);
        memcpy(to + 4, bytes, size);
        made->data_size += 4 + size;
    } else {
        size_t packed = nsis_made_pack(bytes, size, to + 4, NSIS_MADE_ROOM - at - 4);
        nsis_made_u32(to, packed | 0x80000000u);
        made->data_size += 4 + packed;
    }
    return (uint32_t)at;
}

static inline void nsis_made_begin(struct nsis_made *made) {
    made->entry_size = made->string_size = made->data_size = 0;
    nsis_made_unit(made, 0);
}

/* The whole; free it. */
static inline uint8_t *nsis_made_all(const struct nsis_made *made, size_t *size) {
    enum { HEAD = 280, LANGUAGES = 64 };
    size_t strings = HEAD + made->entry_size, languages = strings + made->string_size;
    size_t header = languages + LANGUAGES, room = 4 * (header + made->data_size) + 4096;
    uint8_t *whole = calloc(room, 1), *plain = calloc(room, 1);
    if (!whole || !plain)
        abort();
    uint8_t *head = plain + 4;
    nsis_made_u32(plain, header);
    nsis_made_u32(head + 4 + 16, HEAD);
    nsis_made_u32(head + 4 + 20, made->entry_size / 28);
    nsis_made_u32(head + 4 + 24, strings);
    nsis_made_u32(head + 4 + 32, languages);
    nsis_made_u32(head + 4 + 36, 1);
    nsis_made_u32(head + 100, LANGUAGES);
    memcpy(head + HEAD, made->entries, made->entry_size);
    memcpy(head + strings, made->strings, made->string_size);
    nsis_made_u32(head + languages + 10, 1);
    memcpy(whole + 4, "\xef\xbe\xad\xdeNullsoftInst", 16);
    nsis_made_u32(whole + 20, header);
    size_t at = 28;
    if (made->solid) {
        memcpy(plain + 4 + header, made->data, made->data_size);
        at += nsis_made_pack(plain, 4 + header + made->data_size, whole + at, room - at);
    } else {
        size_t packed = header;
        if (made->stored)
            memcpy(whole + at + 4, head, header);
        else
            packed = nsis_made_pack(head, header, whole + at + 4, room - at - 4);
        nsis_made_u32(whole + at, made->stored ? header : packed | 0x80000000u);
        memcpy(whole + at + 4 + packed, made->data, made->data_size);
        at += 4 + packed + made->data_size;
    }
    nsis_made_u32(whole + 24, at);
    free(plain);
    *size = at;
    return whole;
}

#endif
