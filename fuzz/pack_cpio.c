#include "format/cpio.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_cpio;

/* A head of each kind. */
static void decode(struct span bytes) {
    for (unsigned kind = CPIO_NONE; kind <= CPIO_BINARY_BIG; kind++) {
        struct cpio_entry entry;
        if (cpio_read((enum cpio_kind)kind, bytes, &entry) &&
            (entry.name_size > CPIO_NAME || cpio_name_padding((enum cpio_kind)kind, &entry) > 3))
            abort();
    }
}

/* An archive of cpio. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    decode(span_of(data, size, 0));
    walk = (struct pack_walk){.files = {{"x", data, size}}, .count = 1};
    bool opened = pack_walk_open(&walk, &pack_cpio);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
