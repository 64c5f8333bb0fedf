/* bend IMAGE SEED: damages pages of the change journal of a volume, of its log, or of both, in place, as the
 * number says: single bits, bytes, words of zeros, and whole pages that change places. The rest of the volume
 * stays as it is; holes stay holes. Prints what was damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, JOURNAL = 0, LOG = 1, MOST = 1 << 16 };

static uint64_t seed;

static uint64_t next_random(uint64_t below) { /* splitmix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

struct pages {
    off_t list[MOST];
    size_t count;
};

static struct pages pages[2];

/* A page that begins with a record of a journal (version 2 or 3), or with a page of a log. */
static int kind_of(const uint8_t *page) {
    uint32_t size = (uint32_t)(page[0] | page[1] << 8 | page[2] << 16) | (uint32_t)page[3] << 24;
    if (memcmp(page, "RCRD", 4) == 0)
        return LOG;
    bool version = (page[4] == 2 || page[4] == 3) && page[5] == 0 && page[6] == 0 && page[7] == 0;
    return version && size >= 60 && size < 600 && size % 8 == 0 ? JOURNAL : -1;
}

static void find_pages(int fd) {
    uint8_t page[PAGE];
    off_t at = 0;
    while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
        off_t end = lseek(fd, at, SEEK_HOLE);
        for (at = at / PAGE * PAGE; at < end && pread(fd, page, PAGE, at) == PAGE; at += PAGE) {
            int kind = kind_of(page);
            if (kind >= 0 && pages[kind].count < MOST)
                pages[kind].list[pages[kind].count++] = at;
        }
        at = end > at ? end : at;
    }
}

static bool damage(int fd, const struct pages *of, unsigned how) {
    uint8_t page[PAGE], other[PAGE];
    off_t place = of->list[next_random(of->count)], second = of->list[next_random(of->count)];
    size_t at = next_random(PAGE - 8);
    if (pread(fd, page, PAGE, place) != PAGE || pread(fd, other, PAGE, second) != PAGE)
        return false;
    if (how == 3)
        return pwrite(fd, other, PAGE, place) == PAGE && pwrite(fd, page, PAGE, second) == PAGE;
    if (how == 0)
        page[at] ^= (uint8_t)(1u << next_random(8));
    else if (how == 1)
        page[at] = (uint8_t)next_random(256);
    else
        memset(page + at, 0, 8);
    return pwrite(fd, page, PAGE, place) == PAGE;
}

int main(int argc, char **argv) {
    static const unsigned amounts[] = {1, 3, 10, 100};
    int fd = argc == 3 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return fprintf(stderr, "usage: bend IMAGE SEED (%s)\n", strerror(errno)), 2;
    find_pages(fd);
    seed = strtoull(argv[2], NULL, 10);
    unsigned which = (unsigned)next_random(3), how = (unsigned)next_random(4),
             amount = amounts[next_random(4)];
    bool good = true;
    for (unsigned kind = JOURNAL; kind <= LOG; kind++)
        for (unsigned i = 0; i < amount && pages[kind].count > 0 && (which == kind || which == 2); i++)
            good = damage(fd, &pages[kind], how) && good;
    printf("%s, way %u, %u times (%zu pages of journal, %zu of log)\n",
           which == 2     ? "both"
           : which == LOG ? "log"
                          : "journal",
           how, amount, pages[JOURNAL].count, pages[LOG].count);
    return close(fd) == 0 && good ? 0 : 1;
}
