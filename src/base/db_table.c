#include "base/db_table.h"

#include "base/db_private.h"

#include <stdlib.h>

/* How a scan was planned, in idxNum: how many keys it is given, which of them as a list, and an argument. */
enum { PLAN_KEYS = 3, PLAN_LIST = 4, PLAN_ARGUMENT = 1 << (2 + DB_TABLE_KEYS) };

struct module {
    const struct db_table *table;
    void *context;
};

struct open_table {
    sqlite3_vtab base;
    const struct module *module;
};

struct open_scan {
    sqlite3_vtab_cursor base;
    void *scan; /* NULL: none, or it is at its end */
    int64_t row;
};

static const struct module *module_of(sqlite3_vtab *base) {
    return ((struct open_table *)base)->module;
}

static int failed(sqlite3_vtab *base, struct text *why) {
    sqlite3_free(base->zErrMsg);
    base->zErrMsg = sqlite3_mprintf("%s", text_string(why));
    text_free(why);
    return SQLITE_ERROR;
}

static int connect(sqlite3 *handle, void *aux, int argc, const char *const *argv, sqlite3_vtab **ret,
                   char **error) {
    const struct module *module = aux;
    char *words = sqlite3_mprintf("CREATE TABLE x(%s)", module->table->columns);
    (void)argc;
    (void)argv;
    (void)error;
    int status = words ? sqlite3_declare_vtab(handle, words) : SQLITE_NOMEM;
    sqlite3_free(words);
    struct open_table *table = status == SQLITE_OK ? sqlite3_malloc(sizeof *table) : NULL;
    if (!table)
        return status == SQLITE_OK ? SQLITE_NOMEM : status;
    *table = (struct open_table){.module = module};
    *ret = &table->base;
    sqlite3_vtab_config(handle, SQLITE_VTAB_DIRECTONLY); /* no schema of a stranger's reaches it */
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base) {
    sqlite3_free(base);
    return SQLITE_OK;
}

/* The usable equality with that column; -1 if there is none. */
static int constraint(const sqlite3_index_info *info, int column) {
    for (int i = 0; i < info->nConstraint; i++)
        if (info->aConstraint[i].usable && info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ &&
            info->aConstraint[i].iColumn == column)
            return i;
    return -1;
}

static int best_index(sqlite3_vtab *base, sqlite3_index_info *info) {
    const struct db_table *table = module_of(base)->table;
    int given = 0, at;
    bool list = false;
    for (unsigned key = 0; key < table->keys && (at = constraint(info, (int)key)) >= 0; key++) {
        info->aConstraintUsage[at].argvIndex = ++given;
        info->aConstraintUsage[at].omit = 1;
        if (sqlite3_vtab_in(info, at, -1) && sqlite3_vtab_in(info, at, 1)) {
            info->idxNum |= PLAN_LIST << key;
            list = true;
        }
        info->idxNum++;
    }
    double rows = table->rows[given];
    info->estimatedCost = list ? rows * 30 + 100 : rows + 20;
    info->estimatedRows = (sqlite3_int64)(list ? rows * 20 : rows);
    if (table->argument >= 0) {
        at = constraint(info, table->argument);
        if (at < 0)
            return SQLITE_CONSTRAINT;
        info->aConstraintUsage[at].argvIndex = given + 1;
        info->aConstraintUsage[at].omit = 1;
        info->idxNum |= PLAN_ARGUMENT;
    }
    return SQLITE_OK;
}

static int open_scan(sqlite3_vtab *base, sqlite3_vtab_cursor **ret) {
    struct open_scan *scan = sqlite3_malloc(sizeof *scan);
    (void)base;
    if (!scan)
        return SQLITE_NOMEM;
    *scan = (struct open_scan){.scan = NULL};
    *ret = &scan->base;
    return SQLITE_OK;
}

static void end(struct open_scan *scan) {
    if (scan->scan)
        module_of(scan->base.pVtab)->table->close(scan->scan);
    scan->scan = NULL;
}

