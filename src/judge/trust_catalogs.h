/* trust_catalogs: every digest of every catalog of a case, to look up. For judge/trust.c only. */
#ifndef JUDGE_TRUST_CATALOGS_H
#define JUDGE_TRUST_CATALOGS_H

#include "base/db.h"

struct trust_catalogs_entry {
    uint8_t size, digest[32];
    uint32_t catalog; /* index in `catalogs` */
};

struct trust_catalogs_catalog {
    int64_t artifact, evidence, volume; /* volume 0: none */
    bool everywhere; /* given by itself or with --catalogs: it may speak for any evidence */
    bool complete;
};

struct trust_catalogs {
    struct trust_catalogs_catalog *catalogs;
    size_t catalog_count;
    struct trust_catalogs_entry *entries; /* sorted by digest, then catalog */
    size_t entry_count;
};

/* False if the case cannot be read or memory runs out. Free in either case. */
bool trust_catalogs_load(struct db *db, struct trust_catalogs *ret) MUST_USE;
void trust_catalogs_free(struct trust_catalogs *catalogs);

/* The artifact of the next catalog that holds the digest and may speak for this place, in the order of
 * artifacts; 0 if there is none. *at is 0 at first. In an image only the folders count where Windows looks.
 */
int64_t trust_catalogs_next(const struct trust_catalogs *catalogs, struct span digest, int64_t evidence,
                            int64_t volume, size_t *at);

/* Is there any catalog for this place, and were all of them read wholly? */
bool trust_catalogs_any(const struct trust_catalogs *catalogs, int64_t evidence, int64_t volume, bool *whole);

#endif
