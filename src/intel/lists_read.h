/* lists_read: published lists as they are published, into a compiled file (docs/intel.md says which forms).
 *
 * What is read is foreign: lists that the user brings are read by a confined process (engine/compile.h),
 * those that the program ships with at its start. The form is told by the content. Nothing is guessed: the
 * first row that cannot be what the form promises ends reading, and the whole list is refused. */
#ifndef INTEL_LISTS_READ_H
#define INTEL_LISTS_READ_H

#include "intel/lists_build.h"

struct lists_source {
    const char *name, *file, *date; /* of the list; `date` may be "" */
    bool known;                     /* hashes of known software, if the list does not say what they are of */
    bool has_severity;
    enum severity severity; /* of entries that do not say theirs; high if not given */
};

struct lists_damage {
    uint64_t line;   /* from 1; 0: the file as a whole */
    const char *why; /* constant */
};

/* Reads all of `bytes` as one list. False with the place in `damage`; the build is then of no use. */
bool lists_read(struct span bytes, const struct lists_source *source, struct lists_build *build,
                struct lists_damage *damage) MUST_USE;

/* The three forms, for lists_read: drivers.json of LOLDrivers; HijackLibs as YAML or JSON; lines of text. The
 * list has been begun. */
bool lists_drivers(struct span bytes, struct lists_build *build, struct lists_damage *damage) MUST_USE;
bool lists_libraries(struct span bytes, struct lists_build *build, struct lists_damage *damage) MUST_USE;
bool lists_lines(struct span bytes, const struct lists_source *source, struct lists_build *build,
                 struct lists_damage *damage) MUST_USE;

/* Is it HijackLibs? By its first bytes and the keys that it must have. */
bool lists_libraries_sniff(struct span bytes);

/* What the form is called that lists_lines would take it for. */
const char *lists_lines_form(struct span bytes);

/* A digest of 32, 40 or 64 hex digits into bytes; the number of bytes, 0 if it is none. */
size_t lists_read_digest(struct span hex, uint8_t out[32]);

/* Is it the digest of no bytes at all, or all zero? Such ones say nothing. */
bool lists_read_empty(struct span digest);

/* The number of the line that byte `offset` lies in, from 1. */
uint64_t lists_read_line(struct span bytes, uint64_t offset);

#endif
