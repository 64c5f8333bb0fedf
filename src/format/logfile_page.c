#include "format/logfile_page.h"

enum {
    RECORD_END = 1,        /* page flag: a record ends here, so that `next` is meant */
    VOLUME_CLEAN = 2,      /* restart area flag */
    NO_CLIENT = 0xffff,    /* client index */
    CLIENT = 160,          /* bytes of a client */
    AREA = 48,             /* bytes of a restart area before its clients, at least */
    PAGE_HEADER = 40,      /* bytes before the fixup array of a record page */
    HEADER_MAX = 512,      /* bytes of a record's header, at most */
    COPIES_1 = 2,          /* pages of copies in version 1.1 */
    COPIES_2 = 32,         /* and since 2.0 */
    COPY_HOME_2 = 0x3c,    /* where a copy of version 2.0 says where it belongs */
    SEQUENCE_BITS_MIN = 8, /* of an LSN; bounds that no log comes near */
    SEQUENCE_BITS_MAX = 56
};

static bool filled(struct span page, uint8_t with) {
    return page.size > 0 && page.data[0] == with &&
           span_equal(span_part(page, 0, page.size - 1), span_from(page, 1));
}

enum logfile_kind logfile_page_kind(struct span page) {
    if (span_starts(page, "RCRD", 4))
        return LOGFILE_RECORDS;
    if (span_starts(page, "RSTR", 4))
        return LOGFILE_RESTART;
    if (span_starts(page, "CHKD", 4))
        return LOGFILE_CHECKED;
    if (span_starts(page, "BAAD", 4))
        return LOGFILE_BAAD;
    return filled(page, 0xff) || filled(page, 0) ? LOGFILE_UNUSED : LOGFILE_STRANGE;
}

size_t logfile_page_fix(uint8_t *page, size_t size) {
    struct span bytes = span_of(page, size, 0);
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 4);
    uint16_t at = cursor_u16(&c), count = cursor_u16(&c);
    struct span array = span_part(bytes, at, (uint64_t)count * 2);
    if (c.torn || at < 8 || count != size / LOGFILE_SECTOR + 1 || array.size == 0 ||
        at + array.size > LOGFILE_SECTOR)
        return 0;
    if (span_starts(span_from(array, 4), "CRC4", 4))
        return size;
    for (size_t i = 1; i < count; i++) {
        uint8_t *last = page + i * LOGFILE_SECTOR - 2;
        if (last[0] != array.data[0] || last[1] != array.data[1])
            return (i - 1) * LOGFILE_SECTOR;
        last[0] = array.data[2 * i];
        last[1] = array.data[2 * i + 1];
    }
    return size;
}

static bool page_size_fits(uint32_t size) {
    return size >= LOGFILE_PAGE_MIN && size <= LOGFILE_PAGE_MAX && (size & (size - 1)) == 0;
}

static void read_client(struct span area, uint16_t clients, uint16_t at, uint16_t used,
                        struct logfile_restart *ret) {
    if (used >= clients)
        return;
    struct cursor c = cursor_of(span_part(area, at + (uint64_t)used * CLIENT, CLIENT));
    ret->oldest_lsn = cursor_u64(&c);
    ret->checkpoint_lsn = cursor_u64(&c);
    ret->has_client = !c.torn;
}

static bool read_area(struct span area, struct logfile_restart *ret) {
    struct cursor c = cursor_of(area);
    struct logfile_layout *layout = &ret->layout;
    ret->current_lsn = cursor_u64(&c);
    uint16_t clients = cursor_u16(&c);
    cursor_skip(&c, 2);
    uint16_t used = cursor_u16(&c);
    ret->flags = cursor_u16(&c);
    uint32_t sequence_bits = cursor_u32(&c);
    cursor_skip(&c, 2);
    uint16_t client_at = cursor_u16(&c);
    layout->size = cursor_u64(&c);
    cursor_skip(&c, 4);
    layout->header = cursor_u16(&c);
    layout->data = cursor_u16(&c);
    ret->open_count = cursor_u32(&c);
    ret->clean = used == NO_CLIENT || (ret->flags & VOLUME_CLEAN) != 0;
    if (c.torn || clients > LOGFILE_CLIENTS || (used != NO_CLIENT && used >= clients) ||
        sequence_bits < SEQUENCE_BITS_MIN || sequence_bits > SEQUENCE_BITS_MAX ||
        layout->header < LOGFILE_HEADER || layout->header > HEADER_MAX || layout->header % 8 != 0 ||
        layout->data < PAGE_HEADER || layout->data > layout->page / 2 || layout->data % 8 != 0)
        return false;
    layout->data_bits = 64 - sequence_bits;
    read_client(area, clients, client_at, used, ret);
    return true;
}

bool logfile_restart_read(uint8_t *page, size_t size, uint64_t offset, struct logfile_restart *ret) {
    struct span bytes = span_of(page, size, offset);
    enum logfile_kind kind = logfile_page_kind(bytes);
    if (kind != LOGFILE_RESTART && kind != LOGFILE_CHECKED)
        return false;
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 8);
    *ret = (struct logfile_restart){.offset = offset, .checked = kind == LOGFILE_CHECKED};
    ret->checked_lsn = cursor_u64(&c);
    ret->system_page = cursor_u32(&c);
    ret->layout.page = cursor_u32(&c);
    uint16_t area = cursor_u16(&c);
    ret->minor = cursor_u16(&c);
    ret->major = ret->layout.major = cursor_u16(&c);
    if (c.torn || !page_size_fits(ret->system_page) || !page_size_fits(ret->layout.page) ||
        ret->system_page > size || (offset != 0 && offset != ret->system_page) || area % 8 != 0)
        return false;
    size_t readable = logfile_page_fix(page, ret->system_page);
    bytes = span_part(bytes, 0, readable);
    return span_holds(bytes, area, AREA) && read_area(span_from(bytes, area), ret);
}

