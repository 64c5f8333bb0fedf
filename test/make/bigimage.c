/* bigimage FILES FOLDER [MEGABYTES]: an order for a large volume, and what a reader has to find on it.
 *
 * Writes into FOLDER
 *   manifest   for mkimage; the host files that it names lie beside it
 *   truth      one line a name or stream, fields separated by tabs: path, stream, size, SHA-256. Instead of
 * the SHA-256 "dir" for folders and "deleted" for deleted files megabytes  the size of a volume that has room
 * for all, half of it free
 *
 * A fifth of the files lies in one folder, the rest in FILES/25 folders up to six deep; nine in ten files
 * follow their neighbours there. A quarter is resident, most have 1 to 16 KiB, few up to 1 MiB. Of a hundred
 * files one is compressed, one has a hard link in another folder, two have a second stream, one has a DOS
 * name beside, one is deleted; of ten thousand two are sparse and two are torn to pieces. The same FILES
 * yields the same bytes. With MEGABYTES the volume has a change journal of that size, which tells of all
 * files (image_journal.h). */
#include "base/digest.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdnoreturn.h>
#include <unistd.h>

enum { HOST_FILES = 32, CLUSTER = 4096, PIECES = 200, FAN_OUT = 8, PER_FOLDER = 20, LARGEST = 1 << 20 };

static FILE *manifest, *truth;
static const char *folder;
static uint64_t files, crowd, folders, bytes;
static uint8_t content[LARGEST + PIECES * CLUSTER];

