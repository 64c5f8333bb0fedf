/* mkcat FOLDER [@PUBLISHER FILE...]...: security catalogs of made-up publishers that cover PE files, as
 * FOLDER/PUBLISHER.cat, and FOLDER/roots.pem with the root that they share. Keys are made on the spot and
 * thrown away; no Windows trusts any of it. */
#include "make/catalog.h"

#include <openssl/pem.h>
#include <sys/stat.h>

enum { MEMBERS = 256 };

static const char *folder;
static struct signing_id root, issuer;

static FILE *open_file(const char *name, const char *ending) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *file = fopen(path, "wb");
    fixture_demand(file != NULL);
    return file;
}

static struct fixture read_file(const char *path) {
    struct fixture f = {NULL, 0};
    uint8_t buffer[65536];
    FILE *file = fopen(path, "rb");
    fixture_demand(file != NULL);
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        fixture_add(&f, buffer, n);
    fixture_demand(fclose(file) == 0);
    return f;
}

static struct signing_id make(const char *name, const struct signing_id *by, bool ca) {
    struct signing_make how = {.name = name,
                               .organization = name,
                               .by = by,
                               .ca = ca,
                               .usages = ca ? NULL : SIGNING_CODE,
                               .from = -300,
                               .to = 300,
                               .key = signing_ec("prime256v1", false)};
    return signing_certificate(&how);
}

/* Returns how many of the words it took. */
static int cover(char **word, int count) {
    static struct catalog_member members[MEMBERS];
    int taken = 1;
    for (; taken < count && word[taken][0] != '@' && taken <= MEMBERS; taken++) {
        struct fixture pe = read_file(word[taken]);
        uint8_t digest[64];
        struct catalog_member *member = &members[taken - 1];
        member->size = sizeof member->digest;
        fixture_demand(fixture_digest(&pe, "sha256", digest) == member->size);
        memcpy(member->digest, digest, member->size);
        fixture_free(&pe);
    }
    struct signing_id publisher = make(word[0] + 1, &issuer, false);
    struct signing_spec spec = {.signer = &publisher,
                                .certificates = {publisher.certificate, issuer.certificate}};
    struct fixture list = catalog_signed(members, (size_t)taken - 1, 2, &spec);
    FILE *file = open_file(word[0] + 1, ".cat");
    fixture_demand(fwrite(list.data, 1, list.size, file) == list.size && fclose(file) == 0);
    fixture_free(&list);
    signing_free(&publisher);
    return taken;
}

int main(int argc, char **argv) {
    if (argc < 2 || (argc > 2 && argv[2][0] != '@'))
        return fprintf(stderr, "usage: mkcat FOLDER [@PUBLISHER FILE...]...\n"), 2;
    folder = argv[1];
    (void)mkdir(folder, 0777);
    root = make("Scene Root", NULL, true);
    issuer = make("Scene Issuer", &root, true);
    for (int at = 2; at < argc;)
        at += cover(argv + at, argc - at);
    FILE *roots = open_file("roots", ".pem");
    fixture_demand(PEM_write_X509(roots, root.certificate) == 1 && fclose(roots) == 0);
    signing_free(&issuer);
    signing_free(&root);
    return 0;
}
