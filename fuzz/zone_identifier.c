#include "format/zone_identifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct zone_identifier *zone, struct span bytes, struct span value) {
    struct text text = {0};
    if (value.size > ZONE_IDENTIFIER_VALUE || (zone->wide && value.size % 2 != 0) ||
        (value.size > 0 && (value.data < bytes.data || value.data + value.size > bytes.data + bytes.size)))
        __builtin_trap();
    zone_identifier_text(zone, value, &text);
    if (!text_valid(text_string(&text), text.size))
        __builtin_trap();
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct zone_identifier zone;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 1 << 16);
    (void)zone_identifier_named(bytes);
    bool good = zone_identifier_decode(&job, bytes, &zone);
    if (good != (job.fault.code == FAULT_NONE) || job.used > 0 || (!zone.has_zone && zone.zone != 0))
        __builtin_trap();
    check(&zone, bytes, zone.host_url);
    check(&zone, bytes, zone.referrer_url);
    check(&zone, bytes, zone.package);
    job_reset(&job);
    return 0;
}
