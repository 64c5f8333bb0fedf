/* cpio: the heads of members of cpio archives (docs/format/cpio.md): "new" ASCII with and without sums, old
 * ("portable") ASCII, and binary in either order of bytes.
 *
 * A head, the name with its NUL, the data; name and data are padded as the kind says. Spans in, numbers out.
 */
#ifndef FORMAT_CPIO_H
#define FORMAT_CPIO_H

#include "base/job.h"
#include "base/span.h"

enum {
    CPIO_MAGIC = 6,      /* bytes by which a kind is told */
    CPIO_HEAD = 110,     /* bytes of the longest head */
    CPIO_NAME = 32 << 10 /* bytes of a name with its NUL that is believed */
};

enum cpio_kind { CPIO_NONE, CPIO_NEW, CPIO_SUMMED, CPIO_STRIPPED, CPIO_OLD, CPIO_BINARY, CPIO_BINARY_BIG };

/* By its first bytes. CPIO_STRIPPED is what RPM writes for packages with very large files: heads that are
 * numbers of files in the package's header. It has no heads that are read here. */
enum cpio_kind cpio_sniff(struct span bytes);

size_t cpio_head_size(enum cpio_kind kind); /* bytes; 0 for none */

struct cpio_entry {
    uint64_t inode, size;            /* bytes of data */
    uint32_t mode, links, name_size; /* name_size: with its NUL */
    uint32_t modified;               /* seconds since 1970 */
    uint32_t sum;                    /* of all bytes of data, with CPIO_SUMMED */
};

/* A head of this kind from as many bytes as cpio_head_size says. False if it is none. */
bool cpio_read(enum cpio_kind kind, struct span head, struct cpio_entry *ret) MUST_USE;

/* Bytes behind a name and behind data. */
unsigned cpio_name_padding(enum cpio_kind kind, const struct cpio_entry *entry);
unsigned cpio_data_padding(enum cpio_kind kind, const struct cpio_entry *entry);

#endif
