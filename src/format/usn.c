#include "format/usn.h"

enum {
    STEP = 8,           /* alignment of records */
    HEADER_2 = 60,      /* bytes before the name */
    HEADER_3 = 76,      /* the same, with references of 128 bits */
    HEADER_4 = 64,      /* bytes before the extents */
    EXTENT = 16,        /* bytes of an extent */
    PROBE = HEADER_2,   /* bytes that any record has */
    SNIFF_WITHIN = 592, /* bytes of the longest record with a name */
    SNIFF_CHAIN = 4     /* records that make a journal where it does not begin with one */
};

enum verdict { NO_RECORD, RECORD, UNDECIDED };

/* Ends a run of damage at the present place. */
static void mend(struct usn_journal *journal, enum fault_code code, const char *text) {
    if (journal->bad_from == UINT64_MAX)
        return;
    job_note(journal->job, code, journal->bad_from, text);
    journal->damaged++;
    journal->damaged_bytes += journal->next - journal->bad_from;
    journal->bad_from = UINT64_MAX;
}

void usn_feed(struct usn_journal *journal, struct span window, bool last) {
    size_t skip = 0;
    uint64_t left = usn_left(journal);
    if (window.offset > journal->next && left > 0) { /* what was left is not continued */
        if (journal->bad_from == UINT64_MAX)
            journal->bad_from = journal->next;
        journal->next += left;
    }
    if (window.offset > journal->next)
        mend(journal, FAULT_TORN, "journal bytes before a gap that are no record");
    if (window.offset < journal->next)
        skip = journal->next - window.offset < window.size ? (size_t)(journal->next - window.offset)
                                                           : window.size;
    else
        journal->next = window.offset;
    journal->window = window;
    journal->at = skip;
    journal->last = last;
}

static void advance(struct usn_journal *journal, size_t size) {
    journal->at += size;
    journal->next += size;
}

/* Skips words of zeros; the unused end of each page is such, and so is the sparse start. */
static void skip_zeros(struct usn_journal *journal) {
    struct span rest = span_from(journal->window, journal->at);
    size_t n = 0;
    while (span_holds(rest, n, STEP)) {
        struct span page = span_part(rest, n, USN_PAGE);
        struct cursor c = cursor_of(span_part(rest, n, STEP));
        if (cursor_u64(&c) != 0)
            break;
        n += page.size > 0 && span_is_zero(page) ? page.size : STEP;
    }
    if (journal->last && rest.size - n < STEP && span_is_zero(span_from(rest, n)))
        n = rest.size;
    journal->zeros += n;
    advance(journal, n);
}

/* Whether a record is as long as what it holds, rounded up. */
static bool fits(const struct cursor *c, uint64_t end) {
    return end <= c->span.size && c->span.size - end < STEP;
}

static void read_old(struct cursor *c, struct usn_record *ret) {
    bool wide = ret->major == 3;
    ret->file.low = cursor_u64(c);
    ret->file.high = wide ? cursor_u64(c) : 0;
    ret->parent.low = cursor_u64(c);
    ret->parent.high = wide ? cursor_u64(c) : 0;
    ret->usn = cursor_u64(c);
    ret->time = cursor_u64(c);
    ret->reason = cursor_u32(c);
    ret->source = cursor_u32(c);
    ret->security = cursor_u32(c);
    ret->attributes = cursor_u32(c);
    uint16_t name_size = cursor_u16(c), name_at = cursor_u16(c);
    ret->name = span_part(c->span, name_at, name_size);
    ret->extents = span_part(c->span, c->span.size, 0);
    ret->remaining = ret->extent_count = ret->extent_bytes = 0;
    if (name_at < (wide ? HEADER_3 : HEADER_2) || name_size % 2 != 0 ||
        !fits(c, (uint64_t)name_at + name_size))
        c->torn = true;
}

