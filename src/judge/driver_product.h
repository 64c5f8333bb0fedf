/* driver_product: drivers that come with a product, for judges of drivers: in SQL of those that are there, by
 * their names of those that are gone. */
#ifndef JUDGE_DRIVER_PRODUCT_H
#define JUDGE_DRIVER_PRODUCT_H

#include "base/db.h"

/* The first four letters of trusted programs; zeroed before. A program and its driver are known by them to
 * belong together: "GPU-Z" and "gpuz", "cpuz" and "cpuz160_x64". False if the case cannot be read or memory
 * runs out. */
struct driver_product_names {
    uint8_t *prefixes; /* bits */
};
bool driver_product_names_load(struct db *db, struct driver_product_names *ret) MUST_USE;
void driver_product_names_free(struct driver_product_names *names);

/* A trusted program is there whose name begins as that of the driver's file. */
bool driver_product_named(const struct driver_product_names *names, const char *driver);

/* Artifacts of images of the same publisher as a program that is no driver, on the same volume: by who signed
 * them, or by what they say if somebody whom Windows trusts signed them. Microsoft's are everywhere and tell
 * nothing. */
#define DRIVER_PRODUCT_SQL                                                                                   \
    "WITH good AS MATERIALIZED (SELECT a.evidence AS e, coalesce(a.volume, 0) AS v, p.company AS company, "  \
    "t.signer AS signer FROM pe p JOIN artifact a ON a.id = p.artifact JOIN trust t ON t.artifact = "        \
    "p.artifact WHERE t.state = 'trusted' AND coalesce(p.subsystem, 1) <> 1 AND a.flags & 2 = 0), "          \
    "companies AS MATERIALIZED (SELECT DISTINCT e, v, company FROM good WHERE company NOT LIKE "             \
    "'Microsoft%'), signers AS MATERIALIZED (SELECT DISTINCT e, v, signer FROM good WHERE signer NOT LIKE "  \
    "'Microsoft%') SELECT p.artifact FROM pe p JOIN artifact a ON a.id = p.artifact JOIN companies c ON "    \
    "c.company = p.company AND c.e = a.evidence AND c.v = coalesce(a.volume, 0) UNION ALL SELECT "           \
    "t.artifact FROM trust t JOIN artifact a ON a.id = t.artifact JOIN signers s ON s.signer = t.signer "    \
    "AND s.e = a.evidence AND s.v = coalesce(a.volume, 0)"

#endif
