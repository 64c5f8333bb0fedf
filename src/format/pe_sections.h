/* pe_sections: section headers, the map from RVA to file, entropy, and where the image ends in the file.
 * For pe.c only. */
#ifndef FORMAT_PE_SECTIONS_H
#define FORMAT_PE_SECTIONS_H

#include "format/pe_image.h"

/* Reads `claimed` section headers at file offset `at` into image->pe. False if the job's memory runs out. */
bool pe_sections_decode(struct pe_image *image, uint64_t at, uint16_t claimed) MUST_USE;

/* Fills in image_end and the overlay; `optional` is the file offset of the optional header, `size` its size.
 */
void pe_sections_end(struct pe_image *image, uint64_t optional, uint64_t size);

#endif
