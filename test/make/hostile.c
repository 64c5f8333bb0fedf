/* hostile make FOLDER: containers that are made to exhaust whoever opens them; harmless bytes throughout.
 * hostile damage FOLDER COUNT FILE...: COUNT cut and COUNT changed copies of each.
 * hostile bound SECONDS MIB COMMAND...: runs it, and fails if it takes longer, or a process more memory; else
 * its status. */
#include "make/cab_made.h"
#include "make/nsis_made.h"
#include "make/zip_made.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEEP = 100, MIXED = 60, WIDE = 16, LEVELS = 5, NSIS_FILES = 100, ZEROS = 30 << 20 };

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct nsis_made installer;
static struct zip_made archive;

static void save(const char *folder, const char *name, struct bytes bytes) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *to = fopen(path, "wb");
    if (!to || fwrite(bytes.data, 1, bytes.size, to) != bytes.size || fclose(to) != 0)
        exit(2);
}

static struct bytes read_all(const char *path) {
    struct stat status;
    FILE *from = fopen(path, "rb");
    if (!from || fstat(fileno(from), &status) != 0)
        exit(2);
    struct bytes ret = {malloc((size_t)status.st_size + 1), (size_t)status.st_size};
    if (!ret.data || fread(ret.data, 1, ret.size, from) != ret.size)
        exit(2);
    fclose(from);
    return ret;
}

/* --- one in another --- */

/* `copies` of the same bytes. */
static struct bytes in_zip(struct bytes inner, unsigned copies, int method) {
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7",
                                        "8", "9", "a", "b", "c", "d", "e", "f"};
    size_t room = copies * (inner.size + inner.size / 8 + 512) + 1024;
    archive = (struct zip_made){.bytes = malloc(room), .size = room};
    for (unsigned i = 0; i < copies; i++)
        zip_made_add(&archive, names[i], method, inner.data, inner.size);
    size_t size = zip_made_end(&archive);
    free(inner.data);
    return (struct bytes){archive.bytes, size};
}

static struct bytes in_cab(struct bytes inner) {
    struct cab_made_file file = {"inner", inner.data, inner.size, 0};
    struct cab_made cab = {.method = 1, .files = &file, .count = 1};
    struct bytes ret = {0};
    ret.size = cab_made_all(&cab, &ret.data);
    cab_made_free(&cab);
    free(inner.data);
    return ret;
}

static struct bytes in_nsis(struct bytes inner) {
    struct bytes ret;
    memset(&installer, 0, sizeof installer);
    installer.wide = true;
    nsis_made_begin(&installer);
    uint32_t name = nsis_made_string(&installer, "inner");
    (void)nsis_made_block(&installer, inner.data, inner.size);
    nsis_made_entry(&installer, 20, 0, name, 0, 0);
    ret.data = nsis_made_all(&installer, &ret.size);
    free(inner.data);
    return ret;
}

static struct bytes leaf(size_t size) {
    struct bytes ret = {calloc(size, 1), size};
    if (!ret.data)
        exit(2);
    memcpy(ret.data, "the innermost", 13);
    return ret;
}

static void nest(const char *folder) {
    struct bytes deep = leaf(100), mixed = leaf(100), wide = leaf(1 << 20);
    for (unsigned i = 0; i < DEEP; i++)
        deep = in_zip(deep, 1, 8);
    save(folder, "deep.zip", deep);
    free(deep.data);
    for (unsigned i = 0; i < MIXED; i++)
        mixed = i % 3 == 0 ? in_zip(mixed, 1, 0) : i % 3 == 1 ? in_cab(mixed) : in_nsis(mixed);
    save(folder, "mixed.exe", mixed);
    free(mixed.data);
    for (unsigned i = 0; i < LEVELS; i++)
        wide = in_zip(wide, WIDE, 8);
    save(folder, "wide.zip", wide);
    free(wide.data);
}

/* --- much out of little --- */