static noreturn void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t next_random(uint64_t *state) { /* splitmix64, as in mkimage */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void noise(uint8_t *to, uint64_t size, uint64_t *seed) {
    for (uint64_t i = 0; i < size; i += 8) {
        uint64_t word = next_random(seed);
        memcpy(to + i, &word, size - i < 8 ? size - i : 8);
    }
}

static void order(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void order(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(manifest, format, arguments);
    va_end(arguments);
    fputc('\n', manifest);
}

static void expect(const char *path, const char *stream, uint64_t size) {
    uint8_t value[DIGEST_MAX];
    digest_once(DIGEST_SHA256, span_of(content, (size_t)size, 0), value);
    fprintf(truth, "%s\t%s\t%" PRIu64 "\t", path, stream, size);
    for (int i = 0; i < 32; i++)
        fprintf(truth, "%02x", value[i]);
    fputc('\n', truth);
}

/* ---- where things are ---- */

static void folder_path(uint64_t number, char *path, size_t room) {
    char above[200] = "/tree";
    if (number >= FAN_OUT)
        folder_path(number / FAN_OUT - 1, above, sizeof above);
    snprintf(path, room, "%s/folder %05" PRIu64, above, number);
}

static void file_path(uint64_t number, char *path, size_t room) {
    static const char *const endings[] = {"dll", "exe", "txt", "log", "dat", "xml", "js", "größe"};
    uint64_t seed = number, r = next_random(&seed);
    char in[200] = "/crowd";
    if (number >= crowd)
        folder_path(r % 10 == 0 ? r / 10 % folders : (number - crowd) / PER_FOLDER % folders, in, sizeof in);
    snprintf(path, room, "%s/file_%07" PRIu64 ".%s", in, number, endings[r >> 32 & 7]);
}

/* ---- what is in them ---- */

/* Text that compresses: a few words in an order that changes. */
static void make_host_files(void) {
    static const char *const words[] = {"forensic ", "evidence ", "cluster\n",
                                        "record ",   "0x7f,",     "journal "};
    for (uint64_t i = 0; i < HOST_FILES; i++) {
        char path[4096];
        uint64_t seed = i, size = 5000 + next_random(&seed) % 90000, at = 0;
        snprintf(path, sizeof path, "%s/host%02" PRIu64, folder, i);
        FILE *file = fopen(path, "wb");
        if (!file)
            die(path);
        while (at < size)
            at += (uint64_t)fprintf(file, "%s", words[next_random(&seed) % 6]);
        if (fclose(file))
            die(path);
    }
}

static uint64_t read_host_file(uint64_t number, char *path, size_t room) {
    snprintf(path, room, "%s/host%02" PRIu64, folder, number);
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(content, 1, LARGEST, file) : 0;
    if (!file || fclose(file))
        die(path);
    return size;
}

static void compressed(const char *path, uint64_t seed) {
    char host[4096];
    uint64_t size = read_host_file(seed % HOST_FILES, host, sizeof host);
    order("compress\t%s\t%s", path, host);
    expect(path, "", size);
    bytes += size;
}

static void sparse(const char *path, uint64_t seed) {
    static const char middle[] = "the only bytes of a sparse file";
    uint64_t size = 100000 + seed % 500000;
    order("sparse\t%s\t%" PRIu64, path, size);
    memset(content, 0, (size_t)size);
    memcpy(content + size / 2, middle, sizeof middle - 1);
    expect(path, "", size);
}

/* mkimage writes the even clusters first. */
static void fragments(const char *path, uint64_t seed) {
    uint64_t count = 10 + seed % (PIECES - 10);
    order("fragments\t%s\t%" PRIu64 "\t%" PRIu64, path, count, seed);
    for (uint64_t i = 0; i < count; i += 2)
        noise(content + i * CLUSTER, CLUSTER, &seed);
    for (uint64_t i = 1; i < count; i += 2)
        noise(content + i * CLUSTER, CLUSTER, &seed);
    expect(path, "", count * CLUSTER);
    bytes += count * CLUSTER;
}

static uint64_t size_of(uint64_t r) {
    uint64_t kind = r % 200, more = r >> 16;
    return kind == 0    ? more % LARGEST
           : kind <= 20 ? 16384 + more % 49152
           : kind < 150 ? 1024 + more % 15360
                        : more % 600;
}

static void filled(const char *path, uint64_t size, uint64_t seed, bool deleted) {
    order("fill\t%s\t%" PRIu64 "\t%" PRIu64, path, size, seed);
    if (deleted) {
        fprintf(truth, "%s\t\t%" PRIu64 "\tdeleted\n", path, size);
    } else {
        noise(content, size, &seed);
        expect(path, "", size);
    }
    bytes += size;
}

static void second_stream(const char *path, uint64_t number) {
    int size = snprintf((char *)content, 200, "[ZoneTransfer] ZoneId=3 HostUrl=https://example.org/%" PRIu64,
                        number);
    order("stream\t%s\tZone.Identifier\t=%s", path, (const char *)content);
    expect(path, "Zone.Identifier", (uint64_t)size);
}

static bool is_deleted(uint64_t number) {
    return number % 100 == 50;
}

static void one_file(uint64_t number) {
    char path[300], other[300];
    uint64_t seed = number ^ 0x5851f42d4c957f2du, r = next_random(&seed);
    file_path(number, path, sizeof path);
    if (number < crowd || is_deleted(number)) {
        filled(path, number < crowd ? r % 300 : size_of(r), number, is_deleted(number));
        return;
    }
    if (number % 5000 == 1)
        sparse(path, r);
    else if (number % 5000 == 2)
        fragments(path, r);
    else if (number % 100 == 3)
        compressed(path, r);
    else
        filled(path, size_of(r), number, false);
    if (number % 100 == 4) { /* the content is the one that was made last */
        folder_path(r % folders, other, sizeof other);
        snprintf(other + strlen(other), 40, "/link_%07" PRIu64, number);
        order("link\t%s\t%s", path, other);
        expect(other, "", size_of(r));
    }
    if (number % 100 == 5)
        order("short\t%s\tF%07" PRIu64 ".EXT", path, number);
    if (number % 50 == 6)
        second_stream(path, number);
}

static void make_folders(void) {
    char path[300];
    order("dir\t/crowd\ndir\t/tree");
    fprintf(truth, "/crowd\t\t0\tdir\n/tree\t\t0\tdir\n");
    for (uint64_t i = 0; i < folders; i++) {
        folder_path(i, path, sizeof path);
        order("dir\t%s", path);
        fprintf(truth, "%s\t\t0\tdir\n", path);
    }
}

static FILE *create(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        die(path);
    return file;
}

int main(int argc, char **argv) {
    files = argc == 3 || argc == 4 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t journal = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    if (files < 100 || !digest_prepare()) {
        fprintf(stderr, "usage: bigimage FILES FOLDER [MEGABYTES]\n");
        return 2;
    }
    folder = argv[2];
    crowd = files / 5;
    folders = files / 25;
    manifest = create("manifest");
    truth = create("truth");
    make_host_files();
    make_folders();
    for (uint64_t i = 0; i < files; i++)
        one_file(i);
    for (uint64_t i = 50; i < files;
         i += 100) { /* at the end, so that nothing takes their records and clusters */
        char path[300];
        file_path(i, path, sizeof path);
        order("delete\t%s", path);
    }
    if (journal)
        order("journal\t%" PRIu64, journal);
    FILE *size = create("megabytes");
    fprintf(size, "%" PRIu64 "\n", (bytes + files * 4096) / (1 << 20) * 5 / 2 + 2 * journal + 64);
    if (fclose(size) || fclose(manifest) || fclose(truth))
        die(folder);
    return 0;
}
