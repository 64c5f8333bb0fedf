/* casefile_private: what the files of this folder share. */
#ifndef CASE_CASEFILE_PRIVATE_H
#define CASE_CASEFILE_PRIVATE_H

#include "case/casefile.h"
#include "case/casefile_folders.h"
#include "case/casefile_schema.h"

enum {
    CASEFILE_OPEN_FINDINGS = 64, /* artifacts whose last finding may still get details */
    CASEFILE_REPAIRS = 16        /* texts of one row that need another form */
};

struct casefile_last {
    uint64_t artifact, finding;
    unsigned details;
};

struct casefile {
    struct db *db;
    char *path, *partial;                          /* NULL for an anonymous or foreign case */
    int fd;                                        /* of the partial file, locked; -1 if there is none */
    bool writing, replace;                         /* writing: created and not finished */
    bool numbered;                                 /* findings have their final numbers */
    char *error;                                   /* ours; the database has its own */
    unsigned first[FACT_TABLES], end[FACT_TABLES]; /* columns */
    unsigned ordinal[FACT_TABLES], artifact[FACT_TABLES]; /* columns, or FACT_COLUMNS */
    bool shared[FACT_TABLES];
    struct db_query *insert[FACT_TABLES], *state;
    struct casefile_folders folders;
    char *detectors[CASEFILE_DETECTORS];
    size_t detector_count;
    struct casefile_last last[CASEFILE_OPEN_FINDINGS];
    size_t last_at;                        /* the slot to use next */
    uint64_t findings, omitted;            /* kept; left out because there were too many */
    struct text repairs[CASEFILE_REPAIRS]; /* in use until the row is put */
    size_t repair_count;
};

/* Records the first reason; always false. */
bool casefile_private_fail(struct casefile *casefile, const char *text);

/* True if nothing failed so far. */
bool casefile_private_sound(const struct casefile *casefile);

/* The statement that inserts a row of `table`, ready to bind; NULL once the case failed or is not being
 * written. */
struct db_query *casefile_private_insert(struct casefile *casefile, enum fact_table table);

/* Runs and resets it. */
bool casefile_private_put(struct casefile *casefile, struct db_query *query);

/* Binds; a NULL text, or a 0 for `some`, is SQL's NULL. Text is stored as casefile.h says. */
bool casefile_private_text(struct casefile *casefile, struct db_query *query, int at, const char *text);
bool casefile_private_bytes(struct casefile *casefile, struct db_query *query, int at, const char *text,
                            size_t size);
void casefile_private_some(struct db_query *query, int at, uint64_t value);

/* True if it is UTF-8 (Unicode, table 3-7) without NUL. */
bool casefile_private_utf8(const void *text, size_t size);

/* Fills finding_chain; the findings have their final numbers. */
bool casefile_private_chain(struct casefile *casefile);

/* True, and counted, if a finding of this severity has no room any more. */
bool casefile_private_full(struct casefile *casefile, uint64_t severity);

/* True if a detector of that name is registered. */
bool casefile_private_knows(const struct casefile *casefile, const char *id, size_t size);

#endif
