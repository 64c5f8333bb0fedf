/* trust_packages: which Appx package a file belongs to, and what the package's signature says of it. For
 * judge/trust.c only.
 *
 * A package is a folder with AppxSignature.p7x and AppxBlockMap.xml. The signature speaks for the block map,
 * if its digest is the one that was signed; the block map speaks for the files below the folder. */
#ifndef JUDGE_TRUST_PACKAGES_H
#define JUDGE_TRUST_PACKAGES_H

#include "base/db.h"

struct trust_packages_package; /* one folder */
struct trust_packages_file;

struct trust_packages {
    struct trust_packages_package *list; /* sorted by evidence, volume, folder */
    size_t count;
    struct trust_packages_file *files; /* sorted by block map, name */
    size_t file_count;
    int64_t *changed; /* signatures that trust_packages_changed knows, sorted */
    size_t changed_count;
    struct db_query *where; /* NULL without packages */
};

enum trust_packages_answer {
    TRUST_PACKAGES_NOTHING, /* no package with a sound map holds this path */
    TRUST_PACKAGES_MATCH,
    TRUST_PACKAGES_MISMATCH /* the package has this path with other bytes */
};

/* False if the case cannot be read or memory runs out. Free in either case. */
bool trust_packages_load(struct db *db, struct trust_packages *ret) MUST_USE;
void trust_packages_free(struct trust_packages *packages);

/* What packages say of an image without a signature; `*signature` is the artifact that holds the package's.
 */
enum trust_packages_answer trust_packages_ask(const struct trust_packages *packages, int64_t artifact,
                                              int64_t evidence, int64_t volume, int64_t *signature);

/* Is this artifact a package's signature whose block map was changed? */
bool trust_packages_changed(const struct trust_packages *packages, int64_t artifact);

/* Does the artifact lie in a package that could not be read wholly, so that it may be signed by that? On a
 * volume only packages where Windows keeps them count: what anybody may put elsewhere hides nothing. */
bool trust_packages_torn(const struct trust_packages *packages, int64_t artifact, int64_t evidence,
                         int64_t volume);

#endif
