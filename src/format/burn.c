#include "format/burn.h"

#define MAGIC 0x00f14300u

enum {
    PE_AT = 0x3c,
    PE_MAGIC = 0x4550,
    OPTIONAL_WIDE = 0x20b,
    SECURITY = 128, /* of the directory of signatures, in the optional header */
    SECURITY_WIDE = 144,
    SECTION = 40,
    SECTION_NAME = 8,
    OLDEST = 2,
    NEWEST = 3,
    CABINETS = 1
};

static void read_signature(struct span optional, struct burn_place *ret) {
    struct cursor c = cursor_of(optional);
    bool wide = cursor_u16(&c) == OPTIONAL_WIDE;
    cursor_seek(&c, wide ? SECURITY_WIDE : SECURITY);
    ret->signature_at = cursor_u32(&c);
    ret->signature_size = cursor_u32(&c);
    if (c.torn)
        ret->signature_at = ret->signature_size = 0;
}

bool burn_find(struct span head, struct burn_place *ret) {
    struct cursor c = cursor_of(head);
    if (!span_starts(head, "MZ", 2))
        return false;
    cursor_seek(&c, PE_AT);
    uint32_t at = cursor_u32(&c);
    cursor_seek(&c, at);
    if (cursor_u32(&c) != PE_MAGIC)
        return false;
    cursor_skip(&c, 2);
    unsigned sections = cursor_u16(&c);
    cursor_skip(&c, 12);
    unsigned size = cursor_u16(&c);
    cursor_skip(&c, 2);
    struct span optional = cursor_take(&c, size);
    for (unsigned i = 0; i < sections; i++) {
        struct span section = cursor_take(&c, SECTION);
        struct cursor s = cursor_of(section);
        if (c.torn || !span_starts(section, ".wixburn", SECTION_NAME)) {
            if (c.torn)
                return false;
            continue;
        }
        cursor_skip(&s, 16);
        *ret = (struct burn_place){.size = cursor_u32(&s)};
        ret->at = cursor_u32(&s);
        read_signature(optional, ret);
        return true;
    }
    return false;
}

bool burn_read(struct job *job, struct span section, struct burn *ret) {
    struct cursor c = cursor_of(section);
    *ret = (struct burn){0};
    uint32_t magic = cursor_u32(&c);
    ret->version = cursor_u32(&c);
    if (c.torn)
        return job_fail(job, FAULT_TORN, section.offset, "the section of a bundle is cut off");
    if (magic != MAGIC)
        return job_fail(job, FAULT_BAD, section.offset, "no section of a bundle");
    if (ret->version < OLDEST || ret->version > NEWEST)
        return job_fail(job, FAULT_UNSUPPORTED, section.offset, "a bundle of a version that is not read");
    cursor_skip(&c, 16); /* GUID of the bundle: the manifest has it */
    ret->stub = cursor_u32(&c);
    cursor_skip(&c, 4); /* the checksum that the engine's headers had */
    ret->signature_at = cursor_u32(&c);
    ret->signature_size = cursor_u32(&c);
    uint32_t format = cursor_u32(&c);
    ret->count = cursor_u32(&c);
    if (c.torn)
        return job_fail(job, FAULT_TORN, section.offset, "the section of a bundle is cut off");
    if (ret->count == 0)
        return job_fail(job, FAULT_BAD, section.offset, "the stub of a bundle, without containers");
    if (format != CABINETS)
        return job_fail(job, FAULT_UNSUPPORTED, section.offset, "a bundle whose containers are no cabinets");
    size_t room = cursor_left(&c) / 4;
    if (ret->count > room || ret->count > BURN_CONTAINERS) {
        job_note(job, FAULT_BAD, section.offset,
                 "a bundle that says to have more containers than it has sizes of");
        ret->count = room < BURN_CONTAINERS ? (uint32_t)room : BURN_CONTAINERS;
    }
    for (uint32_t i = 0; i < ret->count; i++)
        ret->sizes[i] = cursor_u32(&c);
    return ret->count > 0 || job_fail(job, FAULT_TORN, section.offset, "the section of a bundle is cut off");
}

uint64_t burn_container_at(const struct burn *burn, const struct burn_place *place, uint32_t container) {
    uint64_t at = burn->stub;
    if (container == 0)
        return at;
    if (burn->signature_at > 0)
        at = (uint64_t)burn->signature_at + burn->signature_size;
    else if (place->signature_at > 0)
        at = (uint64_t)place->signature_at + place->signature_size;
    else
        at += burn->sizes[0];
    for (uint32_t i = 1; i < container && i < burn->count; i++)
        at += burn->sizes[i];
    return at;
}
