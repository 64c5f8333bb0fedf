/* inspect_package: an Appx package's signature as rows of package and signature, its block map as rows of
 * package_map and package_file. For inspect.c only. */
#ifndef DETECT_INSPECT_PACKAGE_H
#define DETECT_INSPECT_PACKAGE_H

#include "base/text.h"
#include "detect/inspect_rows.h"
#include "format/authenticode.h"

/* `bytes` is the whole file. What is damaged is noted in the job. */
void inspect_package(struct job *job, struct span bytes, const struct authenticode_context *context,
                     const struct inspect_how *how, struct text *rows);
void inspect_package_map(struct job *job, struct span bytes, struct digest *scratch, struct text *rows);

#endif
