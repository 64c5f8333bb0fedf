#include "report/list.h"

enum { FIXED = 1024 }; /* bytes of a row without its names, at most */

bool list_format_parse(const char *word, enum list_format *ret) {
    static const char *const words[] = {"text", "csv", "jsonl", "bodyfile"};
    for (int i = 0; i < 4; i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum list_format)i;
            return true;
        }
    return false;
}

void list_init(struct list_printer *printer, enum list_format format) {
    *printer = (struct list_printer){.format = format};
}

void list_head(struct list_printer *printer, struct text *out) {
    if (printer->format == LIST_TEXT)
        text_add(out, "  volume         entry flags             size  modified (UTC)       path\n");
    if (printer->format == LIST_CSV)
        text_add(
            out,
            "evidence,volume,record,sequence,link,path,stream,size,flags,attributes,si_created,si_modified,"
            "si_changed,si_accessed,fn_created,fn_modified,fn_changed,fn_accessed,sha256,shadow\r\n");
}

/* Room for `size` more bytes and a NUL, to be written at the pointer; NULL if there is none. */
static char *reserve(struct text *out, size_t size) {
    size_t max = out->max ? out->max : TEXT_MAX;
    if (out->full || size >= max - out->size) {
        out->full = true;
        return NULL;
    }
    if (size >= out->room - out->size) {
        size_t room = out->room ? out->room : 65536;
        while (room - out->size <= size)
            room *= 2;
        char *data = realloc(out->data, room);
        out->full = data == NULL;
        if (!data)
            return NULL;
        out->data = data;
        out->room = room;
    }
    return out->data + out->size;
}

static void commit(struct text *out, char *end) {
    out->size = (size_t)(end - out->data);
    *end = 0;
}

static char *put(char *to, const char *from, size_t size) {
    memcpy(to, from, size);
    return to + size;
}

#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

static unsigned digits_of(uint64_t value) {
    unsigned count = 1;
    for (; value >= 10000; value /= 10000)
        count += 4;
    return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* In place, from the end: copying digits just written would wait for them. */
static char *number(char *to, uint64_t value) {
    char *end = to + digits_of(value), *at = end;
    for (; value >= 100; value /= 100)
        list_time_two(at -= 2, (uint32_t)(value % 100));
    if (value >= 10)
        list_time_two(at - 2, (uint32_t)value);
    else
        at[-1] = (char)('0' + value);
    return end;
}

static char *signed_number(char *to, int64_t value) {
    return number(to, value < 0 ? 0 : (uint64_t)value);
}

static char *hex(char *to, const uint8_t *bytes, size_t size) {
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *to++ = digit[bytes[i] >> 4];
        *to++ = digit[bytes[i] & 15];
    }
    return to;
}

#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The top bit of each byte that is below `least`; exact for words whose own top bits are clear. */
static uint64_t below(uint64_t word, uint64_t least) {
    return (word - EACH(least)) & ~word;
}

/* True if all eight bytes are printable ASCII other than `"`, `\` and `|`, which some format escapes. */
static bool plain(uint64_t word) {
    uint64_t bad = word | below(word, 0x20) | below(word ^ EACH(0x7f), 1) | below(word ^ EACH('"'), 1) |
                   below(word ^ EACH('\\'), 1) | below(word ^ EACH('|'), 1);
    return (bad & EACH(0x80)) == 0;
}

/* Copies a name that needs no escaping in any format; false if it does. */
static bool copy_plain(char **to, const char *from, size_t size) {
    char *out = *to;
    for (; size >= 8; from += 8, size -= 8, out += 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        if (!plain(word))
            return false;
        memcpy(out, &word, 8);
    }
    uint64_t last = EACH('a');
    if (size > 0)
        memcpy(&last, from, size);
    if (!plain(last))
        return false;
    memcpy(out, from, size);
    *to = out + size;
    return true;
}

