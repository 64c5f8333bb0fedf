#include "format/zip.h"

#include "base/filetime.h"

enum {
    WINDOW = 256 * 1024,
    LOCATOR = 20,
    END64 = 56,
    END64_SECOND = 44 + 28, /* what the field of size says in version 2 */
    SIGNATURE = 4,
    FULL16 = 0xffff,
    FLAG_ENCRYPTED = 1,
    FLAG_STRONG = 0x40,
    FLAG_UTF8 = 0x800,
    FLAG_MASKED = 0x2000,
    HOST_UNIX = 3,
    HOST_DARWIN = 19,
    METHOD_AES = 99
};
#define FULL32       UINT32_MAX
#define SIGN_CENTRAL 0x02014b50u
#define SIGN_LOCAL   0x04034b50u
#define SIGN_END     0x06054b50u
#define SIGN_END64   0x06064b50u
#define SIGN_LOCATOR 0x07064b50u

_Static_assert(WINDOW >= ZIP_CENTRAL + 3 * 65535, "an entry fits into a window");

/* --- the end --- */

struct end {
    uint64_t at, entries, bytes, offset;
    bool second; /* ZIP64 of version 2: the directory may be packed and encrypted */
};

/* The end record nearest to the end of the evidence whose comment reaches to it; else the last one that has
 * room for its comment. */
static bool find_end(struct span tail, struct end *ret) {
    struct span second = {NULL, 0, 0};
    for (size_t at = tail.size < ZIP_END ? 0 : tail.size - ZIP_END + 1; at-- > 0;) {
        struct cursor c = cursor_of(span_from(tail, at));
        if (tail.data[at] != 'P' || cursor_u32(&c) != SIGN_END)
            continue;
        cursor_seek(&c, 20);
        size_t comment = cursor_u16(&c), rest = cursor_left(&c);
        if (comment > rest || (comment < rest && second.data))
            continue;
        second = span_from(tail, at);
        if (comment == rest)
            break;
    }
    if (!second.data)
        return false;
    struct cursor c = cursor_of(second);
    cursor_seek(&c, 10);
    *ret = (struct end){.at = second.offset};
    ret->entries = cursor_u16(&c);
    ret->bytes = cursor_u32(&c);
    ret->offset = cursor_u32(&c);
    return true;
}

bool zip_is_end(struct span tail) {
    struct end end;
    return find_end(tail, &end);
}

static bool read_end64(struct zip *zip, uint64_t at, struct end *end) {
    uint8_t bytes[END64];
    if (at > zip->size || zip->size - at < END64 ||
        zip->fetch(zip->context, zip->job, at, bytes, END64) < END64)
        return false;
    struct cursor c = cursor_of(span_of(bytes, END64, at));
    if (cursor_u32(&c) != SIGN_END64)
        return false;
    end->second = cursor_u64(&c) >= END64_SECOND;
    cursor_seek(&c, 32);
    end->at = at;
    end->entries = cursor_u64(&c);
    end->bytes = cursor_u64(&c);
    end->offset = cursor_u64(&c);
    return true;
}

/* ZIP64: a locator right before the end record says where the larger end record is; with bytes in front of
 * the archive it is where it always is written, right before the locator. Packers write both also if only a
 * member is large; then the larger record counts if it says the same. */
static void read_zip64(struct zip *zip, struct end *end) {
    uint8_t bytes[LOCATOR];
    bool wanted = end->entries == FULL16 || end->bytes == FULL32 || end->offset == FULL32;
    if (end->at < LOCATOR || zip->fetch(zip->context, zip->job, end->at - LOCATOR, bytes, LOCATOR) < LOCATOR)
        return;
    struct cursor c = cursor_of(span_of(bytes, LOCATOR, end->at - LOCATOR));
    if (cursor_u32(&c) != SIGN_LOCATOR)
        return;
    cursor_skip(&c, 4);
    uint64_t told = cursor_u64(&c), near = end->at - LOCATOR;
    struct end large = *end;
    bool found = (told < near && read_end64(zip, told, &large)) ||
                 (near >= END64 && read_end64(zip, near - END64, &large));
    bool same = large.entries == end->entries && large.bytes == end->bytes && large.offset == end->offset;
    if (found && (wanted || same))
        *end = large;
    else if (wanted)
        job_note(zip->job, FAULT_BAD, near, "the ZIP64 end record is not where its locator says");
}

static bool is_central(struct zip *zip, uint64_t at) {
    uint8_t bytes[SIGNATURE];
    if (at > zip->size || zip->size - at < SIGNATURE ||
        zip->fetch(zip->context, zip->job, at, bytes, SIGNATURE) < SIGNATURE)
        return false;
    struct cursor c = cursor_of(span_of(bytes, SIGNATURE, at));
    return cursor_u32(&c) == SIGN_CENTRAL;
}

