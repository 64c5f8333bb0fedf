#include "format/iso.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_iso;

enum { BEFORE = 16 * 2048 };

/* The decoders, of whatever stands at the start. */
static void decode(struct span bytes) {
    struct iso_record record;
    struct iso_rock rock = {0};
    struct text name = {0};
    struct iso_descriptor descriptor = iso_descriptor_read(bytes);
    if (descriptor.block != 0 && descriptor.block != 512 && descriptor.block != 1024 &&
        descriptor.block != 2048)
        abort();
    if (iso_record_read(bytes, &record) && record.length > 0) {
        iso_name(&name, record.name, record.length & 1);
        if (!text_valid(text_string(&name), name.size))
            abort();
    }
    iso_rock_read(bytes, &rock, &name);
    text_free(&name);
}

/* An image of an optical disc from its descriptors on; what comes before them is zero. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    decode(span_of(data, size, 0));
    uint8_t *whole = calloc(1, BEFORE + size);
    if (!whole)
        abort();
    span_copy(span_of(data, size, 0), whole + BEFORE, size);
    walk = (struct pack_walk){.files = {{"x", whole, BEFORE + size}}, .count = 1};
    bool opened = pack_walk_open(&walk, &pack_iso);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    free(whole);
    return 0;
}
