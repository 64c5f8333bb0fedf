/* pe_build: makes a small PE for the tests and as seeds for the fuzzer: two sections, imports, delayed
 * imports, exports, a version resource, debug entries, a Rich header, some overlay and a certificate table.
 */
#ifndef TEST_UNIT_PE_BUILD_H
#define TEST_UNIT_PE_BUILD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BUILD_MAX = 4096,
    BUILD_HEADER = 0xc0, /* of "PE\0\0" */
    BUILD_OPTIONAL = BUILD_HEADER + 24,
    BUILD_TEXT = 0x400, /* .text in the file; RVA 0x1000 */
    BUILD_DATA = 0x600, /* .rdata in the file; RVA 0x2000 */
    BUILD_DATA_SIZE = 0x800,
    BUILD_END = BUILD_DATA + BUILD_DATA_SIZE,
    BUILD_OVERLAY = 5, /* "extra", then padding to 8 */
    BUILD_TABLE = BUILD_END + 8,
    BUILD_TABLE_SIZE = 16,
    BUILD_SIZE = BUILD_TABLE + BUILD_TABLE_SIZE
};

struct build {
    uint8_t bytes[BUILD_MAX];
    bool wide;
    uint32_t next;        /* free byte in .rdata, file offset */
    uint32_t directories; /* file offset */
    uint32_t sections;
    uint32_t imports, exports, resources, debug, delayed, strings; /* file offsets */
};

static inline void build_16(struct build *b, uint32_t at, uint32_t v) {
    b->bytes[at] = (uint8_t)v;
    b->bytes[at + 1] = (uint8_t)(v >> 8);
}

static inline void build_32(struct build *b, uint32_t at, uint32_t v) {
    build_16(b, at, v & 0xffff);
    build_16(b, at + 2, v >> 16);
}

static inline uint32_t build_get(const struct build *b, uint32_t at) {
    return (uint32_t)b->bytes[at] | (uint32_t)b->bytes[at + 1] << 8 | (uint32_t)b->bytes[at + 2] << 16 |
           (uint32_t)b->bytes[at + 3] << 24;
}

static inline void build_text(struct build *b, uint32_t at, const char *text) {
    for (size_t i = 0; i <= strlen(text); i++)
        b->bytes[at + i] = (uint8_t)text[i];
}

static inline uint32_t build_rva(uint32_t offset) {
    return offset - BUILD_DATA + 0x2000;
}

/* `size` bytes of .rdata on 4 bytes. */
static inline uint32_t build_take(struct build *b, size_t size) {
    uint32_t at = b->next;
    b->next += (uint32_t)(size + 3) / 4 * 4;
    return at;
}

static inline uint32_t build_name(struct build *b, const char *text) {
    uint32_t at = build_take(b, strlen(text) + 1);
    build_text(b, at, text);
    return build_rva(at);
}

static inline void build_directory(struct build *b, uint32_t index, uint32_t rva, uint32_t size) {
    build_32(b, b->directories + 8 * index, rva);
    build_32(b, b->directories + 8 * index + 4, size);
}

static inline void build_rich(struct build *b) {
    static const uint32_t pairs[][2] = {{0x01057062, 30}, {0x01030000, 2}};
    uint32_t key = 0x80, at = 0x80;
    for (uint32_t i = 0; i < 0x80; i++)
        if (i < 0x3c || i > 0x3f)
            key +=
                (uint32_t)b->bytes[i] << (i & 31) | (i & 31 ? (uint32_t)b->bytes[i] >> (32 - (i & 31)) : 0);
    for (int i = 0; i < 2; i++)
        key += pairs[i][0] << pairs[i][1] | pairs[i][0] >> (32 - pairs[i][1]);
    build_32(b, at, 0x536e6144 ^ key);
    for (uint32_t i = 1; i < 4; i++)
        build_32(b, at + 4 * i, key);
    for (uint32_t i = 0; i < 2; i++) {
        build_32(b, at + 16 + 8 * i, pairs[i][0] ^ key);
        build_32(b, at + 20 + 8 * i, pairs[i][1] ^ key);
    }
    build_text(b, at + 32, "Rich");
    build_32(b, at + 36, key);
}

static inline void build_section(struct build *b, uint32_t i, const char *name, uint32_t rva, uint32_t raw,
                                 uint32_t size) {
    uint32_t at = b->sections + 40 * i;
    build_text(b, at, name);
    build_32(b, at + 8, size - 0x10);
    build_32(b, at + 12, rva);
    build_32(b, at + 16, size);
    build_32(b, at + 20, raw);
    build_32(b, at + 36, i == 0 ? 0x60000020 : 0x40000040);
}

