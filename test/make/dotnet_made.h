/* A small image with metadata of .NET (ECMA-335, II.24): assembly Made 1.2.3.4 for .NETCoreApp 8, which
 * refers to mscorlib, declares native.dll!Call, has a public key and a resource, icon. For tests. */
#ifndef TEST_MAKE_DOTNET_MADE_H
#define TEST_MAKE_DOTNET_MADE_H

#include "unit/pe_build.h"

enum { DOTNET_CLI = BUILD_DATA, DOTNET_ROOT = BUILD_DATA + 72 };

struct dotnet_made {
    struct build build;
    uint32_t at, strings, tables, blobs, end; /* file offsets */
};

static inline void dotnet_put(struct dotnet_made *m, uint32_t value, uint32_t width) {
    for (uint32_t i = 0; i < width; i++)
        m->build.bytes[m->at++] = (uint8_t)(value >> 8 * i);
}

static inline void dotnet_bytes(struct dotnet_made *m, const char *bytes, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        m->build.bytes[m->at++] = (uint8_t)bytes[i];
}

/* Columns as digits (their widths) and values. */
static inline void dotnet_row(struct dotnet_made *m, const char *widths, const uint32_t *values) {
    for (; *widths; widths++)
        dotnet_put(m, *values++, (uint32_t)(*widths - '0'));
}

static inline void dotnet_tables(struct dotnet_made *m) {
    static const uint8_t present[] = {0, 1, 2, 6, 10, 12, 26, 28, 32, 35, 40};
    uint64_t valid = 0;
    for (uint32_t i = 0; i < sizeof present; i++)
        valid |= (uint64_t)1 << present[i];
    dotnet_put(m, 0, 4);
    dotnet_put(m, 0x01000002, 4);
    dotnet_put(m, (uint32_t)valid, 4);
    dotnet_put(m, (uint32_t)(valid >> 32), 4);
    dotnet_put(m, 0, 4);
    dotnet_put(m, 0, 4);
    for (uint32_t i = 0; i < sizeof present; i++)
        dotnet_put(m, 1, 4);
    dotnet_row(m, "22222", (uint32_t[]){0, 1, 1, 0, 0});            /* Module: Made.dll */
    dotnet_row(m, "222", (uint32_t[]){1 << 2 | 2, 10, 0});          /* TypeRef: TargetFrameworkAttribute */
    dotnet_row(m, "422222", (uint32_t[]){0, 35, 0, 0, 1, 1});       /* TypeDef: <Module> */
    dotnet_row(m, "422222", (uint32_t[]){0, 0, 0, 44, 0, 1});       /* MethodDef: Call */
    dotnet_row(m, "222", (uint32_t[]){1 << 3 | 1, 49, 0});          /* MemberRef: .ctor of that type */
    dotnet_row(m, "222", (uint32_t[]){1 << 5 | 14, 1 << 3 | 3, 1}); /* CustomAttribute of the assembly */
    dotnet_row(m, "2", (uint32_t[]){55});                           /* ModuleRef: native.dll */
    dotnet_row(m, "2222", (uint32_t[]){0, 1 << 1 | 1, 44, 1});      /* ImplMap */
    dotnet_row(m, "422224222", (uint32_t[]){0x8004, 1, 2, 3, 4, 1, 34, 66, 0}); /* Assembly: Made */
    dotnet_row(m, "222242222", (uint32_t[]){4, 0, 0, 0, 0, 34, 71, 0, 0});      /* AssemblyRef: mscorlib */
    dotnet_row(m, "4422", (uint32_t[]){0, 1, 80, 0});                           /* ManifestResource: icon */
}

static inline void dotnet_header(struct dotnet_made *m, uint32_t at, uint32_t offset, uint32_t size,
                                 const char *name, uint32_t name_size) {
    m->at = at;
    dotnet_put(m, offset - DOTNET_ROOT, 4);
    dotnet_put(m, size, 4);
    dotnet_bytes(m, name, name_size);
}

static inline struct dotnet_made dotnet_make(void) {
    static const char strings[] =
        "\0Made.dll\0TargetFrameworkAttribute\0<Module>\0Call\0.ctor\0native.dll\0Made\0mscorlib\0icon\0\0";
    static const char blobs[] =
        "\0\x20\1\0\x1b.NETCoreApp,Version=v8.0.00\0\0\x8\xb7\x7a\x5c\x56\x19\x34\xe0\x89\0";
    struct dotnet_made m = {.build = {.next = BUILD_DATA}};
    build_headers(&m.build);
    build_directory(&m.build, 14, build_rva(DOTNET_CLI), 72);
    m.at = DOTNET_CLI;
    dotnet_put(&m, 72, 4);
    dotnet_put(&m, 0x00050002, 4);
    dotnet_put(&m, build_rva(DOTNET_ROOT), 4);
    dotnet_put(&m, BUILD_END - DOTNET_ROOT, 4);
    dotnet_put(&m, 1, 4);
    m.at = DOTNET_ROOT;
    dotnet_bytes(&m, "BSJB\1\0\1\0\0\0\0\0\x0c\0\0\0v4.0.30319\0\0\0\0\4\0", 32);
    uint32_t headers = m.at;
    m.at += 12 + 20 + 16 + 16;
    m.tables = m.at;
    dotnet_tables(&m);
    m.at = (m.at + 3) / 4 * 4;
    m.strings = m.at;
    dotnet_bytes(&m, strings, sizeof strings - 1);
    uint32_t guids = m.at = (m.at + 3) / 4 * 4;
    for (uint32_t i = 0; i < 16; i++)
        dotnet_put(&m, i + 1, 1);
    m.blobs = m.at;
    dotnet_bytes(&m, blobs, sizeof blobs - 1);
    m.end = m.at;
    dotnet_header(&m, headers, m.tables, m.strings - m.tables, "#~\0\0", 4);
    dotnet_header(&m, headers + 12, m.strings, sizeof strings - 1, "#Strings\0\0\0\0", 12);
    dotnet_header(&m, headers + 32, guids, 16, "#GUID\0\0\0", 8);
    dotnet_header(&m, headers + 48, m.blobs, sizeof blobs - 1, "#Blob\0\0\0", 8);
    return m;
}

#endif
