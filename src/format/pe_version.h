/* pe_version: the version resource (specification: The .rsrc Section; VS_VERSIONINFO in the Windows SDK).
 * For pe.c only. */
#ifndef FORMAT_PE_VERSION_H
#define FORMAT_PE_VERSION_H

#include "format/pe_image.h"

/* Fills in image->pe->version from the first version resource that can be read. False if the job's memory or
 * steps run out. */
bool pe_version_decode(struct pe_image *image) MUST_USE;

#endif