static inline void build_headers(struct build *b) {
    bool wide = b->wide;
    uint32_t o = BUILD_OPTIONAL;
    build_text(b, 0, "MZ");
    build_32(b, 0x3c, BUILD_HEADER);
    build_rich(b);
    build_text(b, BUILD_HEADER, "PE");
    build_16(b, BUILD_HEADER + 4, wide ? 0x8664 : 0x14c);
    build_16(b, BUILD_HEADER + 6, 2);
    build_32(b, BUILD_HEADER + 8, 0x5e4b2a00);
    build_16(b, BUILD_HEADER + 20, wide ? 240 : 224);
    build_16(b, BUILD_HEADER + 22, 0x2022);
    build_16(b, o, wide ? 0x20b : 0x10b);
    b->bytes[o + 2] = 14;
    b->bytes[o + 3] = 29;
    build_32(b, o + 16, 0x1010); /* entry */
    build_32(b, o + (wide ? 24 : 28), 0x400000);
    build_32(b, o + 32, 0x1000);
    build_32(b, o + 36, 0x200);
    build_16(b, o + 40, 6);
    build_32(b, o + 56, 0x3000);
    build_32(b, o + 60, 0x400);
    build_32(b, o + 64, 0x12345);
    build_16(b, o + 68, 3);
    build_16(b, o + 70, 0x8160);
    build_32(b, o + (wide ? 108 : 92), 16);
    b->directories = o + (wide ? 112 : 96);
    b->sections = b->directories + 128;
    build_section(b, 0, ".text", 0x1000, BUILD_TEXT, 0x200);
    build_section(b, 1, ".rdata", 0x2000, BUILD_DATA, BUILD_DATA_SIZE);
}

/* A lookup table of names; NULL is ordinal 1 (accept in ws2_32.dll). Returns its RVA. */
static inline uint32_t build_lookup(struct build *b, const char *const *names, uint32_t count) {
    uint32_t width = b->wide ? 8 : 4, table = build_take(b, width * (count + 1));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = table + width * i;
        if (!names[i]) {
            build_32(b, at, 1);
            b->bytes[at + width - 1] = 0x80;
            continue;
        }
        uint32_t hint = build_take(b, strlen(names[i]) + 3);
        build_16(b, hint, 7 + i);
        build_text(b, hint + 2, names[i]);
        build_32(b, at, build_rva(hint));
    }
    return build_rva(table);
}

static inline void build_imports(struct build *b) {
    static const char *const kernel[] = {"CreateFileW", "ReadFile"}, *const winsock[] = {NULL, "WSASendX"};
    b->imports = build_take(b, 60);
    build_directory(b, 1, build_rva(b->imports), 60);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t lookup = build_lookup(b, i ? winsock : kernel, 2);
        build_32(b, b->imports + 20 * i, lookup);
        build_32(b, b->imports + 20 * i + 12, build_name(b, i ? "WS2_32.dll" : "KERNEL32.dll"));
        build_32(b, b->imports + 20 * i + 16, lookup);
    }
}

static inline void build_delayed(struct build *b, bool absolute) {
    static const char *const names[] = {"MessageBoxW"};
    uint32_t base = absolute ? 0x400000 : 0;
    b->delayed = build_take(b, 64);
    build_directory(b, 13, build_rva(b->delayed), 64);
    build_32(b, b->delayed, absolute ? 0 : 1);
    build_32(b, b->delayed + 4, base + build_name(b, "USER32.dll"));
    uint32_t lookup = base + build_lookup(b, names, 1);
    build_32(b, b->delayed + 12, lookup);
    build_32(b, b->delayed + 16, lookup);
}

static inline void build_exports(struct build *b) {
    uint32_t at = b->exports = build_take(b, 40), tables = build_take(b, 8 + 8 + 4);
    build_32(b, at + 4, 0x5e4b2a01);
    build_32(b, at + 12, build_name(b, "built.dll"));
    build_32(b, at + 16, 3); /* base */
    build_32(b, at + 20, 2);
    build_32(b, at + 24, 2);
    build_32(b, at + 28, build_rva(tables));
    build_32(b, at + 32, build_rva(tables + 8));
    build_32(b, at + 36, build_rva(tables + 16));
    build_32(b, tables, 0x1010);
    build_32(b, tables + 8, build_name(b, "DllMain"));
    build_32(b, tables + 12, build_name(b, "Forwarded"));
    build_16(b, tables + 18, 1);
    build_32(b, tables + 4, build_name(b, "NTDLL.RtlAllocateHeap"));
    build_directory(b, 0, build_rva(at), b->next - at);
}

