/* pe_debug: the debug directory (specification: The .debug Section).
 * For pe.c only. */
#ifndef FORMAT_PE_DEBUG_H
#define FORMAT_PE_DEBUG_H

#include "format/pe_image.h"

/* Fills in image->pe->debug. False if the job's memory runs out. */
bool pe_debug_decode(struct pe_image *image) MUST_USE;

#endif
