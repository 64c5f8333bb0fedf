/* Small installers of Inno Setup by the description in docs/format/inno.md; for tests. */
#ifndef TEST_MAKE_INNO_MADE_H
#define TEST_MAKE_INNO_MADE_H

#include "base/digest.h"
#include "format/inno_setup.h"
#include "make/pack_made.h"

#include <stdio.h>
#include <stdlib.h>

enum { INNO_MADE_FILES = 16, INNO_MADE_ENTRIES = 16, INNO_MADE_ROOM = 1 << 20 };

/* Bytes while they are written. */
struct inno_made_bytes {
    uint8_t *data;
    size_t size, room;
};

struct inno_made_file {
    const uint8_t *bytes;
    size_t size, chunk, inside, packed;
    bool filtered, encrypted;
};

enum inno_made_carrier {
    INNO_MADE_POINTER, /* a head that points to the table */
    INNO_MADE_PROGRAM, /* a program with the table in a resource */
    INNO_MADE_BESIDE   /* no program: data in files beside the headers */
};

struct inno_made {
    const char *word; /* "6.1.0) (u)" */
    uint32_t layout;
    bool unicode, solid;
    enum inno_packing packing;
    enum inno_made_carrier carrier;
    uint32_t last_slice; /* that chunks lie in */
    struct inno_made_file files[INNO_MADE_FILES];
    size_t file_count;
    struct {
        const char *target;
        uint32_t location;
        bool not_copied;
    } entries[INNO_MADE_ENTRIES];
    size_t entry_count;
    struct inno_made_bytes headers, locations, data, whole;
};

static inline uint8_t *inno_made_add(struct inno_made_bytes *bytes, const void *from, size_t size) {
    if (bytes->size + size > bytes->room) {
        bytes->room = 2 * (bytes->size + size);
        bytes->data = realloc(bytes->data, bytes->room);
        if (!bytes->data)
            abort();
    }
    uint8_t *to = bytes->data + bytes->size;
    if (from && size > 0)
        memcpy(to, from, size);
    else if (size > 0)
        memset(to, 0, size);
    bytes->size += size;
    return to;
}

static inline void inno_made_number(struct inno_made_bytes *bytes, uint64_t value, size_t size) {
    uint8_t le[8];
    for (size_t i = 0; i < size; i++)
        le[i] = (uint8_t)(value >> 8 * i);
    inno_made_add(bytes, le, size);
}

static inline void inno_made_free(struct inno_made *made) {
    free(made->headers.data);
    free(made->locations.data);
    free(made->data.data);
    free(made->whole.data);
    made->headers = made->locations = made->data = made->whole = (struct inno_made_bytes){0};
}

/* --- headers --- */

static inline bool inno_made_since(const struct inno_made *made, unsigned a, unsigned b, unsigned c,
                                   unsigned d) {
    return made->layout >= INNO(a, b, c, d);
}

static inline void inno_made_text(struct inno_made *made, const char *text) {
    size_t size = strlen(text);
    inno_made_number(&made->headers, made->unicode ? 2 * size : size, 4);
    for (size_t i = 0; i < size; i++)
        inno_made_number(&made->headers, (uint8_t)text[i], made->unicode ? 2 : 1);
}

static inline void inno_made_texts(struct inno_made *made, unsigned count) {
    while (count-- > 0)
        inno_made_text(made, "");
}

static inline void inno_made_blob(struct inno_made *made, const char *bytes) {
    inno_made_number(&made->headers, strlen(bytes), 4);
    inno_made_add(&made->headers, bytes, strlen(bytes));
}

