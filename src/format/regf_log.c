#include "format/regf_log.h"

#include "format/regf_private.h"

enum {
    SECTOR = 512,
    ENTRY_HEADER = 40,
    HASHED_HEADER = 32, /* bytes of an entry's header that its second hash is of */
    REFERENCE = 8,      /* bytes of a reference to a page */
    DIRT = 4,           /* bytes before the bitmap */
    LOGS = 8            /* that are looked at */
};

static uint32_t rotate(uint32_t value, int by) {
    return value << by | value >> (32 - by);
}

static void mix(uint32_t *low, uint32_t *high) {
    *high ^= *low;
    *low = rotate(*low, 20) + *high;
    *high = rotate(*high, 9) ^ *low;
    *low = rotate(*low, 27) + *high;
    *high = rotate(*high, 19);
}

uint64_t regf_marvin32(struct span bytes) {
    uint32_t low = 0x7a4e55c5, high = 0x82ef4d88, last = 0x80;
    struct cursor c = cursor_of(bytes);
    while (cursor_left(&c) >= 4) {
        low += cursor_u32(&c);
        mix(&low, &high);
    }
    struct span rest = span_from(bytes, c.at);
    for (size_t i = rest.size; i > 0; i--)
        last = last << 8 | rest.data[i - 1];
    low += last;
    mix(&low, &high);
    mix(&low, &high);
    return (uint64_t)high << 32 | low;
}

/* A log whose base block is right. */
struct log {
    struct span bytes;
    uint32_t type, primary, secondary, bins_size;
    uint64_t written;
    size_t sector;
    size_t at; /* of the next entry */
};

struct entry {
    struct span bytes;
    uint32_t sequence, bins_size, pages;
};

/* A hive being changed. */
struct target {
    struct job *job;
    uint8_t *bytes;
    size_t size, room;
};

static void put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static bool base_good(struct span base) {
    struct cursor c = cursor_of(base);
    cursor_seek(&c, REGF_HEADER - 4);
    uint32_t sum = cursor_u32(&c);
    return !c.torn && span_starts(base, "regf", 4) && sum == regf_checksum(base);
}

static bool open_log(struct span bytes, struct log *ret) {
    if (!base_good(bytes))
        return false;
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 4);
    *ret = (struct log){.bytes = bytes};
    ret->primary = cursor_u32(&c);
    ret->secondary = cursor_u32(&c);
    ret->written = cursor_u64(&c);
    cursor_skip(&c, 8);
    ret->type = cursor_u32(&c);
    cursor_skip(&c, 8);
    ret->bins_size = cursor_u32(&c);
    uint32_t factor = cursor_u32(&c);
    ret->sector = factor == 8 ? 8 * SECTOR : SECTOR;
    ret->at = SECTOR;
    return true;
}

/* The entry at the log's place; false where no further one follows, which is damage if it looks like one. */
static bool entry_at(struct job *job, const struct log *log, struct entry *ret) {
    struct span rest = span_from(log->bytes, log->at);
    struct cursor c = cursor_of(rest);
    if (!span_starts(rest, "HvLE", 4))
        return false;
    cursor_skip(&c, 4);
    uint32_t size = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->sequence = cursor_u32(&c);
    ret->bins_size = cursor_u32(&c);
    ret->pages = cursor_u32(&c);
    uint64_t body = cursor_u64(&c), header = cursor_u64(&c);
    ret->bytes = span_part(rest, 0, size);
    if (c.torn || size > rest.size) {
        job_note(job, FAULT_TORN, rest.offset, "a hive's log that ends within an entry");
        return false;
    }
    bool good = size >= ENTRY_HEADER && size % SECTOR == 0 && ret->bins_size % REGF_BIN == 0 &&
                ret->pages <= (size - ENTRY_HEADER) / REFERENCE &&
                regf_marvin32(span_from(ret->bytes, ENTRY_HEADER)) == body &&
                regf_marvin32(span_part(ret->bytes, 0, HASHED_HEADER)) == header;
    if (!good)
        job_note(job, FAULT_BAD, rest.offset, "an entry of a hive's log that is not what its hashes say");
    return good;
}

/* The hive becomes `size` bytes of bins; what is new is zero. False if there is no room. */
static bool resize(struct target *target, uint32_t bins_size, uint64_t offset) {
    size_t size = REGF_BASE + (size_t)bins_size;
    if (size > target->room) {
        job_note(target->job, FAULT_LIMIT, offset, "a hive that its log makes larger than is read");
        return false;
    }
    if (size > target->size) {
        memset(target->bytes + target->size, 0, size - target->size);
        target->size = size;
    }
    return true;
}