/* An installer with many files at the same data. */
static void grow(const char *folder) {
    struct bytes zeros = leaf(ZEROS), ret;
    memset(&installer, 0, sizeof installer);
    installer.packing = NSIS_MADE_BZIP2;
    nsis_made_begin(&installer);
    uint32_t name = nsis_made_string(&installer, "zeros");
    (void)nsis_made_block(&installer, zeros.data, zeros.size);
    for (unsigned i = 0; i < NSIS_FILES; i++)
        nsis_made_entry(&installer, 20, 0, name, 0, i);
    ret.data = nsis_made_all(&installer, &ret.size);
    save(folder, "grows.nsis", ret);
    free(ret.data);
    save(folder, "grows.cab", ret = in_cab(zeros));
    free(ret.data);
}

/* --- names --- */

static void name(const char *folder) {
    static const char *const names[] = {"..",
                                        "../../out",
                                        "/absolute",
                                        "C:\\drive\\x",
                                        "\\\\server\\share\\x",
                                        "file.txt:hidden",
                                        "trailing. ",
                                        "twice",
                                        "twice",
                                        "Case",
                                        "case",
                                        "gpj.\xe2\x80\xaetxt.exe",
                                        "CON",
                                        "tab\tand\nline",
                                        "\xff\xfe not text",
                                        ""};
    size_t room = 1 << 16;
    archive = (struct zip_made){.bytes = malloc(room), .size = room};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        zip_made_add(&archive, names[i], 0, "content", 7);
    save(folder, "names.zip", (struct bytes){archive.bytes, zip_made_end(&archive)});
    free(archive.bytes);
    memset(&installer, 0, sizeof installer);
    nsis_made_begin(&installer);
    (void)nsis_made_block(&installer, "content", 7);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        nsis_made_entry(&installer, 20, 0, nsis_made_string(&installer, names[i]), 0, 0);
    struct bytes ret;
    ret.data = nsis_made_all(&installer, &ret.size);
    save(folder, "names.nsis", ret);
    free(ret.data);
}

/* --- damage --- */

static void damage(const char *folder, unsigned count, char **files) {
    uint32_t random = 1;
    for (unsigned f = 0; files[f]; f++) {
        struct bytes whole = read_all(files[f]);
        const char *slash = strrchr(files[f], '/'), *base = slash ? slash + 1 : files[f];
        char name[512];
        for (unsigned i = 0; i < count; i++) {
            snprintf(name, sizeof name, "cut.%u.%u.%s", f, i, base);
            save(folder, name, (struct bytes){whole.data, whole.size * i / count});
            struct bytes changed = {malloc(whole.size + 1), whole.size};
            memcpy(changed.data, whole.data, whole.size);
            for (unsigned k = 0; k <= i && whole.size > 0; k++) {
                random = random * 1664525 + 1013904223;
                size_t at = (random >> 4) % (k % 2 ? whole.size : whole.size < 512 ? whole.size : 512);
                changed.data[at] ^= (uint8_t)(1u << (random & 7));
            }
            snprintf(name, sizeof name, "changed.%u.%u.%s", f, i, base);
            save(folder, name, changed);
            free(changed.data);
        }
        free(whole.data);
    }
}

/* --- bounds --- */

static int bound(double seconds, long mebibytes, char **command) {
    struct timespec from, to;
    struct rusage usage;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = fork();
    if (child == 0) {
        alarm((unsigned)seconds + 5);
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || getrusage(RUSAGE_CHILDREN, &usage) != 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &to);
    double spent = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    fprintf(stderr, "bound: %.1f s, %ld MiB\n", spent, usage.ru_maxrss / 1024);
    if (spent > seconds || usage.ru_maxrss / 1024 > mebibytes || !WIFEXITED(status))
        return 99;
    return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        nest(argv[2]);
        grow(argv[2]);
        name(argv[2]);
        return 0;
    }
    if (argc > 4 && strcmp(argv[1], "damage") == 0)
        return damage(argv[2], (unsigned)strtoul(argv[3], NULL, 10), argv + 4), 0;
    if (argc > 4 && strcmp(argv[1], "bound") == 0)
        return bound(strtod(argv[2], NULL), strtol(argv[3], NULL, 10), argv + 4);
    fprintf(stderr,
            "usage: hostile make FOLDER | damage FOLDER COUNT FILE... | bound SECONDS MIB COMMAND...\n");
    return 2;
}
