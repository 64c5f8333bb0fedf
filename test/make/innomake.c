/* innomake VERSION PACKING [solid]: writes a small installer of Inno Setup, as test/make/inno_made.h makes
 * it, for programs of others to read. VERSION is that of the data, with a `u` for Unicode: 5.5.0u. PACKING is
 * stored, zlib, bzip2, lzma or lzma2. Status 2 for trouble. */
#include "make/inno_made.h"

#include <stdio.h>

static const char *const packings[] = {"stored", "zlib", "bzip2", "lzma", "lzma2"};

static int usage(void) {
    fprintf(stderr, "usage: innomake VERSION PACKING [solid] >FILE\n");
    return 2;
}

int main(int argc, char **argv) {
    static struct inno_made_sample sample;
    static struct inno_made made;
    unsigned parts[4] = {0};
    char word[64];
    size_t packing = 0;
    if (argc < 3 || argc > 4 || !digest_prepare() ||
        sscanf(argv[1], "%u.%u.%u.%u", &parts[0], &parts[1], &parts[2], &parts[3]) < 3)
        return usage();
    while (packing < INNO_PACKINGS && strcmp(argv[2], packings[packing]) != 0)
        packing++;
    if (packing == INNO_PACKINGS)
        return usage();
    size_t length = strspn(argv[1], "0123456789.");
    made.unicode = argv[1][length] == 'u';
    snprintf(word, sizeof word, "%.*s)%s", (int)length, argv[1], made.unicode ? " (u)" : "");
    made.word = word;
    made.layout = INNO(parts[0], parts[1], parts[2], parts[3]);
    made.unicode = made.unicode || made.layout >= INNO(6, 3, 0, 0);
    made.packing = (enum inno_packing)packing;
    made.solid = argc == 4;
    made.carrier = made.layout < INNO(5, 1, 5, 0) ? INNO_MADE_POINTER : INNO_MADE_PROGRAM;
    inno_made_fill(&sample);
    inno_made_demo(&made, &sample);
    inno_made_all(&made);
    bool good = fwrite(made.whole.data, 1, made.whole.size, stdout) == made.whole.size;
    inno_made_free(&made);
    return good ? 0 : 2;
}
