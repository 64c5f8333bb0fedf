/* chain_case: what the judge `chain` works on: hosts, the things that findings are about, the findings, and
 * why things belong together. Read by chain_gather, joined by chain_link, ordered by chain_step, told by
 * chain_tell.
 *
 * All texts are in stored form, live as long as the case, and come from chain_keep. Arrays are indexed by the
 * numbers that rows have there; nothing is ever taken out. */
#ifndef JUDGE_CHAIN_CASE_H
#define JUDGE_CHAIN_CASE_H

#include "case/casefile.h"
#include "judge/chain_model.h"

enum {
    CHAIN_FINDINGS = 300000, /* the first so many findings, the gravest of a case, can be in chains */
    CHAIN_MOST = 200,        /* chains that are told */
    CHAIN_STEPS = 200,       /* steps of a chain that are told */
    CHAIN_HOUR = 3600,       /* seconds within which things count as near in time */
    CHAIN_DAYS = 60,         /* days after a way in for which what comes later may be its consequence */
    CHAIN_NOTES = 20         /* weak notes that are joined to a chain by time */
};

#define CHAIN_NONE UINT32_MAX /* no thing, no host */

struct chain_host {
    int64_t evidence; /* the first that it is of */
    const char *name; /* NULL if not known */
    bool windows;
    enum chain_word word;
};

struct chain_evidence {
    int64_t id, artifact; /* artifact: the file that it is, 0 if it was given */
    uint32_t host;
    bool package;     /* an archive or installer */
    const char *path; /* as people read it */
};

struct chain_volume {
    int64_t id, evidence, shadow;
    const char *drive;
};

/* A file, or a record that findings tell of. */
struct chain_thing {
    int64_t artifact; /* 0: no file */
    int64_t holder;   /* the hive, log or the like that a record lies in; 0 for files */
    int64_t evidence, volume, record, sequence;
    int64_t born, changed; /* FILETIMEs of the file, 0 if not known */
    const char *name;      /* for people */
    const char *folder, *file;
    const char *path; /* normal path in small letters, NULL if none is known: what records and files share */
    size_t product;   /* length of the product's folder in `folder` */
    uint32_t host, found, founds; /* its findings in `founds` */
    enum chain_place place;
    bool has_sha256, deleted, ran;
    uint8_t sha256[32];
};

struct chain_found {
    int64_t id, time; /* time: a FILETIME that the finding itself tells, 0 for none */
    const struct chain_rule *rule;
    const char *service; /* in small letters; NULL for none */
    uint64_t offset, size;
    uint32_t thing;
    enum severity severity;
    enum strength strength;
};

enum chain_kind {
    CHAIN_KIND_NAMES,
    CHAIN_KIND_FILE,
    CHAIN_KIND_SERVICE,
    CHAIN_KIND_STARTED,
    CHAIN_KIND_LOADS,
    CHAIN_KIND_PACKAGE,
    CHAIN_KIND_FOLDER,
    CHAIN_KIND_SIGNER,
    CHAIN_KIND_TIME
};

/* Why two things belong together. */
struct chain_edge {
    uint32_t from, to;
    enum chain_kind kind;
    int64_t finding;  /* that names the other; 0 */
    const char *text; /* what they share, such as a service's name; or NULL */
};

struct chain_case {
    struct casefile *casefile;
    struct db *db;
    struct chain_host *hosts;
    struct chain_evidence *evidences;
    struct chain_volume *volumes;
    struct chain_thing *things; /* in the order of their artifacts; records and the rest behind */
    struct chain_found *founds; /* those of a thing together */
    struct chain_edge *edges;
    uint32_t *parents;    /* union-find over things: strong and firm links */
    uint32_t *chains;     /* the same with weak ones */
    uint32_t *by_finding; /* numbers of founds, by id */
    size_t host_count, evidence_count, volume_count, thing_count, found_count, edge_count;
    size_t host_room, evidence_room, volume_room, thing_room, found_room, edge_room;
    struct chain_block *blocks;
    bool failed; /* memory ran out */
};

/* A copy that lives as long as the case; NULL if memory runs out. chain_keep_lower makes letters of ASCII
 * small. */
const char *chain_keep(struct chain_case *c, const char *text, size_t size);
const char *chain_keep_lower(struct chain_case *c, const char *text);

/* Room for one more row: `*list` has `*room` rows of `size` bytes, `count` in use. False, with c->failed, if
 * memory runs out. */
bool chain_room(struct chain_case *c, void *list, size_t *room, size_t count, size_t size) MUST_USE;

void chain_case_free(struct chain_case *c);

/* The thing that is this file, or CHAIN_NONE. */
uint32_t chain_thing_of(const struct chain_case *c, int64_t artifact);
const struct chain_evidence *chain_evidence_of(const struct chain_case *c, int64_t id); /* or NULL */
const struct chain_volume *chain_volume_of(const struct chain_case *c, int64_t id);     /* or NULL */

/* A path for people. */
const char *chain_path(struct chain_case *c, int64_t evidence, int64_t volume, const char *folder,
                       const char *file);

/* The earliest and the latest time of a thing that nobody sets by an ordinary call; 0 for none. */
int64_t chain_time(const struct chain_case *c, uint32_t thing);

bool chain_near(int64_t a, int64_t b, int64_t seconds); /* both known, and no further apart */

#endif