static bool write_page(struct target *target, uint32_t at, struct span page) {
    if (at > target->size - REGF_BASE || page.size > target->size - REGF_BASE - at)
        return false;
    span_copy(page, target->bytes + REGF_BASE + at, page.size);
    return true;
}

static void finish_base(struct target *target, uint32_t sequence, uint32_t bins_size) {
    put32(target->bytes, 0x66676572); /* regf */
    put32(target->bytes + 4, sequence);
    put32(target->bytes + 8, sequence);
    put32(target->bytes + 28, 0);
    put32(target->bytes + 40, bins_size);
    put32(target->bytes + 508, regf_checksum(span_of(target->bytes, REGF_HEADER, 0)));
}

static bool apply_entry(struct target *target, const struct entry *entry, struct regf_replayed *done) {
    struct cursor c = cursor_of(span_from(entry->bytes, ENTRY_HEADER));
    struct span pages = span_from(c.span, (uint64_t)entry->pages * REFERENCE);
    if (!resize(target, entry->bins_size, entry->bytes.offset))
        return false;
    for (uint32_t i = 0; i < entry->pages; i++) {
        uint32_t at = cursor_u32(&c), size = cursor_u32(&c);
        if (size > pages.size || !write_page(target, at, span_part(pages, 0, size))) {
            job_note(target->job, FAULT_BAD, entry->bytes.offset,
                     "a page of a hive's log that belongs nowhere");
            break;
        }
        pages = span_from(pages, size);
        done->pages++;
    }
    finish_base(target, entry->sequence, entry->bins_size);
    done->entries++;
    done->sequence = entry->sequence;
    return true;
}

/* The entry with this number in any of the logs. Logs are read forward: older entries are skipped. */
static bool find_entry(struct job *job, struct log *logs, size_t count, uint32_t sequence, struct entry *ret,
                       bool *later) {
    for (size_t i = 0; i < count; i++) {
        struct log *log = &logs[i];
        while (log->at != SIZE_MAX) {
            if (!entry_at(job, log, ret)) {
                log->at = SIZE_MAX;
                break;
            }
            int32_t ahead = (int32_t)(ret->sequence - sequence);
            *later = *later || ahead > 0;
            if (ahead > 0)
                break;
            log->at += ret->bytes.size;
            if (ahead == 0)
                return true;
        }
    }
    return false;
}

static void take_base(struct target *target, const struct log *log, struct regf_replayed *done) {
    span_copy(log->bytes, target->bytes, REGF_HEADER);
    put32(target->bytes + 28, 0);
    done->base = true;
}

/* Which of the logs' first entries comes first; its log's base block stands for a damaged one. */
static bool first_entry(struct job *job, struct target *target, struct log *logs, size_t count,
                        struct regf_replayed *done, uint32_t *sequence) {
    const struct log *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct entry entry;
        if (!entry_at(job, &logs[i], &entry))
            continue;
        if (!first || (int32_t)(entry.sequence - *sequence) < 0) {
            first = &logs[i];
            *sequence = entry.sequence;
        }
    }
    if (first)
        take_base(target, first, done);
    return first != NULL;
}

static void replay_new(struct target *target, bool good, struct log *logs, size_t count,
                       struct regf_replayed *done) {
    struct cursor c = cursor_of(span_of(target->bytes, target->size, 0));
    struct entry entry;
    bool later = false;
    cursor_seek(&c, 8);
    uint32_t sequence = cursor_u32(&c);
    if (!good && !first_entry(target->job, target, logs, count, done, &sequence))
        return;
    while (find_entry(target->job, logs, count, sequence, &entry, &later) &&
           apply_entry(target, &entry, done)) {
        done->form = REGF_LOG_NEW;
        sequence++;
        later = false;
    }
    done->gap = later;
    if (later)
        job_note(target->job, FAULT_TORN, logs[0].bytes.offset,
                 "a hive's logs lack the entries that come next");
}

static bool bit_of(struct span bitmap, uint32_t index) {
    return span_u8(bitmap, index / 8) >> index % 8 & 1;
}

