/* package: a ZIP of published rules or lists, as it lies in memory, read as the folder that it was made of.
 *
 * For confined processes. Of the members those count that a walk of that folder would meet: no folders, no
 * links, nothing whose name, or that of a folder above it, begins with a dot. They are in the order of such a
 * walk. Nothing is written anywhere: names are only names. Packings are those of format/zip.h.
 *
 * A member is refused, with a constant reason, if it is encrypted or damaged, if another one has its name, if
 * the name leads out of the package, or if it grows more than PACKAGE_RATIO times beyond PACKAGE_SMALL. */
#ifndef INTEL_PACKAGE_H
#define INTEL_PACKAGE_H

#include "base/job.h"
#include "base/text.h"
#include "format/zip.h"

enum {
    PACKAGE_MEMBERS = 50000,   /* that are wanted */
    PACKAGE_BYTES = 256 << 20, /* unpacked, of all of them */
    PACKAGE_RATIO = 200,       /* unpacked to packed bytes: text is packed to a tenth */
    PACKAGE_SMALL = 1 << 20    /* bytes that may come out of however few */
};

struct package_member {
    const char *name; /* below the package, in stored form, with / between folders */
    const char *why;  /* it is refused; else NULL */
    uint64_t at, local, packed, size;
    struct zip_told told;
    uint32_t crc;
};

struct package {
    struct job *job;
    struct span zip;
    struct package_member *list;
    size_t count;
    struct inflate inflate; /* its memory serves one member after the other */
};

/* Is a member of this name to be read? */
typedef bool package_wants(const char *name);

/* Does a file that begins like this claim to be a ZIP? */
bool package_is(struct span head);

/* Lists the members that are wanted; there may be none. `zip` and `job` must outlive it. False with the
 * reason if the directory is damaged, or if there are more members or bytes than are read. */
bool package_open(struct job *job, struct span zip, package_wants *wants, struct package *ret,
                  const char **why) MUST_USE;

/* Appends a member's text. False with the reason if it is refused; then nothing was appended. */
bool package_read(struct package *package, size_t member, struct text *to, const char **why) MUST_USE;

/* Members for package_open: *.yar and *.yara; *.yml in a folder yml or below, as HijackLibs has them. */
bool package_wants_rules(const char *name);
bool package_wants_libraries(const char *name);

#endif
