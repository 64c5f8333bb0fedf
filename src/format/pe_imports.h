/* pe_imports: the import table and the delay import table (specification: The .idata Section, Delay-Load
 * Import Tables). For pe.c only. */
#ifndef FORMAT_PE_IMPORTS_H
#define FORMAT_PE_IMPORTS_H

#include "format/pe_image.h"

/* Fills in image->pe->imports and ->delay_imports. False if the job's memory or steps run out. */
bool pe_imports_decode(struct pe_image *image) MUST_USE;

#endif
