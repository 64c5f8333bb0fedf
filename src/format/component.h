/* component: the forms in which Windows keeps parts of itself besides plain files (docs/format/component.md).
 *
 * They are told by their first bytes, and nothing of them is decoded. */
#ifndef FORMAT_COMPONENT_H
#define FORMAT_COMPONENT_H

#include "base/span.h"
#include "format/pe.h"

enum component_kind {
    COMPONENT_NONE,
    COMPONENT_DELTA,        /* PA30 or PA31, bare, behind a CRC, or in a DCN or DCD envelope */
    COMPONENT_MANIFEST,     /* DCM: a manifest, as a delta to a manifest in the servicing stack */
    COMPONENT_PACKED,       /* DCS: LZMS */
    COMPONENT_NGEN,         /* a PE that the native image generator made on this machine */
    COMPONENT_READY_TO_RUN, /* a PE with code precompiled by its maker */
};

/* What a file is whose first bytes are `head` (24 bytes suffice). Never COMPONENT_NGEN or _READY_TO_RUN. */
enum component_kind component_sniff(struct span head);

/* The same of a PE whose first bytes, or all of them, are `bytes`; COMPONENT_NONE, too, if what tells lies
 * behind them. */
enum component_kind component_image(const struct pe *pe, struct span bytes);

/* "none", "delta-pa30", "manifest-dcm", "packed-dcs", "ngen-image", "ready-to-run". */
const char *component_word(enum component_kind kind);

#endif