static void read_ranges(struct cursor *c, struct usn_record *ret) {
    ret->file.low = cursor_u64(c);
    ret->file.high = cursor_u64(c);
    ret->parent.low = cursor_u64(c);
    ret->parent.high = cursor_u64(c);
    ret->usn = cursor_u64(c);
    ret->time = 0;
    ret->reason = cursor_u32(c);
    ret->source = cursor_u32(c);
    ret->security = ret->attributes = 0;
    ret->remaining = cursor_u32(c);
    ret->extent_count = cursor_u16(c);
    ret->extent_bytes = cursor_u16(c);
    ret->name = span_part(c->span, c->span.size, 0);
    ret->extents = cursor_take(c, (uint64_t)ret->extent_count * ret->extent_bytes);
    if ((ret->extent_count > 0 && ret->extent_bytes < EXTENT) || !fits(c, c->at))
        c->torn = true;
}

/* Whether `size` bytes from `place` lie in one page. */
static bool in_page(uint64_t place, uint32_t size) {
    return size <= USN_PAGE - place % USN_PAGE;
}

/* What lies at the present place. The page that a record may not cross is the stream's, or, in a copy that
 * does not begin at a page, the one that its own number tells. */
static enum verdict look(const struct usn_journal *journal, struct usn_record *ret, size_t *size) {
    struct span rest = span_from(journal->window, journal->at);
    if (rest.size < PROBE)
        return journal->last ? NO_RECORD : UNDECIDED;
    struct cursor c = cursor_of(rest);
    uint32_t length = cursor_u32(&c);
    ret->major = cursor_u16(&c);
    ret->minor = cursor_u16(&c);
    if (length < PROBE || length > USN_RECORD_MAX || length % STEP != 0 || ret->major < 2 || ret->major > 4)
        return NO_RECORD;
    if (length > rest.size)
        return journal->last ? NO_RECORD : UNDECIDED;
    c.span.size = length;
    ret->offset = rest.offset;
    if (ret->major == 4)
        read_ranges(&c, ret);
    else
        read_old(&c, ret);
    *size = length;
    bool crosses = !in_page(ret->offset, length) && !in_page(ret->usn, length);
    return c.torn || crosses || ret->usn > INT64_MAX ? NO_RECORD : RECORD;
}

static void count(struct usn_journal *journal, const struct usn_record *record) {
    bool first = journal->records[0] + journal->records[1] + journal->records[2] == 0;
    uint64_t shift = record->usn - record->offset;
    journal->records[record->major - 2]++;
    journal->placed += shift == 0;
    if (first)
        journal->first_usn = record->usn;
    else {
        journal->shifts += shift != journal->shift;
        journal->backwards += record->usn <= journal->last_usn;
    }
    journal->shift = shift;
    journal->last_usn = record->usn;
}

bool usn_next(struct usn_journal *journal, struct usn_record *ret) {
    static const char bad[] = "bytes in the journal that are no record";
    for (;;) {
        size_t size = 0;
        if (journal->bad_from == UINT64_MAX)
            skip_zeros(journal);
        if (usn_left(journal) == 0)
            break;
        enum verdict verdict = look(journal, ret, &size);
        if (verdict == UNDECIDED)
            return false;
        if (verdict == RECORD) {
            mend(journal, FAULT_BAD, bad);
            advance(journal, size);
            count(journal, ret);
            return true;
        }
        if (journal->bad_from == UINT64_MAX)
            journal->bad_from = journal->next;
        advance(journal, usn_left(journal) < STEP ? usn_left(journal) : STEP);
        if (journal->next % USN_PAGE == 0)
            mend(journal, FAULT_BAD, bad);
    }
    if (journal->last)
        mend(journal, FAULT_TORN, "a journal that ends in no record");
    return false;
}

bool usn_extent(const struct usn_record *record, unsigned index, uint64_t *offset, uint64_t *length) {
    if (index >= record->extent_count)
        return false;
    struct cursor c = cursor_of(record->extents);
    cursor_seek(&c, (uint64_t)index * record->extent_bytes);
    uint64_t from = cursor_u64(&c), bytes = cursor_u64(&c);
    if (c.torn)
        return false;
    *offset = from;
    *length = bytes;
    return true;
}

