/* ntfslog BYTES COUNT MAJOR FILE: a $LogFile of BYTES bytes, version MAJOR, in which COUNT files are made,
 * stamped and freed. Every 256th is a checkpoint; the newest page has a copy. */
#include "make/logfile_made.h"

#include <stdio.h>
#include <stdlib.h>

static void tell(struct logfile_made *made, unsigned long count) {
    uint64_t old[4], new[4];
    logfile_made_open(made, 68, 5 | 5ull << 48, 0xa0, false, "$I30");
    for (unsigned long i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "file %lu.%s", i, i % 3 ? "dll" : "tmp");
        for (unsigned n = 0; n < 4; n++) {
            old[n] = 130000000000000000u;
            new[n] = 133500000000000000u + i * 1234567 + n;
        }
        logfile_made_story(made, 100 + i, old, new, name);
        if (i % 256 == 255)
            logfile_made_checkpoint(made);
    }
    logfile_made_checkpoint(made);
    logfile_made_copy(made, (made->at - 1) / LOGFILE_MADE_PAGE * LOGFILE_MADE_PAGE, 1);
    logfile_made_end(made);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: ntfslog BYTES COUNT MAJOR FILE\n");
        return 2;
    }
    size_t size = strtoul(argv[1], NULL, 10) / LOGFILE_MADE_PAGE * LOGFILE_MADE_PAGE;
    unsigned major = (unsigned)strtoul(argv[3], NULL, 10);
    struct logfile_made made = {.bytes = malloc(size), .size = size, .major = major, .cluster = 4096};
    made.minor = major < 2;
    FILE *file = fopen(argv[4], "wb");
    if (!made.bytes || !file || size < 6 * LOGFILE_MADE_PAGE)
        return 1;
    logfile_made_begin(&made);
    tell(&made, strtoul(argv[2], NULL, 10));
    bool good = fwrite(made.bytes, 1, made.size, file) == made.size;
    good = fclose(file) == 0 && good;
    free(made.bytes);
    return good ? 0 : 1;
}
