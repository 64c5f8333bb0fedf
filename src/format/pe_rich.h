/* pe_rich: the undocumented Rich header between DOS stub and PE header.
 * For pe.c only. */
#ifndef FORMAT_PE_RICH_H
#define FORMAT_PE_RICH_H

#include "format/pe_image.h"

/* Fills in image->pe->rich. False if the job's memory runs out. */
bool pe_rich_decode(struct pe_image *image) MUST_USE;

#endif
