/* pe_resources: all resources of an image (specification: The .rsrc Section; docs/format/pe.md).
 *
 * The tree is walked to its three levels and no further, so that no loop can be built; a folder that is named
 * many times is walked many times, to the caps. What is not there is noted once, as BAD, and left out; a
 * resource whose bytes are not all there has those that are. Memory is the job's. */
#ifndef FORMAT_PE_RESOURCES_H
#define FORMAT_PE_RESOURCES_H

#include "format/pe.h"

enum {
    PE_RESOURCES = 4096,         /* of one image */
    PE_RESOURCE_FOLDERS = 16384, /* folders of one image that are walked */
    PE_RESOURCE_NAME = 512       /* bytes of a name that are read */
};

struct pe_resource {
    const char *type, *name; /* stored form; a number as #N, a known type as its word; never NULL */
    uint32_t language;
    uint32_t rva, size; /* as claimed */
    struct span bytes;  /* what is there of them */
};

struct pe_resources {
    const struct pe_resource *list; /* in the order of the tree */
    size_t count;
    bool cut; /* there are more */
};

/* `bytes` are a part of the file that `pe` was decoded from, which begins at bytes.offset: all of it, or from
 * where the tree lies. */
void pe_resources_read(struct job *job, const struct pe *pe, struct span bytes, struct pe_resources *ret);

#endif
