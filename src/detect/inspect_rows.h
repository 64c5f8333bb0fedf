/* inspect_rows: facts and findings as rows (base/row.h), each shorter than INSPECT_ROW. For inspect.c only.
 */
#ifndef DETECT_INSPECT_ROWS_H
#define DETECT_INSPECT_ROWS_H

#include "base/digest.h"
#include "base/text.h"
#include "detect/inspect_release.h"
#include "format/authenticode.h"
#include "format/pe.h"
#include "model/finding.h"

/* How much is told. */
struct inspect_how {
    const char *special; /* "kernel", "uefi" or NULL: what signature.special was asked for */
    bool brief;          /* no rows of pe_section */
    bool tell_once;      /* rows of certificate once in this process */
};

/* All that is known of one image. */
struct inspect_image {
    const struct pe *pe;
    const struct authenticode *authenticode;    /* NULL without a certificate table */
    const struct authenticode_digests *digests; /* NULL unless the file was read wholly */
    const uint8_t *blocks;                      /* 32 bytes for pe.blocks, or NULL */
    struct digest *scratch;                     /* for digests of parts */
    struct inspect_how how;
    const struct inspect_release *release; /* for digests of sections; NULL without */
};

/* The digests of a file: `digests->file_kinds` of them. */
void inspect_rows_hashes(struct text *rows, const struct authenticode_digests *digests);

/* Tables pe, pe_section, certificate_entry and signature. */
void inspect_rows_image(struct text *rows, const struct inspect_image *image);

/* Tables signature, signature_certificate and certificate. `chained` counts the rows of signature_certificate
 * of this artifact. */
void inspect_rows_signature(struct text *rows, const struct authenticode_signature *signature, size_t ordinal,
                            const struct inspect_how *how, size_t *chained);

/* Tables finding and finding_detail. */
void inspect_rows_finding(struct text *rows, const struct finding *finding);

#endif
