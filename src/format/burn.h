/* burn: where a bundle of WiX (Burn) keeps its containers (docs/format/burn.md).
 *
 * A bundle is a program with a section `.wixburn`, which holds a head and the sizes of its containers. The
 * first container, the user interface's, lies behind the stub; the others behind what the program calls its
 * engine: stub, first container and the signature that the engine had before the bundle was put together.
 * Spans in, numbers out: whether something is there is for the caller to see. */
#ifndef FORMAT_BURN_H
#define FORMAT_BURN_H

#include "base/job.h"
#include "base/span.h"

enum {
    BURN_HEAD = 48,       /* bytes of the head, before the sizes */
    BURN_CONTAINERS = 116 /* what fits into the section of 512 bytes that WiX writes */
};

/* What the headers of a program say. */
struct burn_place {
    uint64_t at;                           /* of the section, in the file */
    uint32_t size;                         /* of its raw data */
    uint32_t signature_at, signature_size; /* of the program's signature; 0: none is told */
};

/* Finds the section by the headers in `head`, the first bytes of a file. False if there is none. */
bool burn_find(struct span head, struct burn_place *ret) MUST_USE;

struct burn {
    uint32_t version;
    uint32_t stub;                         /* bytes of the stub */
    uint32_t signature_at, signature_size; /* that the engine had; 0 none */
    uint32_t count;                        /* containers, at most BURN_CONTAINERS */
    uint32_t sizes[BURN_CONTAINERS];       /* of each */
};

/* The section. False with a fault in `job`: TORN, BAD (no section of Burn, or a stub alone, without
 * containers), UNSUPPORTED (another version, or containers that are no cabinets). */
bool burn_read(struct job *job, struct span section, struct burn *ret) MUST_USE;

/* Where a container begins, as the program itself finds it. */
uint64_t burn_container_at(const struct burn *burn, const struct burn_place *place, uint32_t container);

#endif
