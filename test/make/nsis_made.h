/* Small installers of NSIS by the description in docs/format/nsis.md, without a program in front; for tests.
 */
#ifndef TEST_MAKE_NSIS_MADE_H
#define TEST_MAKE_NSIS_MADE_H

#include <bzlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NSIS_MADE_ROOM = 1 << 16 };

enum nsis_made_packing { NSIS_MADE_DEFLATE, NSIS_MADE_BARE, NSIS_MADE_COMPLEMENT, NSIS_MADE_BZIP2 };

struct nsis_made {
    bool wide, old, solid, stored; /* old: codes of 2.x; if wide, those of Park's branch */
    bool bits64;
    enum nsis_made_packing packing; /* BARE, COMPLEMENT: stored blocks of Deflate, without and with it */
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
        nsis_made_unit(made, unit < 5 && made->old ? (made->wide ? 0xe004 : 256) - unit : unit);
        if (unit >= 1 && unit <= 3) {
            bool park = made->wide && made->old;
            unsigned number = (unsigned)(*++text - '0') + (unit == 3 ? 20 : 0);
            made->strings[made->string_size++] = (uint8_t)(park ? number : 0x80 | number);
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

static inline size_t nsis_made_deflate(const void *bytes, size_t size, uint8_t *to, size_t room) {
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

/* Deflate of stored blocks of 3000 bytes. */
static inline size_t nsis_made_stored(const uint8_t *bytes, size_t size, uint8_t *to, bool complement) {
    size_t used = 0, at = 0;
    do {
        size_t part = size - at < 3000 ? size - at : 3000;
        to[used++] = at + part == size;
        to[used++] = (uint8_t)part;
        to[used++] = (uint8_t)(part >> 8);
        if (complement) {
            to[used++] = (uint8_t)~part;
            to[used++] = (uint8_t)(~part >> 8);
        }
        memcpy(to + used, bytes + at, part);
        used += part;
        at += part;
    } while (at < size);
    return used;
}

static inline void nsis_made_bits(uint8_t *to, size_t *at, uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; i++, ++*at) {
        unsigned bit = value >> (count - 1 - i) & 1;
        to[*at / 8] = (uint8_t)((*at % 8 ? to[*at / 8] : 0) | bit << (7 - *at % 8));
    }
}

static inline uint64_t nsis_made_peek(const uint8_t *from, size_t at, unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 1 | (from[(at + i) / 8] >> (7 - (at + i) % 8) & 1);
    return value;
}

/* What libbz2 packs, without its head, marks and checksums. */
static inline size_t nsis_made_bzip2(const void *bytes, size_t size, uint8_t *to, size_t room) {
    enum { HEAD = 32, MARK = 48, SUM = 32 };
    unsigned used = (unsigned)room;
    uint8_t *packed = malloc(room);
    if (!packed || BZ2_bzBuffToBuffCompress((char *)packed, &used, (char *)(uintptr_t)bytes, (unsigned)size,
                                            9, 0, 0) != BZ_OK)
        abort();
    size_t at = HEAD, out = 0;
    for (bool in_block = false;;) {
        uint64_t mark = nsis_made_peek(packed, at, MARK);
        if (mark == 0x177245385090) {
            nsis_made_bits(to, &out, 0x17, 8);
            break;
        }
        if (mark == 0x314159265359) {
            nsis_made_bits(to, &out, 0x31, 8);
            at += MARK + SUM + 1; /* the bit says whether it is randomised */
            in_block = true;
        } else if (in_block)
            nsis_made_bits(to, &out, nsis_made_peek(packed, at++, 1), 1);
    }
    free(packed);
    return (out + 7) / 8;
}

static inline size_t nsis_made_pack(const struct nsis_made *made, const void *bytes, size_t size, uint8_t *to,
                                    size_t room) {
    switch (made->packing) {
    case NSIS_MADE_BARE:
    case NSIS_MADE_COMPLEMENT:
        return nsis_made_stored(bytes, size, to, made->packing == NSIS_MADE_COMPLEMENT);
    case NSIS_MADE_BZIP2:
        return nsis_made_bzip2(bytes, size, to, room);
    case NSIS_MADE_DEFLATE:
        break;
    }
    return nsis_made_deflate(bytes, size, to, room);
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
        size_t packed = nsis_made_pack(made, bytes, size, to + 4, NSIS_MADE_ROOM - at - 4);
        nsis_made_u32(to, packed | 0x80000000u);
        made->data_size += 4 + packed;
    }
    return (uint32_t)at;
}

static inline void nsis_made_begin(struct nsis_made *made) {
    made->entry_size = made->string_size = made->data_size = 0;
    nsis_made_unit(made, 0);
}

/* The unpacked header. */
static inline size_t nsis_made_header(const struct nsis_made *made, uint8_t *head) {
    enum { HEAD = 320, LANGUAGES = 64 };
    size_t block = made->bits64 ? 12 : 8, strings = HEAD + made->entry_size;
    size_t languages = strings + made->string_size;
    const size_t values[][2] = {{0, 1}, {0, 0}, {HEAD, made->entry_size / 28}, {strings, 0}, {languages, 1}};
    for (size_t i = 0; i < 5; i++) {
        nsis_made_u32(head + 4 + i * block, values[i][0]);
        nsis_made_u32(head + 4 + i * block + block - 4, values[i][1]);
    }
    nsis_made_u32(head + 4 + 8 * block + 32, LANGUAGES);
    memcpy(head + HEAD, made->entries, made->entry_size);
    memcpy(head + strings, made->strings, made->string_size);
    nsis_made_u32(head + languages + 10, 1);
    return languages + LANGUAGES;
}

/* The whole; free it. */
static inline uint8_t *nsis_made_all(const struct nsis_made *made, size_t *size) {
    size_t room = 4 * (made->entry_size + made->string_size + made->data_size) + 8192;
    uint8_t *whole = calloc(room, 1), *plain = calloc(room, 1);
    if (!whole || !plain)
        abort();
    uint8_t *head = plain + 4;
    size_t header = nsis_made_header(made, head);
    nsis_made_u32(plain, header);
    memcpy(whole + 4, "\xef\xbe\xad\xdeNullsoftInst", 16);
    nsis_made_u32(whole + 20, header);
    size_t at = 28;
    if (made->solid) {
        memcpy(plain + 4 + header, made->data, made->data_size);
        at += nsis_made_pack(made, plain, 4 + header + made->data_size, whole + at, room - at);
    } else {
        size_t packed = header;
        if (made->stored)
            memcpy(whole + at + 4, head, header);
        else
            packed = nsis_made_pack(made, head, header, whole + at + 4, room - at - 4);
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
