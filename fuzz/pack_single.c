#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_single;

/* A compressed file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    walk = (struct pack_walk){.files = {{"x", data, size}}, .count = 1};
    bool opened = pack_walk_open(&walk, &pack_single);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
