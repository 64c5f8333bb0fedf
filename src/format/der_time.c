#include "format/der_time.h"

#include "base/filetime.h"

enum { UTC = 13, GENERALIZED = 15, FRACTION = 7 }; /* octets with Z; digits of a tick */

static bool digits(struct span text, size_t from, size_t count) {
    for (size_t i = from; i < from + count; i++)
        if (span_u8(text, i) < '0' || span_u8(text, i) > '9')
            return false;
    return true;
}

/* What stands behind the seconds: Z, or a point, digits and Z. */
static bool ending(struct span text, size_t at, char fraction[FRACTION + 2]) {
    size_t used = 0;
    if (span_u8(text, at) == '.') {
        fraction[used++] = '.';
        for (at++; digits(text, at, 1); at++)
            if (used <= FRACTION)
                fraction[used++] = (char)span_u8(text, at);
        if (used == 1)
            return false;
    }
    fraction[used] = 0;
    return span_u8(text, at) == 'Z' && at + 1 == text.size;
}

bool der_time(const struct der *value, uint64_t *ret) {
    struct span text = value->content;
    bool utc = value->identifier == DER_UTC_TIME;
    size_t year = utc ? 2 : 4, plain = utc ? UTC - 1 : GENERALIZED - 1;
    char fraction[FRACTION + 2] = "", iso[64];
    if ((!utc && value->identifier != DER_GENERALIZED_TIME) || !digits(text, 0, plain) ||
        !ending(text, plain, fraction) || (utc && fraction[0]))
        return false;
    const char *d = (const char *)text.data;
    snprintf(iso, sizeof iso, "%s%.*s-%.2s-%.2sT%.2s:%.2s:%.2s%sZ",
             !utc          ? ""
             : d[0] >= '5' ? "19"
                           : "20",
             (int)year, d, d + year, d + year + 2, d + year + 4, d + year + 6, d + year + 8, fraction);
    return filetime_parse(iso, ret);
}
