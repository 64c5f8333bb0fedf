/* container_qcow: headers of QCOW, versions 1 to 3 (docs/format/container.md). See container.h for
 * what all of these have in common. */
#ifndef FORMAT_CONTAINER_QCOW_H
#define FORMAT_CONTAINER_QCOW_H

#include "format/container.h"

enum { QCOW_HEAD = 112 };

struct container_qcow {
    unsigned version;               /* 1 to 3 */
    unsigned cluster_bits, l2_bits; /* bytes of a cluster; entries of a table of the second level */
    uint64_t size, l1;              /* of the disk, bytes; offset of the first table */
    uint64_t l1_entries;
    bool corrupt; /* whoever wrote it says so */
};

bool container_qcow(struct job *job, struct span head, struct container_qcow *ret) MUST_USE;

#endif
