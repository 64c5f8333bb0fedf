/* clickhouse_where: the address of a store on a ClickHouse server, and the password for it.
 *
 * clickhouse://USER@HOST:PORT/DATABASE, clickhouses:// with TLS; user and port may be missing (`default`,
 * 8123, 8443), the database not. A password is never part of an address, nor of an error: it is the text of
 * $ASSAY_STORE_PASSWORD, or the first line of the file that $ASSAY_STORE_PASSWORD_FILE names, which is a
 * regular file that nobody but its owner may read. $ASSAY_STORE_CA names certificates (PEM) that are trusted
 * instead of the system's. */
#ifndef STORE_CLICKHOUSE_WHERE_H
#define STORE_CLICKHOUSE_WHERE_H

#include "base/fault.h"
#include "base/text.h"

enum { CLICKHOUSE_WHERE_NAME = 256, CLICKHOUSE_WHERE_PASSWORD = 1024 };

struct clickhouse_where {
    bool tls;
    char user[CLICKHOUSE_WHERE_NAME], host[CLICKHOUSE_WHERE_NAME], database[CLICKHOUSE_WHERE_NAME];
    unsigned port;
    char password[CLICKHOUSE_WHERE_PASSWORD]; /* "" for none */
    const char *authorities;                  /* of the environment; NULL for the system's */
};

/* False with the reason in `why`, which repeats nothing of an address that holds a password. */
bool clickhouse_where_parse(const char *address, struct clickhouse_where *ret, struct text *why) MUST_USE;

/* The password, by the environment. The same. */
bool clickhouse_where_password(struct clickhouse_where *where, struct text *why) MUST_USE;

#endif
