/* phantoms: libraries that parts of Windows load although Windows does not bring them
 * (intel/phantom_dlls.tsv). */
#ifndef INTEL_PHANTOMS_H
#define INTEL_PHANTOMS_H

#include "base/fault.h"
#include "base/text.h"

enum { PHANTOMS_FILE = 1 << 20, PHANTOMS_MAX = 1000 };

struct phantoms_entry {
    const char *name;    /* of the library */
    const char *folder;  /* "\Windows\System32"; "" where it is looked for along PATH */
    const char *service; /* that makes it be loaded */
    const char *loader;  /* program that loads it */
    const char *owner;   /* how the name of whoever signs a genuine one begins; "" if there is none */
    const char *note, *source;
};

struct phantoms {
    struct phantoms_entry *list; /* in the order of the file */
    size_t count;
    char *memory;
};

/* Reads a file: seven fields a line with tabs between, # begins a comment, the first line names the fields.
 * False with file, line and reason in `error`; then nothing was read. Once only. */
bool phantoms_load(struct phantoms *phantoms, const char *path, struct text *error) MUST_USE;
void phantoms_free(struct phantoms *phantoms);

#endif
