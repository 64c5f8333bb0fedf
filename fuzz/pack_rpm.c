#include "format/rpm.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_rpm;

/* A header by itself. */
static void decode(struct span bytes) {
    struct rpm_header header;
    if (!rpm_header_read(bytes, &header))
        return;
    for (unsigned tag = RPM_NAME; tag <= RPM_AFTER_TRANSACTION; tag++)
        if (rpm_text(&header, (enum rpm_tag)tag).size > bytes.size)
            abort();
}

/* A package of RPM. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    decode(span_of(data, size, 0));
    walk = (struct pack_walk){.files = {{"x", data, size}}, .count = 1};
    bool opened = pack_walk_open(&walk, &pack_rpm);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
