/* clickhouse_private: what the files of the engine share (docs/fleet-clickhouse.md).
 *
 * Rows of a case carry the number of the *batch* in which they were sent; the row of the case, written last,
 * lists the batches that are its own. A batch of which nobody knows whether it arrived is sent again under a
 * new number, and the old one is listed nowhere: so nothing is lost and nothing is there twice, without the
 * server's help. Each number is noted in the table `import` before it is used. */
#ifndef STORE_CLICKHOUSE_PRIVATE_H
#define STORE_CLICKHOUSE_PRIVATE_H

#include "store/clickhouse_link.h"
#include "store/clickhouse_tsv.h"

enum clickhouse_table {
    CLICKHOUSE_HOST, /* these have batches */
    CLICKHOUSE_PRESENCE,
    CLICKHOUSE_MARK,
    CLICKHOUSE_COVERED,
    CLICKHOUSE_THING, /* these do not: the same row twice is one */
    CLICKHOUSE_TABLES,
    CLICKHOUSE_BATCHED = CLICKHOUSE_THING
};

/* Rows that were not sent yet; each begins with its batch, CLICKHOUSE_DIGITS digits, if its table has them.
 */
enum { CLICKHOUSE_DIGITS = 19, CLICKHOUSE_ROWS = 100000, CLICKHOUSE_BYTES = 32 << 20 };
struct clickhouse_rows {
    struct text text;
    size_t count;
};

struct clickhouse {
    struct clickhouse_link *link;
    struct text settings; /* of each request */
    bool importing;
    struct engine_import import;
    uint64_t forgotten; /* how many hosts had been forgotten when the import began */
    uint64_t epoch;     /* how often this host was */
    uint64_t added;     /* when it began */
    struct clickhouse_rows rows[CLICKHOUSE_TABLES];
    struct text presences, others; /* batches of this import, with commas between */
    uint64_t batches[16];          /* noted and not used yet */
    size_t batch_count;
    uint64_t *sent; /* a hash table of the things that were sent, 0 for none: they need not be sent again */
    size_t sent_count;
};

struct clickhouse *clickhouse_of(struct engine *engine);

/* Sends SQL of which the answer does not matter, again while the server is away: it must be safe to do twice.
 */
bool clickhouse_run(struct engine *engine, const char *sql) MUST_USE;

/* The same of rows: `sql` is an INSERT. */
bool clickhouse_send(struct engine *engine, const char *sql, const struct text *rows) MUST_USE;

/* The first cell of the first row; 0 for none. */
bool clickhouse_number(struct engine *engine, const char *sql, uint64_t *ret) MUST_USE;

/* All first cells with commas between; `count` may be NULL. */
bool clickhouse_numbers(struct engine *engine, const char *sql, struct text *ret, size_t *count) MUST_USE;

/* Never 0, at most 63 bits, of CLICKHOUSE_DIGITS digits; 0 with the reason told if there is no chance to be
 * had. */
uint64_t clickhouse_random(struct engine *engine);

/* What a host's row `turn` is: the greatest of a host counts. */
void clickhouse_turn(struct text *out, uint64_t epoch, const struct store_case *made, uint64_t added,
                     uint64_t chance);

/* The schema: makes it, or sees whether it is there. False with the reason told. */
bool clickhouse_schema_make(struct engine *engine, const char *database) MUST_USE;
bool clickhouse_schema_check(struct engine *engine, bool *there) MUST_USE;

/* The parts of engine_shape that write. */
bool clickhouse_import_begin(struct engine *engine, const struct engine_import *import) MUST_USE;
bool clickhouse_import_host(struct engine *engine, const struct store_host *host) MUST_USE;
bool clickhouse_import_thing(struct engine *engine, uint64_t id, const struct store_thing *thing) MUST_USE;
bool clickhouse_import_presence(struct engine *engine, const struct store_presence *presence) MUST_USE;
bool clickhouse_import_mark(struct engine *engine, const struct store_mark *mark) MUST_USE;
bool clickhouse_import_covered(struct engine *engine, const struct store_covered *covered) MUST_USE;
bool clickhouse_import_commit(struct engine *engine, const struct store_case *made) MUST_USE;
void clickhouse_import_abandon(struct engine *engine);
void clickhouse_import_free(struct clickhouse *state);
bool clickhouse_forget_host(struct engine *engine, uint64_t host) MUST_USE;
bool clickhouse_forget_place(struct engine *engine, uint64_t host,
                             const char *const fields[ENGINE_PLACE_FIELDS]) MUST_USE;

#endif
