/* db_private: a database as the files of the family see it. */
#ifndef BASE_DB_PRIVATE_H
#define BASE_DB_PRIVATE_H

#include "base/db.h"

#include <sqlite3.h>

struct db {
    sqlite3 *handle;
    char *error;
    struct db_query *queries;
    uint64_t steps, allowed; /* of the question in hand, in thousands */
    db_watcher *watcher;
    void *watcher_context;
};

#endif