static inline void inno_made_strings(struct inno_made *made) {
    bool moved = inno_made_since(made, 5, 2, 5, 0);
    inno_made_text(made, "Demo");
    inno_made_text(made, "Demo 1.2.3");
    inno_made_text(made, "{{made}");
    inno_made_text(made, "");
    inno_made_text(made, "Example Ltd");
    inno_made_texts(made, inno_made_since(made, 5, 1, 13, 0) ? 4 : 3);
    inno_made_text(made, "1.2.3");
    inno_made_text(made, "{pf}\\Demo");
    inno_made_text(made, "Demo");
    inno_made_text(made, ""); /* of the file: it is named as the installer is now */
    if (!moved)
        for (int i = 0; i < 3; i++)
            inno_made_blob(made, i == 0 ? "license" : "");
    inno_made_texts(made, 7);
    if (!moved)
        inno_made_blob(made, "script");
    inno_made_texts(made, 4u + inno_made_since(made, 5, 3, 8, 0) + inno_made_since(made, 5, 3, 10, 0) +
                              inno_made_since(made, 5, 5, 0, 0) + inno_made_since(made, 5, 5, 6, 0) +
                              2u * inno_made_since(made, 5, 6, 1, 0) +
                              2u * inno_made_since(made, 6, 3, 0, 0) + inno_made_since(made, 6, 4, 3, 0));
    if (moved)
        for (int i = 0; i < 3; i++)
            inno_made_blob(made, i == 0 ? "license" : "");
    if (inno_made_since(made, 5, 2, 1, 0) && !inno_made_since(made, 5, 3, 10, 0))
        inno_made_blob(made, "");
    if (moved)
        inno_made_blob(made, "script");
}

static inline size_t inno_made_option_bytes(const struct inno_made *made) {
    int bits = 32 + !inno_made_since(made, 5, 3, 10, 0) + 2 * !inno_made_since(made, 5, 3, 3, 0) +
               !inno_made_since(made, 5, 3, 8, 0) + 2 * !inno_made_since(made, 5, 6, 1, 0) +
               5 * !inno_made_since(made, 6, 4, 0, 1) +
               (inno_made_since(made, 5, 1, 7, 0) && !made->unicode) + inno_made_since(made, 5, 1, 13, 0) +
               inno_made_since(made, 5, 2, 1, 0) + inno_made_since(made, 5, 3, 8, 0) +
               inno_made_since(made, 5, 3, 9, 0) + 3 * inno_made_since(made, 5, 5, 0, 0) +
               inno_made_since(made, 5, 5, 7, 0) + 3 * inno_made_since(made, 6, 0, 0, 0) +
               inno_made_since(made, 6, 3, 0, 0);
    return (size_t)(bits + 7) / 8;
}

static inline void inno_made_header(struct inno_made *made) {
    struct inno_made_bytes *to = &made->headers;
    inno_made_strings(made);
    inno_made_add(to, NULL, made->unicode ? 0 : 32);
    const uint32_t counts[] = {1, 1, 1, 1, 1, 1, 1, (uint32_t)made->entry_count, (uint32_t)made->file_count,
                               1, 1, 1, 1, 1, 1, 1};
    for (size_t i = 0; i < 16; i++)
        inno_made_number(to, counts[i], 4);
    inno_made_add(to, NULL, 20);
    inno_made_add(to, NULL, inno_made_since(made, 6, 4, 0, 1) ? 0 : 8);
    inno_made_add(to, NULL, inno_made_since(made, 5, 5, 7, 0) ? 0 : 4);
    inno_made_add(to, NULL, inno_made_since(made, 6, 0, 0, 0) ? 9 : 0);
    inno_made_add(to, NULL, inno_made_since(made, 5, 5, 7, 0) ? 1 : 0);
    inno_made_add(to, NULL,
                  inno_made_since(made, 6, 4, 0, 0)   ? 48
                  : inno_made_since(made, 5, 3, 9, 0) ? 28
                                                      : 24);
    inno_made_add(to, NULL, 8);
    inno_made_number(to, 1, 4);
    inno_made_add(to, NULL, inno_made_since(made, 6, 0, 0, 0) ? 6 : 5);
    inno_made_number(to, made->packing, 1);
    inno_made_add(to, NULL, inno_made_since(made, 6, 3, 0, 0) ? 0 : 2);
    inno_made_add(to, NULL, inno_made_since(made, 5, 2, 1, 0) && !inno_made_since(made, 5, 3, 10, 0) ? 8 : 0);
    inno_made_add(to, NULL, inno_made_since(made, 5, 3, 3, 0) ? 2 : 0);
    inno_made_add(to, NULL,
                  inno_made_since(made, 5, 5, 0, 0)   ? 8
                  : inno_made_since(made, 5, 3, 6, 0) ? 4
                                                      : 0);
    inno_made_add(to, NULL, inno_made_option_bytes(made));
}

/* --- entries --- */

