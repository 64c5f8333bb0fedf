/* pe_ordinals: names of functions that are commonly imported by ordinal, frozen as every imphash tool has
 * them. */
#ifndef FORMAT_PE_ORDINALS_H
#define FORMAT_PE_ORDINALS_H

#include <stdint.h>

/* The name behind `ordinal` of `dll` (lower case, with extension), or NULL. Known are oleaut32.dll,
 * ws2_32.dll and wsock32.dll; the last by the table of ws2_32.dll, because pefile did so when imphash was
 * defined. */
const char *pe_ordinals_name(const char *dll, uint16_t ordinal);

#endif
