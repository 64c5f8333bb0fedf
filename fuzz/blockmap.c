/* Block maps of packages, in little memory. */
#include "format/blockmap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct digest *scratch;
    struct job job;
    struct blockmap map;
    if (!scratch && (!digest_prepare() || !(scratch = digest_new())))
        abort();
    job_init(&job, 1 << 18);
    (void)!blockmap_sniff(span_of(data, size, 0));
    if (!blockmap_decode(&job, span_of(data, size, 0), scratch, &map) && map.complete)
        abort();
    if (!map.complete && job.noted == 0 && job.fault.code == FAULT_NONE)
        abort();
    for (size_t i = 0; i < map.count; i++)
        if (map.files[i].name[0] == 0)
            abort();
    job_reset(&job);
    return 0;
}
