/* makepe OUT dll|exe|sys [KEY=VALUE]...: a small 64-bit image with nothing in it that does anything: its code
 * is one return. For tests and the demo.
 *
 *   import=DLL!FUNCTION    export=NAME    forward=NAME=DLL.NAME    text=STRING    wide=STRING (UTF-16)
 *   company= product= description= original= version= (strings of its version resource)
 *   time=SECONDS (since 1970)    noise=BYTES (a section that looks packed)
 *
 * import, export, text and wide may be repeated; imports of one DLL must follow each other. The same words
 * yield the same bytes. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 4 << 20,
    HEADER = 0x80,          /* of "PE\0\0" */
    OPTIONAL = HEADER + 24, /* PE32+ */
    DIRECTORIES = OPTIONAL + 112,
    SECTIONS = DIRECTORIES + 128,
    TEXT = 0x400, /* .text in the file; RVA 0x1000 */
    DATA = 0x600, /* .rdata in the file; RVA 0x2000 */
    WORDS = 256
};

static uint8_t bytes[MOST];
static uint32_t next = DATA;

static void put(uint32_t at, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t take(size_t size) {
    uint32_t at = next;
    next += (uint32_t)(size + 7) / 8 * 8;
    if (next > MOST / 2)
        fprintf(stderr, "makepe: too much\n"), exit(2);
    return at;
}

static uint32_t rva(uint32_t at) {
    return at - DATA + 0x2000;
}

static uint32_t word(const char *text) {
    uint32_t at = take(strlen(text) + 1);
    memcpy(bytes + at, text, strlen(text));
    return rva(at);
}

static void directory(unsigned index, uint32_t at, uint32_t size) {
    put(DIRECTORIES + 8 * index, at, 4);
    put(DIRECTORIES + 8 * index + 4, size, 4);
}

/* --- what was asked for --- */

struct words {
    const char *list[WORDS];
    size_t count;
};

static struct words imports, exports, forwards;
static const char *strings[][2] = {{"CompanyName", NULL},
                                   {"ProductName", NULL},
                                   {"FileDescription", NULL},
                                   {"OriginalFilename", NULL},
                                   {"FileVersion", NULL}};
static const char *const string_keys[] = {"company", "product", "description", "original", "version"};

static void add(struct words *to, const char *text) {
    if (to->count < WORDS)
        to->list[to->count++] = text;
}

static void wide(const char *text) {
    uint32_t at = take(2 * strlen(text) + 2);
    for (size_t i = 0; text[i]; i++)
        put(at + 2 * (uint32_t)i, (uint8_t)text[i], 2);
}

/* --- imports --- */

static size_t dll_size(const char *import) {
    return strcspn(import, "!");
}

static void put_imports(void) {
    size_t dlls = 0;
    for (size_t i = 0; i < imports.count; i++)
        dlls += i == 0 || strncmp(imports.list[i], imports.list[i - 1], dll_size(imports.list[i]) + 1) != 0;
    if (dlls == 0)
        return;
    uint32_t table = take(20 * (dlls + 1)), at = table;
    for (size_t i = 0, end; i < imports.count; i = end, at += 20) {
        const char *dll = imports.list[i];
        size_t size = dll_size(dll);
        for (end = i; end < imports.count && strncmp(imports.list[end], dll, size + 1) == 0;)
            end++;
        uint32_t lookup = take(8 * (end - i + 1)), name = take(size + 1);
        memcpy(bytes + name, dll, size);
        for (size_t k = i; k < end; k++) {
            const char *function = imports.list[k] + size + 1;
            uint32_t hint = take(strlen(function) + 3);
            memcpy(bytes + hint + 2, function, strlen(function));
            put(lookup + 8 * (uint32_t)(k - i), rva(hint), 8);
        }
        put(at, rva(lookup), 4);
        put(at + 12, rva(name), 4);
        put(at + 16, rva(lookup), 4);
    }
    directory(1, rva(table), 20 * (uint32_t)(dlls + 1));
}

/* --- exports --- */

static int by_name(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char *forward_of(const char *name, size_t size) {
    for (size_t i = 0; i < forwards.count; i++)
        if (strncmp(forwards.list[i], name, size) == 0 && forwards.list[i][size] == '=')
            return forwards.list[i] + size + 1;
    return NULL;
}

static void put_exports(const char *own) {
    char name[256];
    for (size_t i = 0; i < forwards.count; i++)
        add(&exports, forwards.list[i]);
    if (exports.count == 0)
        return;
    qsort(exports.list, exports.count, sizeof exports.list[0], by_name);
    uint32_t count = (uint32_t)exports.count, start = take(40);
    uint32_t functions = take(4 * count), names = take(4 * count), ordinals = take(2 * count);
    for (uint32_t i = 0; i < count; i++) {
        size_t size = strcspn(exports.list[i], "=");
        snprintf(name, sizeof name, "%.*s", (int)size, exports.list[i]);
        const char *forward = forward_of(name, size);
        put(functions + 4 * i, forward ? word(forward) : 0x1000, 4);
        put(names + 4 * i, word(name), 4);
        put(ordinals + 2 * i, i, 2);
    }
    put(start + 12, word(own), 4);
    put(start + 16, 1, 4);
    put(start + 20, count, 4);
    put(start + 24, count, 4);
    put(start + 28, rva(functions), 4);
    put(start + 32, rva(names), 4);
    put(start + 36, rva(ordinals), 4);
    directory(0, rva(start), next - start);
}

/* --- version resource --- */

static uint32_t align(uint32_t at) {
    return (at + 3) / 4 * 4;
}

static uint32_t put_wide(uint32_t at, const char *text) {
    for (; *text; text++, at += 2)
        put(at, (uint8_t)*text, 2);
    return at + 2;
}

static uint32_t open_block(uint32_t at, uint32_t value, const char *key) {
    put(at + 2, value, 2);
    put(at + 4, 1, 2);
    return align(put_wide(at + 6, key));
}

static uint32_t close_block(uint32_t at, uint32_t end) {
    put(at, end - at, 2);
    return align(end);
}

static void put_version(void) {
    uint32_t tree = take(3 * 24 + 16), start = take(8192), at = start;
    for (uint32_t i = 0; i < 3; i++) {
        put(tree + 24 * i + 14, 1, 2);
        put(tree + 24 * i + 16, i == 0 ? 16 : 1, 4);
        put(tree + 24 * i + 20, i < 2 ? 0x80000000u + 24 * (i + 1) : 72, 4);
    }
    uint32_t value = open_block(at, 52, "VS_VERSION_INFO");
    put(value, 0xfeef04bd, 4);
    put(value + 4, 0x10000, 4);
    uint32_t info = value + 52, table = open_block(info, 0, "StringFileInfo"),
             string = open_block(table, 0, "040904b0");
    for (size_t i = 0; i < 5; i++)
        if (strings[i][1]) {
            uint32_t text = open_block(string, (uint32_t)strlen(strings[i][1]) + 1, strings[i][0]);
            string = close_block(string, put_wide(text, strings[i][1]));
        }
    close_block(table, string);
    close_block(info, string);
    close_block(at, string);
    put(tree + 72, rva(start), 4);
    put(tree + 76, string - start, 4);
    directory(2, rva(tree), string - tree);
}

/* --- headers --- */

static void section(unsigned i, const char *name, uint32_t at, uint32_t raw, uint32_t size, uint32_t flags) {
    uint32_t header = SECTIONS + 40 * i;
    memcpy(bytes + header, name, strlen(name));
    put(header + 8, size, 4);
    put(header + 12, at, 4);
    put(header + 16, size, 4);
    put(header + 20, raw, 4);
    put(header + 36, flags, 4);
}

/* Returns the size of the file. */
static uint32_t put_headers(const char *kind, uint32_t time, uint32_t noise) {
    uint32_t data = (next - DATA + 511) / 512 * 512, more = DATA + data,
             rva_more = 0x2000 + (data + 4095) / 4096 * 4096;
    bool driver = strcmp(kind, "sys") == 0;
    memcpy(bytes, "MZ", 2);
    put(0x3c, HEADER, 4);
    memcpy(bytes + HEADER, "PE", 2);
    put(HEADER + 4, 0x8664, 2);
    put(HEADER + 6, noise ? 3 : 2, 2);
    put(HEADER + 8, time, 4);
    put(HEADER + 20, 240, 2);
    put(HEADER + 22, strcmp(kind, "dll") == 0 ? 0x2022 : 0x22, 2);
    put(OPTIONAL, 0x20b, 2);
    put(OPTIONAL + 2, 0x1d0e, 2);
    put(OPTIONAL + 16, 0x1000, 4); /* entry */
    put(OPTIONAL + 24, UINT64_C(0x180000000), 8);
    put(OPTIONAL + 32, 0x1000, 4);
    put(OPTIONAL + 36, 0x200, 4);
    put(OPTIONAL + 40, 6, 2);
    put(OPTIONAL + 48, 6, 2);
    put(OPTIONAL + 56, rva_more + (noise + 4095) / 4096 * 4096, 4);
    put(OPTIONAL + 60, TEXT, 4);
    put(OPTIONAL + 68, driver ? 1 : 3, 2);
    put(OPTIONAL + 70, 0x8160, 2);
    put(OPTIONAL + 108, 16, 4);
    bytes[TEXT] = 0xc3; /* return */
    section(0, ".text", 0x1000, TEXT, 0x200, 0x60000020);
    section(1, ".rdata", 0x2000, DATA, data, 0x40000040);
    if (noise)
        section(2, ".data", rva_more, more, noise, 0xc0000040u);
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < noise; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[more + i] = (uint8_t)(state >> 56);
    }
    return more + noise;
}

static bool take_option(char *option, uint32_t *time, uint32_t *noise) {
    char *value = strchr(option, '=');
    if (!value)
        return false;
    *value++ = 0;
    for (size_t i = 0; i < 5; i++)
        if (strcmp(option, string_keys[i]) == 0)
            strings[i][1] = value;
    if (strcmp(option, "import") == 0)
        add(&imports, value);
    else if (strcmp(option, "export") == 0)
        add(&exports, value);
    else if (strcmp(option, "forward") == 0)
        add(&forwards, value);
    else if (strcmp(option, "text") == 0)
        word(value);
    else if (strcmp(option, "wide") == 0)
        wide(value);
    else if (strcmp(option, "time") == 0)
        *time = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(option, "noise") == 0)
        *noise = (uint32_t)strtoul(value, NULL, 10) / 512 * 512;
    return *noise <= MOST / 4;
}

int main(int argc, char **argv) {
    uint32_t time = 1600000000, noise = 0;
    bool good = argc >= 3, version = false;
    for (int i = 3; good && i < argc; i++)
        good = take_option(argv[i], &time, &noise);
    if (!good)
        return fputs("usage: makepe OUT dll|exe|sys [KEY=VALUE]...\n", stderr), 2;
    const char *slash = strrchr(argv[1], '/');
    put_imports();
    put_exports(slash ? slash + 1 : argv[1]);
    for (size_t i = 0; i < 5; i++)
        version = version || strings[i][1];
    if (version)
        put_version();
    uint32_t size = put_headers(argv[2], time, noise);
    FILE *file = fopen(argv[1], "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(argv[1]);
        return 2;
    }
    return 0;
}
