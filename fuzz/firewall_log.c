#include "format/firewall_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct firewall_log log;
    struct firewall_log_entry entry;
    struct job job;
    size_t count = 0;
    job_init(&job, 0);
    firewall_log_open(&job, span_of(data, size, 0), &log);
    while (firewall_log_next(&log, &entry)) {
        if (++count > size || log.places > FIREWALL_LOG_FIELDS)
            __builtin_trap();
        for (int i = 0; i < FIREWALL_LOG_KINDS; i++) {
            struct span field = entry.field[i];
            if (field.size > FIREWALL_LOG_WORD ||
                (field.size > 0 && (field.data < data || field.data + field.size > data + size)))
                __builtin_trap();
        }
    }
    if (job.fault.code != FAULT_NONE)
        __builtin_trap();
    job_reset(&job);
    return 0;
}
