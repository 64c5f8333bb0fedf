/* yara_compile: sources of rules to a bundle that yara_load takes (detect/yara.h).
 *
 * Runs in a confined process. A source that does not compile is left out and told; the bundle holds the
 * others. Includes are looked for among the sources, by name, in the folder of the one that includes; what is
 * included is not compiled by itself.
 *
 * Bundle, little-endian: 8 bytes magic; u32 version of libyara; u8 1 if rules depend on names; 8192 bytes of
 * gates (detect/yara_divide.h); u32 sources, each a string: its name; sets by enum yara_set: u64 bytes, 0 if
 * there is none, then what libyara saves; as many bytes as rules take with a bit each: 1 if it may sleep
 * (detect/yara_sleep.h), with their number before them as a string has. */
#ifndef DETECT_YARA_COMPILE_H
#define DETECT_YARA_COMPILE_H

#include "detect/yara_divide.h"

#define YARA_COMPILE_MAGIC  "assay\x1aYR"
#define YARA_COMPILE_BUNDLE ((size_t)1 << 29) /* bytes of a bundle at most */

enum {
    YARA_COMPILE_SOURCES = 100000,
    YARA_COMPILE_WHY = 240,
    YARA_COMPILE_TOLD = 100 /* sources that do not compile and are told in detail */
};

struct yara_damage {
    uint32_t source;
    uint64_t line;              /* from 1; 0: not known */
    char why[YARA_COMPILE_WHY]; /* libyara's words, and parts of the source: bytes */
};

struct yara_compiled {
    uint32_t rules, refused; /* rules in the bundle; sources left out */
    size_t damage_count;
    struct yara_damage damage[YARA_COMPILE_TOLD];
};

/* False, with *why, if there is no bundle at all, for another reason than that no source compiles: then it
 * has no rules. `job` needs some times the size of the sources. */
bool yara_compile(struct job *job, const struct yara_source *sources, size_t count, struct yara_compiled *ret,
                  struct text *bundle, const char **why) MUST_USE;

#endif
