/* genhive COUNT FILE: writes a registry hive of COUNT keys that is valid to the last checksum and wholly
 * invented: services with strings, numbers and binary data, a thousand in each list, as a tree of three
 * levels; one value in a thousand is kept in segments. Names are in Latin-1, one in a hundred with an umlaut.
 * The same COUNT yields the same bytes. Prints how many keys and values there are. */
#include "make/regf_made.h"

#include <stdio.h>
#include <stdlib.h>

enum { LISTED = 1000, LEAF = 500, VALUES = 7, KEY_BYTES = 1400 };

static uint64_t seed = 1, value_count;
static struct regf_made made;
static uint8_t noise[3 * REGF_BIG];

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(unsigned limit) {
    return (unsigned)(next_random() >> 11) % limit;
}

static uint32_t string(const char *name) {
    static const char *const folders[] = {"System32\\drivers", "Program Files\\Common Files\\Vendor",
                                          "ProgramData\\Package Cache", "Users\\somebody\\AppData\\Local"};
    char text[160];
    snprintf(text, sizeof text, "C:\\%s\\file%06u-%u.dll", folders[below(4)], below(1000000), below(100));
    return regf_made_string(&made, name, text);
}

static void add_values(uint32_t key, unsigned number) {
    uint32_t cells[VALUES], dword = below(5);
    size_t count = 0;
    cells[count++] = string("ImagePath");
    cells[count++] = regf_made_value(&made, "Start", REGF_DWORD, &dword, 4);
    if (below(2) == 0)
        cells[count++] = string("DisplayName");
    if (below(3) > 0)
        cells[count++] = regf_made_value(&made, "Data", REGF_BINARY, noise + below(4096), 8 + below(200));
    if (below(4) == 0)
        cells[count++] = regf_made_value(&made, "", REGF_QWORD, noise + below(4096), 8);
    if (number % 1000 == 999)
        cells[count++] =
            regf_made_value(&made, "Segments", REGF_BINARY, noise, REGF_BIG + 1 + below(2 * REGF_BIG - 2));
    value_count += count;
    regf_made_values(&made, key, cells, count);
}

/* Keys below `parent`, numbered from `first` on, in leaves below an index root. */
static void add_group(uint32_t parent, unsigned first, unsigned count) {
    uint32_t cells[LISTED], leaves[LISTED / LEAF];
    size_t found = 0;
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, i % 100 == 7 ? "s\xfc%06u" : "svc%06u", first + i);
        cells[i] = regf_made_key(&made, parent, name);
        if (cells[i])
            add_values(cells[i], first + i);
    }
    for (unsigned at = 0; at < count; at += LEAF)
        leaves[found++] = regf_made_list(&made, "lh", cells + at, count - at < LEAF ? count - at : LEAF);
    regf_made_subkeys(&made, parent, regf_made_list(&made, "ri", leaves, found), count);
}

static size_t fill(unsigned count) {
    uint32_t root = regf_made_key(&made, REGF_NONE, "ROOT"), groups[LISTED];
    unsigned left = count > 0 ? count - 1 : 0, number = 0, found = 0;
    while (left > 0 && found < LISTED && !made.full) {
        char name[32];
        snprintf(name, sizeof name, "Group%04u", found);
        unsigned size = left - 1 < LISTED ? left - 1 : LISTED;
        groups[found] = regf_made_key(&made, root, name);
        if (size > 0)
            add_group(groups[found], number, size);
        number += size;
        left -= 1 + size;
        found++;
    }
    regf_made_subkeys(&made, root, regf_made_list(&made, "lh", groups, found), found);
    return regf_made_end(&made);
}

int main(int argc, char **argv) {
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    if (count == 0 || count > 900000) {
        fprintf(stderr, "usage: genhive COUNT FILE (COUNT at most 900000)\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)next_random();
    made.size = (size_t)count * KEY_BYTES + (1 << 20);
    made.bytes = calloc(made.size, 1);
    made.time = 0x01da3c4c4d7e8000;
    FILE *file = made.bytes ? fopen(argv[2], "wb") : NULL;
    if (!file) {
        perror(argv[2]);
        return 2;
    }
    size_t size = fill(count);
    bool good = size > 0 && fwrite(made.bytes, 1, size, file) == size;
    good = fclose(file) == 0 && good;
    printf("keys=%u values=%lu bytes=%zu\n", count, (unsigned long)value_count, size);
    free(made.bytes);
    return good ? 0 : 1;
}