/* Where the parent folder's slash belongs: everywhere but after the empty path of the root itself. */
static bool copy_path(char **to, const struct listing *row) {
    if (!copy_plain(to, row->folder, row->folder_size))
        return false;
    *(*to)++ = '/';
    return copy_plain(to, row->name, row->name_size);
}

/* Folder, slash and name in one text, for those that have to be escaped. */
static void join(struct text *path, const char *prefix, const struct listing *row, bool stream) {
    text_add(path, prefix);
    text_bytes(path, row->folder, row->folder_size);
    text_char(path, '/');
    text_bytes(path, row->name, row->name_size);
    if (stream && row->stream) {
        text_char(path, ':');
        text_bytes(path, row->stream, row->stream_size);
    }
}

static const struct {
    uint32_t flag;
    const char *word;
    char letter;
} flags[] = {
    {LISTING_DIRECTORY, "directory", 'd'},
    {LISTING_DELETED, "deleted", 'x'},
    {LISTING_COMPRESSED, "compressed", 'c'},
    {LISTING_ENCRYPTED, "encrypted", 'e'},
    {LISTING_SPARSE, "sparse", 's'},
    {LISTING_REPARSE, "reparse", 'r'},
    {LISTING_ORPHAN, "orphan", 'o'},
    {LISTING_RESIDENT, "resident", 'i'},
    {LISTING_WOF, "wof", 'w'},
    {LISTING_RECOVERABLE, "recoverable", 'f'},
    {LISTING_REUSED, "reused", 'u'},
};

enum { FLAGS = sizeof flags / sizeof flags[0] };

/* The words of all flags that are set, each with `before` and `after` around it, `between` from the second
 * on. */
static char *flag_words(char *to, uint32_t set, const char *quote, const char *between) {
    bool first = true;
    for (int i = 0; i < FLAGS && set != 0; i++) {
        if (!(set & flags[i].flag))
            continue;
        if (!first)
            to = put(to, between, strlen(between));
        to = put(to, quote, strlen(quote));
        to = put(to, flags[i].word, strlen(flags[i].word));
        to = put(to, quote, strlen(quote));
        first = false;
    }
    return to;
}

static const char *const time_keys[2 * LISTING_TIMES] = {
    ",\"si_created\":\"", ",\"si_modified\":\"", ",\"si_changed\":\"", ",\"si_accessed\":\"",
    ",\"fn_created\":\"", ",\"fn_modified\":\"", ",\"fn_changed\":\"", ",\"fn_accessed\":\"",
};

/* Outside an image a time of 0 was not told by the file system. */
static bool has_time(const struct listing *row, int column, uint64_t value) {
    return (column < LISTING_TIMES || row->has_fn) && (value != 0 || !(row->unrecorded || row->volume == 0));
}

/* Many times of a file are equal: such a one is copied from the column before. All eight columns; json: with
 * keys, leaving out what is not there; else each with a comma before it. */
static char *times(struct list_printer *printer, const struct listing *row, bool json, char *to) {
    const char *last = NULL;
    size_t last_size = 0;
    uint64_t last_value = 0;
    for (int i = 0; i < 2 * LISTING_TIMES; i++) {
        uint64_t value = i < LISTING_TIMES ? row->si[i] : row->fn[i - LISTING_TIMES];
        bool there = has_time(row, i, value);
        if (!json)
            *to++ = ',';
        else if (there)
            to = put(to, time_keys[i], strlen(time_keys[i]));
        if (!there)
            continue;
        char *start = to;
        if (last && value == last_value)
            to = put(to, last, last_size);
        else
            to += list_time_print(&printer->time, value, to);
        last = start;
        last_size = (size_t)(to - start);
        last_value = value;
        if (json)
            *to++ = '"';
    }
    return to;
}