/* One of which nothing is set but the first texts. */
static inline void inno_made_entry(struct inno_made *made, const char *first, const char *second,
                                   const char *third, unsigned texts, size_t rest) {
    inno_made_text(made, first);
    inno_made_text(made, second);
    inno_made_text(made, third);
    inno_made_texts(made, texts - 3);
    inno_made_add(&made->headers, NULL, rest);
}

static inline void inno_made_language(struct inno_made *made) {
    size_t page = !made->unicode || !inno_made_since(made, 5, 3, 0, 0) ? 4 : 0;
    inno_made_text(made, "en");
    inno_made_texts(made, 5);
    inno_made_blob(made, "messages");
    inno_made_texts(made, 3);
    inno_made_add(&made->headers, NULL, 20 + page + (inno_made_since(made, 5, 2, 3, 0) ? 1 : 0));
}

static inline void inno_made_before_files(struct inno_made *made) {
    inno_made_language(made);
    inno_made_text(made, "hello");
    inno_made_text(made, "Hello");
    inno_made_number(&made->headers, UINT32_MAX, 4);
    inno_made_blob(made, "rights");
    inno_made_entry(made, "full", "Full", "", 4, 30);
    inno_made_entry(made, "main", "Main", "", 5, 42);
    inno_made_entry(made, "task", "Task", "", 6, 26);
    inno_made_entry(made, "{app}\\data", "", "", 7, 27);
}

static inline void inno_made_file_entries(struct inno_made *made) {
    struct inno_made_bytes *to = &made->headers;
    for (size_t i = 0; i < made->entry_count; i++) {
        inno_made_text(made, "");
        inno_made_text(made, made->entries[i].target);
        inno_made_texts(made, inno_made_since(made, 5, 2, 5, 0) ? 8 : 7);
        inno_made_add(to, NULL, 20);
        inno_made_number(to, made->entries[i].location, 4);
        inno_made_add(to, NULL, 12);
        inno_made_number(to, 0xffff, 2);
        inno_made_number(to, made->entries[i].not_copied ? 1u << 19 : 0, 4);
        inno_made_number(to, 0, 1);
    }
}

static inline void inno_made_behind_files(struct inno_made *made) {
    unsigned run = inno_made_since(made, 5, 1, 13, 0) ? 13 : 12;
    size_t rest = 20 + 5 + (inno_made_since(made, 5, 1, 10, 0) ? 2 : 1);
    inno_made_entry(made, "{group}\\Demo", "{app}\\code.exe", "/go",
                    inno_made_since(made, 5, 3, 5, 0) ? 13 : 12,
                    32 + (inno_made_since(made, 6, 1, 0, 0) ? 16 : 0));
    inno_made_entry(made, "{app}\\x.ini", "a", "b", 10, 21);
    inno_made_entry(made, "Software\\Demo", "Path", "{app}", 9, 20);
    inno_made_number(&made->headers, 0x80000002u, 4);
    inno_made_add(&made->headers, NULL, 5);
    inno_made_entry(made, "{app}\\old", "", "", 7, 21);
    inno_made_entry(made, "{app}\\log", "", "", 7, 21);
    inno_made_entry(made, "{app}\\code.exe", "/first", "", run, rest);
    inno_made_entry(made, "{app}\\code.exe", "/bye", "", run, rest);
    for (int i = 0; i < 2; i++) {
        if (inno_made_since(made, 5, 6, 0, 0))
            inno_made_number(&made->headers, 1, 4);
        inno_made_blob(made, i == 0 ? "large picture" : "small picture");
    }
    if (made->packing == INNO_ZLIB || made->packing == INNO_BZIP2)
        inno_made_blob(made, "library");
}

/* --- data --- */

static inline void inno_made_calls(struct inno_made *made, uint8_t *bytes, size_t size) {
    bool old = !inno_made_since(made, 5, 2, 0, 0), latest = inno_made_since(made, 5, 3, 9, 0);
    for (size_t i = 0; i + 5 <= size; i++) {
        if ((bytes[i] != 0xe8 && bytes[i] != 0xe9) || (!old && i % INNO_CALLS + 5 > INNO_CALLS))
            continue;
        uint32_t value = (uint32_t)bytes[i + 1] | (uint32_t)bytes[i + 2] << 8 | (uint32_t)bytes[i + 3] << 16 |
                         (uint32_t)bytes[i + 4] << 24;
        uint32_t place = (uint32_t)i + 5, high = value & 0xff000000;
        if (old)
            value += place;
        else if (high == 0 || high == 0xff000000) {
            if (latest && value & 0x800000)
                high = ~high & 0xff000000;
            value = high | ((value + place) & 0xffffff);
        }
        for (int k = 0; k < 4; k++)
            bytes[i + 1 + (size_t)k] = (uint8_t)(value >> 8 * k);
        i += 4;
    }
}

