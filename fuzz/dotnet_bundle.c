#include "format/dotnet_bundle.h"
#include "make/bundle_made.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_dotnet;

enum { MOST = 1 << 16 };

/* The input is what lies behind a host: two bytes say where in it the manifest begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    static uint8_t bytes[BUNDLE_MADE_HOST + MOST];
    struct bundle_made made = {.bytes = bytes, .room = sizeof bytes};
    if (size < 3 || size > MOST)
        return 0;
    bundle_made_host(&made, dotnet_bundle_mark);
    bundle_made_add(&made, data, size);
    uint64_t manifest = BUNDLE_MADE_HOST + data[0] + 256u * data[1];
    for (size_t i = 0; i < 8; i++)
        bytes[BUNDLE_MADE_MARK - 8 + i] = (uint8_t)(manifest >> 8 * i);
    walk = (struct pack_walk){.files = {{"a.exe", bytes, made.size}}, .count = 1};
    bool opened = pack_walk_open(&walk, &pack_dotnet);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
