/* signedfew FOLDER: a few files whose trust is clear, made in no time: good.dll (signed), changed.dll
 * (changed since), unsigned.dll, covered.dll with list.cat (a catalog that covers it), and roots.pem.
 * signedset has all cases. */
#include "make/catalog.h"

#include <openssl/pem.h>
#include <sys/stat.h>

static const char *folder;

static FILE *open_file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    fixture_demand(file != NULL);
    return file;
}

static void write_file(const char *name, const struct fixture *f) {
    FILE *file = open_file(name);
    fixture_demand(fwrite(f->data, 1, f->size, file) == f->size && fclose(file) == 0);
}

static struct signing_id make(const char *name, const struct signing_id *by, bool ca) {
    struct signing_make how = {
        .name = name, .by = by, .ca = ca, .usages = ca ? NULL : SIGNING_CODE, .from = -300, .to = 300};
    how.key = signing_ec("prime256v1", false);
    return signing_certificate(&how);
}

static struct fixture image(const char *name) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048});
    memcpy(pe.data + 0x300, name, strlen(name));
    return pe;
}

static void put(const char *name, const struct signing_spec *spec, bool changed) {
    struct fixture pe = image(name);
    if (spec) {
        struct fixture der = signing_image(&pe, spec);
        fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
        fixture_free(&der);
    }
    pe.data[0x400] ^= changed;
    write_file(name, &pe);
    fixture_free(&pe);
}

int main(int argc, char **argv) {
    if (argc != 2)
        return fprintf(stderr, "usage: signedfew FOLDER\n"), 2;
    folder = argv[1];
    if (mkdir(folder, 0777) != 0)
        return perror(folder), 2;
    struct signing_id root = make("Few Root", NULL, true), ca = make("Few CA", &root, true),
                      good = make("Few", &ca, false);
    struct signing_spec spec = {.signer = &good, .certificates = {good.certificate, ca.certificate}};
    put("good.dll", &spec, false);
    put("changed.dll", &spec, true);
    put("unsigned.dll", NULL, false);
    put("covered.dll", NULL, false);
    struct fixture covered = image("covered.dll");
    struct catalog_member member = {.size = 32};
    uint8_t digest[64];
    fixture_demand(fixture_digest(&covered, "sha256", digest) == sizeof member.digest);
    memcpy(member.digest, digest, sizeof member.digest);
    struct fixture list = catalog_signed(&member, 1, 2, &spec);
    write_file("list.cat", &list);
    fixture_free(&list);
    fixture_free(&covered);
    FILE *roots = open_file("roots.pem");
    fixture_demand(PEM_write_X509(roots, root.certificate) == 1 && fclose(roots) == 0);
    signing_free(&good);
    signing_free(&ca);
    signing_free(&root);
    return 0;
}
