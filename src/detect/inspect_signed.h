/* inspect_signed: signatures of what is no image: cabinets, databases of Windows Installer, and the file
 * .signature.p7s of a NuGet package, as rows of table signature. For inspect.c only. */
#ifndef DETECT_INSPECT_SIGNED_H
#define DETECT_INSPECT_SIGNED_H

#include "base/text.h"
#include "detect/inspect_rows.h"
#include "format/authenticode.h"
#include "model/content.h"

/* Reads again what a digest is of, where there is a signature. What is damaged is noted in the job. */
void inspect_signed(struct content *content, const char *name, struct job *job,
                    const struct authenticode_context *context, const struct inspect_how *how,
                    struct digest *scratch, struct text *rows);

#endif
