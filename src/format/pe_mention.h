/* pe_mention: names of files that the texts of an image mention (docs/sideload.md).
 *
 * A mention is a run of letters, digits and -_+. in ASCII or UTF-16LE, anywhere in the bytes, that ends in
 * one of a few endings (.dll and what payloads are often kept under) and is not a part of a longer word. A
 * path before it and a format such as %s are left off; a name that begins with a format is none. Never fails:
 * without memory there are no mentions, and the job has the fault. Each byte is looked at once, and those of
 * mentions twice. */
#ifndef FORMAT_PE_MENTION_H
#define FORMAT_PE_MENTION_H

#include "base/job.h"
#include "base/span.h"

enum {
    PE_MENTIONS = 512,       /* names of one image; what comes behind the first of them is not told */
    PE_MENTION_NAME = 64,    /* bytes of one; longer ones are none */
    PE_MENTION_FOUND = 65536 /* mentions that are looked at, whether they say something new or not */
};

struct pe_mention {
    const char *name; /* as it is written first; ASCII, nothing to escape */
    uint64_t offset;  /* of that, in the file */
    uint32_t count;   /* how often, whatever the case of letters */
    bool wide;        /* the first one is UTF-16 */
};

struct pe_mentions {
    const struct pe_mention *list; /* in the order of the file */
    size_t count;
    bool cut; /* there are more */
};

/* In `bytes`. Memory is the job's. */
void pe_mention_find(struct job *job, struct span bytes, struct pe_mentions *ret);

#endif
