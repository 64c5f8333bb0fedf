#include "base/digest.h"
#include "format/burn.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_burn;

/* A section by itself. */
static void decode(struct span bytes) {
    struct burn burn;
    struct burn_place place = {0};
    struct job job;
    job_init(&job, 4096);
    if (burn_read(&job, bytes, &burn) && (burn.count == 0 || burn.count > BURN_CONTAINERS))
        abort();
    for (uint32_t i = 0; i < burn.count; i++)
        (void)burn_container_at(&burn, &place, i);
    job_reset(&job);
}

/* The bundle, with itself as every sibling. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    decode(span_of(data, size, 0));
    static bool ready;
    if (!ready && !digest_prepare())
        abort();
    ready = true;
    walk = (struct pack_walk){.files = {{"own.cab", data, size}, {"own.cab", data, size}}, .count = 2};
    if (!pack_burn.suspect(span_clip(span_of(data, size, 0), 0, 4096), size) && size >= 4 && data[0] != 'M')
        return 0;
    bool opened = pack_walk_open(&walk, &pack_burn);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
