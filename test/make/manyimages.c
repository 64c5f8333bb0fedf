/* manyimages TEMPLATE FOLDER COUNT: a host's drive C with so many programs, as Windows has them.
 *
 * TEMPLATE is an image of makepe with an export that begins with MarkMarkMarkMark and a version. Each copy
 * has a mark and a version of its own. Of ten files four lie in \Windows\WinSxS, one or two a folder with
 * long names as it has there, three in System32 and SysWOW64, three in 300 folders of Program Files. The same
 * words yield the same bytes. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROOM = 1 << 16, MARK = 16, PATHS = 1024 };

static char image[ROOM];
static size_t size;

static uint64_t mix(uint64_t z) { /* splitmix64, as in mkimage */
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static char *find(const void *bytes, size_t length) {
    char *at = memmem(image, size, bytes, length);
    if (!at) {
        fprintf(stderr, "manyimages: the template lacks a mark or a version\n");
        exit(1);
    }
    return at;
}

static void make_folders(const char *path) {
    char part[PATHS];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            die(part);
        *slash = '/';
    }
}

/* Names of 12 to 26 letters, as they are there: the mean is about 18. */
static void name_of(uint64_t number, char to[64]) {
    static const char *const words[] = {"api", "net", "windows", "security", "host", "ui", "media", "core"};
    uint64_t bits = mix(number);
    snprintf(to, 64, "%s%s%s%05llx.%s", words[bits & 7], bits & 8 ? "." : "", words[bits >> 4 & 7],
             (unsigned long long)number, bits & 256 ? "exe" : "dll");
}

static void path_of(const char *folder, uint64_t number, char to[PATHS]) {
    char name[64];
    uint64_t component = mix(number / 10 * 3 + number % 10 / 2);
    name_of(number, name);
    if (number % 10 < 4)
        snprintf(
            to, PATHS,
            "%s/Windows/WinSxS/amd64_microsoft-windows-%.*s_31bf3856ad364e35_10.0.19041.%u_none_%016llx/%s",
            folder, (int)(10 + component % 17), "networking-services-core-resources",
            (unsigned)(component >> 8 & 4095), (unsigned long long)component, name);
    else if (number % 10 < 7)
        snprintf(to, PATHS, "%s/Windows/%s/%s", folder, number % 10 < 6 ? "System32" : "SysWOW64", name);
    else
        snprintf(to, PATHS, "%s/Program Files/Vendor %u/Product %u/bin/%s", folder,
                 (unsigned)(number / 10 % 60), (unsigned)(number / 10 % 300), name);
}

static void write_file(const char *path) {
    make_folders(path);
    FILE *file = fopen(path, "wbx");
    if (!file || fwrite(image, 1, size, file) != size || fclose(file) != 0)
        die(path);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: manyimages TEMPLATE FOLDER COUNT\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "rb");
    size = file ? fread(image, 1, sizeof image, file) : 0;
    if (!file || fclose(file) != 0)
        die(argv[1]);
    char *mark = find("MarkMarkMarkMark", MARK), *version = find("\xbd\x04\xef\xfe", 4) + 8;
    uint64_t count = strtoull(argv[3], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        char path[PATHS], text[32];
        uint16_t build = (uint16_t)(mix(i) % 3000);
        snprintf(text, sizeof text, "Name%012llx", (unsigned long long)i);
        memcpy(mark, text, MARK);
        memcpy(version, &build, sizeof build);
        path_of(argv[2], i, path);
        write_file(path);
    }
    return 0;
}