/* The directory ends where the end record begins; offsets count from the archive's own start. */
static bool place(struct zip *zip, const struct end *end) {
    bool behind = end->bytes <= end->at && end->at - end->bytes >= end->offset;
    zip->entries = end->entries;
    zip->bytes = end->bytes;
    zip->directory = end->offset;
    if (end->entries == 0 && end->bytes == 0) {
        zip->directory = end->at;
        return true;
    }
    if (behind && is_central(zip, end->at - end->bytes)) {
        zip->directory = end->at - end->bytes;
        zip->shift = zip->directory - end->offset;
        return true;
    }
    if (end->second)
        return job_fail(zip->job, FAULT_UNSUPPORTED, end->at, "the directory of the ZIP is encrypted");
    if (!is_central(zip, end->offset) || end->offset >= end->at)
        return job_fail(zip->job, FAULT_BAD, end->at,
                        "the end record of the ZIP does not lead to a directory");
    job_note(zip->job, FAULT_BAD, end->at, "the end record of the ZIP tells a wrong size of the directory");
    zip->bytes = end->at - end->offset;
    return true;
}

bool zip_open(struct job *job, zip_fetch *fetch, void *context, uint64_t size, struct zip *ret) {
    struct end end;
    *ret = (struct zip){.job = job, .fetch = fetch, .context = context, .size = size};
    ret->window = job_alloc(job, WINDOW, 1);
    if (!ret->window)
        return false;
    size_t tail = size < ZIP_END + ZIP_COMMENT ? (size_t)size : ZIP_END + ZIP_COMMENT;
    size_t got = fetch(context, job, size - tail, ret->window, tail);
    if (!find_end(span_of(ret->window, got, size - tail), &end))
        return job_fail(job, FAULT_TORN, size, "the ZIP has no end record: its end is missing");
    read_zip64(ret, &end);
    if (!place(ret, &end))
        return false;
    ret->next = ret->directory;
    return true;
}

/* --- entries --- */

/* The bytes from `at` to the end of the directory, as many as the window holds. */
static struct span look(struct zip *zip, uint64_t at, size_t least) {
    uint64_t end = zip->directory + zip->bytes;
    size_t want = end - at < WINDOW ? (size_t)(end - at) : WINDOW;
    bool there = at >= zip->window_at && at - zip->window_at <= zip->window_size;
    size_t left = there ? zip->window_size - (size_t)(at - zip->window_at) : 0;
    if (left < least && left < want) {
        zip->window_size = zip->fetch(zip->context, zip->job, at, zip->window, want);
        zip->window_at = at;
        left = zip->window_size;
    }
    return span_of(zip->window + (size_t)(at - zip->window_at), left, at);
}

/* A time of two words: seconds / 2, minute, hour; day, month, year - 1980. */
static uint64_t dos_time(uint16_t time, uint16_t date) {
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned day = date & 31, month = date >> 5 & 15, year = 1980u + (date >> 9);
    unsigned second = (time & 31u) * 2, minute = time >> 5 & 63, hour = time >> 11;
    if (day == 0 || month == 0 || month > 12 || second > 59 || minute > 59 || hour > 23)
        return 0;
    unsigned years = year - 1970, leaps = (year - 1969) / 4 - (year > 2100);
    bool leap = year % 4 == 0 && year != 2100 && month > 2;
    int64_t days = (int64_t)years * 365 + leaps + before[month - 1] + leap + day - 1;
    return filetime_from_unix(((days * 24 + hour) * 60 + minute) * 60 + second, 0);
}

static void read_zip64_extra(struct cursor c, struct zip_entry *entry) {
    if (entry->size == FULL32)
        entry->size = cursor_u64(&c);
    if (entry->packed == FULL32)
        entry->packed = cursor_u64(&c);
    if (entry->local == FULL32)
        entry->local = cursor_u64(&c);
}

static void read_ntfs_extra(struct cursor c, struct zip_entry *entry) {
    cursor_skip(&c, 4);
    while (cursor_left(&c) >= 4) {
        uint16_t tag = cursor_u16(&c), size = cursor_u16(&c);
        struct cursor times = cursor_of(cursor_take(&c, size));
        if (tag != 1 || size < 24 || times.span.size < 24)
            continue;
        entry->modified = cursor_u64(&times);
        entry->accessed = cursor_u64(&times);
        entry->created = cursor_u64(&times);
        entry->local_time = false;
    }
}

static void read_unix_extra(struct cursor c, struct zip_entry *entry) {
    if (!(cursor_u8(&c) & 1) || cursor_left(&c) < 4 || !entry->local_time)
        return; /* FILETIME of NTFS is finer */
    entry->modified = filetime_from_unix((int32_t)cursor_u32(&c), 0);
    entry->local_time = false;
}

