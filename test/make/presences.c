/* presences: what a store of SQLite keeps packed, a line each, for sqlite3: number of the case, thing, time.
 *
 *     presences STORE
 */
#include "store/store.h"

#include <stdio.h>

int main(int argc, char **argv) {
    struct text error = {0};
    struct sql sql;
    struct store *store = argc == 2 ? store_open(argv[1], STORE_READ, &error) : NULL;
    sql_init(&sql, SQL_SQLITE);
    sql_add(&sql, "SELECT number, thing, time FROM presence");
    struct engine_rows *rows = store ? store_ask(store, &sql) : NULL;
    while (store && store_next(store, rows))
        printf("%lld|%lld|%lld\n", (long long)store_number(store, rows, 0),
               (long long)store_number(store, rows, 1), (long long)store_number(store, rows, 2));
    bool good = store && store_error(store)[0] == 0;
    if (!good)
        fprintf(stderr, "presences: %s\n", store ? store_error(store) : text_string(&error));
    if (store)
        store_finish(store, rows);
    store_close(store);
    sql_free(&sql);
    text_free(&error);
    return good ? 0 : 1;
}
