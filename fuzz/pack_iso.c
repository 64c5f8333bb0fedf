#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_iso;

enum { BEFORE = 16 * 2048 };

/* An image of an optical disc from its descriptors on; what comes before them is zero. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
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
