/* Runs a fuzz target over files and folders of inputs, so that every corpus is an ordinary test.
 * Prints how many inputs were run; a crash or sanitizer report ends the process. With -s, each input is also
 * tried cut at every length (up to 4 KiB) and with each of its first 4 KiB of bits flipped. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool sweep;
static unsigned long runs;

/* A copy of the exact size, so that a sanitizer sees any read past its end. */
static void once(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        exit(2);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    runs++;
}

static void file(const char *path) {
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    uint8_t *data = malloc((size_t)st.st_size + 1);
    size_t size = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    once(data, size);
    for (size_t n = 0; sweep && n < size && n < 4096; n++)
        once(data, n);
    for (size_t bit = 0; sweep && bit < size * 8 && bit<4096 * 8; bit += size> 1024 ? 3 : 1) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        once(data, size);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(data);
}

static void any(const char *path) {
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    if (n < 0) {
        file(path);
        return;
    }
    for (int i = 0; i < n; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            any(inner);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-s") == 0)
            sweep = true;
        else
            any(argv[i]);
    }
    printf("%lu inputs\n", runs);
    return 0;
}
