/* ziptar FILE MANIFEST: writes a ZIP, a TAR or a packed TAR, as the name of FILE ends (.zip, .tar, .tar.gz).
 *
 * MANIFEST ("-" is standard input) has one member a line, fields separated by tabs:
 *
 *   file PATH HOSTFILE [KEY=N...]      text PATH STRING [KEY=N...]      dir PATH
 *
 * PATH is taken byte by byte. Keys, for a ZIP only, make a member other than it is, in local header and
 * directory alike: `method` 0 or 8 (the usual one) packs; `call` names a method that it is not; `flags`,
 * `crc`, `size`, `packed` are what is claimed; `ntfs=1` adds the times of NTFS to the directory, 2024-02-03
 * 04:05:06.1234567 and one and two days later; `same=1` takes the bytes of the member before it and has none
 * of its own; `times=N` repeats its bytes N times before they are packed. */
#define ZIP_MADE_MANY 4096
#include "make/tar_made.h"
#include "make/zip_made.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIELDS = 12, LINE = 65536 };

#define ROOM ((size_t)1 << 30)

static struct zip_made zip;
static struct tar_made tar;
static bool packed_tar, is_zip;

static uint8_t *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    long end = ftell(file);
    if (end >= 0 && (bytes = malloc((size_t)end + 1)) != NULL) {
        rewind(file);
        *size = fread(bytes, 1, (size_t)end, file);
    }
    fclose(file);
    return bytes;
}

static bool key(char **fields, int count, const char *name, uint64_t *ret) {
    size_t size = strlen(name);
    for (int i = 3; i < count; i++)
        if (strncmp(fields[i], name, size) == 0 && fields[i][size] == '=') {
            *ret = strtoull(fields[i] + size + 1, NULL, 0);
            return true;
        }
    return false;
}

static uint64_t number(char **fields, int count, const char *name, uint64_t otherwise) {
    uint64_t value = otherwise;
    (void)key(fields, count, name, &value);
    return value;
}

/* PKWARE's APPNOTE 4.5.5: tag 1 with modification, access and creation. */
static const uint8_t *ntfs_times(void) {
    static uint8_t extra[36];
    struct zip_made made = {.bytes = extra, .size = sizeof extra};
    const uint64_t time = 133514067061234567u, day = 864000000000u;
    zip_made_put(&made, 0x000a, 2);
    zip_made_put(&made, 32, 2);
    zip_made_put(&made, 0, 4);
    zip_made_put(&made, 1, 2);
    zip_made_put(&made, 24, 2);
    zip_made_put(&made, time + day, 8);
    zip_made_put(&made, time + 2 * day, 8);
    zip_made_put(&made, time, 8);
    return extra;
}

static bool fits(size_t size) {
    return size < ROOM / 2 && (is_zip ? zip.at : tar.at) < ROOM - size - size / 100 - LINE;
}

static bool add_zip(char **fields, int count, const uint8_t *bytes, size_t size) {
    bool folder = strcmp(fields[0], "dir") == 0;
    if (zip.count == ZIP_MADE_MANY)
        return false;
    char *name = malloc(strlen(fields[1]) + 2);
    if (!name)
        return false;
    snprintf(name, strlen(fields[1]) + 2, "%s%s", fields[1], folder ? "/" : "");
    size_t start = zip.at;
    struct zip_made_member *member =
        zip_made_add(&zip, name, folder ? 0 : (int)number(fields, count, "method", 8), bytes, size);
    size_t end = zip.at;
    if (number(fields, count, "same", 0) && zip.count > 1) {
        *member = zip.members[zip.count - 2];
        member->name = name;
        zip.at = start;
        return true;
    }
    member->method = (uint16_t)number(fields, count, "call", member->method);
    member->flags = (uint16_t)number(fields, count, "flags", member->flags);
    member->crc = (uint32_t)number(fields, count, "crc", member->crc);
    member->size = number(fields, count, "size", member->size);
    member->packed = number(fields, count, "packed", member->packed);
    zip.at = start;
    zip_made_local(&zip, member);
    zip.at = end;
    if (number(fields, count, "ntfs", 0)) {
        member->extra = ntfs_times();
        member->extra_size = 36;
    }
    return true;
}

static bool add(char **fields, int count) {
    size_t size = 0;
    uint8_t *bytes = NULL;
    if (count < 2 || (count < 3 && strcmp(fields[0], "dir") != 0))
        return false;
    if (strcmp(fields[0], "file") == 0)
        bytes = load(fields[2], &size);
    else if (strcmp(fields[0], "text") == 0 && (bytes = (uint8_t *)strdup(fields[2])) != NULL)
        size = strlen(fields[2]);
    else if (strcmp(fields[0], "dir") == 0)
        bytes = calloc(1, 1);
    size_t times = (size_t)number(fields, count, "times", 1);
    if (bytes && times > 1 && times < ROOM / (size + 1)) {
        uint8_t *more = malloc(size * times + 1);
        for (size_t i = 0; more && i < times; i++)
            memcpy(more + i * size, bytes, size);
        free(bytes);
        bytes = more;
        size *= times;
    }
    bool good = bytes && fits(size);
    if (good && is_zip)
        good = add_zip(fields, count, bytes, size);
    else if (good) {
        size_t length = strlen(fields[1]);
        if (length > 99) /* a name of GNU tar */
            tar_made_add(&tar, "././@LongLink", 'L', fields[1], length + 1);
        tar_made_add(&tar, fields[1], fields[0][0] == 'd' ? '5' : '0', bytes, size);
    }
    free(bytes);
    return good;
}

static bool all(FILE *manifest) {
    static char line[LINE];
    while (fgets(line, sizeof line, manifest)) {
        char *fields[FIELDS], *at = line;
        int count = 0;
        line[strcspn(line, "\n")] = 0;
        while (at && count < FIELDS) {
            fields[count++] = at;
            at = strchr(at, '\t');
            if (at)
                *at++ = 0;
        }
        if (line[0] && !add(fields, count))
            return fprintf(stderr, "ziptar: cannot add '%s'\n", count > 1 ? fields[1] : line), false;
    }
    return true;
}

static bool keep(const char *path, const uint8_t *bytes, size_t size) {
    if (packed_tar) {
        gzFile to = gzopen(path, "wb6");
        bool good = to && gzwrite(to, bytes, (unsigned)size) == (int)size;
        return to && gzclose(to) == Z_OK && good;
    }
    FILE *to = fopen(path, "wb");
    bool good = to && fwrite(bytes, 1, size, to) == size;
    return to && fclose(to) == 0 && good;
}

int main(int argc, char **argv) {
    FILE *manifest = argc != 3 ? NULL : strcmp(argv[2], "-") == 0 ? stdin : fopen(argv[2], "r");
    if (!manifest)
        return fprintf(stderr, "usage: ziptar FILE MANIFEST\n"), 2;
    size_t length = strlen(argv[1]);
    is_zip = length > 4 && strcmp(argv[1] + length - 4, ".zip") == 0;
    packed_tar = length > 3 && strcmp(argv[1] + length - 3, ".gz") == 0;
    uint8_t *bytes = calloc(ROOM, 1); /* touched only as far as it is used */
    zip = (struct zip_made){.bytes = bytes, .size = ROOM};
    tar = (struct tar_made){.bytes = bytes, .size = ROOM};
    if (!bytes || !all(manifest) || !keep(argv[1], bytes, is_zip ? zip_made_end(&zip) : tar_made_end(&tar)))
        return 1;
    free(bytes);
    return 0;
}
