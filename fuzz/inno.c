#include "format/inno.h"
#include "base/digest.h"
#include "format/inno_setup.h"
#include "make/pack_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct pack_format pack_inno;

/* Headers as they are unpacked, which no sum protects: version, size of the first block, both blocks. */
static void read_setup(struct span bytes) {
    struct cursor c = cursor_of(bytes);
    struct inno_version version = {.number = cursor_u32(&c)};
    struct inno_setup setup;
    struct inno_location location;
    struct job job;
    version.unicode = cursor_u8(&c) & 1;
    struct span headers = cursor_take(&c, cursor_u32(&c));
    struct span locations = cursor_take(&c, cursor_left(&c));
    job_init(&job, 1 << 20);
    if (inno_setup_read(&job, &version, headers, locations, &setup)) {
        for (unsigned kind = 0; kind < INNO_KINDS; kind++) {
            struct inno_walk walk = inno_setup_walk(&setup, (enum inno_kind)kind);
            struct inno_entry entry;
            while (inno_setup_next(&walk, &entry))
                if (walk.left >= setup.counts[kind])
                    abort();
        }
        for (uint32_t i = 0; i < setup.location_count; i++)
            inno_setup_location(&setup, i, &location);
    } else if (job.fault.code == FAULT_NONE) {
        abort();
    }
    job_reset(&job);
}

/* An installer that a program carries or none; or, behind `S`, headers alone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pack_walk walk;
    static bool ready;
    if (!ready && !digest_prepare())
        abort();
    ready = true;
    if (size > 0 && data[0] == 'S') {
        read_setup(span_of(data + 1, size - 1, 0));
        return 0;
    }
    walk = (struct pack_walk){.files = {{"setup", data, size}, {"setup-1.bin", data, size}}, .count = 2};
    bool opened = pack_walk_open(&walk, &pack_inno);
    if (opened != (walk.memory.fault.code == FAULT_NONE))
        abort();
    if (opened)
        pack_walk_all(&walk, 4 << 20);
    pack_walk_close(&walk);
    return 0;
}
