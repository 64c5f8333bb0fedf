/* forge: makes test evidence from a signed PE file. The bytes it hides are noise and do nothing.
 *
 *   forge slack IN OUT SIZE SEED            a copy with SIZE pseudo-random bytes behind the last signature
 *   forge sign OUT SIZE [exe|dll|sys] [DIGEST] [ORGANISATION]   a minimal image, signed with a worthless key
 */
#include "make/authenticode_fixture.h"

static struct fixture read_file(const char *path) {
    struct fixture f = {NULL, 0};
    uint8_t buffer[65536];
    FILE *file = fopen(path, "rb");
    for (size_t n; file && (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        fixture_add(&f, buffer, n);
    if (!file || ferror(file) || fclose(file) != 0) {
        fprintf(stderr, "forge: cannot read %s\n", path);
        exit(2);
    }
    return f;
}

static int write_file(const char *path, struct fixture *f) {
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(f->data, 1, f->size, file) == f->size;
    if (file && fclose(file) != 0)
        good = false;
    if (!good)
        fprintf(stderr, "forge: cannot write %s\n", path);
    fixture_free(f);
    return good ? 0 : 2;
}

static int slack(char **argument) {
    size_t size = strtoul(argument[2], NULL, 0);
    uint8_t *noise = malloc(size + 1);
    fixture_demand(noise != NULL);
    fixture_noise(noise, size, strtoull(argument[3], NULL, 0));
    struct fixture f = read_file(argument[0]);
    bool good = fixture_grow(&f, noise, size);
    free(noise);
    if (good)
        return write_file(argument[1], &f);
    fprintf(stderr, "forge: %s has no certificate table\n", argument[0]);
    fixture_free(&f);
    return 2;
}

static int sign(int count, char **argument) {
    const char *kind = count > 2 ? argument[2] : "exe", *digest = count > 3 ? argument[3] : "sha256";
    struct fixture_image image = {.size = strtoul(argument[1], NULL, 0)};
    image.driver = strcmp(kind, "sys") == 0;
    image.dll = strcmp(kind, "dll") == 0;
    struct fixture f = fixture_signed(&image, digest, count > 4 ? argument[4] : FIXTURE_SUBJECT, NULL, 0);
    return write_file(argument[0], &f);
}

int main(int argc, char **argv) {
    if (argc == 6 && strcmp(argv[1], "slack") == 0)
        return slack(argv + 2);
    if (argc >= 4 && argc <= 7 && strcmp(argv[1], "sign") == 0)
        return sign(argc - 2, argv + 2);
    fprintf(stderr, "usage: forge slack IN OUT SIZE SEED\n"
                    "       forge sign OUT SIZE [exe|dll|sys] [DIGEST] [ORGANISATION]\n");
    return 2;
}
