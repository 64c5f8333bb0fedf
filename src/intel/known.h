/* known: lists of known software that are databases of SQLite, in the form of the National Software Reference
 * Library (RDSv3): table or view FILE with sha256 (hex), file_name and package_id; PKG (package_id, name,
 * version, manufacturer_id), MFG (manufacturer_id, name) and VERSION (version) as far as they are there.
 * Asked where they lie, whatever their size.
 *
 * Known is not good: such libraries hold whatever was published, tools of attackers too. */
#ifndef INTEL_KNOWN_H
#define INTEL_KNOWN_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum { KNOWN_FILES = 8, KNOWN_TEXT = 512 /* bytes of each text of a hit, in stored form */ };

struct known;

/* What a list says of one digest; "" for what it does not say. */
struct known_hit {
    char name[KNOWN_TEXT], product[KNOWN_TEXT], version[KNOWN_TEXT], maker[KNOWN_TEXT];
};

/* Opens it, immutable and read-only. NULL with the reason in `error`: it is no database, not of this form, or
 * a question would read all of it because nothing is indexed by sha256. Its views may be anything: each
 * question may take four million steps of SQLite's, and texts 64 KiB. */
struct known *known_open(const char *path, struct text *error) MUST_USE;
void known_close(struct known *known); /* NULL is fine */

/* The file's name, and its version if it tells one: "RDS_2025.03.1_modern_minimal.db, 2025.03.1"; stored
 * form. */
const char *known_name(const struct known *known);

/* The first entry of a digest of 32 bytes. False if there is none, or the database could not be read, which
 * known_error tells ("" if not). */
bool known_find(struct known *known, struct span sha256, struct known_hit *ret) MUST_USE;
const char *known_error(const struct known *known);

#endif
