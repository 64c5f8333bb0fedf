/* bend FROM TO SEED: copies the image of a volume and damages pages of its change journal, of its log, or of
 * both, as the number says: single bits, bytes, words of zeros, and whole pages that change places. The rest
 * of the volume stays as it is. Prints what was damaged. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, JOURNAL = 0, LOG = 1 };

static uint64_t seed;

static uint64_t next_random(uint64_t below) { /* splitmix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

struct pages {
    size_t *list, count;
};

/* A page that begins with a record of a journal (version 2 or 3), or with a page of a log. */
static int kind_of(const uint8_t *page) {
    uint32_t size = (uint32_t)(page[0] | page[1] << 8 | page[2] << 16) | (uint32_t)page[3] << 24;
    if (memcmp(page, "RCRD", 4) == 0)
        return LOG;
    bool version = (page[4] == 2 || page[4] == 3) && page[5] == 0 && page[6] == 0 && page[7] == 0;
    return version && size >= 60 && size < 600 && size % 8 == 0 ? JOURNAL : -1;
}

static uint8_t *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *size = (size_t)ftell(file);
    uint8_t *bytes = malloc(*size + 1);
    rewind(file);
    bool good = bytes && fread(bytes, 1, *size, file) == *size;
    fclose(file);
    return good ? bytes : NULL;
}

/* Pages of zeros stay holes. */
static bool save(const char *path, const uint8_t *bytes, size_t size) {
    static const uint8_t zeros[PAGE];
    FILE *file = fopen(path, "wb");
    bool good = file != NULL;
    for (size_t at = 0; good && at < size; at += PAGE) {
        size_t part = size - at < PAGE ? size - at : PAGE;
        if (memcmp(bytes + at, zeros, part) != 0)
            good = fseek(file, (long)at, SEEK_SET) == 0 && fwrite(bytes + at, 1, part, file) == part;
    }
    good = good && fflush(file) == 0 && ftruncate(fileno(file), (off_t)size) == 0;
    return file && fclose(file) == 0 && good;
}

static void swap_pages(uint8_t *a, uint8_t *b) {
    uint8_t page[PAGE];
    memcpy(page, a, PAGE);
    memmove(a, b, PAGE);
    memcpy(b, page, PAGE);
}

static void damage(uint8_t *bytes, const struct pages *pages, unsigned how) {
    size_t page = pages->list[next_random(pages->count)], at = page + next_random(PAGE - 8);
    if (how == 0)
        bytes[at] ^= (uint8_t)(1u << next_random(8));
    else if (how == 1)
        bytes[at] = (uint8_t)next_random(256);
    else if (how == 2)
        memset(bytes + at, 0, 8);
    else
        swap_pages(bytes + page, bytes + pages->list[next_random(pages->count)]);
}

int main(int argc, char **argv) {
    static const unsigned amounts[] = {1, 3, 10, 100};
    size_t size = 0;
    uint8_t *bytes = argc == 4 ? load(argv[1], &size) : NULL;
    struct pages pages[2] = {{calloc(size / PAGE + 1, sizeof(size_t)), 0},
                             {calloc(size / PAGE + 1, sizeof(size_t)), 0}};
    if (!bytes || !pages[0].list || !pages[1].list)
        return fprintf(stderr, "usage: bend FROM TO SEED\n"), 2;
    for (size_t at = 0; at + PAGE <= size; at += PAGE) {
        int kind = kind_of(bytes + at);
        if (kind >= 0)
            pages[kind].list[pages[kind].count++] = at;
    }
    seed = strtoull(argv[3], NULL, 10);
    unsigned which = (unsigned)next_random(3), how = (unsigned)next_random(4),
             amount = amounts[next_random(4)];
    for (unsigned kind = JOURNAL; kind <= LOG; kind++)
        for (unsigned i = 0; i < amount && pages[kind].count > 0 && (which == kind || which == 2); i++)
            damage(bytes, &pages[kind], how);
    bool good = save(argv[2], bytes, size);
    printf("%s, way %u, %u times (%zu pages of journal, %zu of log)\n",
           which == 2     ? "both"
           : which == LOG ? "log"
                          : "journal",
           how, amount, pages[0].count, pages[1].count);
    free(bytes);
    free(pages[0].list);
    free(pages[1].list);
    return good ? 0 : 1;
}
