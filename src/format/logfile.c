#include "format/logfile.h"

enum { RECORD_MIN = LOGFILE_HEADER /* bytes that a record takes */ };

/* Marks above the offset: of two places with the same LSN, the smaller is the better. */
#define PLACE_STALE  ((uint64_t)1 << 63)
#define PLACE_COPY   ((uint64_t)1 << 62)
#define PLACE_OFFSET (PLACE_COPY - 1)

bool logfile_sniff(struct span head) {
    static uint8_t page[LOGFILE_PAGE_MAX];
    struct logfile_restart restart;
    memset(page, 0, sizeof page);
    struct cursor c = cursor_of(head);
    cursor_seek(&c, 16);
    uint32_t size = cursor_u32(&c);
    if (!span_starts(head, "RSTR", 4) && !span_starts(head, "CHKD", 4))
        return false;
    size_t there = span_copy(span_part(head, 0, head.size), page, LOGFILE_SNIFF);
    if (size <= there)
        return logfile_restart_read(page, there, 0, &restart);
    /* Pages of other machines may be larger than what is seen: then its fields must do. */
    return size <= LOGFILE_PAGE_MAX && (size & (size - 1)) == 0 && there == LOGFILE_SNIFF;
}

bool logfile_sniff_page(uint8_t *page, uint64_t offset, uint64_t size) {
    struct logfile_layout layout = logfile_layout_guess(size);
    struct logfile_restart restart;
    struct logfile_page opened;
    struct logfile_header header;
    if (logfile_restart_read(page, LOGFILE_PAGE, offset, &restart))
        return true;
    if (!span_starts(span_of(page, LOGFILE_PAGE, 0), "RCRD", 4))
        return false;
    logfile_page_open(page, offset, &layout, &opened);
    return opened.readable == LOGFILE_PAGE &&
           (opened.last_end_lsn != 0 || logfile_page_next(&opened, &header));
}

/* --- restart pages --- */

static bool try_restart(struct logfile *log, uint64_t offset, size_t size, struct logfile_restart *ret) {
    if (offset >= log->source->size)
        return false;
    size_t got = log->source->read(log->source, offset, log->first, size);
    return logfile_restart_read(log->first, got < size ? got : size, offset, ret);
}

static void choose(struct logfile *log, const struct logfile_restart *restart) {
    bool newer = log->restart_pages == 0 || restart->current_lsn > log->restart.current_lsn;
    if (newer)
        log->restart = *restart;
    log->restart_pages++;
}

static void miss_restart(struct logfile *log, uint64_t offset) {
    log->bad_restart_pages++;
    job_note(log->job, FAULT_BAD, offset, "a restart page of the log that cannot be read");
}

/* The second one lies behind the first, at the page size of the system that made the log, which the first
 * tells, or it does itself. */
static void find_restart(struct logfile *log) {
    struct logfile_restart restart;
    uint64_t second = LOGFILE_PAGE;
    bool first = try_restart(log, 0, LOGFILE_PAGE_MAX, &restart);
    if (first) {
        choose(log, &restart);
        second = restart.system_page;
    }
    for (uint64_t at = LOGFILE_PAGE_MIN; !first && at <= LOGFILE_PAGE_MAX; at *= 2)
        if (try_restart(log, at, LOGFILE_PAGE_MAX, &restart))
            second = at;
    if (try_restart(log, second, LOGFILE_PAGE_MAX, &restart))
        choose(log, &restart);
    else if (first)
        miss_restart(log, second);
    if (!first && log->restart_pages > 0)
        miss_restart(log, 0);
    log->state = log->restart_pages > 0 ? LOGFILE_USED : LOGFILE_HEADLESS;
}

/* What the restart page says of the size cannot be more than there is. */
static void lay_out(struct logfile *log) {
    uint64_t there = log->source->size;
    if (there > LOGFILE_SIZE_MAX) {
        job_note(log->job, FAULT_LIMIT, LOGFILE_SIZE_MAX,
                 "a log that is larger than any is read to its limit");
        there = LOGFILE_SIZE_MAX;
    }
    if (log->state != LOGFILE_USED) {
        log->layout = logfile_layout_guess(there);
        log->layout.size -= log->layout.size % log->layout.page;
        return;
    }
    log->layout = log->restart.layout;
    if (log->layout.size > there) {
        job_note(log->job, FAULT_TORN, there, "the log is shorter than its restart page says");
        log->layout.size = there;
    }
    log->layout.size -= log->layout.size % log->layout.page;
}

/* --- finding records --- */

static void add_place(struct logfile *log, const struct logfile_page *page,
                      const struct logfile_header *header) {
    if (log->count == log->room) {
        log->omitted++;
        return;
    }
    uint64_t place = page->bytes.offset + header->at;
    log->places[log->count++] = (struct logfile_place){
        header->lsn, place | (header->stale ? PLACE_STALE : 0) | (page->copy ? PLACE_COPY : 0)};
}

static void add_copy(struct logfile *log, const struct logfile_page *page) {
    log->copies++;
    if (log->copy_count < LOGFILE_COPIES)
        log->copy[log->copy_count++] = (struct logfile_copy){page->bytes.offset, page->home};
}

