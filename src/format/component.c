#include "format/component.h"

enum {
    ENVELOPE = 24,          /* the signature of a delta lies in the first bytes of a DCN or DCD file */
    CLR_HEADER = 72,        /* IMAGE_COR20_HEADER */
    CLR_NATIVE = 64,        /* ManagedNativeHeader in it */
    READY_TO_RUN = 0x525452 /* "RTR\0" */
};

#define TIME_MOST (UINT64_C(3) << 56) /* text behind a signature would be a time far above */

/* PA30 or PA31, and a FILETIME of the target: text that begins with these letters has none. */
static bool is_delta(struct span bytes) {
    if (!span_starts(bytes, "PA30", 4) && !span_starts(bytes, "PA31", 4))
        return false;
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 4);
    return cursor_u64(&c) < TIME_MOST && !c.torn;
}

static bool holds_delta(struct span head) {
    for (uint64_t at = 4; at + 4 <= ENVELOPE; at += 4)
        if (is_delta(span_from(head, at)))
            return true;
    return false;
}

enum component_kind component_sniff(struct span head) {
    if (span_starts(head, "DCM\1", 4))
        return COMPONENT_MANIFEST;
    if (span_starts(head, "DCS\1", 4))
        return COMPONENT_PACKED;
    if (span_starts(head, "DCN\1", 4) || span_starts(head, "DCD\1", 4))
        return holds_delta(head) ? COMPONENT_DELTA : COMPONENT_NONE;
    return is_delta(head) || is_delta(span_from(head, 4)) ? COMPONENT_DELTA : COMPONENT_NONE;
}

/* What lies at an address of the image, as far as `bytes` has it; torn if it is not there. */
static struct cursor at_rva(const struct pe *pe, struct span bytes, uint32_t rva) {
    uint64_t offset = 0;
    struct cursor c = cursor_of(bytes);
    if (rva == 0 || !pe_offset(pe, rva, &offset))
        c.torn = true;
    else
        cursor_seek(&c, offset);
    return c;
}

enum component_kind component_image(const struct pe *pe, struct span bytes) {
    const struct pe_directory *clr = &pe->directories[PE_DIRECTORY_CLR];
    if (pe->directories_present <= PE_DIRECTORY_CLR || clr->size < CLR_HEADER)
        return COMPONENT_NONE;
    struct cursor c = at_rva(pe, bytes, clr->rva);
    uint32_t size = cursor_u32(&c);
    cursor_skip(&c, CLR_NATIVE - 4);
    uint32_t rva = cursor_u32(&c), native = cursor_u32(&c);
    if (c.torn || size < CLR_HEADER || rva == 0 || native < 4)
        return COMPONENT_NONE;
    c = at_rva(pe, bytes, rva);
    uint32_t signature = cursor_u32(&c);
    if (c.torn)
        return COMPONENT_NONE;
    return signature == READY_TO_RUN ? COMPONENT_READY_TO_RUN : COMPONENT_NGEN;
}

const char *component_word(enum component_kind kind) {
    static const char *const words[] = {"none",       "delta-pa30", "manifest-dcm",
                                        "packed-dcs", "ngen-image", "ready-to-run"};
    return (unsigned)kind <= COMPONENT_READY_TO_RUN ? words[kind] : "?";
}
