/* cabmake METHOD OUT FILE...: a cabinet of these files, each under its path. METHOD: stored, mszip, quantum10
 * to quantum21, or lzx15 to lzx21 with, behind it, v, a, s or m for the kind of blocks. With `set:N:` before
 * METHOD, N cabinets OUT.1, OUT.2, ... over which the folder goes, with blocks that are cut in two; of an OUT
 * that ends in .cab, x.cab, x.1.cab and so on. */
#include "make/cab_made.h"

#include <stdio.h>

static struct cab_made_file files[CAB_MADE_FILES];

static uint8_t *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    *size = (size_t)ftell(file);
    uint8_t *data = malloc(*size + 1);
    rewind(file);
    if (!data || fread(data, 1, *size, file) != *size)
        exit(2);
    fclose(file);
    return data;
}

static void save(const char *path, const uint8_t *data, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        exit(2);
}

static void method(struct cab_made *cab, const char *word) {
    if (strcmp(word, "mszip") == 0) {
        cab->method = 1;
    } else if (strncmp(word, "lzx", 3) == 0 && strlen(word) == 6) {
        static const char kinds[] = "vasm";
        cab->method = CAB_MADE_LZX;
        cab->window = (unsigned)(word[3] - '0') * 10 + (unsigned)(word[4] - '0');
        const char *kind = strchr(kinds, word[5]);
        if (!kind || cab->window < 15 || cab->window > 21)
            exit(2);
        cab->kind = (enum pack_lzx_kind)(kind - kinds + 1);
        cab->block = 70001;
        cab->calls = 12000000;
    } else if (strncmp(word, "quantum", 7) == 0 && strlen(word) == 9) {
        cab->method = CAB_MADE_QUANTUM;
        cab->window = (unsigned)(word[7] - '0') * 10 + (unsigned)(word[8] - '0');
        if (cab->window < 10 || cab->window > 21)
            exit(2);
    } else if (strcmp(word, "stored") != 0) {
        exit(2);
    }
}

static void put_name(char to[600], const char *out, unsigned number) {
    size_t size = strlen(out);
    bool cab = size > 4 && strcmp(out + size - 4, ".cab") == 0;
    snprintf(to, 600, "%.*s.%u%s", (int)(cab ? size - 4 : size), out, number, cab ? ".cab" : "");
}

static void write_set(struct cab_made *cab, unsigned many, const char *out, uint8_t *to) {
    char before[600], name[600], behind[600];
    const char *slash = strrchr(out, '/'), *base = slash ? slash + 1 : out;
    size_t first = 0, cut = 0;
    for (unsigned i = 1; i <= many; i++) {
        size_t last = i == many ? cab->blocks : cab->blocks * i / many, cut_last = 0;
        if (i < many && last > first) /* an odd place inside the block's packed bytes */
            cut_last = (cab->ends[last - 1] - (last > 1 ? cab->ends[last - 2] : 0)) / 3 + 1;
        put_name(before, base, i - 1);
        put_name(behind, base, i + 1);
        struct cab_made_range range = {
            first, last, cut, cut_last, i - 1, i > 1 ? before : NULL, i < many ? behind : NULL};
        size_t size = cab_made_write(cab, range, to);
        put_name(name, out, i);
        save(name, to, size);
        first = last;
        cut = cut_last;
    }
}

int main(int argc, char **argv) {
    struct cab_made cab = {.files = files, .extra = 0};
    unsigned many = 1;
    if (argc < 4)
        return 2;
    const char *word = argv[1];
    if (strncmp(word, "set:", 4) == 0) {
        many = (unsigned)strtoul(word + 4, NULL, 10);
        word = strchr(word + 4, ':');
        word = word ? word + 1 : "";
        cab.extra = 4;
    }
    method(&cab, word);
    for (int i = 3; i < argc && cab.count < CAB_MADE_FILES; i++) {
        struct cab_made_file *file = &files[cab.count++];
        *file = (struct cab_made_file){.name = argv[i], .attributes = 0x20};
        file->data = load(argv[i], &file->size);
    }
    uint8_t *to;
    size_t size = cab_made_all(&cab, &to);
    if (many > 1)
        write_set(&cab, many, argv[2], to);
    else
        save(argv[2], to, size);
    return 0;
}