/* The number of bits of a place follows from the size, as the restart page's would. */
struct logfile_layout logfile_layout_guess(uint64_t size) {
    struct logfile_layout layout = {
        .page = LOGFILE_PAGE, .header = LOGFILE_HEADER, .data = LOGFILE_DATA, .size = size};
    for (layout.data_bits = 0; size > 0; size >>= 1)
        layout.data_bits++;
    layout.data_bits = layout.data_bits > 3 + SEQUENCE_BITS_MIN ? layout.data_bits - 3 : SEQUENCE_BITS_MIN;
    return layout;
}

uint64_t logfile_first(const struct logfile_layout *layout) {
    return (uint64_t)(2 + (layout->major >= 2 ? COPIES_2 : COPIES_1)) * layout->page;
}

/* Whether a page may belong to `home`. */
static bool home_fits(const struct logfile_layout *layout, uint64_t home) {
    return home % layout->page == 0 && home >= logfile_first(layout) && home < layout->size;
}

/* Where a page that lies among the copies belongs. Without a version, whichever field holds such a place. */
static void find_home(struct logfile_page *page, const struct logfile_layout *layout) {
    struct cursor c = cursor_of(page->bytes);
    cursor_seek(&c, COPY_HOME_2);
    uint64_t offset = page->bytes.offset, place = offset / layout->page, later = cursor_u32(&c);
    page->home = offset;
    if (place < 2 || place >= 2 + COPIES_2 || (layout->major == 1 && place >= 2 + COPIES_1))
        return;
    if (layout->major < 2 && place < 2 + COPIES_1 && home_fits(layout, page->last_lsn)) {
        page->home = page->last_lsn;
        page->last_lsn = 0;
        page->copy = true;
    } else if (layout->major != 1 && later != offset && home_fits(layout, later)) {
        page->home = later;
        page->copy = true;
    }
}

void logfile_page_open(uint8_t *page, uint64_t offset, const struct logfile_layout *layout,
                       struct logfile_page *ret) {
    struct span bytes = span_of(page, layout->page, offset);
    *ret = (struct logfile_page){.kind = logfile_page_kind(bytes), .bytes = bytes, .home = offset};
    ret->layout = layout;
    ret->at = layout->data;
    if (ret->kind != LOGFILE_RECORDS)
        return;
    ret->readable = logfile_page_fix(page, layout->page);
    if (ret->readable == 0) {
        ret->kind = LOGFILE_BAAD;
        return;
    }
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 8);
    ret->last_lsn = cursor_u64(&c);
    ret->flags = cursor_u32(&c);
    ret->count = cursor_u16(&c);
    ret->position = cursor_u16(&c);
    ret->next = cursor_u16(&c);
    cursor_skip(&c, 6);
    ret->last_end_lsn = cursor_u64(&c);
    if (!(ret->flags & RECORD_END))
        ret->next = layout->data;
    find_home(ret, layout);
}

/* A record that goes on in the next page starts in what its page calls free. */
static bool is_stale(const struct logfile_page *page, const struct logfile_header *header) {
    bool last = page->copy && page->last_lsn == 0
                    ? header->at == page->next && header->lsn > page->last_end_lsn
                    : header->lsn == page->last_lsn;
    return header->at >= page->next && !last;
}

bool logfile_header_at(const struct logfile_page *page, size_t at, struct logfile_header *ret) {
    const struct logfile_layout *layout = page->layout;
    struct span readable = span_part(page->bytes, 0, page->readable);
    struct cursor c = cursor_of(span_part(readable, at, layout->header));
    uint64_t mask = ((uint64_t)1 << layout->data_bits) - 1;
    ret->lsn = cursor_u64(&c);
    if (c.torn || ret->lsn == 0 || (ret->lsn & mask) != (page->home + at) / 8)
        return false;
    ret->previous_lsn = cursor_u64(&c);
    ret->undo_next_lsn = cursor_u64(&c);
    ret->size = cursor_u32(&c);
    ret->client_sequence = cursor_u16(&c);
    ret->client = cursor_u16(&c);
    ret->type = cursor_u32(&c);
    ret->transaction = cursor_u32(&c);
    ret->flags = cursor_u16(&c);
    ret->at = at;
    ret->data = at + layout->header;
    ret->stale = is_stale(page, ret);
    return !c.torn && (ret->type == LOGFILE_UPDATE || ret->type == LOGFILE_CHECKPOINT) &&
           ret->size <= LOGFILE_CLIENT_MAX && ret->client < LOGFILE_CLIENTS;
}

/* Before the first record lies the end of one from the page before; how long that is, this page does not
 * tell. */
bool logfile_page_next(struct logfile_page *page, struct logfile_header *ret) {
    while (page->kind == LOGFILE_RECORDS && page->at < page->readable) {
        if (logfile_header_at(page, page->at, ret)) {
            uint64_t end = (uint64_t)ret->data + (ret->size + 7) / 8 * 8;
            page->at = end < page->readable ? (size_t)end : page->readable;
            page->found = true;
            return true;
        }
        page->broken = page->broken || (page->found && page->at < page->next);
        page->at += 8;
    }
    return false;
}
