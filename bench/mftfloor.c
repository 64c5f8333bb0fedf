/* mftfloor FILE [THREADS]: the least work that lists a $MFT: records of 1024 bytes checked and their fixups
 * undone, one name, size and eight times each, full paths, CSV with 100 ns times on standard output. Two
 * passes; with two threads each pass is split. What assay does beyond it (streams, links, attribute lists,
 * damage, escaping, any geometry) is what it is measured for. Trusts its input; not for evidence. */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD = 1024, WINDOW = 1 << 20, THREADS = 8, DEPTH = 250, ROOT = 5, HELD = 1 << 20 };
enum { USED = 1, FOLDER = 2, VALID = 0x80, EXTENSION = 0x40 };

struct row {
    uint64_t times[8], size;
    uint32_t parent, name;
    uint16_t parent_sequence, sequence, name_size;
    uint8_t flags;
};

struct path {
    const char *text;
    uint32_t size;
};

struct part {
    pthread_t thread;
    uint64_t from, to; /* records */
    char *names;       /* of these records */
    char *out;
};

static int mft, threads;
static struct row *rows;
static struct path *paths;
static uint64_t count, share;
static struct part parts[THREADS];
static char *arena;
static size_t arena_used;

static uint16_t u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static uint32_t u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static uint64_t u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static void *reserve(size_t size) {
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mftfloor");
        exit(1);
    }
    return memory;
}

static size_t utf8(const uint8_t *utf16, size_t units, char *to) {
    char *at = to;
    for (size_t i = 0; i < units; i++) {
        unsigned c = u16(utf16 + 2 * i);
        if (c < 0x80) {
            *at++ = (char)c;
            continue;
        }
        if (c >= 0x800) {
            *at++ = (char)(0xe0 | c >> 12);
            *at++ = (char)(0x80 | (c >> 6 & 63));
        } else {
            *at++ = (char)(0xc0 | c >> 6);
        }
        *at++ = (char)(0x80 | (c & 63));
    }
    return (size_t)(at - to);
}

static bool undo_fixups(uint8_t *record) {
    unsigned at = u16(record + 4);
    if (u32(record) != 0x454c4946 || u16(record + 6) != 3 || at > RECORD - 6)
        return false;
    for (unsigned i = 1; i < 3; i++) {
        uint8_t *last = record + 512 * i - 2;
        if (u16(last) != u16(record + at))
            return false;
        memcpy(last, record + at + 2 * i, 2);
    }
    return true;
}

static void take_name(struct row *row, const uint8_t *value, char *names, size_t *used) {
    if (row->name_size != 0 && value[65] == 2)
        return;
    memcpy(row->times + 4, value + 8, 32);
    row->parent = (uint32_t)u64(value);
    row->parent_sequence = u16(value + 6);
    row->name = (uint32_t)*used;
    row->name_size = (uint16_t)utf8(value + 66, value[64], names + *used);
    *used += row->name_size;
}

static void take_record(struct row *row, uint8_t *record, char *names, size_t *used) {
    if (!undo_fixups(record))
        return;
    row->sequence = u16(record + 16);
    row->flags = (uint8_t)(VALID | (u16(record + 22) & 3) | (u64(record + 32) << 16 ? EXTENSION : 0));
    for (unsigned at = u16(record + 20); at + 24 <= RECORD;) {
        const uint8_t *attribute = record + at;
        uint32_t type = u32(attribute), length = u32(attribute + 4);
        if (type == 0xffffffff || length < 24 || length > RECORD - at)
            break;
        const uint8_t *value = attribute + u16(attribute + 20);
        if (type == 0x10)
            memcpy(row->times, value, 32);
        else if (type == 0x30)
            take_name(row, value, names, used);
        else if (type == 0x80 && attribute[9] == 0)
            row->size = attribute[8] ? u64(attribute + 48) : u32(attribute + 16);
        at += length;
    }
}

static void *read_part(void *argument) {
    struct part *part = argument;
    uint8_t *window = reserve(WINDOW);
    size_t used = 0;
    for (uint64_t at = part->from; at < part->to;) {
        uint64_t most = part->to - at < WINDOW / RECORD ? part->to - at : WINDOW / RECORD;
        ssize_t got = pread(mft, window, most * RECORD, (off_t)(at * RECORD));
        if (got < RECORD)
            break;
        for (ssize_t i = 0; i + RECORD <= got; i += RECORD)
            take_record(&rows[at++], window + i, part->names, &used);
    }
    munmap(window, WINDOW);
    return NULL;
}

static const char *name_of(uint64_t number) {
    return parts[number / share].names + rows[number].name;
}

