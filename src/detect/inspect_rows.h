/* inspect_rows: facts and findings as rows (base/row.h), each shorter than INSPECT_ROW. For inspect.c only.
 */
#ifndef DETECT_INSPECT_ROWS_H
#define DETECT_INSPECT_ROWS_H

#include "base/digest.h"
#include "base/text.h"
#include "format/authenticode.h"
#include "format/pe.h"
#include "model/finding.h"

/* All that is known of one image. */
struct inspect_image {
    const struct pe *pe;
    const struct authenticode *authenticode;    /* NULL without a certificate table */
    const struct authenticode_digests *digests; /* NULL unless the file was read wholly */
    struct digest *scratch;                     /* for digests of parts */
};

/* The digests of a file: `digests->file_kinds` of them. */
void inspect_rows_hashes(struct text *rows, const struct authenticode_digests *digests);

/* Tables pe, pe_section, certificate_entry and signature. */
void inspect_rows_image(struct text *rows, const struct inspect_image *image);

/* Tables finding and finding_detail. */
void inspect_rows_finding(struct text *rows, const struct finding *finding);

#endif
