/* inspect_reference: which libraries and files an image names, as rows of pe_reference. For inspect.c only.
 */
#ifndef DETECT_INSPECT_REFERENCE_H
#define DETECT_INSPECT_REFERENCE_H

#include "base/text.h"
#include "format/pe.h"

enum { INSPECT_REFERENCES = 1024 }; /* rows of one image; they come first that the image cannot do without */

/* `bytes` is what of the file is in memory. Own names of the image, and of texts those that it says
 * otherwise, are left out; so are programs that texts name, unless `programs`. */
void inspect_reference(struct job *job, const struct pe *pe, struct span bytes, bool programs,
                       struct text *rows);

#endif