static void read_unicode_extra(struct cursor c, struct zip_entry *entry) {
    uint8_t version = cursor_u8(&c);
    uint32_t crc = cursor_u32(&c);
    if (!c.torn && version == 1 && crc == inflate_crc(0, entry->name))
        entry->unicode = span_from(c.span, c.at);
}

static void read_aes_extra(struct cursor c, struct zip_entry *entry) {
    cursor_skip(&c, 5);
    uint16_t method = cursor_u16(&c);
    if (!c.torn)
        entry->method = method;
}

static bool read_extras(struct span extras, struct zip_entry *entry) {
    struct cursor c = cursor_of(extras);
    bool aes = entry->method == METHOD_AES;
    while (cursor_left(&c) >= 4) {
        uint16_t id = cursor_u16(&c), size = cursor_u16(&c);
        struct cursor one = cursor_of(cursor_take(&c, size));
        if (c.torn)
            return false;
        if (id == 0x0001)
            read_zip64_extra(one, entry);
        else if (id == 0x000a)
            read_ntfs_extra(one, entry);
        else if (id == 0x5455)
            read_unix_extra(one, entry);
        else if (id == 0x7075)
            read_unicode_extra(one, entry);
        else if (id == 0x9901 && aes)
            read_aes_extra(one, entry);
    }
    return true;
}

static void read_fixed(struct cursor *c, struct zip_entry *ret) {
    cursor_skip(c, 5);
    ret->host = cursor_u8(c);
    cursor_skip(c, 2);
    ret->flags = cursor_u16(c);
    ret->method = cursor_u16(c);
    uint16_t time = cursor_u16(c), date = cursor_u16(c);
    ret->crc = cursor_u32(c);
    ret->packed = cursor_u32(c);
    ret->size = cursor_u32(c);
    ret->modified = dos_time(time, date);
    ret->local_time = ret->modified != 0;
    ret->utf8 = ret->flags & FLAG_UTF8;
}

static enum zip_cipher cipher_of(const struct zip_entry *entry, bool aes) {
    if (!(entry->flags & (FLAG_ENCRYPTED | FLAG_MASKED)))
        return ZIP_PLAIN;
    return aes ? ZIP_AES : entry->flags & (FLAG_STRONG | FLAG_MASKED) ? ZIP_STRONG : ZIP_TRADITIONAL;
}

/* The entry that begins with `bytes`; 0 if it does not fit. */
static size_t read_entry(struct zip *zip, struct span bytes, struct zip_entry *ret) {
    struct cursor c = cursor_of(bytes);
    *ret = (struct zip_entry){.at = bytes.offset};
    read_fixed(&c, ret);
    uint16_t name = cursor_u16(&c), extra = cursor_u16(&c), comment = cursor_u16(&c);
    cursor_skip(&c, 4);
    ret->attributes = cursor_u32(&c);
    ret->local = cursor_u32(&c);
    ret->name = cursor_take(&c, name);
    struct span extras = cursor_take(&c, extra);
    cursor_skip(&c, comment);
    if (c.torn)
        return 0;
    if (ret->host == HOST_UNIX || ret->host == HOST_DARWIN)
        ret->mode = ret->attributes >> 16;
    bool aes = ret->method == METHOD_AES;
    if (!read_extras(extras, ret))
        job_note(zip->job, FAULT_BAD, extras.offset, "extra fields of a ZIP entry that do not fit");
    ret->cipher = cipher_of(ret, aes);
    ret->local = ret->local <= zip->size && ret->local <= zip->size - zip->shift ? ret->local + zip->shift
                                                                                 : UINT64_MAX;
    return c.at;
}

/* The next signature of an entry behind damage; the end of the directory if there is none. */
static void resynchronise(struct zip *zip) {
    uint64_t end = zip->directory + zip->bytes;
    zip->damaged++;
    job_note(zip->job, FAULT_BAD, zip->next, "bytes in the directory of the ZIP that are no entry");
    for (zip->next++; end - zip->next >= ZIP_CENTRAL;) {
        struct span rest = look(zip, zip->next, ZIP_CENTRAL);
        if (rest.size < ZIP_CENTRAL)
            break;
        for (size_t i = 0; i + SIGNATURE <= rest.size; i++)
            if (memcmp(rest.data + i, "PK\1\2", SIGNATURE) == 0) {
                zip->next += i;
                return;
            }
        zip->next += rest.size - SIGNATURE + 1;
    }
    zip->next = end;
}

static void finish(struct zip *zip) {
    uint64_t said = zip->entries;
    if (!zip->ended && said != zip->found && !(said < FULL16 && said == zip->found % 65536))
        job_note(zip->job, FAULT_BAD, zip->directory,
                 "the ZIP says another number of entries than its directory has");
    zip->ended = true;
}

