#include "format/tar.h"

#include "base/filetime.h"

enum {
    NAME = 100,
    PREFIX = 155,
    AT_MODE = 100,
    AT_SIZE = 124,
    AT_TIME = 136,
    AT_SUM = 148,
    AT_FLAG = 156,
    AT_LINK = 157,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    NUMBER = 12,
    SUM = 8
};

/* --- numbers --- */

/* Octal digits between blanks, or, GNU, big-endian bytes behind one with the high bit. */
static bool read_number(struct span field, uint64_t *ret) {
    uint64_t value = 0;
    size_t i = 0;
    uint8_t first = span_u8(field, 0);
    if (first & 0x80) {
        if (first != 0x80)
            return false; /* negative, or more than 64 bits */
        for (i = 1; i < field.size; i++) {
            if (value >> 56)
                return false;
            value = value << 8 | field.data[i];
        }
        return *ret = value, true;
    }
    while (i < field.size && field.data[i] == ' ')
        i++;
    for (; i < field.size && field.data[i] >= '0' && field.data[i] <= '7'; i++)
        value = value << 3 | (uint8_t)(field.data[i] - '0');
    for (size_t k = i; k < field.size && field.data[k] != 0; k++)
        if (field.data[k] != ' ')
            return false;
    return *ret = value, true;
}

/* Modification times may lie before 1970 in base 256. */
static uint64_t read_time(struct span field) {
    uint64_t seconds = 0;
    if (!read_number(field, &seconds) || seconds > (uint64_t)INT32_MAX * 64)
        return 0;
    return filetime_from_unix((int64_t)seconds, 0);
}

static struct span text_of(struct span field) {
    const void *end = field.size ? memchr(field.data, 0, field.size) : NULL;
    return end ? span_part(field, 0, (size_t)((const uint8_t *)end - field.data)) : field;
}

/* --- headers --- */

bool tar_sniff(struct span block) {
    uint64_t told, size;
    uint32_t sum = 0;
    int32_t signed_sum = 0; /* of old programs that took characters as signed */
    if (block.size < TAR_BLOCK || !read_number(span_part(block, AT_SUM, SUM), &told) ||
        !read_number(span_part(block, AT_SIZE, NUMBER), &size))
        return false;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t byte = i >= AT_SUM && i < AT_SUM + SUM ? ' ' : block.data[i];
        sum += byte;
        signed_sum += (int8_t)byte;
    }
    bool named = block.data[0] != 0 || block.data[AT_PREFIX] != 0;
    return named && (told == sum || (signed_sum > 0 && told == (uint32_t)signed_sum));
}

static bool is_ustar(struct span block) {
    return memcmp(block.data + AT_MAGIC, "ustar\0", 6) == 0;
}

/* The name of a header: in ustar behind a prefix. */
static struct span header_name(struct tar *tar, struct span block) {
    struct span name = text_of(span_part(block, 0, NAME)),
                prefix = text_of(span_part(block, AT_PREFIX, PREFIX));
    if (!is_ustar(block) || prefix.size == 0)
        return name;
    size_t size = span_copy(prefix, tar->joined, sizeof tar->joined);
    tar->joined[size++] = '/';
    size += span_copy(name, tar->joined + size, sizeof tar->joined - size);
    return span_of(tar->joined, size, block.offset);
}

static enum tar_type type_of(char flag, struct span name) {
    switch (flag) {
    case 0:
    case '0':
        return name.size > 0 && name.data[name.size - 1] == '/' ? TAR_DIRECTORY : TAR_FILE;
    case '7':
    case 'S':
        return TAR_FILE;
    case '1':
        return TAR_HARDLINK;
    case '2':
        return TAR_SYMLINK;
    case '5':
    case 'D':
        return TAR_DIRECTORY;
    case '3':
    case '4':
    case '6':
    case 'M':
    case 'V':
        return TAR_SPECIAL;
    default:
        return TAR_FILE; /* POSIX: what is not known is a file */
    }
}

/* --- pax --- */

/* Seconds with a fraction, as FILETIME; 0 if it is no such number. */
static uint64_t pax_time(struct span value) {
    uint64_t seconds = 0;
    uint32_t fraction = 0, scale = 1000000000;
    size_t i = 0;
    for (; i < value.size && value.data[i] >= '0' && value.data[i] <= '9'; i++) {
        seconds = seconds * 10 + (uint8_t)(value.data[i] - '0');
        if (seconds > (uint64_t)INT32_MAX * 64)
            return 0;
    }
    if (i < value.size && value.data[i] == '.')
        for (i++; i < value.size && value.data[i] >= '0' && value.data[i] <= '9'; i++) {
            scale /= 10;
            fraction += (uint32_t)(value.data[i] - '0') * scale;
        }
    return i == value.size ? filetime_from_unix((int64_t)seconds, fraction) : 0;
}

