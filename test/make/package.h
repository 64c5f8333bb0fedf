/* Signatures and block maps of Appx packages, as MakeAppx and SignTool lay them down. */
#ifndef TEST_MAKE_PACKAGE_H
#define TEST_MAKE_PACKAGE_H

#include "make/signing.h"

struct package_file {
    const char *name; /* with \ between folders */
    struct fixture bytes;
};

static inline void package_text(struct fixture *f, const char *text) {
    fixture_add(f, text, strlen(text));
}

static inline struct fixture package_map(const struct package_file *files, size_t count) {
    struct fixture f = {NULL, 0};
    package_text(&f, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n"
                     "<BlockMap xmlns=\"http://schemas.microsoft.com/appx/2010/blockmap\" "
                     "HashMethod=\"http://www.w3.org/2001/04/xmlenc#sha256\">");
    for (size_t i = 0; i < count; i++) {
        const struct fixture *bytes = &files[i].bytes;
        char line[512];
        snprintf(line, sizeof line, "<File Name=\"%s\" Size=\"%zu\" LfhSize=\"40\">", files[i].name,
                 bytes->size);
        package_text(&f, line);
        for (size_t at = 0; at < bytes->size; at += 65536) {
            uint8_t digest[64], coded[96];
            size_t part = bytes->size - at < 65536 ? bytes->size - at : 65536;
            fixture_demand(EVP_Digest(bytes->data + at, part, digest, NULL, EVP_sha256(), NULL) == 1);
            EVP_EncodeBlock(coded, digest, 32);
            snprintf(line, sizeof line, "<Block Hash=\"%s\" Size=\"%zu\"/>", (const char *)coded,
                     part / 2 + 1);
            package_text(&f, line);
        }
        package_text(&f, "</File>");
    }
    package_text(&f, "</BlockMap>");
    return f;
}

/* The list of digests: those of the parts that lie in the folder are right, the others are noise. */
static inline struct fixture package_list(const struct fixture *map) {
    static const char *const tags[] = {"AXPC", "AXCD", "AXCT", "AXBM"};
    struct fixture f = {NULL, 0};
    fixture_add(&f, "APPX", 4);
    for (size_t i = 0; i < 4; i++) {
        uint8_t digest[64];
        fixture_noise(digest, 32, i);
        if (i == 3)
            fixture_demand(EVP_Digest(map->data, map->size, digest, NULL, EVP_sha256(), NULL) == 1);
        fixture_add(&f, tags[i], 4);
        fixture_add(&f, digest, 32);
    }
    return f;
}

static inline struct fixture package_signature(const struct fixture *map, const struct signing_spec *spec) {
    struct fixture list = package_list(map), f = {NULL, 0};
    struct fixture payload =
        signing_content("sha256", list.data, list.size, spec->subject ? spec->subject : SIGNING_SCRIPT);
    struct fixture der = signing_over(SIGNING_SPC, &payload, 0x30, spec);
    fixture_add(&f, "PKCX", 4);
    fixture_add(&f, der.data, der.size);
    fixture_free(&list);
    fixture_free(&payload);
    fixture_free(&der);
    return f;
}

#endif