static int close_scan(sqlite3_vtab_cursor *base) {
    end((struct open_scan *)base);
    sqlite3_free(base);
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base) {
    struct open_scan *scan = (struct open_scan *)base;
    struct text why = {0};
    scan->row++;
    if (module_of(base->pVtab)->table->next(scan->scan, &why))
        return SQLITE_OK;
    end(scan);
    if (why.size > 0)
        return failed(base->pVtab, &why);
    text_free(&why);
    return SQLITE_OK;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void settle(int64_t *values, size_t *count) {
    size_t kept = 0;
    bool ascending = true;
    for (size_t i = 1; i < *count && ascending; i++)
        ascending = values[i - 1] < values[i];
    if (ascending)
        return;
    qsort(values, *count, sizeof *values, by_value);
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || values[kept - 1] != values[i])
            values[kept++] = values[i];
    *count = kept;
}

/* The values of a key, to be freed; NULL if memory ran out. */
static int64_t *values_of(sqlite3_value *given, bool list, size_t *count) {
    sqlite3_value *value = given;
    size_t room = list ? 64 : 1;
    int64_t *values = malloc(room * sizeof *values);
    *count = 0;
    if (list && sqlite3_vtab_in_first(given, &value) != SQLITE_OK)
        return values;
    while (values && value) {
        if (*count == room) {
            int64_t *larger = realloc(values, 2 * room * sizeof *values);
            if (!larger) {
                free(values);
                return NULL;
            }
            values = larger;
            room *= 2;
        }
        values[(*count)++] = sqlite3_value_int64(value);
        if (!list || sqlite3_vtab_in_next(given, &value) != SQLITE_OK)
            break;
    }
    if (values)
        settle(values, count);
    return values;
}

static int filter(sqlite3_vtab_cursor *base, int plan, const char *name, int argc, sqlite3_value **argv) {
    struct open_scan *scan = (struct open_scan *)base;
    const struct module *module = module_of(base->pVtab);
    struct db_table_scan asked = {.argument = NULL};
    int64_t *lists[DB_TABLE_KEYS] = {NULL};
    struct text why = {0};
    int keys = plan & PLAN_KEYS;
    bool good = true;
    (void)name;
    end(scan);
    for (int i = 0; i < keys && i < argc && good; i++) {
        lists[i] = values_of(argv[i], plan & PLAN_LIST << i, &asked.keys[i].count);
        asked.keys[i].values = lists[i];
        good = lists[i] != NULL;
    }
    if (plan & PLAN_ARGUMENT)
        asked.argument = (const char *)sqlite3_value_text(argv[keys]);
    scan->row = 0;
    scan->scan = good ? module->table->open(module->context, &asked, &why) : NULL;
    for (int i = 0; i < DB_TABLE_KEYS; i++)
        free(lists[i]);
    if (scan->scan) {
        text_free(&why);
        return next(base);
    }
    if (why.size == 0)
        text_add(&why, "out of memory");
    return failed(base->pVtab, &why);
}

static int at_end(sqlite3_vtab_cursor *base) {
    return ((struct open_scan *)base)->scan == NULL;
}

static int cell(sqlite3_vtab_cursor *base, sqlite3_context *context, int column) {
    const char *text = NULL;
    int64_t number =
        module_of(base->pVtab)->table->cell(((struct open_scan *)base)->scan, (unsigned)column, &text);
    if (text)
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_result_int64(context, number);
    return SQLITE_OK;
}

static int row_number(sqlite3_vtab_cursor *base, sqlite3_int64 *ret) {
    *ret = ((struct open_scan *)base)->row;
    return SQLITE_OK;
}

bool db_table_add(struct db *db, const struct db_table *table, void *context) {
    /* Without xCreate it is there for every statement, and in no schema. */
    static const sqlite3_module methods = {.xConnect = connect,
                                           .xBestIndex = best_index,
                                           .xDisconnect = disconnect,
                                           .xOpen = open_scan,
                                           .xClose = close_scan,
                                           .xFilter = filter,
                                           .xNext = next,
                                           .xEof = at_end,
                                           .xColumn = cell,
                                           .xRowid = row_number};
    struct module *module = malloc(sizeof *module);
    if (!module)
        return false;
    *module = (struct module){table, context};
    /* `free` is called by SQLite when it fails, too. */
    return sqlite3_create_module_v2(db->handle, table->name, &methods, module, free) == SQLITE_OK;
}