static inline uint32_t build_utf16(struct build *b, uint32_t at, const char *text) {
    for (; *text; text++, at += 2)
        build_16(b, at, (uint8_t)*text);
    return at + 2;
}

/* Begins a version block at `at` and returns where its value goes; build_close ends it. */
static inline uint32_t build_block(struct build *b, uint32_t at, uint32_t value_size, const char *key) {
    build_16(b, at + 2, value_size);
    build_16(b, at + 4, 1);
    return (build_utf16(b, at + 6, key) + 3) / 4 * 4;
}

static inline uint32_t build_close(struct build *b, uint32_t at, uint32_t end) {
    build_16(b, at, end - at);
    return (end + 3) / 4 * 4;
}

static inline uint32_t build_string(struct build *b, uint32_t at, const char *key, const char *value) {
    uint32_t end = build_utf16(b, build_block(b, at, (uint32_t)strlen(value) + 1, key), value);
    return build_close(b, at, end);
}

static inline uint32_t build_version(struct build *b, uint32_t at) {
    static const uint32_t fixed[13] = {
        0xfeef04bd, 0x10000, 0x00010002, 0x00030004, 0x00050006, 0x00070008, 0x3f, 1, 0x40004, 1, 0, 0, 0};
    uint32_t value = build_block(b, at, sizeof fixed, "VS_VERSION_INFO");
    for (uint32_t i = 0; i < 13; i++)
        build_32(b, value + 4 * i, fixed[i]);
    uint32_t info = value + sizeof fixed, table = build_block(b, info, 0, "StringFileInfo");
    uint32_t string = build_block(b, table, 0, "040904b0");
    b->strings = string;
    string = build_string(b, string, "CompanyName", "A/B Corp");
    string = build_string(b, string, "ProductName", "Product");
    string = build_string(b, string, "FileVersion", "1.2");
    build_close(b, table, string);
    build_close(b, info, string);
    return build_close(b, at, string);
}

static inline void build_resources(struct build *b) {
    uint32_t at = b->resources = build_take(b, 3 * 24 + 16);
    for (uint32_t i = 0; i < 3; i++) {
        build_16(b, at + 24 * i + 14, 1);
        build_32(b, at + 24 * i + 16, i == 0 ? 16 : 1);
        build_32(b, at + 24 * i + 20, i < 2 ? 0x80000000u + 24 * (i + 1) : 72);
    }
    uint32_t version = b->next, end = build_version(b, version);
    build_32(b, at + 72, build_rva(version));
    build_32(b, at + 76, end - version);
    b->next = end;
    build_directory(b, 2, build_rva(at), end - at);
}

static inline void build_debug(struct build *b) {
    uint32_t at = b->debug = build_take(b, 56), record = build_take(b, 24 + 16);
    build_directory(b, 6, build_rva(at), 56);
    build_32(b, at + 12, 16);
    build_32(b, at + 28 + 12, 2);
    build_32(b, at + 28 + 16, 24 + 13);
    build_32(b, at + 28 + 20, build_rva(record));
    build_32(b, at + 28 + 24, record);
    build_text(b, record, "RSDS");
    for (uint32_t i = 0; i < 16; i++)
        b->bytes[record + 4 + i] = (uint8_t)(i + 1);
    build_32(b, record + 20, 9);
    build_text(b, record + 24, "C:\\p\\a b.pdb");
}

/* Everything; `wide` for PE32+. The old form of delayed imports (absolute addresses) goes with PE32. */
static inline void build_all(struct build *b, bool wide) {
    *b = (struct build){.wide = wide, .next = BUILD_DATA};
    build_headers(b);
    for (uint32_t i = 0; i < 0x200; i++)
        b->bytes[BUILD_TEXT + i] = (uint8_t)i;
    build_imports(b);
    build_exports(b);
    build_delayed(b, !wide);
    build_debug(b);
    build_resources(b);
    build_text(b, BUILD_END, "extra");
    build_directory(b, 4, BUILD_TABLE, BUILD_TABLE_SIZE);
    build_32(b, BUILD_TABLE, BUILD_TABLE_SIZE);
    build_32(b, BUILD_TABLE + 4, 0x00020200);
}

#endif
