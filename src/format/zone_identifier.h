/* zone_identifier: the mark of the web, stream Zone.Identifier (docs/format/zone_identifier.md).
 *
 * A text in the form of an INI file, one byte a character or UTF-16LE behind a byte order mark. Only section
 * [ZoneTransfer] counts, and of a key that is given twice the first one, as for GetPrivateProfileString;
 * names are matched in any case. Values are borrowed from the bytes and cut at ZONE_IDENTIFIER_VALUE. Never
 * allocates; takes time linear in the bytes, of which ZONE_IDENTIFIER_MAX are looked at. */
#ifndef FORMAT_ZONE_IDENTIFIER_H
#define FORMAT_ZONE_IDENTIFIER_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

#define ZONE_IDENTIFIER_NAME "Zone.Identifier" /* of the stream, in any case */

enum {
    ZONE_IDENTIFIER_MAX = 65536,  /* bytes of the stream that are read */
    ZONE_IDENTIFIER_VALUE = 16384 /* bytes of one value; a URL that is longer is cut */
};

struct zone_identifier {
    bool wide;     /* values are UTF-16LE; else bytes of an 8-bit code page, or UTF-8 */
    bool has_zone; /* ZoneId was there and is a number */
    uint32_t zone; /* 0 this computer, 1 local intranet, 2 trusted, 3 Internet, 4 restricted */
    struct span host_url, referrer_url, package; /* empty if not there */
};

/* Is a stream of this name a mark of the web? */
bool zone_identifier_named(struct span name);

/* False with a fault in `job` if the section is not there; `ret` is then empty. What else is wrong is noted:
 * bytes that are no text, a ZoneId that is no number, values and texts that are cut. */
bool zone_identifier_decode(struct job *job, struct span bytes, struct zone_identifier *ret) MUST_USE;

/* Appends a value in stored form (base/text.h). */
void zone_identifier_text(const struct zone_identifier *zone, struct span value, struct text *out);

#endif