static void scan_page(struct logfile *log, struct logfile_page *page) {
    struct logfile_header header;
    uint64_t offset = page->bytes.offset;
    log->good_pages += page->readable == page->bytes.size;
    log->bad_pages += page->readable < page->bytes.size;
    if (page->readable < page->bytes.size)
        job_note(log->job, FAULT_BAD, offset + page->readable,
                 "a record page of the log that was torn in writing");
    if (page->copy)
        add_copy(log, page);
    while (logfile_page_next(page, &header)) {
        struct span readable = span_part(page->bytes, 0, page->readable);
        logfile_geometry_learn(&log->geometry, header.type, span_clip(readable, header.data, header.size));
        add_place(log, page, &header);
    }
    if (page->broken)
        job_note(log->job, FAULT_BAD, offset, "bytes between the records of a log page that are none");
}

/* The page at `offset` into `to`; false if it is not wholly there. */
static bool load(struct logfile *log, uint64_t offset, uint8_t *to, struct logfile_page *ret) {
    size_t size = log->layout.page;
    if (offset > log->source->size || log->source->size - offset < size ||
        log->source->read(log->source, offset, to, size) != size)
        return false;
    logfile_page_open(to, offset, &log->layout, ret);
    return true;
}

struct blanks {
    uint64_t ones, zeros;
};

static bool scan(struct logfile *log, struct blanks *blanks) {
    uint64_t at = log->state == LOGFILE_USED ? 2 * (uint64_t)log->restart.system_page : 0;
    bool strange = false;
    for (; at < log->layout.size; at += log->layout.page) {
        struct logfile_page page;
        if (!job_step(log->job, 1 + log->layout.page / LOGFILE_SECTOR, at))
            return false;
        if (!load(log, at, log->first, &page)) {
            job_note(log->job, FAULT_TORN, at, "a page of the log is missing");
            return true;
        }
        bool before = strange;
        strange = false;
        if (page.kind == LOGFILE_RECORDS)
            scan_page(log, &page);
        else if (page.kind == LOGFILE_UNUSED) {
            log->unused_pages++;
            blanks->ones += span_u8(page.bytes, 0) == 0xff;
            blanks->zeros += span_u8(page.bytes, 0) == 0;
        } else {
            strange = true;
            log->bad_pages++;
            if (!before) /* once for each run of them */
                job_note(log->job, FAULT_BAD, at, "a page of the log that is no record page");
        }
    }
    return true;
}

/* --- order --- */

static bool place_before(const struct logfile_place *a, const struct logfile_place *b) {
    return a->lsn < b->lsn || (a->lsn == b->lsn && a->place < b->place);
}

static void sift(struct logfile_place *places, size_t at, size_t count) {
    struct logfile_place moving = places[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && place_before(&places[child], &places[child + 1]))
            child++;
        if (!place_before(&moving, &places[child]))
            break;
        places[at] = places[child];
        at = child;
    }
    places[at] = moving;
}

/* In place and without recursion, whatever the evidence is. */
static void sort(struct logfile_place *places, size_t count) {
    for (size_t i = count / 2; i-- > 0;)
        sift(places, i, count);
    for (size_t i = count; i-- > 1;) {
        struct logfile_place largest = places[0];
        places[0] = places[i];
        places[i] = largest;
        sift(places, 0, i);
    }
}

static enum logfile_state state_without_head(const struct logfile *log, const struct blanks *blanks) {
    if (log->good_pages > 0 || log->count > 0)
        return LOGFILE_HEADLESS;
    if (log->bad_pages > 0 || log->unused_pages == 0)
        return LOGFILE_NO_LOG;
    return blanks->zeros == 0 ? LOGFILE_EMPTY : blanks->ones == 0 ? LOGFILE_ZERO : LOGFILE_NO_LOG;
}

bool logfile_open(struct logfile *log, struct job *job, struct logfile_source *source) {
    struct blanks blanks = {0};
    *log = (struct logfile){.job = job, .source = source, .geometry = logfile_geometry_new()};
    log->first = job_alloc(job, LOGFILE_PAGE_MAX, 1);
    log->second = job_alloc(job, LOGFILE_PAGE_MAX, 1);
    log->joined = job_alloc(job, LOGFILE_CLIENT_MAX, 1);
    if (!log->first || !log->second || !log->joined)
        return false;
    find_restart(log);
    lay_out(log);
    uint64_t most = log->layout.size / RECORD_MIN;
    log->room = most < LOGFILE_RECORD_MAX ? (size_t)most : LOGFILE_RECORD_MAX;
    log->places = job_alloc(job, log->room, sizeof *log->places);
    if (!log->places || !scan(log, &blanks))
        return false;
    if (log->omitted > 0)
        job_note(job, FAULT_LIMIT, 0, "a log with more records than are kept");
    if (log->state != LOGFILE_USED) {
        log->state = state_without_head(log, &blanks);
        if (log->state == LOGFILE_HEADLESS)
            job_note(job, FAULT_BAD, 0, "a log without a restart page that can be read");
    }
    logfile_geometry_settle(&log->geometry);
    sort(log->places, log->count);
    log->page.kind = LOGFILE_STRANGE;
    return true;
}

