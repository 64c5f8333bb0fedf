/* overlap: what a case shares with known campaigns, as a ledger (docs/overlap.md): item by item, how rare it
 * is, which report it comes from, and what else would explain it. It names no actor and is never more than
 * moderate: overlap is not attribution. */
#ifndef JUDGE_OVERLAP_H
#define JUDGE_OVERLAP_H

#include "case/casefile.h"
#include "intel/intel.h"

enum {
    OVERLAP_ROWS = 500,       /* of a campaign; further ones are counted */
    OVERLAP_CAMPAIGNS = 100,  /* of a case */
    OVERLAP_RELATIONS = 1000, /* of all of them */
    OVERLAP_LOW = 60,         /* score from which on there is a confidence */
    OVERLAP_MODERATE = 200
};

#define OVERLAP_SENTENCE                                                                                     \
    "Overlap is not attribution: it tells what was used, and others can use the same, or want it to look so."

enum overlap_confidence { OVERLAP_CONFIDENCE_NONE, OVERLAP_CONFIDENCE_LOW, OVERLAP_CONFIDENCE_MODERATE };

struct overlap_row {
    const struct campaigns_item *item;
    int64_t artifact, finding; /* 0: none */
    unsigned weight;           /* 0 to 100 */
    unsigned holders;
    bool against; /* the image contradicts it: somebody may have put it there */
    char *place;  /* owned; may be NULL */
    char *common; /* owned; NULL: nothing is known that has it, too */
    const char *instead;
};

struct overlap_campaign {
    const struct campaigns_one *campaign;
    uint32_t number;          /* in the set */
    struct overlap_row *rows; /* weightiest first */
    size_t count;
    uint64_t omitted; /* rows that there was no room for */
    enum overlap_confidence confidence;
    unsigned score, independent;
    char *summary;
};

struct overlap_relation {
    size_t campaign; /* number in the ledger */
    const struct campaigns_one *other;
    const struct campaigns_item *item, *twin; /* of the one, of the other */
    bool here;
};

struct overlap_ledger {
    struct overlap_campaign *campaigns; /* strongest first */
    size_t count;
    struct overlap_relation *relations;
    size_t relation_count;
};

/* Borrows texts of `intel`. False if the case cannot be read or memory runs out. Free in either case. */
bool overlap_compute(struct db *db, const struct intel *intel, struct overlap_ledger *ret) MUST_USE;
void overlap_free(struct overlap_ledger *ledger);

/* Writes its rows. False if the case failed. */
bool overlap_write(const struct overlap_ledger *ledger, struct casefile *casefile) MUST_USE;

/* "none", "low", "moderate". */
const char *overlap_confidence_word(enum overlap_confidence confidence);

#endif
