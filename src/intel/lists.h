/* lists: what published lists know by digest or by name, of files or of hosts, in one compiled file
 * (docs/intel.md).
 *
 * A compiled file is a header, fixed-width sections and a pool of texts; digests are sorted, so that a
 * question costs a few comparisons and no memory. Nothing is decoded when it is opened. A struct lists
 * borrows the bytes: they must stay. Opening checks the frame; every later access is within bounds whatever
 * the bytes say, and lists_sound tells whether they make sense, too. All texts are in stored form
 * (base/text.h), "" if there is none.
 *
 * Form, little-endian: 8 bytes magic, u32 version, u32 counts of the sections in their order, then the
 * sections: lists (LISTS_LIST bytes each), entries (LISTS_ENTRY), digests by enum lists_digest (the digest,
 * u32 entry, u32 number), names (LISTS_NAME), pool of texts that each end with NUL, the first one empty. */
#ifndef INTEL_LISTS_H
#define INTEL_LISTS_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"
#include "model/finding.h"

#define LISTS_MAGIC "assay\x1aIL"
#define LISTS_FILE  ((size_t)1 << 30) /* bytes of a compiled file, and of a published one, at most */

enum {
    LISTS_VERSION = 2,
    LISTS_MAX = 1000, /* lists of one file */
    LISTS_TEXT = 512, /* bytes of one text; the rest is cut */
    LISTS_SECTIONS = 9,
    LISTS_HEADER = 8 + 4 + 4 * LISTS_SECTIONS,
    LISTS_LIST = 9 * 4 + 32,
    LISTS_ENTRY = 6 * 4,
    LISTS_NAME = 5 * 4
};

/* Of a file's bytes, or of the image as Authenticode digests it (Authentihash). */
enum lists_digest {
    LISTS_MD5,
    LISTS_SHA1,
    LISTS_SHA256,
    LISTS_IMAGE_SHA1,
    LISTS_IMAGE_SHA256,
    LISTS_DIGESTS
};

#define LISTS_HVCI 0x80000000u /* bit of a digest's number: loads although memory integrity is on */

enum lists_kind {
    LISTS_INDICATOR,  /* seen in attacks */
    LISTS_VULNERABLE, /* a driver with a hole */
    LISTS_MALICIOUS,  /* a driver made for attacks */
    LISTS_LOADER,     /* a driver that programs are known to load others through */
    LISTS_KNOWN,      /* widespread software; neither good nor bad */
    LISTS_LIBRARY,    /* a library that programs load from their own folder; neither, too */
    LISTS_KINDS
};

enum { LISTS_HOST = 1 }; /* entry flag: an unaltered program of a vendor that is abused, not malware */
enum { LISTS_EITHER_CASE = 1, LISTS_NETWORK = 2 }; /* name flags: whatever the case of letters; of a host */

enum { LISTS_ROLE_SHIFT = 2 }; /* above those flags */

/* What a name is, where it is of no host. */
enum lists_role {
    LISTS_PATTERN, /* of a path */
    LISTS_PLACE, /* a folder that a library belongs to: / between names, lower case, %variables% as published
                  */
    LISTS_PROGRAM, /* path of a program that loads a library, the same; `except` says how */
    LISTS_ROLES
};

struct lists {
    struct span list, entry, digest[LISTS_DIGESTS], name, pool;
};

struct lists_list {
    const char *name;                          /* what the user calls it */
    const char *file;                          /* name of the file that it was read from */
    const char *format;                        /* such as "LOLDrivers" */
    const char *date;                          /* as YYYY-MM-DD: of its newest entry, else of the file */
    uint32_t entries, samples, digests, names; /* samples: rows of the list that say something */
    uint32_t passed;                           /* rows that say nothing which is looked for */
    uint8_t sha256[32];                        /* of the file that it was read from */
};

struct lists_entry {
    uint32_t list; /* its number */
    enum lists_kind kind;
    enum severity severity;
    unsigned flags;
    const char *id, *what, *date, *source;
};

struct lists_hit {
    struct lists_entry entry;
    const char *list, *list_date;
    uint32_t number; /* line, or number of the sample, in the list */
    bool hvci;
};

struct lists_name {
    struct lists_entry entry;
    const char *list, *list_date;
    const char *pattern,
        *except;            /* regular expressions over a path, as the list has them; except may be "" */
    uint32_t score, number; /* 0 to 100; line in the list */
    bool either_case;
    bool network; /* the pattern is a domain or an address, in the form of base/netname.h */
    enum lists_role role;
};

size_t lists_digest_size(enum lists_digest digest); /* 16, 20 or 32 bytes */
const char *lists_kind_word(enum lists_kind kind);

/* Looks at the frame only. False, with a constant reason, if it is no compiled file of this version. */
bool lists_open(struct span bytes, struct lists *ret, const char **why) MUST_USE;

/* Reads everything: every number within its section, every text well-formed, digests in order. */
bool lists_sound(const struct lists *lists, const char **why) MUST_USE;

size_t lists_count(const struct lists *lists);
size_t lists_entry_count(const struct lists *lists);
size_t lists_name_count(const struct lists *lists);
size_t lists_digest_count(const struct lists *lists, enum lists_digest digest);

/* By number; all zero and "" for a number that is none. */
void lists_list(const struct lists *lists, size_t number, struct lists_list *ret);
void lists_entry(const struct lists *lists, size_t number, struct lists_entry *ret);
void lists_name(const struct lists *lists, size_t number, struct lists_name *ret);
void lists_hit(const struct lists *lists, enum lists_digest digest, size_t number, struct lists_hit *ret);
struct span lists_value(const struct lists *lists, enum lists_digest digest, size_t number);

/* How many rows have this digest, and the number of the first one. A value of another size is in no list. */
size_t lists_find(const struct lists *lists, enum lists_digest digest, struct span value, size_t *first);

#endif