/* --- putting records together --- */

/* Whether a page may hold what goes on from a record in the page before it: it belongs to the same round of
 * the log, or to the next one if the log has started again in between. */
static bool goes_on(const struct logfile *log, const struct logfile_page *page, uint64_t lsn, bool wrapped) {
    uint64_t last = page->last_lsn ? page->last_lsn : page->last_end_lsn;
    uint64_t round = (lsn >> log->layout.data_bits) + wrapped;
    return page->kind == LOGFILE_RECORDS && (last == lsn || last >> log->layout.data_bits == round);
}

/* The page that belongs to `home`: itself, or a copy. */
static bool find_page(struct logfile *log, uint64_t home, uint64_t lsn, bool wrapped,
                      struct logfile_page *ret) {
    if (load(log, home, log->second, ret) && !ret->copy && goes_on(log, ret, lsn, wrapped))
        return true;
    for (size_t i = 0; i < log->copy_count; i++)
        if (log->copy[i].home == home && load(log, log->copy[i].offset, log->second, ret) &&
            goes_on(log, ret, lsn, wrapped))
            return true;
    return false;
}

static size_t append(struct logfile *log, size_t have, struct span part, size_t want) {
    return have + span_copy(part, log->joined + have, want - have);
}

/* Data that go on over the end of their page; `ret->data` are those that lie in it. */
static void join(struct logfile *log, const struct logfile_header *header, struct logfile_record *ret) {
    size_t have = append(log, 0, ret->data, header->size);
    uint64_t home = log->page.home;
    bool wrapped = false;
    while (have < header->size) {
        struct logfile_page page;
        home += log->layout.page;
        if (home >= log->layout.size) {
            if (wrapped)
                break;
            home = logfile_first(&log->layout);
            wrapped = true;
        }
        if (!job_step(log->job, 1, home) || !find_page(log, home, header->lsn, wrapped, &page))
            break;
        struct span part = span_from(span_part(page.bytes, 0, page.readable), log->layout.data);
        size_t before = have;
        have = append(log, have, part, header->size);
        if (page.readable < page.bytes.size || have == before)
            break;
    }
    ret->data = span_of(log->joined, have, ret->data.offset);
}

static bool fetch(struct logfile *log, const struct logfile_place *place, struct logfile_record *ret) {
    uint64_t offset = place->place & PLACE_OFFSET, page = offset - offset % log->layout.page;
    struct logfile_header header;
    if ((log->page.kind != LOGFILE_RECORDS || log->page.bytes.offset != page) &&
        !load(log, page, log->first, &log->page)) {
        log->page.kind = LOGFILE_STRANGE;
        return false;
    }
    if (!logfile_header_at(&log->page, (size_t)(offset - page), &header))
        return false;
    *ret = (struct logfile_record){header.lsn,    header.previous_lsn, header.undo_next_lsn,
                                   offset,        header.type,         header.transaction,
                                   header.client, header.flags,        header.stale,
                                   false,         span_of("", 0, 0)};
    struct span readable = span_part(log->page.bytes, 0, log->page.readable);
    ret->data = span_clip(readable, header.data, header.size);
    if (ret->data.size < header.size && !ret->stale && log->page.readable == log->page.bytes.size)
        join(log, &header, ret);
    ret->complete = ret->data.size == header.size;
    return true;
}

static void count(struct logfile *log, const struct logfile_record *record) {
    log->records++;
    log->stale += record->stale;
    if (!record->complete) {
        log->torn++;
        if (!record->stale)
            job_note(log->job, FAULT_TORN, record->offset,
                     "a log record that goes on in a page that is not there");
    }
    if (record->stale)
        return;
    if (log->oldest_lsn == 0)
        log->oldest_lsn = record->lsn;
    log->newest_lsn = record->lsn;
}

bool logfile_next(struct logfile *log, struct logfile_record *ret) {
    while (log->next < log->count && log->job->fault.code == FAULT_NONE) {
        uint64_t lsn = log->places[log->next].lsn;
        bool have = false;
        /* The first place with all data; if there is none, the first. */
        size_t first = log->next, last = first;
        for (; last < log->count && log->places[last].lsn == lsn; last++)
            if (!have || !ret->complete) {
                if (!job_step(log->job, 1, log->places[last].place & PLACE_OFFSET))
                    return false;
                have = fetch(log, &log->places[last], ret) || have;
            }
        log->next = last;
        if (have && !ret->complete && last - first > 1)
            have = fetch(log, &log->places[first], ret);
        if (have) {
            count(log, ret);
            return true;
        }
    }
    return false;
}

const char *logfile_state_word(enum logfile_state state) {
    static const char *const words[] = {"used", "headless", "empty", "zero", "no-log"};
    return (unsigned)state <= LOGFILE_NO_LOG ? words[state] : "?";
}
