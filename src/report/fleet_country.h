/* fleet_country: the country of an address, from a local database of GeoIP in MaxMind's format (GeoLite2,
 * DB-IP and others), which the user gives: configuration, not evidence. The only file that sees maxminddb.h.
 */
#ifndef REPORT_FLEET_COUNTRY_H
#define REPORT_FLEET_COUNTRY_H

#include "base/fault.h"
#include "base/text.h"

struct fleet_country;

/* NULL with the reason in `error`. */
struct fleet_country *fleet_country_open(const char *path, struct text *error) MUST_USE;
void fleet_country_close(struct fleet_country *country); /* NULL is fine */

/* Two letters (ISO 3166-1), else false: `address` is none (no name is looked up), or the database does not
 * know it. */
bool fleet_country_of(const struct fleet_country *country, const char *address, char code[3]) MUST_USE;

#endif
