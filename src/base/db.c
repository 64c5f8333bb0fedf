#include "base/db_private.h"

struct db_query {
    struct db *db;
    sqlite3_stmt *statement;
    struct db_query *next, **link;
};

static bool fail(struct db *db) {
    if (!db->error) {
        const char *text = sqlite3_errcode(db->handle) == SQLITE_INTERRUPT
                               ? "a question takes more steps than are allowed"
                               : sqlite3_errmsg(db->handle);
        db->error = malloc(strlen(text) + 1);
        if (db->error)
            memcpy(db->error, text, strlen(text) + 1);
    }
    return false;
}

static struct db *open_with(const char *path, int flags, char **error) {
    struct db *db = calloc(1, sizeof *db);
    *error = NULL;
    if (!db)
        return NULL;
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        fail(db);
        *error = db->error;
        db->error = NULL;
        db_close(db);
        return NULL;
    }
    return db;
}

struct db *db_create(const char *path, char **error) {
    return open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, error);
}

/* A file name as a URI, so that "immutable" can be said; everything but unreserved characters is escaped. */
static char *immutable_uri(const char *path) {
    size_t size = strlen(path);
    char *uri = malloc(3 * size + 32), *out = uri;
    if (!uri)
        return NULL;
    out += snprintf(out, 8, "file:");
    for (size_t i = 0; i < size; i++) {
        char c = path[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c))
            *out++ = c;
        else
            out += snprintf(out, 4, "%%%02X", (unsigned char)c);
    }
    snprintf(out, 16, "?immutable=1");
    return uri;
}

/* The file may be a stranger's. */
static void be_wary(struct db *db) {
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, 64 << 20);
    if (sqlite3_exec(db->handle, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", NULL, NULL, NULL) !=
        SQLITE_OK)
        fail(db);
}

struct db *db_open(const char *path, char **error) {
    char *uri = immutable_uri(path);
    if (!uri)
        return *error = NULL, NULL;
    struct db *db = open_with(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, error);
    free(uri);
    if (!db)
        return NULL;
    be_wary(db);
    return db;
}

struct db *db_open_shared(const char *path, int seconds, char **error) {
    struct db *db = db_create(path, error);
    if (!db)
        return NULL;
    sqlite3_busy_timeout(db->handle, seconds * 1000);
    be_wary(db);
    return db;
}

static int count_steps(void *context) {
    struct db *db = context;
    return ++db->steps > db->allowed;
}

void db_limit(struct db *db, uint64_t steps, int bytes) {
    db->allowed = steps / 1000;
    sqlite3_progress_handler(db->handle, 1000, count_steps, db);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, bytes);
}

static int watched(void *context) {
    const struct db *db = context;
    db->watcher(db->watcher_context);
    return 0;
}

void db_watch(struct db *db, db_watcher *watcher, void *context) {
    enum { STEPS = 1000000 };
    db->watcher = watcher;
    db->watcher_context = context;
    sqlite3_progress_handler(db->handle, STEPS, watcher ? watched : NULL, db);
}

void db_close(struct db *db) {
    if (!db)
        return;
    while (db->queries)
        db_finish(db->queries);
    sqlite3_close(db->handle);
    free(db->error);
    free(db);
}

const char *db_error(const struct db *db) {
    return db->error ? db->error : "";
}

bool db_run(struct db *db, const char *sql) {
    if (db->error)
        return false;
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db);
}

struct db_query *db_prepare(struct db *db, const char *sql) {
    struct db_query *query = calloc(1, sizeof *query);
    if (!query)
        return NULL;
    db->steps = 0;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, NULL) !=
        SQLITE_OK) {
        fail(db);
        free(query);
        return NULL;
    }
    query->db = db;
    query->next = db->queries;
    query->link = &db->queries;
    if (query->next)
        query->next->link = &query->next;
    db->queries = query;
    return query;
}

void db_finish(struct db_query *query) {
    if (!query)
        return;
    *query->link = query->next;
    if (query->next)
        query->next->link = query->link;
    sqlite3_finalize(query->statement);
    free(query);
}

static void bound(struct db_query *query, int status) {
    if (status != SQLITE_OK)
        fail(query->db);
}

void db_bind_integer(struct db_query *query, int at, int64_t value) {
    bound(query, sqlite3_bind_int64(query->statement, at, value));
}

void db_bind_text(struct db_query *query, int at, const char *utf8, size_t size) {
    bound(query, sqlite3_bind_text64(query->statement, at, utf8, size, SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_query *query, int at, const void *data, size_t size) {
    bound(query, sqlite3_bind_blob64(query->statement, at, size ? data : "", size, SQLITE_STATIC));
}

void db_bind_null(struct db_query *query, int at) {
    bound(query, sqlite3_bind_null(query->statement, at));
}

bool db_step(struct db_query *query) {
    if (query->db->error)
        return false;
    int status = sqlite3_step(query->statement);
    if (status != SQLITE_ROW && status != SQLITE_DONE)
        fail(query->db);
    return status == SQLITE_ROW;
}

void db_reset(struct db_query *query) {
    sqlite3_reset(query->statement);
    sqlite3_clear_bindings(query->statement);
    query->db->steps = 0;
}

bool db_is_null(struct db_query *query, int at) {
    return sqlite3_column_type(query->statement, at) == SQLITE_NULL;
}

int64_t db_integer(struct db_query *query, int at) {
    return sqlite3_column_int64(query->statement, at);
}

const char *db_text(struct db_query *query, int at, size_t *size) {
    const char *text = (const char *)sqlite3_column_text(query->statement, at);
    if (size)
        *size = text ? (size_t)sqlite3_column_bytes(query->statement, at) : 0;
    return text ? text : "";
}

struct span db_blob(struct db_query *query, int at) {
    const void *data = sqlite3_column_blob(query->statement, at);
    return span_of(data ? data : "", data ? (size_t)sqlite3_column_bytes(query->statement, at) : 0, 0);
}
