/* ewf DISK BASE SEGMENTS [plain | forged]: packs a raw disk of at most 12 MiB into BASE.E01, BASE.E02 ...
 * (image_made.h), with its MD5 and SHA-1; `plain`: chunks are not compressed, so that cutting takes what it
 * takes; `forged`: one bit of the stored MD5 is another, the section's own checksum is right. */
#include "base/digest.h"
#include "make/image_made.h"

#include <stdio.h>

enum { MOST = 12 << 20, CHUNK = 32768, DIGESTS = 36, SEGMENTS = 9 };

static void digest_of(enum digest_kind kind, const uint8_t *disk, size_t size, uint8_t *to) {
    uint8_t value[DIGEST_MAX];
    struct digest *digest = digest_new();
    digest_start(digest, kind);
    digest_add(digest, span_of(disk, size, 0));
    digest_end(digest, value);
    memcpy(to, value, digest_size(kind));
    digest_free(digest);
}

/* The section stands before the last one, which is 76 bytes. */
static void put_digests(struct made *made, const uint8_t digests[DIGESTS]) {
    size_t at = made->size - 76 - 80;
    made_bytes(made, at, digests, DIGESTS);
    made_adler(made, at, 76);
}

int main(int argc, char **argv) {
    static uint8_t disk[MOST];
    struct made segments[SEGMENTS];
    uint8_t digests[DIGESTS];
    size_t count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    FILE *from = argc > 3 ? fopen(argv[1], "rb") : NULL;
    const char *how = argc > 4 ? argv[4] : "";
    if (!from || count < 1 || count > SEGMENTS || !digest_prepare())
        return fprintf(stderr, "usage: ewf DISK BASE SEGMENTS [plain | forged]\n"), 2;
    size_t size = fread(disk, 1, sizeof disk, from) / MADE_SECTOR * MADE_SECTOR;
    fclose(from);
    digest_of(DIGEST_MD5, disk, size, digests);
    digest_of(DIGEST_SHA1, disk, size, digests + 16);
    digests[5] ^= strcmp(how, "forged") == 0;
    for (size_t i = 0; i < count; i++)
        segments[i] = made_new();
    made_ewf(segments, count, disk, size, CHUNK, strcmp(how, "plain") != 0, digests);
    put_digests(&segments[count - 1], digests);
    for (size_t i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s.E%02zu", argv[2], i + 1);
        FILE *to = fopen(name, "wb");
        if (!to || fwrite(segments[i].data, 1, segments[i].size, to) != segments[i].size || fclose(to) != 0)
            return perror(name), 1;
        made_free(&segments[i]);
    }
    return 0;
}