static void csv_names(const struct listing *row, struct text *out) {
    char *start = reserve(out, row->folder_size + row->name_size + 32), *to = start;
    if (!start)
        return;
    *to++ = '"';
    if (copy_path(&to, row)) {
        *to++ = '"';
        commit(out, to);
    } else {
        struct text path = {0};
        join(&path, "", row, false);
        text_csv(out, text_string(&path), path.size);
        out->full = out->full || path.full;
        text_free(&path);
    }
    text_char(out, ',');
    if (row->stream)
        text_csv(out, row->stream, row->stream_size);
}

static void csv_row(struct list_printer *printer, const struct listing *row, struct text *out) {
    char *to = reserve(out, FIXED);
    if (!to)
        return;
    to = number(to, row->evidence);
    *to++ = ',';
    if (row->volume != 0)
        to = number(to, row->volume);
    *to++ = ',';
    to = number(to, row->record);
    *to++ = ',';
    to = number(to, row->sequence);
    *to++ = ',';
    to = number(to, row->link);
    *to++ = ',';
    commit(out, to);
    csv_names(row, out);
    to = reserve(out, FIXED);
    if (!to)
        return;
    *to++ = ',';
    to = number(to, row->size);
    *to++ = ',';
    to = flag_words(to, row->flags, "", " ");
    *to++ = ',';
    to = number(to, row->attributes);
    to = times(printer, row, false, to);
    *to++ = ',';
    if (row->sha256)
        to = hex(to, row->sha256, 32);
    *to++ = ',';
    if (row->shadow != 0)
        to = number(to, row->shadow);
    commit(out, PUT(to, "\r\n"));
}

static void json_names(const struct listing *row, struct text *out) {
    char *start = reserve(out, row->folder_size + row->name_size + 32), *to = start;
    if (!start)
        return;
    *to++ = '"';
    if (copy_path(&to, row)) {
        *to++ = '"';
        commit(out, to);
    } else {
        struct text path = {0};
        join(&path, "", row, false);
        text_json(out, text_string(&path), path.size);
        out->full = out->full || path.full;
        text_free(&path);
    }
    if (row->stream) {
        text_add(out, ",\"stream\":");
        text_json(out, row->stream, row->stream_size);
    }
}

static void json_row(struct list_printer *printer, const struct listing *row, struct text *out) {
    char *to = reserve(out, FIXED);
    if (!to)
        return;
    to = number(PUT(to, "{\"evidence\":"), row->evidence);
    if (row->volume != 0)
        to = number(PUT(to, ",\"volume\":"), row->volume);
    if (row->shadow != 0)
        to = number(PUT(to, ",\"shadow\":"), row->shadow);
    to = number(PUT(to, ",\"record\":"), row->record);
    to = number(PUT(to, ",\"sequence\":"), row->sequence);
    to = number(PUT(to, ",\"link\":"), row->link);
    commit(out, PUT(to, ",\"path\":"));
    json_names(row, out);
    to = reserve(out, FIXED);
    if (!to)
        return;
    to = number(PUT(to, ",\"size\":"), row->size);
    to = flag_words(PUT(to, ",\"flags\":["), row->flags, "\"", ",");
    to = number(PUT(to, "],\"attributes\":"), row->attributes);
    to = times(printer, row, true, to);
    if (row->sha256) {
        to = hex(PUT(to, ",\"sha256\":\""), row->sha256, 32);
        *to++ = '"';
    }
    if (!row->reason) {
        commit(out, PUT(to, "}\n"));
        return;
    }
    commit(out, PUT(to, ",\"reason\":"));
    text_json(out, row->reason, strlen(row->reason));
    text_add(out, "}\n");
}

/* What stands between two bars. A bar in a name would start a new field, a control character a new line. */
static void body_escape(struct text *out, const char *utf8, size_t size) {
    size_t start = 0;
    for (size_t i = 0; i < size; i++)
        if (utf8[i] == '|') {
            text_terminal(out, utf8 + start, i - start);
            text_add(out, "\\x7C");
            start = i + 1;
        }
    text_terminal(out, utf8 + start, size - start);
}

