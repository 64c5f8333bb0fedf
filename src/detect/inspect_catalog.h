/* inspect_catalog: a security catalog as rows of catalog, catalog_digests and signature. For inspect.c only.
 */
#ifndef DETECT_INSPECT_CATALOG_H
#define DETECT_INSPECT_CATALOG_H

#include "base/text.h"
#include "detect/inspect_rows.h"
#include "format/authenticode.h"
#include "format/cat.h"

/* `bytes` is the whole file. What is damaged is noted in the job. */
void inspect_catalog(struct job *job, struct span bytes, const struct authenticode_context *context,
                     const struct inspect_how *how, struct text *rows);

#endif