static bool pax_number(struct span value, uint64_t *ret) {
    uint64_t number = 0;
    for (size_t i = 0; i < value.size; i++) {
        unsigned digit = value.data[i] - '0';
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    return *ret = number, value.size > 0;
}

static bool is(struct span key, const char *word) {
    return span_equal(key, span_of(word, strlen(word), 0));
}

static void pax_take(struct tar_pax *pax, struct span key, struct span value) {
    if (is(key, "path") || is(key, "GNU.sparse.name"))
        pax->path = value;
    else if (is(key, "linkpath"))
        pax->link = value;
    else if (is(key, "size"))
        pax->has_size = pax_number(value, &pax->size);
    else if (is(key, "mtime"))
        pax->has_modified = (pax->modified = pax_time(value)) != 0;
    else if (is(key, "atime"))
        pax->accessed = pax_time(value);
    if (span_starts(key, "GNU.sparse.", 11))
        pax->sparse = true;
}

/* Records "LENGTH KEY=VALUE\n", one behind the other. */
static void pax_read(struct tar *tar, struct span records) {
    size_t at = 0;
    while (at < records.size && records.data[at] != 0) {
        struct span rest = span_from(records, at);
        const uint8_t *blank = memchr(rest.data, ' ', rest.size < 24 ? rest.size : 24);
        uint64_t length = 0;
        size_t digits = blank ? (size_t)(blank - rest.data) : 0;
        if (digits == 0 || !pax_number(span_part(rest, 0, digits), &length) || length > rest.size ||
            length < digits + 3 || rest.data[length - 1] != '\n') {
            job_note(tar->job, FAULT_BAD, rest.offset, "a pax record that makes no sense");
            return;
        }
        struct span record = span_part(rest, digits + 1, length - digits - 2);
        const uint8_t *equals = memchr(record.data, '=', record.size);
        if (equals) {
            size_t key = (size_t)(equals - record.data);
            pax_take(&tar->pax, span_part(record, 0, key), span_from(record, key + 1));
        }
        at += (size_t)length;
    }
}

/* --- the walk --- */

static uint64_t blocks(uint64_t size) {
    return size > UINT64_MAX - TAR_BLOCK ? UINT64_MAX / TAR_BLOCK * TAR_BLOCK
                                         : (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

static uint64_t sum(uint64_t a, uint64_t b) {
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

bool tar_open(struct job *job, tar_fetch *fetch, void *context, uint64_t size, struct tar *ret) {
    *ret = (struct tar){.job = job, .fetch = fetch, .context = context, .size = size, .ended = UINT64_MAX};
    ret->block = job_alloc(job, 1, TAR_BLOCK);
    ret->name = job_alloc(job, 1, TAR_LONG);
    ret->link = job_alloc(job, 1, TAR_LONG);
    ret->records = job_alloc(job, 1, TAR_PAX);
    return ret->block && ret->name && ret->link && ret->records;
}

/* The data of an auxiliary header, into `to`. */
static struct span auxiliary(struct tar *tar, uint64_t data, uint64_t size, uint8_t *to, size_t room) {
    struct span none = span_of(to, 0, data);
    if (size > room) {
        job_note(tar->job, FAULT_LIMIT, data, "a long name or pax header that is larger than is read");
        return none;
    }
    size_t got = tar->fetch(tar->context, tar->job, data, to, (size_t)size);
    if (got < size)
        job_note(tar->job, FAULT_TORN, data, "the TAR ends in a long name or pax header");
    return got < size ? none : span_of(to, got, data);
}

/* Headers that tell about the next one. True if this was such. */
static bool take_auxiliary(struct tar *tar, char flag, uint64_t data, uint64_t size) {
    switch (flag) {
    case 'L':
        tar->long_name = text_of(auxiliary(tar, data, size, tar->name, TAR_LONG));
        return true;
    case 'K':
        tar->long_link = text_of(auxiliary(tar, data, size, tar->link, TAR_LONG));
        return true;
    case 'x':
    case 'X':
        tar->pax = (struct tar_pax){.sparse = false};
        pax_read(tar, auxiliary(tar, data, size, tar->records, TAR_PAX));
        return true;
    case 'g': /* for all members that follow: nothing that is used here belongs there */
        return true;
    default:
        return false;
    }
}

static void forget(struct tar *tar) {
    tar->pax = (struct tar_pax){.sparse = false};
    tar->long_name = tar->long_link = (struct span){NULL, 0, 0};
}

static void fill(struct tar *tar, struct span block, uint64_t size, struct tar_entry *ret) {
    const struct tar_pax *pax = &tar->pax;
    uint64_t mode = 0;
    (void)!read_number(span_part(block, AT_MODE, SUM), &mode);
    *ret = (struct tar_entry){.at = block.offset, .data = block.offset + TAR_BLOCK, .size = size};
    ret->flag = (char)block.data[AT_FLAG];
    ret->mode = (uint32_t)mode;
    ret->name = pax->path.size > 0        ? pax->path
                : tar->long_name.size > 0 ? tar->long_name
                                          : header_name(tar, block);
    ret->link = pax->link.size > 0        ? pax->link
                : tar->long_link.size > 0 ? tar->long_link
                                          : text_of(span_part(block, AT_LINK, NAME));
    ret->modified = pax->has_modified ? pax->modified : read_time(span_part(block, AT_TIME, NUMBER));
    ret->accessed = pax->accessed;
    ret->sparse = pax->sparse || ret->flag == 'S';
    ret->type = type_of(ret->flag, ret->name);
}

/* GNU's old sparse header may be continued in blocks before the data. */
static uint64_t sparse_blocks(struct tar *tar, struct span block, uint64_t at) {
    uint64_t start = at;
    bool more = block.data[482] != 0;
    for (unsigned n = 0; more && n < TAR_PAX / TAR_BLOCK; n++) {
        uint8_t map[TAR_BLOCK];
        if (tar->fetch(tar->context, tar->job, at, map, TAR_BLOCK) < TAR_BLOCK)
            break;
        more = map[504] != 0;
        at += TAR_BLOCK;
    }
    return at - start;
}

/* Takes a believed header; true if it is a member. */
static bool take(struct tar *tar, struct span block, struct tar_entry *ret) {
    uint64_t size = 0, data = block.offset + TAR_BLOCK;
    char flag = (char)block.data[AT_FLAG];
    (void)!read_number(span_part(block, AT_SIZE, NUMBER), &size);
    if (take_auxiliary(tar, flag, data, size)) {
        tar->next = sum(data, blocks(size));
        return false;
    }
    if (tar->pax.has_size)
        size = tar->pax.size;
    fill(tar, block, size, ret);
    if (ret->type != TAR_FILE && !(ret->type == TAR_DIRECTORY && flag == 'D'))
        ret->size = 0;
    if (flag == 'S') {
        uint64_t map = sparse_blocks(tar, block, ret->data);
        ret->data += map;
    }
    tar->next = sum(ret->data, blocks(ret->size));
    tar->found++;
    if (tar->ended != UINT64_MAX && !tar->behind) {
        job_note(tar->job, FAULT_BAD, block.offset, "members behind the end mark of the TAR");
        tar->behind = true;
    }
    return true;
}

static void damage(struct tar *tar) {
    if (!tar->in_damage) {
        tar->damaged++;
        job_note(tar->job, FAULT_BAD, tar->next, "bytes in the TAR that are no header");
    }
    tar->in_damage = true;
    forget(tar);
    tar->next += TAR_BLOCK;
}

/* Ends the walk where no whole block is left. */
static void finish(struct tar *tar, size_t got) {
    bool torn = got > 0 || (tar->size != UINT64_MAX && tar->next > tar->size);
    if (tar->ended == UINT64_MAX && !tar->torn && (torn || tar->long_name.size > 0))
        job_note(tar->job, FAULT_TORN, tar->next, "the TAR ends in the middle of a member");
    tar->torn = true;
}

bool tar_next(struct tar *tar, struct tar_entry *ret) {
    bool member = false;
    if (tar->long_name.size > 0 || tar->pax.path.size > 0 || tar->found > 0)
        forget(tar);
    while (!member) {
        bool far = tar->ended != UINT64_MAX && !tar->behind && tar->next - tar->ended > TAR_TAIL;
        if (far || tar->torn || (tar->size != UINT64_MAX && tar->next >= tar->size)) {
            finish(tar, 0);
            return false;
        }
        size_t got = tar->fetch(tar->context, tar->job, tar->next, tar->block, TAR_BLOCK);
        struct span block = span_of(tar->block, got, tar->next);
        if (got < TAR_BLOCK) {
            finish(tar, got);
            return false;
        }
        if (tar_sniff(block)) {
            tar->in_damage = false;
            member = take(tar, block, ret);
        } else if (span_is_zero(block)) {
            tar->ended = tar->ended == UINT64_MAX ? tar->next : tar->ended;
            tar->next += TAR_BLOCK;
        } else {
            damage(tar);
        }
    }
    return true;
}
