/* genlog OLD NEW LOG: OLD and NEW are registry hives of the same size; OLD is made a dirty one in place, and
 * LOG a transaction log (of the form of Windows 8.1 and later) that turns it into NEW. */
#include "make/regf_made.h"

#include <stdio.h>
#include <stdlib.h>

static uint8_t *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *size = (size_t)ftell(file);
    uint8_t *bytes = malloc(*size + 1);
    rewind(file);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        return NULL;
    fclose(file);
    return bytes;
}

static bool save(const char *path, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    return file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0;
}

int main(int argc, char **argv) {
    size_t old_size = 0, new_size = 0, count = 0;
    uint8_t *old = argc == 4 ? load(argv[1], &old_size) : NULL, *new = old ? load(argv[2], &new_size) : NULL;
    if (!new || old_size != new_size || old_size < 2 * REGF_BIN)
        return fputs("usage: genlog OLD NEW LOG (hives of one size)\n", stderr), 2;
    size_t bins = old_size - REGF_BASE;
    uint32_t *pages = calloc(bins / REGF_BIN, sizeof *pages);
    uint8_t *log = calloc(1, 2 * old_size + REGF_MADE_SECTOR);
    if (!pages || !log)
        return 2;
    for (size_t page = 0; page < bins; page += REGF_BIN)
        if (memcmp(old + REGF_BASE + page, new + REGF_BASE + page, REGF_BIN) != 0)
            pages[count++] = (uint32_t)page;
    regf_made_base(old, 0, 8, 7, (uint32_t)bins);
    memcpy(log + 12, old + 12, 8);
    regf_made_base(log, 6, 8, 8, (uint32_t)bins);
    size_t size = REGF_MADE_SECTOR + regf_made_entry(log + REGF_MADE_SECTOR, 7, bins, new, pages, count);
    printf("pages=%zu\n", count);
    bool good = save(argv[1], old, old_size) && save(argv[3], log, size);
    free(old), free(new), free(log), free(pages);
    return good ? 0 : 2;
}
