/* policyset FOLDER: drivers that a policy may deny, each another in one respect, and the certificates of
 * their signer: roots.pem, ca.pem, maker.pem. The signer's certificate is of before 2015, so that the kernel
 * takes it.
 */
#include "make/signing.h"

#include <openssl/pem.h>
#include <sys/stat.h>

enum { RAW = 0x200, RVA = 0x1000, RESOURCES = 0x400 }; /* .text holds everything, resources too */

struct driver {
    const char *file, *original, *product;
    unsigned version[4];
    bool user, bare;
    const struct signing_id *signer;
};

static const char *folder;

static void path_of(char path[4096], const char *name) {
    snprintf(path, 4096, "%s/%s", folder, name);
}

static size_t aligned(size_t at) {
    return (at + 3) / 4 * 4;
}

static size_t put_utf16(struct fixture *f, size_t at, const char *text) {
    for (; *text; text++, at += 2)
        fixture_put(f, at, (uint8_t)*text, 2);
    fixture_put(f, at, 0, 2);
    return at + 2;
}

/* The head of a block of a version resource; returns where its value goes. */
static size_t open_block(struct fixture *f, size_t at, size_t value_size, const char *key) {
    fixture_put(f, at + 2, value_size, 2);
    fixture_put(f, at + 4, 1, 2);
    return aligned(put_utf16(f, at + 6, key));
}

static size_t close_block(struct fixture *f, size_t at, size_t end) {
    fixture_put(f, at, end - at, 2);
    return aligned(end);
}

static size_t put_string(struct fixture *f, size_t at, const char *key, const char *value) {
    return close_block(f, at, put_utf16(f, open_block(f, at, strlen(value) + 1, key), value));
}

static size_t put_version(struct fixture *f, size_t at, const struct driver *d) {
    const uint32_t fixed[13] = {0xfeef04bd, 0x10000, d->version[0] << 16 | d->version[1],
                                d->version[2] << 16 | d->version[3]};
    size_t value = open_block(f, at, sizeof fixed, "VS_VERSION_INFO");
    for (size_t i = 0; i < 13; i++)
        fixture_put(f, value + 4 * i, fixed[i], 4);
    size_t info = value + sizeof fixed, table = open_block(f, info, 0, "StringFileInfo");
    size_t string = open_block(f, table, 0, "040904b0");
    string = put_string(f, string, "OriginalFilename", d->original);
    string = put_string(f, string, "ProductName", d->product);
    close_block(f, table, string);
    close_block(f, info, string);
    return close_block(f, at, string);
}

/* Type 16, name 1, language 1, one entry each. */
static void put_resources(struct fixture *f, const struct driver *d) {
    size_t at = RESOURCES, version = at + 3 * 24 + 16, directory = fixture_directory_at(f) - 2 * 8;
    memset(f->data + at, 0, f->size - at);
    for (size_t i = 0; i < 3; i++) {
        fixture_put(f, at + 24 * i + 14, 1, 2);
        fixture_put(f, at + 24 * i + 16, i == 0 ? 16 : 1, 4);
        fixture_put(f, at + 24 * i + 20, i < 2 ? 0x80000000u + 24 * (i + 1) : 72, 4);
    }
    size_t end = put_version(f, version, d);
    fixture_put(f, at + 72, version - RAW + RVA, 4);
    fixture_put(f, at + 76, end - version, 4);
    fixture_put(f, directory, at - RAW + RVA, 4);
    fixture_put(f, directory + 4, end - at, 4);
}

static void put(const struct driver *d, const struct signing_id *ca) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048, .driver = !d->user});
    char path[4096];
    put_resources(&pe, d);
    memcpy(pe.data + 0x210, d->file, strlen(d->file)); /* no two share a digest */
    if (!d->bare) {
        struct signing_spec spec = {.signer = d->signer,
                                    .certificates = {d->signer->certificate, ca->certificate}};
        struct fixture der = signing_image(&pe, &spec);
        fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
        fixture_free(&der);
    }
    path_of(path, d->file);
    FILE *file = fopen(path, "wb");
    fixture_demand(file && fwrite(pe.data, 1, pe.size, file) == pe.size && fclose(file) == 0);
    fixture_free(&pe);
}

static void put_certificate(const char *name, const struct signing_id *id) {
    char path[4096];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    fixture_demand(file && PEM_write_X509(file, id->certificate) == 1 && fclose(file) == 0);
}

int main(int argc, char **argv) {
    if (argc != 2 || mkdir(argv[1], 0777) != 0) {
        fprintf(stderr, "usage: policyset FOLDER (a new one)\n");
        return 2;
    }
    folder = argv[1];
    struct signing_make how = {.name = "Test Root", .ca = true, .from = -7300, .to = 7300};
    struct signing_id root = signing_certificate(&how);
    how = (struct signing_make){.name = "Test CA", .by = &root, .ca = true, .from = -7000, .to = 7000};
    struct signing_id ca = signing_certificate(&how);
    how = (struct signing_make){.name = "Maker",
                                .by = &ca,
                                .usages = SIGNING_CODE "," SIGNING_WHQL,
                                .from = -6000,
                                .to = 300,
                                .digest = "sha1"};
    struct signing_id maker = signing_certificate(&how);
    how.name = "Neighbour";
    struct signing_id neighbour = signing_certificate(&how);
    const struct driver drivers[] = {
        {"hole.sys", "Hole.sys", "Hole", {1, 5, 0, 0}, false, false, &maker},
        {"newer.sys", "Hole.sys", "Hole", {2, 0, 0, 1}, false, false, &maker},
        {"other.sys", "Other.sys", "Other", {1, 5, 0, 0}, false, false, &maker},
        {"neighbour.sys", "Hole.sys", "Hole", {1, 5, 0, 0}, false, false, &neighbour},
        {"hole.exe", "Hole.sys", "Hole", {1, 5, 0, 0}, true, false, &maker},
        {"bare.sys", "Hole.sys", "Hole", {1, 5, 0, 0}, false, true, NULL},
    };
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
        put(&drivers[i], &ca);
    put_certificate("roots.pem", &root);
    put_certificate("ca.pem", &ca);
    put_certificate("maker.pem", &maker);
    signing_free(&neighbour);
    signing_free(&maker);
    signing_free(&ca);
    signing_free(&root);
    return 0;
}
