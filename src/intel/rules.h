/* rules: files with rules of YARA, as the user named them; what is in them, and in packages of them
 * (engine/unpack_rules.h), is for others (detect/yara_compile.h). Names are in stored form; everything is the
 * list's and is freed with it. */
#ifndef INTEL_RULES_H
#define INTEL_RULES_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum {
    RULES_FILES = 50000,     /* in one run */
    RULES_FILE = 128 << 20,  /* bytes of one */
    RULES_BYTES = 256 << 20, /* of all */
    RULES_DEPTH = 32         /* folders below the one that was named */
};

struct rules_file {
    char *name; /* below the folder that was named, or the file's own; no two are the same */
    char *path; /* as the system knows it */
    char *bytes;
    size_t size;
    bool named; /* it was named itself: nobody wants to go on without it */
};

/* A member of a package that could not be read: it is told, and left out as what does not compile. */
struct rules_refused {
    char *path, *why;
};

struct rules {
    struct rules_file *list;
    uint64_t *prints; /* of names, by file */
    size_t count;
    size_t bytes;
    struct rules_refused *refused;
    size_t refused_count;
};

void rules_free(struct rules *rules);

/* A file, or all files named *.yar or *.yara in a folder and below, in the order of their names; symbolic
 * links in it are not followed. False with the reason in `error`, also if there is none. */
bool rules_add(struct rules *rules, const char *path, struct text *error) MUST_USE;

/* A file that lies in memory and is copied; `name` and `path` in stored form. */
bool rules_add_bytes(struct rules *rules, const char *path, const char *name, struct span bytes,
                     struct text *error) MUST_USE;

bool rules_refuse(struct rules *rules, const char *path, const char *why) MUST_USE;

#endif
