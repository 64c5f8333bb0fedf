/* netname: names of hosts and addresses of the Internet protocol in one form, so that equal ones are equal.
 *
 * A domain has small letters and no dot at its end; it has at least two labels of letters, digits, - and _,
 * the last of which is no number. An address is as RFC 5952 writes it; an IPv4 address in the form of IPv6
 * (::ffff:192.0.2.1) is an IPv4 address. Names that are not ASCII, and single labels, are none. */
#ifndef BASE_NETNAME_H
#define BASE_NETNAME_H

#include "base/span.h"

enum { NETNAME_MOST = 254 }; /* bytes of one, and its NUL */

enum netname_kind { NETNAME_NONE, NETNAME_DOMAIN, NETNAME_ADDRESS };

/* What `text` is as a whole, without blanks around it. Dots that are written [.] or (.), as reports do so
 * that nobody follows them, are dots. `ret` is empty if it is neither. */
enum netname_kind netname_normal(struct span text, char ret[NETNAME_MOST]);

/* The host of a URL (RFC 3986, 3.2.2), without user, port and brackets; empty if it is none. */
struct span netname_of_url(struct span url);

/* The domain without its first label: NULL if what is left would be a single one. */
const char *netname_parent(const char *domain);

/* An address that leads nowhere or to the machine itself, as lists for blocking use it: 0.0.0.0, 127.0.0.0/8,
 * ::, ::1. */
bool netname_is_nowhere(const char *address);

#endif
