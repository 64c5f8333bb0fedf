/* inspect_regf_choice: which keys of a hive are kept, by the patterns of inspect_regf.def. For inspect_regf.c
 * only.
 *
 * A walk tells each key with its level, parents first; what a pattern can still match is remembered for each
 * level, so that a key costs as much as patterns are alive above it. Nothing is allocated. */
#ifndef DETECT_INSPECT_REGF_CHOICE_H
#define DETECT_INSPECT_REGF_CHOICE_H

#include "base/text.h"
#include "format/regf.h"

enum { INSPECT_REGF_PATTERNS = 192 /* at most */ };

struct inspect_regf_alive {
    uint8_t pattern, at; /* its next name begins there */
};

struct inspect_regf_level {
    struct inspect_regf_alive alive[INSPECT_REGF_PATTERNS];
    size_t count;
    bool all; /* everything below */
};

/* About 200 KiB: a level for each that a hive may have, and one above the root. */
struct inspect_regf_choice {
    struct inspect_regf_level levels[REGF_DEPTH + 2];
};

/* Is the key kept? `name` is in stored form; level 0 is the root, which is not. */
bool inspect_regf_choice_takes(struct inspect_regf_choice *choice, unsigned level, const char *name,
                               size_t size);

/* The same of a whole path as hive_key.path has it; keys that had been told before are forgotten. */
bool inspect_regf_choice_takes_path(struct inspect_regf_choice *choice, const char *path, size_t size);

#endif
