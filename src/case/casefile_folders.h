/* casefile_folders: paths of folders to numbers, each path once. Owned by one case. */
#ifndef CASE_CASEFILE_FOLDERS_H
#define CASE_CASEFILE_FOLDERS_H

#include "base/fault.h"
#include "base/text.h"

struct casefile_folders {
    struct casefile_folders_entry *entries; /* number - 1 is the index */
    uint32_t *slots;                        /* number, 0 for free; a power of two of them */
    size_t count, room, mask;
    struct text paths;
    uint32_t recent; /* the last answer: neighbours share their folder */
};

/* The number of `path`, from 1; `*fresh` if it was not known. 0 if memory ran out. */
uint32_t casefile_folders_number(struct casefile_folders *folders, const char *path, size_t size,
                                 bool *fresh);
void casefile_folders_free(struct casefile_folders *folders);

#endif
