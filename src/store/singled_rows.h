/* singled_rows: what the judge `singled` asks of a store: hosts, what few of them have, marks, and who
 * carries the element. Whole, in memory: about 60 bytes a rare thing, 24 a rare presence, 200 a host.
 *
 * Names and digests are kept as numbers (singled_rows_print), for they are only compared; texts of the few
 * things that are told are asked for afterwards. */
#ifndef STORE_SINGLED_ROWS_H
#define STORE_SINGLED_ROWS_H

#include "store/store.h"
#include "store/texts.h"

#define SINGLED_ROWS_NONE UINT32_MAX

enum {
    SINGLED_ROWS_LEAST = 20, /* hosts; fewer are compared with nothing */
    SINGLED_ROWS_CARD = 3    /* hosts; an address that more have, as adapters of programs do, is nobody's */
};

enum singled_rows_place { /* bits: where a file lies */
                          SINGLED_ROWS_WINDOWS = 1,
                          SINGLED_ROWS_USERS = 2,
                          SINGLED_ROWS_TEMP = 4
};

struct singled_rows_host {
    /* Prints: of os_build; of os_build without its last number, role and products; of role and products; of
     * what was collected. */
    uint64_t host, build, alike, kin, depth;
    uint64_t arrival;      /* FILETIME; 0: not known, or it has no element */
    bool carries, partial; /* partial: less was collected than everything */
    const char *name, *domain, *os_build, *verdict;
    const char *mac; /* of network cards, blanks between; only those of few hosts */
};

struct singled_rows_thing {
    uint64_t thing, path, sha256, authentihash, signer; /* prints; 0 for "" */
    unsigned hosts;
    uint8_t kind, place; /* enum store_kind, bits of enum singled_rows_place */
    bool built;
    bool many; /* more hosts than are rare have something under its path of which the same is found */
};

struct singled_rows_presence { /* of a rare thing */
    uint32_t host, thing;      /* by index */
    uint64_t time;
};

struct singled_rows_mark {
    uint32_t host, thing; /* thing: SINGLED_ROWS_NONE for a mark of none */
    uint64_t time;
    uint64_t text, like; /* prints of what it says: as it is, and without what differs from host to host */
    uint32_t detector, stage; /* by number in `words` */
    uint8_t severity, strength;
};

struct singled_rows_set { /* of prints, sorted, each once */
    uint64_t *values;
    size_t count, room;
};

struct singled_rows {
    unsigned rare;                   /* hosts at most */
    struct singled_rows_host *hosts; /* by id */
    size_t host_count, host_room;
    struct singled_rows_thing *things; /* rare ones that are not the element, by id */
    size_t thing_count, thing_room;
    struct singled_rows_presence *presences; /* by host, then thing */
    size_t presence_count, presence_room;
    /* Of rare things and of none, by host, then thing; without what is found of a path on many hosts. */
    struct singled_rows_mark *marks;
    size_t mark_count, mark_room;
    /* Ids of things that are the element. Prints of path and detector that more hosts than are rare have. */
    struct singled_rows_set own, found;
    /* Of things that more hosts have: paths, digests, makers. `same`: path and digest together. */
    struct singled_rows_set paths, digests, same, authentihashes, signers, started;
    struct texts words;  /* detectors and stages, "" first: cases of strangers may say anything */
    struct text element; /* in words */
    bool failed;         /* memory ran out */
};

/* `element`: as questions_element takes it; NULL: the one that stands out. False with the reason in `why`; an
 * element that nobody has is no failure. singled_rows_free in either case. */
bool singled_rows_load(struct store *store, const char *element, struct singled_rows *ret,
                       struct text *why) MUST_USE;
void singled_rows_free(struct singled_rows *rows);

/* A number for a text: FNV-1a, 64 bits, never 0 but for "". */
uint64_t singled_rows_print(const char *text);
bool singled_rows_has(const struct singled_rows_set *set, uint64_t print);

/* The texts of one thing. False if the store cannot be read. */
struct singled_rows_texts {
    struct text kind, path, name, sha256, signer;
};
bool singled_rows_texts(struct store *store, uint64_t thing, struct singled_rows_texts *ret) MUST_USE;
void singled_rows_texts_free(struct singled_rows_texts *texts);

/* The summary of the gravest mark that a host has of that thing (0: of none) by that detector. */
bool singled_rows_summary(struct store *store, uint64_t host, uint64_t thing, const char *detector,
                          struct text *ret) MUST_USE;

#endif
