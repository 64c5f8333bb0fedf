/* burn_manifest: what a bundle of WiX (Burn) is made of, by its manifest (docs/format/burn.md).
 *
 * XML, read by libexpat; a document type declaration is refused, and with it every entity. Texts are in
 * stored form (base/text.h) and in the job's memory; a backslash in a path is a slash. Names of elements
 * count, not their namespace, which differs between versions. */
#ifndef FORMAT_BURN_MANIFEST_H
#define FORMAT_BURN_MANIFEST_H

#include "base/job.h"
#include "base/span.h"

enum {
    BURN_MANIFEST_SIZE = 16 << 20, /* bytes of a manifest that is read */
    BURN_MANIFEST_DEPTH = 64,      /* elements within each other */
    BURN_MANIFEST_ITEMS = 65536    /* payloads, facts and references that are kept, of each */
};

struct burn_manifest_payload {
    struct span id, path;  /* path: where it is put, FilePath */
    struct span source;    /* its name in its container, or its path beside the bundle */
    struct span container; /* id of it; empty for what lies in none, and in the one of the user interface */
    struct span url;       /* where it would be fetched from */
    struct span role;      /* the package of the chain that it belongs to; may be empty */
    struct span hash;      /* hexadecimal, as written */
    uint64_t size;         /* UINT64_MAX: not told */
    bool interface;        /* of the user interface */
    bool embedded;         /* in a container */
    bool mark;             /* the caller's */
};

struct burn_manifest_container {
    struct span id, path, url; /* path: of a file beside the bundle, if it is not attached */
    uint32_t index;            /* of one that is attached */
    bool attached;
};

/* Kinds are words of source/pack.h. */
struct burn_manifest_fact {
    const char *kind;
    struct span name, value;
};

struct burn_manifest {
    struct burn_manifest_payload *payloads; /* ordered by `interface`, container and source */
    struct burn_manifest_container *containers;
    struct burn_manifest_fact *facts; /* in the order of the manifest */
    size_t payload_count, container_count, fact_count;
    bool complete; /* all of it was read and understood */
};

/* What is wrong is noted in the job (BAD: not well-formed, no manifest of a bundle; LIMIT), and what was read
 * before stays. False only if memory runs out. */
bool burn_manifest_decode(struct job *job, struct span bytes, struct burn_manifest *ret) MUST_USE;

/* The payload of this name in this container (empty for the user interface's); NULL if there is none. Of
 * several the first. */
struct burn_manifest_payload *burn_manifest_find(const struct burn_manifest *manifest, bool interface,
                                                 struct span container, struct span source);

#endif
