/* A hand-made $LogFile, for tests and generators: restart pages, the pages of copies, and records that go on
 * over pages and from the end of the file to its start, as NTFS lays them down. */
#ifndef TEST_LOGFILE_MADE_H
#define TEST_LOGFILE_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    LOGFILE_MADE_PAGE = 4096,
    LOGFILE_MADE_DATA = 64,
    LOGFILE_MADE_HEADER = 48,
    LOGFILE_MADE_ACTION = 40,
    LOGFILE_MADE_VALUE = 16384 /* bytes of redo and undo together */
};

struct logfile_made {
    uint8_t *bytes;
    size_t size; /* a multiple of the page; bytes that are there */
    unsigned major, minor;
    uint64_t round;                  /* of the log, the upper part of an LSN */
    size_t at;                       /* where the next record goes; 0 before the first */
    uint64_t lsn, end_lsn, previous; /* of the last record, of the last one that ended, in the transaction */
    uint64_t checkpoint;
    uint32_t cluster; /* bytes, stated by checkpoints; 0: they are as old as Windows XP's */
    bool dirty;       /* not unmounted */
};

static inline void logfile_made_put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t logfile_made_get(const uint8_t *from, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

static inline size_t logfile_made_first(const struct logfile_made *made) {
    return (made->major >= 2 ? 34u : 4u) * LOGFILE_MADE_PAGE;
}

/* Bits of an LSN that tell a place. */
static inline unsigned logfile_made_bits(const struct logfile_made *made) {
    unsigned bits = 0;
    for (size_t size = made->size; size > 0; size >>= 1)
        bits++;
    return bits - 3;
}

/* Everything 0xff, as a formatter leaves it. */
static inline void logfile_made_begin(struct logfile_made *made) {
    memset(made->bytes, 0xff, made->size);
    made->at = 0;
    made->lsn = made->end_lsn = made->previous = made->checkpoint = 0;
    if (made->round == 0)
        made->round = 1;
}

/* Starts a page for records; what an earlier round left in it stays. */
static inline void logfile_made_page(struct logfile_made *made, size_t page) {
    uint8_t *p = made->bytes + page;
    if (memcmp(p, "RCRD", 4) != 0)
        memset(p, 0, LOGFILE_MADE_PAGE);
    memcpy(p, "RCRD", 4);
    logfile_made_put(p + 4, 0x28, 2);
    logfile_made_put(p + 6, LOGFILE_MADE_PAGE / 512 + 1, 2);
    memset(p + 8, 0, LOGFILE_MADE_DATA - 8);
    logfile_made_put(p + 20, 1, 2);
    logfile_made_put(p + 22, 1, 2);
    logfile_made_put(p + 24, LOGFILE_MADE_DATA, 2);
    logfile_made_put(p + 32, made->end_lsn, 8);
}

static inline void logfile_made_turn(struct logfile_made *made) {
    if (made->at >= made->size) {
        made->at = logfile_made_first(made);
        made->round++;
    }
    logfile_made_page(made, made->at);
    made->at += LOGFILE_MADE_DATA;
}

static inline size_t logfile_made_left(const struct logfile_made *made) {
    return (LOGFILE_MADE_PAGE - made->at % LOGFILE_MADE_PAGE) % LOGFILE_MADE_PAGE;
}

/* Says in the page of the last byte written that a record of that LSN is there, and whether it ends there. */
static inline void logfile_made_mark(struct logfile_made *made, bool ends) {
    uint8_t *p = made->bytes + (made->at - 1) / LOGFILE_MADE_PAGE * LOGFILE_MADE_PAGE;
    logfile_made_put(p + 8, made->lsn, 8);
    if (!ends)
        return;
    made->end_lsn = made->lsn;
    logfile_made_put(p + 16, 1, 4);
    logfile_made_put(p + 24, made->at - (size_t)(p - made->bytes), 2);
    logfile_made_put(p + 32, made->lsn, 8);
}

/* A record with its data. Returns its LSN. */
static inline uint64_t logfile_made_record(struct logfile_made *made, unsigned type, uint32_t transaction,
                                           const uint8_t *data, size_t size) {
    if (made->at == 0) {
        made->at = logfile_made_first(made);
        logfile_made_turn(made);
    } else if (logfile_made_left(made) < LOGFILE_MADE_HEADER) {
        made->at += logfile_made_left(made);
        logfile_made_turn(made);
    }
    made->lsn = made->round << logfile_made_bits(made) | made->at / 8;
    uint8_t *h = made->bytes + made->at;
    memset(h, 0, LOGFILE_MADE_HEADER);
    logfile_made_put(h, made->lsn, 8);
    logfile_made_put(h + 8, made->previous, 8);
    logfile_made_put(h + 16, made->previous, 8);
    logfile_made_put(h + 24, size, 4);
    logfile_made_put(h + 32, type, 4);
    logfile_made_put(h + 36, transaction, 4);
    made->at += LOGFILE_MADE_HEADER;
    size_t padded = (size + 7) / 8 * 8;
    logfile_made_put(h + 40, padded > logfile_made_left(made), 2);
    for (size_t done = 0; done < padded;) {
        if (logfile_made_left(made) == 0) {
            logfile_made_mark(made, false);
            logfile_made_turn(made);
        }
        size_t part = padded - done < logfile_made_left(made) ? padded - done : logfile_made_left(made);
        memset(made->bytes + made->at, 0, part);
        memcpy(made->bytes + made->at, data + done, size - done < part ? size - done : part);
        made->at += part;
        done += part;
    }
    logfile_made_mark(made, true);
    made->previous = made->lsn;
    return made->lsn;
}

/* An update. */
struct logfile_made_action {
    unsigned redo, undo;
    const uint8_t *after, *before;
    size_t after_size, before_size;
    unsigned attribute, record_at, attribute_at, block, block_size;
    uint64_t vcn;
};

static inline size_t logfile_made_pad(size_t size) {
    return (size + 7) / 8 * 8;
}

static inline uint64_t logfile_made_update(struct logfile_made *made, const struct logfile_made_action *a) {
    static uint8_t data[LOGFILE_MADE_ACTION + LOGFILE_MADE_VALUE + 16];
    size_t undo = LOGFILE_MADE_ACTION + logfile_made_pad(a->after_size);
    memset(data, 0, sizeof data);
    logfile_made_put(data, a->redo, 2);
    logfile_made_put(data + 2, a->undo, 2);
    logfile_made_put(data + 4, LOGFILE_MADE_ACTION, 2);
    logfile_made_put(data + 6, a->after_size, 2);
    logfile_made_put(data + 8, undo, 2);
    logfile_made_put(data + 10, a->before_size, 2);
    logfile_made_put(data + 12, a->attribute, 2);
    logfile_made_put(data + 14, 1, 2);
    logfile_made_put(data + 16, a->record_at, 2);
    logfile_made_put(data + 18, a->attribute_at, 2);
    logfile_made_put(data + 20, a->block, 2);
    logfile_made_put(data + 22, a->block_size, 2);
    logfile_made_put(data + 24, a->vcn, 8);
    if (a->after_size)
        memcpy(data + LOGFILE_MADE_ACTION, a->after, a->after_size);
    if (a->before_size)
        memcpy(data + undo, a->before, a->before_size);
    return logfile_made_record(made, 1, 24, data, undo + logfile_made_pad(a->before_size));
}

/* Aims an action at file record `number`, with clusters of 4096 and records of 1024 bytes. */
static inline void logfile_made_aim(struct logfile_made_action *a, uint64_t number) {
    a->attribute = 24;
    a->vcn = number / 4;
    a->block = (unsigned)(number % 4 * 2);
    a->block_size = 2;
}

static inline uint64_t logfile_made_forget(struct logfile_made *made) {
    struct logfile_made_action a = {.redo = 0x1b, .undo = 1, .attribute = 24};
    uint64_t lsn = logfile_made_update(made, &a);
    made->previous = 0;
    return lsn;
}

static inline uint64_t logfile_made_checkpoint(struct logfile_made *made) {
    uint8_t data[112] = {1};
    logfile_made_put(data + 80, made->cluster, 4);
    made->previous = 0;
    made->checkpoint = logfile_made_record(made, 2, 0, data, made->cluster ? sizeof data : 64);
    made->previous = 0;
    return made->checkpoint;
}

static inline void logfile_made_times(uint8_t *to, const uint64_t times[4]) {
    for (int i = 0; i < 4; i++)
        logfile_made_put(to + 8 * i, times[i], 8);
}

/* An update of bytes [from, from + size) of $STANDARD_INFORMATION, whose first 32 are the times. */
static inline uint64_t logfile_made_si(struct logfile_made *made, uint64_t number, const uint64_t before[4],
                                       const uint64_t after[4], size_t from, size_t size) {
    uint8_t old[72] = {0}, new[72] = {0};
    logfile_made_times(old, before);
    logfile_made_times(new, after);
    struct logfile_made_action a = {.redo = 7, .undo = 7, .after = new + from, .before = old + from};
    a.after_size = a.before_size = size;
    logfile_made_aim(&a, number);
    a.record_at = 0x38;
    a.attribute_at = 0x18 + (unsigned)from;
    return logfile_made_update(made, &a);
}

/* A $FILE_NAME value; returns its size. `to` has room for 66 + 2 * 255 bytes. */
static inline size_t logfile_made_name(uint8_t *to, uint64_t parent, const uint64_t times[4], unsigned space,
                                       const char *name) {
    size_t units = strlen(name);
    memset(to, 0, 66);
    logfile_made_put(to, parent, 8);
    logfile_made_times(to + 8, times);
    to[64] = (uint8_t)units;
    to[65] = (uint8_t)space;
    for (size_t i = 0; i < units; i++)
        logfile_made_put(to + 66 + 2 * i, (uint8_t)name[i], 2);
    return 66 + 2 * units;
}

/* A resident attribute around a value; returns its size. */
static inline size_t logfile_made_attribute(uint8_t *to, uint32_t type, const uint8_t *value, size_t size) {
    size_t whole = 24 + logfile_made_pad(size);
    memset(to, 0, whole);
    logfile_made_put(to, type, 4);
    logfile_made_put(to + 4, whole, 4);
    logfile_made_put(to + 16, size, 4);
    logfile_made_put(to + 20, 24, 2);
    memcpy(to + 24, value, size);
    return whole;
}

/* An index entry around a $FILE_NAME; returns its size. */
static inline size_t logfile_made_entry(uint8_t *to, uint64_t file, const uint8_t *name, size_t size) {
    size_t whole = 16 + logfile_made_pad(size);
    memset(to, 0, whole);
    logfile_made_put(to, file, 8);
    logfile_made_put(to + 8, whole, 2);
    logfile_made_put(to + 10, size, 2);
    memcpy(to + 16, name, size);
    return whole;
}

/* A file record with $STANDARD_INFORMATION and a name, as it stands in redo data; returns its size. */
static inline size_t logfile_made_file(uint8_t *to, uint64_t number, unsigned sequence, const uint64_t si[4],
                                       const uint8_t *name, size_t name_size) {
    uint8_t value[72] = {0};
    memset(to, 0, 56);
    memcpy(to, "FILE", 4);
    logfile_made_put(to + 4, 0x30, 2);
    logfile_made_put(to + 6, 3, 2);
    logfile_made_put(to + 16, sequence, 2);
    logfile_made_put(to + 18, 1, 2);
    logfile_made_put(to + 20, 56, 2);
    logfile_made_put(to + 22, 1, 2);
    logfile_made_put(to + 28, 1024, 4);
    logfile_made_put(to + 44, number, 4);
    logfile_made_times(value, si);
    size_t at = 56;
    at += logfile_made_attribute(to + at, 0x10, value, sizeof value);
    at += logfile_made_attribute(to + at, 0x30, name, name_size);
    memset(to + at, 0, 8);
    logfile_made_put(to + at, 0xffffffff, 4);
    at += 8;
    logfile_made_put(to + 24, at, 4);
    return at;
}

/* Opens attribute `type` of file `reference` under a key, in the new form or the old one. */
static inline uint64_t logfile_made_open(struct logfile_made *made, unsigned key, uint64_t reference,
                                         uint32_t type, bool old, const char *name) {
    uint8_t entry[44] = {0xff, 0xff, 0xff, 0xff}, wide[64] = {0};
    logfile_made_put(entry + (old ? 8 : 16), reference, 8);
    logfile_made_put(entry + (old ? 28 : 8), type, 4);
    for (size_t i = 0; i < strlen(name); i++)
        wide[2 * i] = (uint8_t)name[i];
    struct logfile_made_action a = {.redo = 0x1c, .after = entry, .before = wide, .attribute = key};
    a.after_size = old ? 44 : 40;
    a.before_size = 2 * strlen(name);
    return logfile_made_update(made, &a);
}

/* A file that is made in the root folder, whose index is open under key 68, stamped with `old` times, half
 * stamped back and freed: five changes in three transactions. */
static inline void logfile_made_story(struct logfile_made *made, uint64_t number, const uint64_t old[4],
                                      const uint64_t new[4], const char *text) {
    uint8_t name[66 + 2 * 255], whole[1024];
    size_t name_size = logfile_made_name(name, 5 | 5ull << 48, new, 1, text);
    size_t size = logfile_made_file(whole, number, 3, new, name, name_size);
    struct logfile_made_action a = {.redo = 2, .undo = 3, .after = whole, .after_size = size};
    logfile_made_aim(&a, number);
    logfile_made_update(made, &a);
    a = (struct logfile_made_action){.redo = 0xe, .undo = 0xf, .after = whole, .attribute = 68};
    a.after_size = logfile_made_entry(whole, number | 3ull << 48, name, name_size);
    logfile_made_update(made, &a);
    logfile_made_forget(made);
    logfile_made_si(made, number, new, old, 0, 32);
    logfile_made_si(made, number, old, new, 8, 16);
    logfile_made_forget(made);
    a = (struct logfile_made_action){.redo = 3, .undo = 2, .before = whole, .before_size = 24};
    logfile_made_file(whole, number, 3, new, name, name_size);
    logfile_made_aim(&a, number);
    logfile_made_update(made, &a);
    logfile_made_forget(made);
}

static inline void logfile_made_fix(uint8_t *page, unsigned number) {
    size_t at = (size_t)logfile_made_get(page + 4, 2);
    logfile_made_put(page + at, number, 2);
    for (size_t i = 1; i <= LOGFILE_MADE_PAGE / 512; i++) {
        uint8_t *last = page + 512 * i - 2;
        memcpy(page + at + 2 * i, last, 2);
        logfile_made_put(last, number, 2);
    }
}

static inline void logfile_made_restart(struct logfile_made *made, size_t page, uint64_t lsn) {
    uint8_t *p = made->bytes + page, *area = p + 0x30;
    memset(p, 0, LOGFILE_MADE_PAGE);
    memcpy(p, "RSTR", 4);
    logfile_made_put(p + 4, 0x1e, 2);
    logfile_made_put(p + 6, LOGFILE_MADE_PAGE / 512 + 1, 2);
    logfile_made_put(p + 16, LOGFILE_MADE_PAGE, 4);
    logfile_made_put(p + 20, LOGFILE_MADE_PAGE, 4);
    logfile_made_put(p + 24, 0x30, 2);
    logfile_made_put(p + 26, made->minor, 2);
    logfile_made_put(p + 28, made->major, 2);
    logfile_made_put(area, lsn, 8);
    logfile_made_put(area + 8, 1, 2);
    logfile_made_put(area + 10, 0xffff, 2);
    logfile_made_put(area + 14, made->dirty ? 0 : 2, 2);
    logfile_made_put(area + 16, 64 - logfile_made_bits(made), 4);
    logfile_made_put(area + 20, 0xe0, 2);
    logfile_made_put(area + 22, 0x40, 2);
    logfile_made_put(area + 24, made->size, 8);
    logfile_made_put(area + 36, LOGFILE_MADE_HEADER, 2);
    logfile_made_put(area + 38, LOGFILE_MADE_DATA, 2);
    logfile_made_put(area + 0x40 + 8, made->checkpoint, 8);
    logfile_made_put(area + 0x40 + 16, 0xffffffff, 4);
    logfile_made_put(area + 0x40 + 28, 8, 4);
    memcpy(area + 0x40 + 32, "N\0T\0F\0S", 7);
    logfile_made_fix(p, 7);
}

/* Copies the page at `page`, not fixed yet, into place `slot` of the copies. */
static inline void logfile_made_copy(struct logfile_made *made, size_t page, size_t slot) {
    uint8_t *p = made->bytes + (2 + slot) * LOGFILE_MADE_PAGE;
    memcpy(p, made->bytes + page, LOGFILE_MADE_PAGE);
    if (made->major >= 2)
        logfile_made_put(p + 0x3c, page, 4);
    else
        logfile_made_put(p + 8, page, 8);
}

/* After the last record: restart pages, the second one newer, and the fixups of all record pages. */
static inline void logfile_made_end(struct logfile_made *made) {
    logfile_made_restart(made, 0, made->lsn > 16 ? made->lsn - 16 : 0);
    logfile_made_restart(made, LOGFILE_MADE_PAGE, made->lsn);
    for (size_t page = 2 * LOGFILE_MADE_PAGE; page < made->size; page += LOGFILE_MADE_PAGE)
        if (memcmp(made->bytes + page, "RCRD", 4) == 0)
            logfile_made_fix(made->bytes + page, 3 + (unsigned)(page >> 12));
}

#endif
