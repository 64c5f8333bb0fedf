/* usnjournal COUNT BASE FILE: a $J of COUNT invented records of version 2 (each seventh of version 3), from
 * USN BASE on. */
#include "make/usn_made.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: usnjournal COUNT BASE FILE\n");
        return 2;
    }
    unsigned long count = strtoul(argv[1], NULL, 10);
    size_t size = count * 160 + 2 * USN_MADE_PAGE;
    struct usn_made made = {.bytes = calloc(size, 1),
                            .size = size,
                            .base = strtoull(argv[2], NULL, 10),
                            .time = 133500000000000000u};
    FILE *file = fopen(argv[3], "wb");
    for (unsigned long i = 0; made.bytes && i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "file %lu.%s", i, i % 3 ? "dll" : "tmp");
        if (!usn_made_add(&made, i % 7 == 6 ? 3 : 2, (100 + i) | (i % 5 + 1) << 48, 5 | UINT64_C(5) << 48,
                          i % 2 ? 0x100u : 0x80000102u, name))
            return 1;
    }
    made.at = (made.at + USN_MADE_PAGE - 1) / USN_MADE_PAGE * USN_MADE_PAGE;
    bool good = made.bytes && file && fwrite(made.bytes, 1, made.at, file) == made.at;
    good = file && fclose(file) == 0 && good;
    free(made.bytes);
    return good ? 0 : 1;
}
