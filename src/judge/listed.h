/* listed: what lists of digests say of the files of a case. Shared by the judges ioc_hash and driver_known.
 */
#ifndef JUDGE_LISTED_H
#define JUDGE_LISTED_H

#include "base/db.h"
#include "intel/lists_file.h"
#include "judge/saying.h"

enum { LISTED_NUMBER = 24, LISTED_HEX = 65 };

/* One file's digests, from the columns that LISTED_COLUMNS names, beginning at column `at` of a query's row.
 * Valid until the next step. */
#define LISTED_COLUMNS "h.md5, h.sha1, h.sha256, p.authentihash_sha1, p.authentihash_sha256"
#define LISTED_TABLES  "artifact a LEFT JOIN hashes h ON h.artifact = a.id LEFT JOIN pe p ON p.artifact = a.id"
#define LISTED_WHERE   "a.size > 0 AND (h.artifact IS NOT NULL OR p.artifact IS NOT NULL)"
struct listed_file {
    struct span digest[LISTS_DIGESTS];
};
void listed_read(struct db_query *query, int at, struct listed_file *ret);

/* What was found. Borrows the lists' texts. */
struct listed {
    struct lists_hit best;    /* malware before abused programs, then the most severe, then the first */
    enum lists_digest digest; /* by which it was found */
    uint8_t value[32];
    bool kinds[LISTS_KINDS];          /* that any entry has */
    size_t entries;                   /* different ones */
    const char *further[LISTS_KINDS]; /* for each kind, the list of an entry of it */
};

/* Entries of the kinds in `kinds` (bits by enum lists_kind), of images by their Authentihash first. False if
 * there is none. */
bool listed_find(const struct lists_set *lists, const struct listed_file *file, unsigned kinds,
                 struct listed *ret) MUST_USE;

/* Texts for a finding; must stay until it is written. */
struct listed_text {
    char number[LISTED_NUMBER], value[LISTED_HEX], entries[LISTED_NUMBER];
};

/* Adds list, its date, entry, its date, what it is, row, digest and source. */
void listed_detail(struct finding *finding, const struct listed *listed, struct listed_text *text);

/* "SHA-256", "Authentihash (SHA-1)". */
const char *listed_digest_word(enum lists_digest digest);

#endif
