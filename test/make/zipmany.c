/* zipmany: a ZIP64 file with any number of empty members, written as it goes.
 * usage: zipmany COUNT FILE */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

static uint64_t at;

static void put(FILE *file, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        fputc((int)(value >> 8 * i & 255), file);
    at += (uint64_t)size;
}

static unsigned name_of(uint64_t i, char name[64]) {
    return (unsigned)snprintf(name, 64, "C/Users/u%" PRIu64 "/AppData/Local/%07" PRIu64 ".tmp", i / 1000, i);
}

static void member(FILE *file, uint64_t i, bool central, uint64_t local) {
    char name[64];
    unsigned size = name_of(i, name);
    bool big = central && local >= UINT32_MAX;
    put(file, central ? 0x02014b50 : 0x04034b50, 4);
    if (central)
        put(file, 45, 2);
    put(file, 45, 2);
    put(file, 0, 4);
    put(file, 0x5a8f6c21, 4);
    put(file, 0, 12);
    put(file, size, 2);
    put(file, big ? 12 : 0, 2);
    if (central) {
        put(file, 0, 10);
        put(file, big ? UINT32_MAX : local, 4);
    }
    fwrite(name, 1, size, file);
    at += size;
    if (big) {
        put(file, 1, 2);
        put(file, 8, 2);
        put(file, local, 8);
    }
}

static void end(FILE *file, uint64_t count, uint64_t directory) {
    uint64_t bytes = at - directory, end64 = at;
    put(file, 0x06064b50, 4);
    put(file, 44, 8);
    put(file, 45 | 45 << 16, 4);
    put(file, 0, 8);
    put(file, count, 8);
    put(file, count, 8);
    put(file, bytes, 8);
    put(file, directory, 8);
    put(file, 0x07064b50, 4);
    put(file, 0, 4);
    put(file, end64, 8);
    put(file, 1, 4);
    put(file, 0x06054b50, 4);
    put(file, 0, 4);
    put(file, UINT32_MAX, 4);
    put(file, UINT64_MAX, 8);
    put(file, 0, 2);
}

int main(int argc, char **argv) {
    char name[64];
    uint64_t count = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    FILE *file = argc == 3 ? fopen(argv[2], "wb") : NULL;
    if (!file)
        return fprintf(stderr, "usage: zipmany COUNT FILE\n"), 2;
    for (uint64_t i = 0; i < count; i++)
        member(file, i, false, 0);
    uint64_t directory = at, local = 0;
    for (uint64_t i = 0; i < count; i++) {
        member(file, i, true, local);
        local += 30 + name_of(i, name);
    }
    end(file, count, directory);
    return fclose(file) == 0 ? 0 : 1;
}
