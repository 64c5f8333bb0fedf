/* fleet_inventory: a list of hosts that people keep: CSV (RFC 4180; also with semicolons), the first line
 * with the names of its columns in any order: host, and any of site, country, owner, role, mac, address.
 * Others are not looked at. */
#ifndef REPORT_FLEET_INVENTORY_H
#define REPORT_FLEET_INVENTORY_H

#include "store/store.h"

enum {
    FLEET_INVENTORY_HOST,
    FLEET_INVENTORY_SITE,    /* from here on in the order of store_place */
    FLEET_INVENTORY_COUNTRY, /* codes of two or three letters in capitals, else as it is written */
    FLEET_INVENTORY_OWNER,
    FLEET_INVENTORY_ROLE,
    FLEET_INVENTORY_MAC,     /* of network cards; in the form of store_host.mac, what is none left out */
    FLEET_INVENTORY_ADDRESS, /* where it is seen on the Internet */
    FLEET_INVENTORY_FIELDS
};

enum { FLEET_INVENTORY_COLUMNS = 256, FLEET_INVENTORY_CELL = 1024 };

struct fleet_inventory {
    const char *at, *end;
    char separator;
    uint64_t line;
    int column[FLEET_INVENTORY_FIELDS]; /* -1: there is none */
    struct text cells[FLEET_INVENTORY_FIELDS], error;
};

struct fleet_inventory_row {
    const char *fields[FLEET_INVENTORY_FIELDS]; /* "" for none; until the next row */
};

/* False, with `error`, if there is no column `host`. To be closed in either case. `bytes` stay the caller's.
 */
bool fleet_inventory_open(struct fleet_inventory *ret, const char *bytes, size_t size) MUST_USE;

/* The next row that names a host; false at the end, and with `error` where a line is none. */
bool fleet_inventory_next(struct fleet_inventory *inventory, struct fleet_inventory_row *ret) MUST_USE;
void fleet_inventory_close(struct fleet_inventory *inventory);

/* The hosts of a name, whatever its letters' case, with or without its domain behind a dot; at most `most`.
 */
size_t fleet_inventory_hosts(struct store *store, const char *name, uint64_t *hosts, size_t most);

#endif
