/* der_time: times in ASN.1 values. */
#ifndef FORMAT_DER_TIME_H
#define FORMAT_DER_TIME_H

#include "format/der.h"

/* UTCTime or GeneralizedTime in UTC, with or without a fraction of a second (RFC 5280, 4.1.2.5; RFC
 * 3161, 2.4.2) as FILETIME; two digits of a year from 50 on are of the twentieth century. */
bool der_time(const struct der *value, uint64_t *ret) MUST_USE;

#endif
