/* pe_exports: the export directory (specification: The .edata Section).
 * For pe.c only. */
#ifndef FORMAT_PE_EXPORTS_H
#define FORMAT_PE_EXPORTS_H

#include "format/pe_image.h"

/* Fills in image->pe->exports. False if the job's memory or steps run out. */
bool pe_exports_decode(struct pe_image *image) MUST_USE;

#endif
