/* pack_inno_find: where the parts of an installer of Inno Setup lie. */
#ifndef SOURCE_PACK_INNO_FIND_H
#define SOURCE_PACK_INNO_FIND_H

#include "format/inno.h"
#include "source/pack.h"

/* By the table in a resource of the program, by the pointer in its head, or by what the file itself begins
 * with: headers beside a program. False with a fault if the container is no installer of Inno Setup. Reads a
 * few KiB, whatever the size of the program. */
bool pack_inno_find(struct pack *pack, struct inno_table *ret) MUST_USE;

#endif