/* A page that ought to begin a bin: the hive has one there. */
static bool fits(const struct target *target, uint32_t at, struct span page) {
    struct cursor old =
        cursor_of(span_from(span_of(target->bytes, target->size, 0), REGF_BASE + (uint64_t)at));
    struct cursor new = cursor_of(page);
    if (cursor_u32(&old) != 0x6e696268 || cursor_u32(&old) != at)
        return true;
    cursor_skip(&new, 4);
    return span_starts(page, "hbin", 4) && cursor_u32(&new) == at && cursor_u32(&new) >= REGF_BIN;
}

static void replay_old(struct target *target, const struct log *log, bool good, struct regf_replayed *done) {
    struct span vector = span_from(log->bytes, log->sector);
    uint32_t bits = log->bins_size / SECTOR;
    struct span bitmap = span_part(vector, DIRT, (bits + 7) / 8);
    uint64_t behind = (DIRT + (uint64_t)bitmap.size + log->sector - 1) / log->sector * log->sector;
    struct span pages = span_from(vector, behind);
    if (!span_starts(vector, "DIRT", 4) || bitmap.size == 0 || log->bins_size % REGF_BIN != 0) {
        job_note(target->job, FAULT_BAD, vector.offset, "a hive's log without its list of pages");
        return;
    }
    if (!resize(target, log->bins_size, vector.offset))
        return;
    if (!good)
        take_base(target, log, done);
    for (uint32_t i = 0; i < bits; i++) {
        if (!bit_of(bitmap, i))
            continue;
        struct span page = span_part(pages, 0, SECTOR);
        if (page.size == 0 || !fits(target, i * SECTOR, page) || !write_page(target, i * SECTOR, page)) {
            job_note(target->job, page.size == 0 ? FAULT_TORN : FAULT_BAD, pages.offset,
                     "a hive's log whose pages are not what they ought to be");
            break;
        }
        pages = span_from(pages, SECTOR);
        done->pages++;
    }
    struct cursor root = cursor_of(log->bytes);
    cursor_seek(&root, 36);
    put32(target->bytes + 36, cursor_u32(&root));
    finish_base(target, log->primary, log->bins_size);
    done->form = REGF_LOG_OLD;
    done->entries = 1;
    done->sequence = log->primary;
}

/* When the hive was written: as the base block says, or, if that is damaged, the first bin. */
static uint64_t written(struct span file, bool good) {
    struct cursor c = cursor_of(file);
    cursor_seek(&c, good ? 12 : REGF_BASE + 20);
    return cursor_u64(&c);
}

bool regf_replay(struct job *job, uint8_t *bytes, size_t *size, size_t room, const struct span *logs,
                 size_t count, struct regf_replayed *ret) {
    struct span file = span_of(bytes, *size, 0);
    struct cursor c = cursor_of(file);
    struct log opened[LOGS], older;
    size_t found = 0;
    const struct log *old = NULL;
    bool good = base_good(file);
    *ret = (struct regf_replayed){.form = REGF_LOG_NONE};
    cursor_seek(&c, 4);
    uint32_t primary = cursor_u32(&c), secondary = cursor_u32(&c);
    if (*size < REGF_BASE || (good && primary == secondary))
        return false;
    for (size_t i = 0; i < count && found < LOGS; i++) {
        struct log log;
        if (!open_log(logs[i], &log))
            continue;
        if (log.type == 6)
            opened[found++] = log;
        else if ((log.type == 1 || log.type == 2) && !old && log.primary == log.secondary &&
                 log.written == written(file, good)) {
            older = log;
            old = &older;
        }
    }
    struct target target = {job, bytes, *size, room};
    if (found > 0 && !old)
        replay_new(&target, good, opened, found, ret);
    else if (old)
        replay_old(&target, old, good, ret);
    *size = target.size;
    return ret->form != REGF_LOG_NONE;
}

uint64_t regf_replay_room(size_t size, const struct span *logs, size_t count) {
    uint64_t room = size;
    for (size_t i = 0; i < count; i++)
        for (size_t at = SECTOR; span_holds(logs[i], at, ENTRY_HEADER); at += SECTOR) {
            struct cursor c = cursor_of(span_from(logs[i], at + 16));
            uint64_t grown = REGF_BASE + (uint64_t)cursor_u32(&c);
            if (span_starts(span_from(logs[i], at), "HvLE", 4) && grown > room)
                room = grown;
        }
    for (size_t i = 0; i < count; i++) {
        struct log log;
        if (open_log(logs[i], &log) && log.type != 6 && REGF_BASE + (uint64_t)log.bins_size > room)
            room = REGF_BASE + (uint64_t)log.bins_size;
    }
    return room;
}
