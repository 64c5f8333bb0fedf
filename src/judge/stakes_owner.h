/* stakes_owner: whose a folder of a user is, as ProfileList of the machine's SOFTWARE hive says, and from
 * when on a machine counts as taken over, as table verdict says. */
#ifndef JUDGE_STAKES_OWNER_H
#define JUDGE_STAKES_OWNER_H

#include "base/db.h"

enum { STAKES_OWNER_MOST = 10000 /* profiles, and hosts, that are looked at */ };

struct stakes_owners;

/* NULL if the case cannot be read or memory runs out. */
struct stakes_owners *stakes_owners_open(struct db *db) MUST_USE;
void stakes_owners_close(struct stakes_owners *owners); /* NULL is fine */

/* The SID of the user whose folder has a path of `size` bytes on that volume; NULL if it is not known. */
const char *stakes_owners_sid(const struct stakes_owners *owners, int64_t evidence, int64_t volume,
                              const char *path, size_t size);

/* The FILETIME from which on a compromised host counts as such, of the host of that evidence; 0 if it is not
 * compromised or the time is not known. */
int64_t stakes_owners_since(const struct stakes_owners *owners, int64_t evidence);

#endif