static void body_path(const struct list_printer *printer, const struct listing *row, struct text *out) {
    const char *prefix = printer->prefix ? printer->prefix : "";
    char *to = reserve(out, row->folder_size + row->name_size + 32);
    if (to && prefix[0] == 0 && !row->stream && copy_path(&to, row)) {
        commit(out, to);
        return;
    }
    struct text path = {0};
    join(&path, prefix, row, true);
    body_escape(out, text_string(&path), path.size);
    out->full = out->full || path.full;
    text_free(&path);
}

static char *body_times(char *to, const uint64_t times[LISTING_TIMES]) {
    static const uint8_t order[] = {LISTING_ACCESSED, LISTING_MODIFIED, LISTING_CHANGED, LISTING_CREATED};
    for (int i = 0; i < 4; i++) {
        *to++ = '|';
        to = signed_number(to, filetime_to_unix(times[order[i]]));
    }
    *to++ = '\n';
    return to;
}

static void body_line(const struct list_printer *printer, const struct listing *row, const uint64_t times[],
                      bool fn, struct text *out) {
    text_add(out, "0|");
    body_path(printer, row, out);
    char *to = reserve(out, FIXED);
    if (!to)
        return;
    if (fn)
        to = PUT(to, " ($FILE_NAME)");
    if (row->flags & LISTING_DELETED)
        to = PUT(to, " (deleted)");
    if (row->shadow != 0) {
        to = number(PUT(to, " (shadow "), row->shadow);
        *to++ = ')';
    }
    *to++ = '|';
    to = number(to, row->record);
    to = row->flags & LISTING_DIRECTORY ? PUT(to, "|d/drwxrwxrwx|0|0|") : PUT(to, "|r/rrwxrwxrwx|0|0|");
    commit(out, body_times(number(to, row->size), times));
}

static void body_row(const struct list_printer *printer, const struct listing *row, struct text *out) {
    body_line(printer, row, row->si, false, out);
    if (row->has_fn)
        body_line(printer, row, row->fn, true, out);
}

static void text_row(struct list_printer *printer, const struct listing *row, struct text *out) {
    char letters[FLAGS + 1] = {0}, entry[40], place[32], when[FILETIME_TEXT] = "";
    int n = 0;
    for (int i = 0; i < FLAGS; i++)
        if (row->flags & flags[i].flag)
            letters[n++] = flags[i].letter;
    if (row->volume != 0 && !row->unrecorded)
        snprintf(entry, sizeof entry, "%llu-%u", (unsigned long long)row->record, row->sequence);
    else
        snprintf(entry, sizeof entry, "%llu", (unsigned long long)row->record);
    snprintf(place, sizeof place, row->shadow ? "%u.%u@%u" : "%u.%u", row->evidence, row->volume,
             row->shadow);
    if (has_time(row, LISTING_MODIFIED, row->si[LISTING_MODIFIED])) {
        size_t size = list_time_print(&printer->time, row->si[LISTING_MODIFIED], when);
        when[size - 9] = 0; /* whole seconds */
        *strchr(when, 'T') = ' ';
    }
    text_format(out, "%8s %13s %-9s %12llu  %-19s  ", place, entry, letters, (unsigned long long)row->size,
                when);
    if (row->sha256) {
        text_hex(out, row->sha256, 32);
        text_add(out, "  ");
    }
    struct text path = {0};
    join(&path, "", row, true);
    text_terminal(out, text_string(&path), path.size);
    out->full = out->full || path.full;
    text_free(&path);
    text_char(out, '\n');
}

void list_row(struct list_printer *printer, const struct listing *row, struct text *out) {
    switch (printer->format) {
    case LIST_TEXT:
        text_row(printer, row, out);
        break;
    case LIST_CSV:
        csv_row(printer, row, out);
        break;
    case LIST_JSONL:
        json_row(printer, row, out);
        break;
    case LIST_BODY:
        body_row(printer, row, out);
        break;
    }
}
