/* Any bytes as a bundle of STIX: what is made of them can be read. */
#include "base/digest.h"
#include "intel/campaigns_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct campaigns_damage damage = {0}, again;
    struct campaigns campaigns = {0};
    struct text out = {0};
    struct campaigns_writer writer = {.out = &out, .file = "f"};
    bool good = campaigns_stix(span_of(data, size, 0), "n", &writer, &damage);
    if (good == (damage.why != NULL))
        abort();
    if (good && writer.all > 0 && !out.full && !writer.pending.full &&
        !campaigns_add(&campaigns, span_of(out.data, out.size, 0), "f", false, &again))
        abort();
    if (good && campaigns.item_count != writer.all)
        abort();
    campaigns_free(&campaigns);
    text_free(&writer.pending);
    text_free(&out);
    return 0;
}
