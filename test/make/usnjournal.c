/* usnjournal COUNT BASE FILE [FOLDERS]: a $J of COUNT invented records of version 2 (each seventh of version
 * 3), from USN BASE on. All files lie in the root, or in FOLDERS folders, ten in each, that are created
 * first; each hundredth record renames one. */
#include "make/usn_made.h"

#include <stdio.h>
#include <stdlib.h>

enum { FOLDER = 0x10, FIRST = 10000000 };

/* The reference of a folder: 0 is the root. */
static uint64_t folder(unsigned long number) {
    return number == 0 ? 5 | UINT64_C(5) << 48 : (FIRST + number) | UINT64_C(3) << 48;
}

static bool about_folder(struct usn_made *made, unsigned long number, uint32_t reason, unsigned long times) {
    char name[64];
    snprintf(name, sizeof name, "folder %lu.%lu", number, times);
    made->attributes = FOLDER;
    bool good = usn_made_add(made, 2, folder(number), folder((number - 1) / 10), reason, name);
    made->attributes = 0;
    return good;
}

static bool from_lines(struct usn_made *made) {
    unsigned long long file, sequence, parent, parent_sequence;
    unsigned reason;
    char line[1024], name[USN_MADE_NAME + 1];
    bool good = true;
    while (good && fgets(line, sizeof line, stdin))
        good = sscanf(line, "%llu %llu %llu %llu %i %i %255[^\n]", &file, &sequence, &parent,
                      &parent_sequence, (int *)&reason, (int *)&made->attributes, name) == 7 &&
               usn_made_add(made, 2, file | sequence << 48, parent | parent_sequence << 48, reason, name);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: usnjournal COUNT BASE FILE [FOLDERS]\n");
        return 2;
    }
    unsigned long folders = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    bool lines = strcmp(argv[1], "-") == 0;
    unsigned long count = lines ? 0 : strtoul(argv[1], NULL, 10);
    size_t size = lines ? 16 << 20 : count * 160 + 2 * USN_MADE_PAGE;
    struct usn_made made = {.bytes = calloc(size, 1),
                            .size = size,
                            .base = strtoull(argv[2], NULL, 10),
                            .time = 133500000000000000u};
    FILE *file = fopen(argv[3], "wb");
    if (made.bytes && lines && !from_lines(&made))
        return 1;
    for (unsigned long i = 0; made.bytes && i < count; i++) {
        char name[64];
        bool good = true;
        if (i < folders)
            good = about_folder(&made, i + 1, 0x100, 0);
        else if (folders && i % 100 < 2)
            good = about_folder(&made, i / 100 * 7919 % folders + 1, 0x1000u << i % 100, i / 100);
        if (!good)
            return 1;
        if (i < folders || (folders && i % 100 < 2))
            continue;
        snprintf(name, sizeof name, "file %lu.%s", i, i % 3 ? "dll" : "tmp");
        if (!usn_made_add(&made, i % 7 == 6 ? 3 : 2, (100 + i) | (i % 5 + 1) << 48,
                          folder(folders ? i * 31 % (folders + 1) : 0), i % 2 ? 0x100u : 0x80000102u, name))
            return 1;
    }
    made.at = (made.at + USN_MADE_PAGE - 1) / USN_MADE_PAGE * USN_MADE_PAGE;
    bool good = made.bytes && file && fwrite(made.bytes, 1, made.at, file) == made.at;
    good = file && fclose(file) == 0 && good;
    free(made.bytes);
    return good ? 0 : 1;
}
