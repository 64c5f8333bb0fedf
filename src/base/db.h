/* db: the few things the program asks of SQLite. Files of this family alone see sqlite3.h.
 *
 * Statements belong to their database and are closed with it. A failed call keeps its message in db_error;
 * after a failure every later write on the same database fails too, so a writer checks once. */
#ifndef BASE_DB_H
#define BASE_DB_H

#include "base/fault.h"
#include "base/span.h"

struct db;
struct db_query;

/* A new database of ours at `path`, which must not exist. NULL, with `*error` set to a text the caller frees.
 */
struct db *db_create(const char *path, char **error) MUST_USE;

/* Somebody's database, read-only, immutable, defensive, with schema and cells checked as they are read. */
struct db *db_open(const char *path, char **error) MUST_USE;

/* A database of ours that several programs write to, made if it is not there: a write waits up to `seconds`
 * for another's. It may have been altered by a stranger: read as warily as above. NULL as above. */
struct db *db_open_shared(const char *path, int seconds, char **error) MUST_USE;

/* For databases of strangers, whose views may have no end: a question, from its preparation or db_reset on,
 * that takes more than `steps` of SQLite's (a lookup by an index takes some dozens) ends with an error, and
 * so does a text or blob of more than `bytes`. Counted in thousands, and for one question at a time. */
void db_limit(struct db *db, uint64_t steps, int bytes);

/* Told now and then (some ten times a second) while statements run; NULL for nobody. Not together with
 * db_limit. */
typedef void db_watcher(void *context);
void db_watch(struct db *db, db_watcher *watcher, void *context);

/* Closes; NULL is fine. */
void db_close(struct db *db);

/* The first error's text, "" if there was none; valid until db_close. */
const char *db_error(const struct db *db);

bool db_run(struct db *db, const char *sql) MUST_USE; /* statements without result */

/* A prepared query, kept for reuse; NULL on error. */
struct db_query *db_prepare(struct db *db, const char *sql) MUST_USE;
void db_finish(struct db_query *query);

/* Binds parameter `at` (from 1). Text and blobs must stay until the next db_reset. */
void db_bind_integer(struct db_query *query, int at, int64_t value);
void db_bind_text(struct db_query *query, int at, const char *utf8, size_t size);
void db_bind_blob(struct db_query *query, int at, const void *data, size_t size);
void db_bind_null(struct db_query *query, int at);

/* True if there is a row. Ends with false; db_error tells an error from the end. */
bool db_step(struct db_query *query) MUST_USE;
void db_reset(struct db_query *query); /* to bind and step anew; bindings become NULL */

/* Cells of the current row, from 0; valid until the next step or reset. Never NULL. */
bool db_is_null(struct db_query *query, int at);
int64_t db_integer(struct db_query *query, int at);
const char *db_text(struct db_query *query, int at, size_t *size); /* size may be NULL */
struct span db_blob(struct db_query *query, int at);

#endif
