/* campaigns: what lists say of known campaigns, item by item (docs/overlap.md): intel/campaigns/, and those
 * that a user adds.
 *
 * A list is a table: lines of six fields with tabs between: kind, value, role, what, report, source. # begins
 * a comment, the first line names the fields. A row of kind `campaign` begins a campaign (its value is the
 * name), the rows behind it are its items; `passed` says how many rows of a foreign list are not compared.
 * Foreign lists (MISP, STIX, plain ones) are brought into this form by campaigns_read, in a confined process.
 */
#ifndef INTEL_CAMPAIGNS_H
#define INTEL_CAMPAIGNS_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum {
    CAMPAIGNS_FILE = 64 << 20, /* bytes of a list in this form, at most */
    CAMPAIGNS_ITEMS = 1000000, /* of all lists */
    CAMPAIGNS_MOST = 2000,     /* campaigns */
    CAMPAIGNS_CELL = 512,      /* bytes of a field */
    CAMPAIGNS_NAME = 120       /* bytes of a campaign's name */
};

enum campaigns_kind {
    CAMPAIGNS_MD5,
    CAMPAIGNS_SHA1,
    CAMPAIGNS_SHA256,
    CAMPAIGNS_AUTHENTIHASH, /* SHA-1 or SHA-256, by its length */
    CAMPAIGNS_CERT_SERIAL,
    CAMPAIGNS_BYTES,
    CAMPAIGNS_PATH,
    CAMPAIGNS_SERVICE,
    CAMPAIGNS_DOMAIN, /* or an address */
    CAMPAIGNS_TECHNIQUE,
    CAMPAIGNS_TLSH,
    CAMPAIGNS_RICH, /* MD5 of the clear header, or a profile: product.build=count or =least-most */
    CAMPAIGNS_KINDS
};

enum campaigns_role {
    CAMPAIGNS_PLAIN,
    CAMPAIGNS_HOST,  /* genuine software or certificate of a vendor that was abused */
    CAMPAIGNS_TOOL,  /* public, anybody's */
    CAMPAIGNS_NAMED, /* a name that genuine things have, too */
    CAMPAIGNS_ROLES
};

struct campaigns_item {
    uint32_t campaign; /* its number in `list` */
    enum campaigns_kind kind;
    enum campaigns_role role;
    const char *value; /* as the list has it */
    const char *key;   /* in the one form of its kind (campaigns_value.h), so that equal ones are equal */
    const char *what, *report, *source; /* report "" if it is not stated */
};

struct campaigns_one {
    const char *name, *what, *file; /* file: of the list */
    size_t first, count;            /* its items */
    uint64_t passed;                /* rows that say nothing which is compared */
    bool shipped;
};

struct campaigns {
    struct campaigns_one *list;
    size_t count;
    struct campaigns_item *items; /* by campaign */
    size_t item_count;
    char **blocks; /* what the texts lie in */
    size_t block_count;
};

struct campaigns_damage {
    uint64_t line;   /* from 1; 0: the list as a whole */
    const char *why; /* constant */
};

void campaigns_free(struct campaigns *campaigns);

/* Adds the list in `bytes`, called `file`. False with the place in `damage`; nothing was added. */
bool campaigns_add(struct campaigns *campaigns, struct span bytes, const char *file, bool shipped,
                   struct campaigns_damage *damage) MUST_USE;

/* The same of a file of this form; false with file, line and reason in `error`. */
bool campaigns_load(struct campaigns *campaigns, const char *path, const char *file, bool shipped,
                    struct text *error) MUST_USE;

/* Moves all campaigns of `from`, which is then empty, behind those of `to`. False if memory runs out or there
 * are too many; `from` is then as it was. */
bool campaigns_move(struct campaigns *to, struct campaigns *from) MUST_USE;

/* The lists that the program ships with. */
bool campaigns_ship(struct campaigns *campaigns, struct text *error) MUST_USE;

/* Has a campaign that the user brought items of this kind? */
bool campaigns_want(const struct campaigns *campaigns, enum campaigns_kind kind);

/* "sha256". */
const char *campaigns_kind_word(enum campaigns_kind kind);
const char *campaigns_role_word(enum campaigns_role role);

/* One line about what a set holds from its campaign number `first` on: names, items, what is passed over. */
void campaigns_tell(const struct campaigns *campaigns, size_t first, struct text *ret);

#endif
