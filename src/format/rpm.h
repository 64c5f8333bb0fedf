/* rpm: the heads of RPM packages of version 3 and 4 (docs/format/rpm.md).
 *
 * A lead, a header with signatures, padding, a header with all that is known of the package, the packed
 * payload. A header is an index of tags and a store of values; both are read from one span that the caller
 * keeps. */
#ifndef FORMAT_RPM_H
#define FORMAT_RPM_H

#include "base/job.h"
#include "base/span.h"

enum {
    RPM_LEAD = 96,  /* bytes */
    RPM_INTRO = 16, /* of a header's first part */
    RPM_INDEX = 16, /* of a row of its index */
    RPM_ROWS = 65536
};

enum rpm_tag {
    RPM_NAME = 1000,
    RPM_VERSION = 1001,
    RPM_RELEASE = 1002,
    RPM_VENDOR = 1011,
    RPM_BEFORE_INSTALL = 1023,
    RPM_AFTER_INSTALL = 1024,
    RPM_BEFORE_REMOVAL = 1025,
    RPM_AFTER_REMOVAL = 1026,
    RPM_WRITER = 1064,
    RPM_TRIGGERS = 1065,
    RPM_CHECK = 1079,
    RPM_PAYLOAD_FORMAT = 1124,
    RPM_BEFORE_TRANSACTION = 1151,
    RPM_AFTER_TRANSACTION = 1152
};

/* A lead of these packages? */
bool rpm_is(struct span head) MUST_USE;

/* How many bytes a header has by its RPM_INTRO first ones, these included; 0 if they are none, or tell of
 * more rows than RPM_ROWS. */
uint64_t rpm_header_size(struct span intro);

struct rpm_header {
    struct span index, store;
};

/* A whole header. */
bool rpm_header_read(struct span bytes, struct rpm_header *ret) MUST_USE;

/* The text of a tag (the first one of a list), without its NUL; empty if there is none. */
struct span rpm_text(const struct rpm_header *header, enum rpm_tag tag);

#endif