bool zip_next(struct zip *zip, struct zip_entry *ret) {
    uint64_t end = zip->directory + zip->bytes;
    while (end - zip->next >= ZIP_CENTRAL) {
        struct span rest = look(zip, zip->next, ZIP_CENTRAL);
        if (rest.size < ZIP_CENTRAL)
            break;
        struct cursor c = cursor_of(rest);
        size_t size = 0;
        if (cursor_u32(&c) == SIGN_CENTRAL) {
            size = read_entry(zip, rest, ret);
            if (size == 0)
                size = read_entry(zip, look(zip, zip->next, WINDOW), ret);
        }
        if (size > 0) {
            zip->next += size;
            zip->found++;
            return true;
        }
        resynchronise(zip);
    }
    finish(zip);
    return false;
}

/* --- names --- */

static void add_oem(struct text *text, struct span bytes) {
    static const char high[] =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧"
        "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        size_t plain = i;
        while (plain < bytes.size && bytes.data[plain] < 0x80)
            plain++;
        if (plain > i) {
            text_from_bytes(text, span_part(bytes, i, plain - i));
            i = plain - 1;
            continue;
        }
        const char *at = high;
        for (unsigned n = byte - 0x80u; n > 0; n--)
            for (at++; (*at & 0xc0) == 0x80;)
                at++;
        size_t size = 1;
        while ((at[size] & 0xc0) == 0x80)
            size++;
        text_bytes(text, at, size);
    }
}

void zip_name(const struct zip_entry *entry, struct text *text) {
    struct span name = entry->unicode.size > 0 ? entry->unicode : entry->name;
    bool unix_made = entry->host == HOST_UNIX || entry->host == HOST_DARWIN;
    bool utf8 = entry->unicode.size > 0 || entry->utf8 ||
                (unix_made && text_valid((const char *)name.data, name.size));
    if (utf8)
        text_from_bytes(text, name);
    else
        add_oem(text, name);
}

/* --- members --- */

struct zip_told zip_told_of(const struct zip_entry *entry) {
    return (struct zip_told){inflate_crc(0, entry->name), entry->method, entry->flags, entry->cipher};
}

uint64_t zip_data(struct job *job, const struct zip_told *told, struct span head) {
    struct cursor c = cursor_of(head);
    uint32_t sign = cursor_u32(&c);
    cursor_skip(&c, 2);
    uint16_t flags = cursor_u16(&c), method = cursor_u16(&c);
    cursor_skip(&c, 16);
    uint16_t name_size = cursor_u16(&c), extra = cursor_u16(&c);
    struct span name = cursor_take(&c, name_size);
    if (c.torn || sign != SIGN_LOCAL)
        return 0;
    if (method != told->method && !(method == METHOD_AES && told->cipher == ZIP_AES))
        job_note(job, FAULT_BAD, 0, "the local header of the member tells another method than the directory");
    if ((flags ^ told->flags) & FLAG_ENCRYPTED)
        job_note(job, FAULT_BAD, 0, "local header and directory disagree whether the member is encrypted");
    if (!(flags & FLAG_MASKED) && inflate_crc(0, name) != told->name)
        job_note(job, FAULT_BAD, 0, "the local header of the member has another name than the directory");
    return head.offset + ZIP_LOCAL + name_size + extra;
}

bool zip_packing(uint16_t method, enum inflate_method *ret) {
    static const struct {
        uint16_t method;
        enum inflate_method packing;
    } known[] = {{0, INFLATE_STORED}, {8, INFLATE_DEFLATE}, {9, INFLATE_DEFLATE64}, {12, INFLATE_BZIP2},
                 {14, INFLATE_LZMA},  {20, INFLATE_ZSTD},   {93, INFLATE_ZSTD},     {95, INFLATE_XZ}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].method == method)
            return *ret = known[i].packing, true;
    return false;
}

const char *zip_method_name(uint16_t method) {
    static const char *const names[100] = {
        [0] = "stored",     [1] = "shrunk",     [2] = "reduced", [3] = "reduced",   [4] = "reduced",
        [5] = "reduced",    [6] = "imploded",   [8] = "deflate", [9] = "deflate64", [10] = "PKWARE DCL",
        [12] = "bzip2",     [14] = "LZMA",      [16] = "CMPSC",  [18] = "TERSE",    [19] = "LZ77",
        [20] = "Zstandard", [93] = "Zstandard", [94] = "MP3",    [95] = "xz",       [96] = "JPEG",
        [97] = "WavPack",   [98] = "PPMd",      [99] = "AES",
    };
    return method < 100 && names[method] ? names[method] : "method";
}
