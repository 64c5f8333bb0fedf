/* nested: disk images, $MFTs and packages that were found inside evidence, to be opened as evidence of their
 * own when that is done. Internal to engine/. */
#ifndef ENGINE_NESTED_H
#define ENGINE_NESTED_H

#include "engine/run.h"

enum {
    NESTED_MOST = 1024,  /* opened in one run; further ones are said to be left out */
    NESTED_DEPTH = 32,   /* containers in one another */
    NESTED_KEPT = 65536, /* of which that can be decided by their order */
    NESTED_CABINET = 2,
    NESTED_PART = 3
};

#define NESTED_EXTRACT ((uint64_t)8 << 30) /* bytes of memory for all that is taken out of archives */

struct nested {
    uint64_t artifact; /* what it is in the evidence that holds it */
    char *path;        /* in a folder: to open; in an archive: ARCHIVE!/path, stored form, to show */
    char drive[3];     /* the drive that it was on, "" if not known */
    unsigned depth;    /* how many others it lies in */
    bool taken;        /* opened, or a part of what was */
    int fd;            /* of what was taken out of an archive; -1 in a folder */
    uint64_t size;
    uint64_t memory; /* bytes that fd takes, of NESTED_EXTRACT */
};

/* Is there room for one more of `size` bytes out of an archive? */
bool nested_room(const struct run *run, uint64_t size);

/* Remembers one. A finding about the artifact if there are too many. `path` is copied. */
void nested_add(struct run *run, uint64_t artifact, const char *path, const char *drive, int fd,
                uint64_t size);

/* Says of one that it is not opened because there are too many, or it takes too much memory. */
void nested_refuse(struct run *run, uint64_t artifact);

/* Once no more are added: puts them into the order of their artifacts, whatever worker found them first, and
 * leaves out what is too many. */
void nested_settle(struct run *run);

/* In one folder, what may be a part of another package there comes behind what may be that package: programs
 * (0), installers (1), cabinets and slices (2). NESTED_PART: as nested_is_part says. */
unsigned nested_rank(const char *path);

/* The one that comes before `at` in this order, of those in its folder that are not taken; else `at`. */
size_t nested_first(const struct run *run, size_t at);

/* Was this one opened for the last time? What was taken out of an archive is closed then, with others of its
 * folder that only waited for it: cabinets of a set are read from each other. */
void nested_done(struct run *run, size_t at);

/* The base name of `path` if it lies in the folder of `by`; NULL elsewhere. */
const char *nested_beside(const char *path, const char *by);

/* Does the name look like that of a part of something else (x.E02, x-s001.vmdk)? Such are opened last, and
 * only if nothing else has taken them in. */
bool nested_is_part(const char *path);

void nested_free(struct nested *nested);

#endif
