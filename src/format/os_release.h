/* os_release: what a Linux says it is, /usr/lib/os-release and /etc/os-release (docs/format/os_release.md).
 *
 * Spans point into the bytes, without the quotes around them; the last assignment of a name counts, as in a
 * shell. What is none is passed over. Takes time linear in the bytes. */
#ifndef FORMAT_OS_RELEASE_H
#define FORMAT_OS_RELEASE_H

#include "base/span.h"
#include "base/text.h"

enum { OS_RELEASE_SIZE = 64 << 10 /* bytes of a file that is read */ };

struct os_release {
    struct span id, version, name; /* ID, VERSION_ID, PRETTY_NAME; empty for none */
};

/* Is a file of this name such a one? */
bool os_release_named(const char *name);

/* False if it names no ID: another file of that name. */
bool os_release_decode(struct span bytes, struct os_release *ret) __attribute__((warn_unused_result));

/* Appends a value in stored form, what a backslash escapes without it. */
void os_release_text(struct span value, struct text *out);

#endif
