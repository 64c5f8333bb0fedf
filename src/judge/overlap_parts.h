/* overlap_parts: what the files of the judge overlap share. */
#ifndef JUDGE_OVERLAP_PARTS_H
#define JUDGE_OVERLAP_PARTS_H

#include "judge/overlap.h"

enum { OVERLAP_SEEN = 8 /* places of an item that are remembered */ };

/* Where an item of a campaign is in the case. */
struct overlap_sight {
    int64_t artifact, finding;    /* 0: none */
    const char *way;              /* constant, how it was met; NULL: it lies there */
    const char *common, *against; /* constant reasons why it says little, and why it is not believed */
    unsigned part;                /* hundredths of its weight */
    int64_t seen[OVERLAP_SEEN];   /* artifacts */
    uint64_t times;
};

struct overlap_looking {
    struct db *db;
    const struct intel *intel;
    const struct campaigns *campaigns;
    uint32_t *order;                   /* items by kind, then by key */
    size_t first[CAMPAIGNS_KINDS + 1]; /* of each kind, there */
    struct overlap_sight **sights;     /* of each item; NULL: it was not met */
    uint16_t *shared;                  /* of each two campaigns: items that both hold */
    uint32_t *weighty;                 /* of each campaign: items whose sharing says something */
    bool failed;                       /* memory ran out */
};

/* Sorts the items, and finds which campaigns are the same in two lists. */
bool overlap_index_make(struct overlap_looking *l) MUST_USE;
void overlap_index_free(struct overlap_looking *l);

/* How many items have that kind and key, and where the first one stands in `order`. */
size_t overlap_index_find(const struct overlap_looking *l, enum campaigns_kind kind, const char *key,
                          size_t *first);
size_t overlap_index_count(const struct overlap_looking *l, enum campaigns_kind kind);

/* Does sharing an item of this kind say that two campaigns have something to do with each other? */
bool overlap_index_is_weighty(const struct campaigns_item *item);

/* Do two lists tell of the same events: does one hold half of what the other holds? */
bool overlap_index_is_copy(const struct overlap_looking *l, uint32_t a, uint32_t b);

/* Other campaigns that hold the item, each once, without copies. */
unsigned overlap_index_holders(const struct overlap_looking *l, const struct campaigns_item *item);

/* Meets every item of that kind and key; or one item. The better sight stays, places add up. */
void overlap_index_see(struct overlap_looking *l, enum campaigns_kind kind, const char *key,
                       const struct overlap_sight *sight);
void overlap_index_see_item(struct overlap_looking *l, uint32_t item, const struct overlap_sight *sight);

/* Look for items in files; in what logs, services and findings tell. False if the case cannot be read. */
bool overlap_files_look(struct overlap_looking *l) MUST_USE;
bool overlap_traces_look(struct overlap_looking *l) MUST_USE;

/* The ledger of what was seen. */
bool overlap_weigh_all(struct overlap_looking *l, struct overlap_ledger *ret) MUST_USE;

#endif
