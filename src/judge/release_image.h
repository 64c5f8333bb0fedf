/* release_image: what a case knows of one program of a release, for comparing it with another. */
#ifndef JUDGE_RELEASE_IMAGE_H
#define JUDGE_RELEASE_IMAGE_H

#include "judge/release.h"

struct release_section {
    const char *name;
    uint64_t raw_size, virtual_size, characteristics;
    unsigned entropy; /* thousandths of a bit a byte */
    bool hashed;
    uint8_t sha256[32];
};

/* Names, sorted as bytes, each once. */
struct release_names {
    const char *const *list;
    size_t count;
};

struct release_signature {
    const char *algorithm, *verdict, *subject, *issuer, *serial, *stamp, *stamp_signer, *page_hashes;
    int64_t depth, time, claimed;                                          /* FILETIMEs */
    uint64_t attributes, attribute_bytes, certificates, certificate_bytes; /* stowed */
};

struct release_resource {
    const char *key; /* type, name, language */
    const char *looks;
    uint64_t size;
    unsigned entropy;
    bool hashed;
    uint8_t sha256[32];
};

/* What the metadata of .NET say; texts are never NULL. */
struct release_assembly {
    bool present;
    int64_t flags; /* of the CLI header */
    const char *name, *version, *culture, *mvid, *framework, *runtime, *token;
    struct release_names references, imports, resources; /* "name version"; "dll!function"; names */
};

enum { RELEASE_SIGNATURES = 8, RELEASE_SECTIONS = 96, RELEASE_RESOURCES = 4096 };

struct release_image {
    int64_t timestamp, entry, machine, subsystem;
    bool reproducible, has_rich;
    const char *linker, *pdb, *entry_section, *import_section, *imphash, *export_name, *signed_digest;
    uint8_t rich[512]; /* the first bytes */
    size_t rich_size;
    uint64_t import_count, export_count, overlay_size, overlay_offset, table_size, slack_size, slack_loose;
    unsigned slack_entropy;
    bool slack_zero;
    struct release_names imports, exports; /* "dll!function", lower case of the dll */
    bool imports_cut, exports_cut;
    struct release_names named;     /* files that it imports, forwards to or mentions, lower case */
    struct release_names mentioned; /* of them, by texts alone */
    struct release_section sections[RELEASE_SECTIONS];
    size_t section_count;
    struct release_names texts;         /* "class: value", of functions "api: name (what for)" */
    struct release_resource *resources; /* by key */
    size_t resource_count;
    struct release_signature signatures[RELEASE_SIGNATURES];
    size_t signature_count;
    struct release_assembly assembly;
};

struct release_images; /* queries, kept */

/* NULL if the case cannot be read or memory runs out. */
struct release_images *release_images_open(const struct release *release) MUST_USE;
void release_images_close(struct release_images *images); /* NULL is fine */

/* All of it is the job's. False if the case cannot be read or memory runs out. */
bool release_image_load(struct release_images *images, struct job *job, int64_t artifact,
                        struct release_image *ret) MUST_USE;

bool release_names_hold(const struct release_names *names, const char *name);

/* Two sets side by side: what only the second, only the first has; the job's. */
struct release_names release_names_without(struct job *job, const struct release_names *of,
                                           const struct release_names *without);

#endif
