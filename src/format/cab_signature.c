#include "format/cab_signature.h"

enum { RESERVES = 4, RESERVED = 20, AFTER_CHECKSUM = 8, SET_INDEX = 34, LAST_RESERVED = 56 };

static bool bad(struct fault *why, const char *text) {
    *why = (struct fault){.code = FAULT_BAD, .text = text};
    return false;
}

bool cab_signature_find(struct span head, uint64_t size, struct cab_signature *ret, struct fault *why) {
    struct cursor c = cursor_of(head);
    *why = (struct fault){.code = FAULT_NONE};
    cursor_seek(&c, 30);
    unsigned flags = cursor_u16(&c);
    cursor_seek(&c, 36);
    unsigned reserved = cursor_u16(&c);
    cursor_seek(&c, 44);
    uint32_t at = cursor_u32(&c), length = cursor_u32(&c);
    cursor_seek(&c, CAB_SIGNATURE_HEAD);
    if (c.torn || !span_starts(head, "MSCF", 4) || !(flags & RESERVES) || reserved != RESERVED ||
        (at == 0 && length == 0))
        return false;
    if (at < CAB_SIGNATURE_HEAD || at > size || length > size - at || length == 0)
        return bad(why, "the signature of a cabinet does not lie where it is said to");
    *ret = (struct cab_signature){at, length, {{0, 4}, {AFTER_CHECKSUM, SET_INDEX}, {LAST_RESERVED, at}}};
    return true;
}
