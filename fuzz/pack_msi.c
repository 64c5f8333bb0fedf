#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_msi;

/* The package, with itself as every cabinet beside it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    walk = (struct pack_walk){.files = {{"a.msi", data, size}, {"a.cab", data, size}}, .count = 2};
    bool opened = pack_walk_open(&walk, &pack_msi);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