/* As chunks and blocks have it: properties in front of LZMA. */
static inline size_t inno_made_pack(enum inno_packing packing, const uint8_t *from, size_t size,
                                    uint8_t *to) {
    if (packing == INNO_ZLIB) {
        uLongf packed = INNO_MADE_ROOM;
        return compress2(to, &packed, from, size, 6) == Z_OK ? packed : 0;
    }
    if (packing == INNO_BZIP2)
        return pack_made_bzip2(from, size, to, INNO_MADE_ROOM);
    if (packing == INNO_STORED) {
        memcpy(to, from, size);
        return size;
    }
    lzma_options_lzma options;
    (void)lzma_lzma_preset(&options, 1);
    lzma_vli id = packing == INNO_LZMA ? LZMA_FILTER_LZMA1 : LZMA_FILTER_LZMA2;
    lzma_filter filters[2] = {{id, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    size_t used = packing == INNO_LZMA ? 5 : 1;
    (void)lzma_properties_encode(filters, to);
    return lzma_raw_buffer_encode(filters, NULL, from, size, to, &used, INNO_MADE_ROOM) == LZMA_OK ? used : 0;
}

static inline size_t inno_made_chunk(struct inno_made *made, const uint8_t *bytes, size_t size) {
    static uint8_t packed[INNO_MADE_ROOM];
    size_t got = inno_made_pack(made->packing, bytes, size, packed);
    inno_made_add(&made->data, "zlb\x1a", 4);
    inno_made_add(&made->data, packed, got);
    return got;
}

static inline void inno_made_data(struct inno_made *made) {
    struct inno_made_bytes plain = {0};
    size_t start = made->data.size;
    for (size_t i = 0; i < made->file_count; i++) {
        struct inno_made_file *file = &made->files[i];
        file->inside = made->solid ? plain.size : 0;
        if (!made->solid)
            plain.size = 0;
        uint8_t *copy = inno_made_add(&plain, file->bytes, file->size);
        if (file->filtered)
            inno_made_calls(made, copy, file->size);
        file->chunk = made->solid ? start : made->data.size;
        if (!made->solid)
            file->packed = inno_made_chunk(made, plain.data, plain.size);
    }
    size_t all = made->solid ? inno_made_chunk(made, plain.data, plain.size) : 0;
    for (size_t i = 0; made->solid && i < made->file_count; i++)
        made->files[i].packed = all;
    free(plain.data);
}

static inline void inno_made_locations(struct inno_made *made) {
    struct inno_made_bytes *to = &made->locations;
    bool latest = inno_made_since(made, 6, 4, 3, 0);
    enum digest_kind kind = inno_made_since(made, 6, 4, 0, 0)   ? DIGEST_SHA256
                            : inno_made_since(made, 5, 3, 9, 0) ? DIGEST_SHA1
                                                                : DIGEST_MD5;
    for (size_t i = 0; i < made->file_count; i++) {
        const struct inno_made_file *file = &made->files[i];
        uint8_t sum[DIGEST_MAX];
        digest_once(kind, span_of(file->bytes, file->size, 0), sum);
        inno_made_number(to, 0, 4);
        inno_made_number(to, made->last_slice, 4);
        inno_made_number(to, file->chunk, 4);
        inno_made_number(to, file->inside, 8);
        inno_made_number(to, file->size, 8);
        inno_made_number(to, file->packed, 8);
        inno_made_add(to, sum, digest_size(kind));
        inno_made_number(to, 0x01d0000000000000, 8);
        inno_made_add(to, NULL, 8);
        unsigned filtered = file->filtered, encrypted = file->encrypted,
                 packed = made->packing != INNO_STORED;
        unsigned flags = latest ? filtered << 2 | encrypted << 3 | packed << 4
                                : filtered << 4 | encrypted << 6 | packed << 7;
        inno_made_number(to, flags, latest || !inno_made_since(made, 5, 1, 13, 0) ? 1 : 2);
        inno_made_add(to, NULL, inno_made_since(made, 6, 3, 0, 0) && !latest ? 1 : 0);
    }
}

/* --- the whole --- */

static inline void inno_made_sum(struct inno_made_bytes *to, const void *bytes, size_t size) {
    inno_made_number(to, inflate_crc(0, span_of(bytes, size, 0)), 4);
}

static inline void inno_made_block(struct inno_made_bytes *to, const uint8_t *bytes, size_t size) {
    static uint8_t packed[INNO_MADE_ROOM];
    struct inno_made_bytes head = {0};
    size_t got = inno_made_pack(INNO_LZMA, bytes, size, packed);
    inno_made_number(&head, got + 4 * ((got + INNO_PIECE - 1) / INNO_PIECE), 4);
    inno_made_number(&head, 1, 1);
    inno_made_sum(to, head.data, head.size);
    inno_made_add(to, head.data, head.size);
    free(head.data);
    for (size_t at = 0; at < got; at += INNO_PIECE) {
        size_t part = got - at < INNO_PIECE ? got - at : INNO_PIECE;
        inno_made_sum(to, packed + at, part);
        inno_made_add(to, packed + at, part);
    }
}

static inline void inno_made_table(struct inno_made_bytes *to, size_t program, size_t program_size,
                                   uint32_t crc, size_t headers, size_t data) {
    size_t start = to->size;
    inno_made_add(to, "rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a", 12);
    const size_t fields[] = {1, 0, program, program_size, crc, headers, data};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        inno_made_number(to, fields[i], 4);
    inno_made_sum(to, to->data + start, 40);
}

enum { INNO_MADE_TABLE = 0x268, INNO_MADE_HEAD = 0x400 };

/* One section, .rsrc, with one resource: RCDATA 11111. */
static inline void inno_made_program(uint8_t *image) {
    static const uint8_t tree[] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,    0,    10,   0, 0,    0, 0x18, 0,    0, 0x80, 0,   0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x67, 0x2b, 0,    0, 0x30, 0, 0,    0x80, 0, 0,    0,   0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,    0,    0x48, 0, 0,    0, 0x68, 0x10, 0, 0,    0x40};
    static const uint8_t head[] = {'P', 'E', 0, 0, 0x4c, 1, 1, 0, 0,    0, 0, 0,
                                   0,   0,   0, 0, 0,    0, 0, 0, 0xe0, 0, 2, 1};
    image[0x3c] = 0x80;
    memcpy(image + 0x80, head, sizeof head);
    image[0x98] = 0x0b; /* PE32 */
    image[0x99] = 1;
    image[0xb9] = 0x10; /* alignment of sections: 0x1000 */
    image[0xbd] = 2;    /* of the file: 0x200 */
    image[0xd1] = 0x20; /* size of the image */
    image[0xd5] = 2;    /* of the headers */
    image[0xf4] = 16;   /* directories, of which the third is that of resources */
    image[0x109] = 0x10;
    image[0x10c] = 0x80;
    memcpy(image + 0x178, ".rsrc", 5);
    image[0x181] = 2;    /* 0x200 bytes */
    image[0x185] = 0x10; /* at 0x1000 in memory */
    image[0x189] = 2;
    image[0x18d] = 2; /* at 0x200 in the file */
    memcpy(image + 0x200, tree, sizeof tree);
}

static inline void inno_made_pointer(uint8_t *image) {
    static const uint8_t pointer[] = {'I', 'n', 'n', 'o', 0x68, 2, 0, 0, 0x97, 0xfd, 0xff, 0xff};
    memcpy(image + INNO_POINTER, pointer, sizeof pointer);
}

static inline void inno_made_word(struct inno_made *made, struct inno_made_bytes *to) {
    char word[INNO_VERSION] = {0};
    (void)snprintf(word, sizeof word, "Inno Setup Setup Data (%s", made->word);
    inno_made_add(to, word, sizeof word);
}

/* made->data is then what lies in a file beside, if anything does. inno_made_free. */
static inline void inno_made_all(struct inno_made *made) {
    static const char program[] = "MZ the program of the installation \xe8\x06\x01\x00\x00 calls";
    struct inno_made_bytes *to = &made->whole;
    bool beside = made->carrier == INNO_MADE_BESIDE;
    if (beside)
        inno_made_add(&made->data, "idska32\x1a\0\0\0", INNO_SLICE);
    inno_made_data(made);
    inno_made_header(made);
    inno_made_before_files(made);
    inno_made_file_entries(made);
    inno_made_behind_files(made);
    inno_made_locations(made);
    if (!beside)
        inno_made_add(to, NULL, INNO_MADE_HEAD);
    size_t headers = to->size;
    inno_made_word(made, to);
    inno_made_block(to, made->headers.data, made->headers.size);
    inno_made_block(to, made->locations.data, made->locations.size);
    if (beside) {
        memcpy(made->data.data + 8, &made->data.size, 4);
        return;
    }
    size_t data = to->size, at = data + made->data.size;
    inno_made_add(to, made->data.data, made->data.size);
    uint8_t packed[sizeof program];
    memcpy(packed, program, sizeof program);
    inno_made_calls(made, packed, sizeof program);
    inno_made_block(to, packed, sizeof program);
    struct inno_made_bytes table = {0};
    inno_made_table(&table, at, sizeof program, inflate_crc(0, span_of(program, sizeof program, 0)), headers,
                    data);
    memcpy(to->data, "MZ", 2);
    memcpy(to->data + INNO_MADE_TABLE, table.data, table.size);
    free(table.data);
    if (made->carrier == INNO_MADE_PROGRAM)
        inno_made_program(to->data);
    else
        inno_made_pointer(to->data);
}

static inline uint32_t inno_made_file(struct inno_made *made, const void *bytes, size_t size, bool filtered) {
    made->files[made->file_count] =
        (struct inno_made_file){.bytes = bytes, .size = size, .filtered = filtered};
    return (uint32_t)made->file_count++;
}

static inline void inno_made_name(struct inno_made *made, const char *target, uint32_t location,
                                  bool not_copied) {
    made->entries[made->entry_count].target = target;
    made->entries[made->entry_count].location = location;
    made->entries[made->entry_count++].not_copied = not_copied;
}

/* --- one for all --- */

enum { INNO_MADE_CODE = 70001, INNO_MADE_WORDS = 5000 };

struct inno_made_sample {
    uint8_t code[INNO_MADE_CODE], words[INNO_MADE_WORDS];
};

/* Bytes that look like a program to the filter, calls at the edge of its blocks among them. */
static inline void inno_made_fill(struct inno_made_sample *sample) {
    uint32_t state = 1;
    for (size_t i = 0; i < INNO_MADE_CODE; i++) {
        state = state * 1103515245u + 12345u;
        sample->code[i] = (uint8_t)(state >> 24 & 0x3f);
        if (i % 16 == 3 || i == INNO_CALLS - 3)
            sample->code[i] = state & 0x100 ? 0xe8 : 0xe9;
        if (i >= 4 && i % 16 == 7)
            sample->code[i] = state & 0x200 ? 0xff : state & 0x400 ? 0 : 0x55;
    }
    memcpy(sample->code, "MZ", 2);
    for (size_t i = 0; i < INNO_MADE_WORDS; i++)
        sample->words[i] = (uint8_t)(i * i >> 7);
}

/* Four files of five entries, one of two names, one empty, one for the script, one that leads out; the last
 * of them has no name. */
static inline void inno_made_demo(struct inno_made *made, const struct inno_made_sample *sample) {
    uint32_t code = inno_made_file(made, sample->code, INNO_MADE_CODE, true);
    uint32_t words = inno_made_file(made, sample->words, INNO_MADE_WORDS, false);
    uint32_t empty = inno_made_file(made, "", 0, false);
    (void)inno_made_file(made, "nameless", 8, false);
    inno_made_name(made, "{app}\\bin\\words", words, false);
    inno_made_name(made, "{app}\\code.exe", code, false);
    inno_made_name(made, "{app}\\copy.exe", code, false);
    inno_made_name(made, "{app}\\empty", empty, false);
    inno_made_name(made, "{tmp}\\..\\..\\out", words, true);
    inno_made_name(made, "{app}\\outside", UINT32_MAX, false);
}

#endif
