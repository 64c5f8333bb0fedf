#include "format/usn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the size of the windows, the second where the stream begins. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t buffer[3 * USN_PAGE];
    struct job job;
    if (size < 2)
        return 0;
    (void)usn_sniff(span_of(data + 2, size - 2, 0));
    size_t window = 8u + data[0] * 32u, left = 0;
    uint64_t offset = (uint64_t)data[1] * 512;
    struct span rest = span_of(data + 2, size - 2, 0);
    job_init(&job, 1 << 16);
    struct usn_journal journal = usn_journal_of(&job);
    struct usn_record record;
    for (bool last = false; !last;) {
        size_t n = span_copy(rest, buffer + left, window);
        last = n == rest.size;
        rest = span_from(rest, n);
        usn_feed(&journal, span_of(buffer, left + n, offset - left), last);
        while (usn_next(&journal, &record)) {
            uint64_t from, length;
            if (record.offset < journal.window.offset || record.name.size > USN_RECORD_MAX)
                __builtin_trap();
            (void)span_is_zero(record.name);
            for (unsigned i = 0; usn_extent(&record, i, &from, &length); i++)
                (void)(from + length);
        }
        offset += n;
        size_t keep = usn_left(&journal);
        if (keep >= USN_RECORD_MAX || (last && keep > 0))
            __builtin_trap();
        memmove(buffer, buffer + left + n - keep, keep);
        left = keep;
    }
    uint64_t sum = journal.zeros + journal.damaged_bytes;
    if (sum > size || (journal.damaged == 0) != (job.noted == 0))
        __builtin_trap();
    for (uint32_t bit = 1; bit != 0; bit <<= 1)
        if (usn_reason_name(bit) && usn_source_name(bit) == usn_reason_name(bit))
            __builtin_trap();
    job_reset(&job);
    return 0;
}
