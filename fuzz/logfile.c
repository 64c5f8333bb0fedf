#include "format/logfile.h"
#include "format/logfile_action.h"
#include "format/logfile_change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    struct logfile_source source; /* first */
    struct span bytes;
};

static size_t read_at(struct logfile_source *source, uint64_t offset, uint8_t *to, size_t size) {
    struct memory *m = (struct memory *)(void *)source;
    return span_copy(span_clip(m->bytes, offset, size), to, size);
}

/* Fuzzers do not find fixups by chance: with the first byte odd, the sectors of each page are made to match.
 * The size of a page is what the first one says. */
static void mend(uint8_t *bytes, size_t size) {
    struct cursor head = cursor_of(span_of(bytes, size, 0));
    cursor_seek(&head, 20);
    size_t whole = cursor_u32(&head);
    if (whole < LOGFILE_PAGE_MIN || whole > LOGFILE_PAGE || (whole & (whole - 1)) != 0)
        whole = LOGFILE_PAGE;
    for (size_t page = 0; page + whole <= size; page += whole) {
        struct cursor c = cursor_of(span_of(bytes + page, whole, 0));
        cursor_skip(&c, 4);
        size_t at = cursor_u16(&c);
        for (size_t i = 1; at <= 400 && i <= whole / LOGFILE_SECTOR; i++)
            memcpy(bytes + page + i * LOGFILE_SECTOR - 2, bytes + page + at, 2);
    }
}

static void take(const struct logfile *log, struct logfile_attributes *attributes,
                 const struct logfile_record *record) {
    struct logfile_action action;
    struct logfile_change change;
    if (record->type == LOGFILE_UPDATE && logfile_action_read(record->data, &action)) {
        logfile_attributes_take(attributes, &action);
        if (logfile_change_of(&action, &log->geometry, attributes, &change)) {
            if (change.has_name && (change.name.size == 0 || change.name.size > 510))
                __builtin_trap();
            (void)span_is_zero(change.name);
        }
    }
    (void)span_is_zero(record->data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t bytes[64 * LOGFILE_PAGE];
    static uint8_t page[LOGFILE_PAGE];
    if (size < 1)
        return 0;
    size_t n = span_copy(span_of(data + 1, size - 1, 0), bytes, sizeof bytes);
    if (data[0] & 1)
        mend(bytes, n);
    struct memory memory = {{read_at, n}, span_of(bytes, n, 0)};
    struct logfile log;
    struct logfile_record record;
    struct logfile_attributes attributes;
    struct job job;
    job_init(&job, 32 << 20);
    job.steps = 100000;
    (void)logfile_sniff(memory.bytes);
    if (n >= sizeof page) {
        memcpy(page, bytes, sizeof page);
        (void)logfile_sniff_page(page, 0, n);
    }
    uint64_t last = 0;
    if (!logfile_attributes_new(&job, &attributes))
        __builtin_trap();
    if (logfile_open(&log, &job, &memory.source))
        while (logfile_next(&log, &record)) {
            if (record.lsn <= last || record.offset >= n || record.data.size > LOGFILE_CLIENT_MAX)
                __builtin_trap();
            last = record.lsn;
            take(&log, &attributes, &record);
        }
    else if (job.fault.code != FAULT_LIMIT)
        __builtin_trap();
    if (log.bad_pages > 0 && job.noted == 0)
        __builtin_trap();
    job_reset(&job);
    return 0;
}
