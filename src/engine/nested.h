/* nested: disk images and $MFTs that were found inside evidence, to be opened as evidence of their own when
 * that is done. Internal to engine/. */
#ifndef ENGINE_NESTED_H
#define ENGINE_NESTED_H

#include "engine/run.h"

enum { NESTED_MOST = 1024 }; /* in one run; further ones are said to be left out */

#define NESTED_EXTRACT ((uint64_t)8 << 30) /* bytes of one that is taken out of an archive at most */

struct nested {
    uint64_t artifact; /* what it is in the evidence that holds it */
    char *path;        /* in a folder: to open; in an archive: ARCHIVE!/path, stored form, to show */
    char drive[3];     /* the drive that it was on, "" if not known */
    bool taken;        /* opened, or a part of what was */
    int fd;            /* of what was taken out of an archive; -1 in a folder */
    uint64_t size;
};

/* Remembers one. A finding about the artifact if there are too many. `path` is copied. */
void nested_add(struct run *run, uint64_t artifact, const char *path, const char *drive, int fd,
                uint64_t size);

/* Is there no room for one more? Then a finding about the artifact says so. */
bool nested_full(struct run *run, uint64_t artifact);

/* Does the name look like that of a part of something else (x.E02, x-s001.vmdk)? Such are opened last, and
 * only if nothing else has taken them in. */
bool nested_is_part(const char *path);

void nested_free(struct nested *nested);

#endif
