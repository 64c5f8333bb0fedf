/* pe_imphash: the MD5 over an import list, as pefile's get_imphash makes it.
 * For pe.c only. */
#ifndef FORMAT_PE_IMPHASH_H
#define FORMAT_PE_IMPHASH_H

#include "format/pe_image.h"

/* Fills in image->pe->imphash from image->pe->imports; leaves it empty if there are none. False if memory
 * runs out. */
bool pe_imphash_make(struct pe_image *image) MUST_USE;

#endif
