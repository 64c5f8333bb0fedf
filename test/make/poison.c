/* poison KIND FILE [ARGUMENT...]: changes one member of an unpacked release, as one who poisons it would, for
 * measuring `diff`. What is put in is noise, text, or code that does nothing and returns.
 *
 *   payload SIZE          bytes behind the signature, whose digest still holds
 *   import DLL FUNCTION   a further import, in a new section; the signature goes
 *   cave                  the hole behind the code is filled, the entry point led there
 *   name TEXT             a text in a hole of a data section
 *   strip                 the signature is taken away
 *   resign ORGANISATION   signed again, by a certificate that nobody trusts
 *   append SIZE           bytes behind the end
 *   line TEXT             a further line
 *   truncate              the second half is cut off
 *   asar NAME=PATH...     makes FILE, an archive of Electron, with digests of what is in it
 *   msi VERSION [COMMAND] makes FILE, an installer database, in which a custom action has this target
 *
 * Status 1: the change does not fit this file, which stays as it was. test/poison.tsv says how each can be
 * told. */
#include "make/poison_msi.h"
#include "make/poison_pe.h"

#include <openssl/sha.h>

enum { ASAR_BLOCK = 4 << 20 };

static struct fixture read_file(const char *path) {
    struct fixture f = {NULL, 0};
    static uint8_t buffer[65536];
    FILE *file = fopen(path, "rb");
    for (size_t n; file && (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        fixture_add(&f, buffer, n);
    if (!file || ferror(file) || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    return f;
}

static bool add_noise(struct fixture *f, const char *size_text,
                      bool (*put)(struct fixture *, const uint8_t *, size_t)) {
    size_t size = strtoul(size_text, NULL, 0);
    uint8_t *noise = malloc(size + 1);
    fixture_demand(noise != NULL);
    fixture_noise(noise, size, 7);
    bool good = put(f, noise, size);
    free(noise);
    return good;
}

static bool append(struct fixture *f, const uint8_t *bytes, size_t size) {
    fixture_add(f, bytes, size);
    return true;
}

static void add_text(struct fixture *f, const char *text) {
    fixture_add(f, text, strlen(text));
}

static void add_digest(struct fixture *f, const uint8_t *bytes, size_t size) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    char text[2 * sizeof digest + 3] = "\"";
    SHA256(bytes, size, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 1 + 2 * i, 4, "%02x\"", digest[i]);
    add_text(f, text);
}

/* The entry of one file in the header. */
static void add_entry(struct fixture *header, const char *name, const struct fixture *content,
                      size_t offset) {
    char text[512];
    snprintf(text, sizeof text,
             "%s\"%s\":{\"size\":%zu,\"integrity\":{\"algorithm\":\"SHA256\",\"hash\":", offset ? "," : "",
             name, content->size);
    add_text(header, text);
    add_digest(header, content->data, content->size);
    snprintf(text, sizeof text, ",\"blockSize\":%d,\"blocks\":[", ASAR_BLOCK);
    add_text(header, text);
    for (size_t at = 0; at < content->size; at += ASAR_BLOCK) {
        size_t left = content->size - at;
        if (at > 0)
            add_text(header, ",");
        add_digest(header, content->data + at, left < ASAR_BLOCK ? left : ASAR_BLOCK);
    }
    snprintf(text, sizeof text, "]},\"offset\":\"%zu\"}", offset);
    add_text(header, text);
}

/* Two pickles: the size of the header, and the header. */
static struct fixture make_asar(char **members, int count) {
    struct fixture header = {NULL, 0}, body = {NULL, 0}, out = {NULL, 0};
    add_text(&header, "{\"files\":{");
    for (int i = 0; i < count; i++) {
        char *path = strchr(members[i], '=');
        fixture_demand(path != NULL);
        *path++ = 0;
        struct fixture content = read_file(path);
        fixture_demand(content.size > 0);
        add_entry(&header, members[i], &content, body.size);
        fixture_add(&body, content.data, content.size);
        fixture_free(&content);
    }
    add_text(&header, "}}");
    size_t padded = (header.size + 3) / 4 * 4;
    fixture_add(&out, NULL, 16);
    fixture_put(&out, 0, 4, 4);
    fixture_put(&out, 4, padded + 8, 4);
    fixture_put(&out, 8, padded + 4, 4);
    fixture_put(&out, 12, header.size, 4);
    fixture_add(&out, header.data, header.size);
    fixture_add(&out, NULL, padded - header.size);
    fixture_add(&out, body.data, body.size);
    fixture_free(&header);
    fixture_free(&body);
    return out;
}

static bool change_image(struct fixture *f, const char *kind, char **argument, int count) {
    if (!poison_is_pe(f))
        return false;
    if (strcmp(kind, "payload") == 0 && count == 1)
        return add_noise(f, argument[0], fixture_grow);
    if (strcmp(kind, "import") == 0 && count == 2)
        return poison_import(f, argument[0], argument[1]);
    if (strcmp(kind, "cave") == 0 && count == 0)
        return poison_cave(f);
    if (strcmp(kind, "name") == 0 && count == 1)
        return poison_name(f, argument[0]);
    if (strcmp(kind, "strip") == 0 && count == 0)
        return poison_strip(f);
    if (strcmp(kind, "resign") == 0 && count == 1)
        return poison_resign(f, argument[0]);
    return false;
}

static bool change(struct fixture *f, const char *kind, char **argument, int count) {
    if (strcmp(kind, "append") == 0 && count == 1)
        return add_noise(f, argument[0], append);
    if (strcmp(kind, "line") == 0 && count == 1) {
        if (f->size == 0 || f->data[f->size - 1] != '\n')
            add_text(f, "\n");
        add_text(f, argument[0]);
        add_text(f, "\n");
        return true;
    }
    if (strcmp(kind, "truncate") == 0 && count == 0 && f->size > 1) {
        f->size /= 2;
        return true;
    }
    return change_image(f, kind, argument, count);
}

int main(int argc, char **argv) {
    if (argc < 3)
        return fprintf(stderr, "usage: poison KIND FILE [ARGUMENT...]\n"), 2;
    bool asar = strcmp(argv[1], "asar") == 0, msi = strcmp(argv[1], "msi") == 0 && argc > 3;
    struct fixture f = asar  ? make_asar(argv + 3, argc - 3)
                       : msi ? poison_msi(argv[3], argv[4])
                             : read_file(argv[2]);
    if (!asar && !msi && !change(&f, argv[1], argv + 3, argc - 3)) {
        fprintf(stderr, "poison: %s does not fit %s\n", argv[1], argv[2]);
        fixture_free(&f);
        return 1;
    }
    FILE *file = fopen(argv[2], "wb");
    if (!file || fwrite(f.data, 1, f.size, file) != f.size || fclose(file) != 0)
        return perror(argv[2]), 2;
    fixture_free(&f);
    return 0;
}