static void resolve(uint32_t number, int depth) {
    const struct row *row = &rows[number];
    if (paths[number].text)
        return;
    paths[number] = (struct path){"", 0};
    if (number == ROOT || depth > DEPTH || row->name_size == 0)
        return;
    if (row->parent >= count || row->parent == number || rows[row->parent].sequence != row->parent_sequence) {
        paths[number] = (struct path){"/$Orphan", 8};
        return;
    }
    resolve(row->parent, depth + 1);
    char *to = arena + arena_used;
    struct path above = paths[row->parent];
    memcpy(to, above.text, above.size);
    to[above.size] = '/';
    memcpy(to + above.size + 1, name_of(number), row->name_size);
    paths[number] = (struct path){to, above.size + 1 + row->name_size};
    arena_used += paths[number].size;
}

struct day {
    uint64_t day;
    char text[11];
};

static void two(char *to, unsigned value) {
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
}

/* Days since 1601 to a date, by eras of 400 years. */
static void set_day(struct day *cache, uint64_t day) {
    uint64_t z = day + 584694, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
             doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9,
             year = yoe + era * 400 + (month <= 2);
    two(cache->text, (unsigned)(year / 100 % 100));
    two(cache->text + 2, (unsigned)(year % 100));
    two(cache->text + 5, (unsigned)month);
    two(cache->text + 8, (unsigned)(doy - (153 * mp + 2) / 5 + 1));
    cache->text[4] = cache->text[7] = '-';
    cache->text[10] = 'T';
    cache->day = day;
}

static char *put_time(char *to, uint64_t time, struct day *cache) {
    uint64_t all = time / 10000000, day = all / 86400;
    unsigned part = (unsigned)(time % 10000000), second = (unsigned)(all % 86400);
    if (cache->day != day)
        set_day(cache, day);
    memcpy(to, cache->text, 11);
    two(to + 11, second / 3600);
    two(to + 14, second / 60 % 60);
    two(to + 17, second % 60);
    to[13] = to[16] = ':';
    to[19] = '.';
    for (int i = 26; i >= 20; i--, part /= 10)
        to[i] = (char)('0' + part % 10);
    to[27] = 'Z';
    return to + 28;
}

static char *put_number(char *to, uint64_t value) {
    char digits[20];
    int n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

static char *put_row(char *to, uint64_t number, struct day *cache) {
    const struct row *row = &rows[number];
    const uint64_t heads[] = {number, row->sequence, row->flags & 3, row->size};
    for (int i = 0; i < 4; i++) {
        to = put_number(to, heads[i]);
        *to++ = ',';
    }
    for (int i = 0; i < 8; i++) {
        to = put_time(to, row->times[i], &cache[i]);
        *to++ = ',';
    }
    bool known =
        row->parent < count && paths[row->parent].text && rows[row->parent].sequence == row->parent_sequence;
    struct path above = known ? paths[row->parent] : (struct path){"/$Orphan", 8};
    *to++ = '"';
    memcpy(to, above.text, above.size);
    to += above.size;
    *to++ = '/';
    memcpy(to, name_of(number), row->name_size);
    to += row->name_size;
    *to++ = '"';
    *to++ = '\n';
    return to;
}

static void *write_part(void *argument) {
    struct part *part = argument;
    struct day cache[8];
    for (int i = 0; i < 8; i++)
        cache[i].day = ~0ull;
    char *at = part->out;
    for (uint64_t i = part->from; i < part->to; i++) {
        if ((rows[i].flags & (VALID | EXTENSION)) != VALID || rows[i].name_size == 0)
            continue;
        at = put_row(at, i, cache);
        if (at - part->out >
            HELD) { /* rows of two threads may alternate: order is not the floor's business */
            if (write(1, part->out, (size_t)(at - part->out)) < 0)
                break;
            at = part->out;
        }
    }
    if (at > part->out && write(1, part->out, (size_t)(at - part->out)) < 0)
        perror("mftfloor");
    return NULL;
}

static void each_part(void *(*work)(void *)) {
    for (int i = 1; i < threads; i++)
        pthread_create(&parts[i].thread, NULL, work, &parts[i]);
    work(&parts[0]);
    for (int i = 1; i < threads; i++)
        pthread_join(parts[i].thread, NULL);
}

int main(int argc, char **argv) {
    struct stat st;
    mft = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;
    if (mft < 0 || fstat(mft, &st) != 0 || threads < 1 || threads > THREADS) {
        fprintf(stderr, "usage: mftfloor FILE [THREADS]\n");
        return 2;
    }
    count = (uint64_t)st.st_size / RECORD;
    share = count / (uint64_t)threads + 1;
    rows = reserve((count + 1) * sizeof *rows);
    paths = reserve((count + 1) * sizeof *paths);
    arena = reserve((size_t)1 << 33);
    for (int i = 0; i < threads; i++) {
        struct part *part = &parts[i];
        part->from = share * (uint64_t)i;
        part->to = part->from + share < count ? part->from + share : count;
        part->names = reserve(share * RECORD);
        part->out = reserve(HELD + (1 << 20));
    }
    each_part(read_part);
    for (uint64_t i = 0; i < count; i++)
        if ((rows[i].flags & (VALID | FOLDER)) == (VALID | FOLDER))
            resolve((uint32_t)i, 0);
    each_part(write_part);
    return 0;
}
