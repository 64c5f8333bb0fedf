/* address: the one name of an artifact, for programs and for eyes.
 *
 * Canonical form: printable ASCII, EVIDENCE[!volN[@S]!][/path/name][:stream]; everything but unreserved
 * characters (RFC 3986) and `/` is percent-escaped, so that `!`, `@` and `:` only ever divide. Outside an
 * image a path follows as EVIDENCE!/path. Names are in stored form (base/text.h). N counts volumes within
 * their evidence, S the shadow copies of a volume, both from 1. Commands accept it back; a file that really
 * has the name given wins over its reading as an address.
 *
 * For eyes: `host.E01 ▸ part 2 ▸ C:\Windows\System32\x.dll:stream @ shadow 3`; without `part` in a
 * collection, without the letter where it is not known, in a folder the whole path as one, in an archive
 * `x.zip ▸ /path` for what was on no drive; safe for a terminal. Commands accept this form, too, unless a
 * name holds a backslash, a colon or what a terminal must not see. */
#ifndef REPORT_ADDRESS_H
#define REPORT_ADDRESS_H

#include "base/fault.h"
#include "base/text.h"

enum { ADDRESS_MAX = 262144 }; /* bytes of an address that is parsed at most */

#define ADDRESS_COLLECTED "collected" /* volume.kind of a drive that a collection holds files of */

/* What an address says; texts in stored form, borrowed when formatting. */
struct address {
    const char *evidence;
    uint64_t volume;         /* ordinal in the evidence, 0 for none */
    uint64_t shadow;         /* number of the shadow copy, 0 for the volume itself */
    const char *volume_kind; /* for eyes only; NULL or "" if unknown */
    bool packed;             /* for eyes only: the evidence is an archive */
    const char *drive;       /* such as "C:"; for eyes, and from them; NULL or "" if unknown */
    const char *folder;      /* "" or /a/b; NULL together with name: the evidence (or volume) itself */
    const char *name;
    const char *stream; /* NULL for the main one */
};

/* Appends the canonical form. */
void address_format(struct text *out, const struct address *address);

/* Appends the form for eyes. */
void address_eyes(struct text *out, const struct address *address);

/* A parsed address; texts belong to it. */
struct address_parsed {
    struct address address; /* volume_kind is NULL; drive only from the form for eyes */
    char *memory;           /* of all texts */
};

/* Reads either form, and what people type: characters may stand unescaped where they do not divide
 * (`%` never; `!` and `:` not in the evidence part). False, with nothing to free, if `text` is anything else,
 * a % escapes nothing, or it is longer than ADDRESS_MAX. */
bool address_parse(const char *text, struct address_parsed *ret) MUST_USE;
void address_free(struct address_parsed *parsed);

#endif
