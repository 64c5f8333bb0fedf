/* hosts_file: names of hosts with their addresses, as \Windows\System32\drivers\etc\hosts has them
 * (docs/format/hosts_file.md).
 *
 *     struct hosts_file file = hosts_file_open(bytes);
 *     while (hosts_file_next(&file, &entry))
 *         ...
 *
 * One entry a name; a line may have several. What is no entry is passed over, as Windows does. Spans point
 * into the bytes. Takes time linear in the bytes. */
#ifndef FORMAT_HOSTS_FILE_H
#define FORMAT_HOSTS_FILE_H

#include "base/fault.h"
#include "base/span.h"

enum { HOSTS_FILE_SIZE = 16 << 20, HOSTS_FILE_NAME = 253 }; /* bytes of a file that is read, of a name */

struct hosts_file {
    struct span rest, line; /* what was not read yet; of the line in hand */
    struct span address;    /* of that line */
    uint32_t number;        /* of that line, from 1 */
};

struct hosts_file_entry {
    struct span address, name;
    uint32_t line;
};

/* Is a file of this name, in any case, such a one? */
bool hosts_file_named(const char *name);

struct hosts_file hosts_file_open(struct span bytes);

bool hosts_file_next(struct hosts_file *file, struct hosts_file_entry *ret) MUST_USE;

#endif