/* Behind words of zeros: the unused end of a page. */
static size_t behind_zeros(struct span head, size_t at) {
    while (span_holds(head, at, STEP) && span_is_zero(span_part(head, at, STEP)))
        at += STEP;
    return at;
}

/* How many records follow each other from `at` on, each as far from its number as the first; at most `most`.
 * `*end` is where they end. */
static unsigned chain(struct span head, size_t at, unsigned most, size_t *end, struct usn_record *first) {
    struct usn_journal journal = {.window = head, .at = at, .last = true};
    struct usn_record record;
    unsigned count = 0;
    size_t size = 0;
    for (; count < most && look(&journal, &record, &size) == RECORD; count++) {
        if (count == 0)
            *first = record;
        if (record.usn - record.offset != first->usn - first->offset)
            break;
        *end = journal.at + size;
        journal.at = behind_zeros(head, *end);
    }
    return count;
}

/* Asked of every file: what cannot be a record costs one look at each eighth byte of the first few hundred.
 */
bool usn_sniff(struct span head) {
    struct usn_record first;
    size_t end = 0;
    unsigned count = chain(head, 0, 2, &end, &first);
    if (count == 2 || (count == 1 && end == head.size))
        return count == 2 || (first.usn > 0 && first.time > 0);
    for (size_t at = STEP; count == 0 && at < SNIFF_WITHIN && at + PROBE < head.size; at += STEP) {
        uint8_t major = span_u8(head, at + 4);
        if (major >= 2 && major <= 4 && span_u8(head, at + 5) == 0 &&
            chain(head, at, SNIFF_CHAIN, &end, &first) == SNIFF_CHAIN)
            return true;
    }
    return false;
}

/* The place of a single bit; 32 if there is none or more than one. */
static unsigned bit_of(uint32_t flag) {
    unsigned bit = 0;
    if (flag == 0 || (flag & (flag - 1)) != 0)
        return 32;
    while (flag >>= 1)
        bit++;
    return bit;
}

const char *usn_reason_name(uint32_t flag) {
    static const char *const names[32] = {
        [0] = "DATA_OVERWRITE",
        [1] = "DATA_EXTEND",
        [2] = "DATA_TRUNCATION",
        [4] = "NAMED_DATA_OVERWRITE",
        [5] = "NAMED_DATA_EXTEND",
        [6] = "NAMED_DATA_TRUNCATION",
        [8] = "FILE_CREATE",
        [9] = "FILE_DELETE",
        [10] = "EA_CHANGE",
        [11] = "SECURITY_CHANGE",
        [12] = "RENAME_OLD_NAME",
        [13] = "RENAME_NEW_NAME",
        [14] = "INDEXABLE_CHANGE",
        [15] = "BASIC_INFO_CHANGE",
        [16] = "HARD_LINK_CHANGE",
        [17] = "COMPRESSION_CHANGE",
        [18] = "ENCRYPTION_CHANGE",
        [19] = "OBJECT_ID_CHANGE",
        [20] = "REPARSE_POINT_CHANGE",
        [21] = "STREAM_CHANGE",
        [22] = "TRANSACTED_CHANGE",
        [23] = "INTEGRITY_CHANGE",
        [24] = "DESIRED_STORAGE_CLASS_CHANGE",
        [31] = "CLOSE",
    };
    unsigned bit = bit_of(flag);
    return bit < 32 ? names[bit] : NULL;
}

const char *usn_source_name(uint32_t flag) {
    static const char *const names[] = {"DATA_MANAGEMENT", "AUXILIARY_DATA", "REPLICATION_MANAGEMENT",
                                        "CLIENT_REPLICATION_MANAGEMENT"};
    unsigned bit = bit_of(flag);
    return bit < sizeof names / sizeof *names ? names[bit] : NULL;
}
