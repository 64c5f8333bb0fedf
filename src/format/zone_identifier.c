#include "format/zone_identifier.h"

#include <strings.h>

/* Characters of either width; `at` counts bytes. */
struct reading {
    struct job *job;
    struct span bytes;
    size_t width, at;
};

static unsigned character(struct span text, size_t width, size_t at) {
    return width == 2 ? span_u8(text, at) | (unsigned)span_u8(text, at + 1) << 8 : span_u8(text, at);
}

static bool is_end(unsigned c) {
    return c == '\n' || c == '\r';
}

static bool is_blank(unsigned c) {
    return c == ' ' || c == '\t';
}

static struct span trim(struct span text, size_t width) {
    while (text.size >= width && is_blank(character(text, width, 0)))
        text = span_from(text, width);
    while (text.size >= width && is_blank(character(text, width, text.size - width)))
        text = span_part(text, 0, text.size - width);
    return text;
}

/* The next line, without blanks around it. An odd byte at the end of UTF-16 is left over. */
static bool next_line(struct reading *r, struct span *ret) {
    size_t start = r->at;
    if (r->bytes.size - start < r->width)
        return false;
    while (r->bytes.size - r->at >= r->width && !is_end(character(r->bytes, r->width, r->at)))
        r->at += r->width;
    *ret = trim(span_part(r->bytes, start, r->at - start), r->width);
    if (r->bytes.size - r->at >= r->width)
        r->at += r->width;
    return true;
}

static bool is_word(struct span text, size_t width, const char *word) {
    size_t size = strlen(word);
    if (text.size != size * width)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned a = character(text, width, i * width), b = (unsigned char)word[i];
        bool letter = (b | 32) >= 'a' && (b | 32) <= 'z';
        if (a != b && !(letter && (a ^ b) == 32))
            return false;
    }
    return true;
}

/* Where `c` stands first, or the size. */
static size_t find(struct span text, size_t width, unsigned c) {
    size_t at = 0;
    while (text.size - at >= width && character(text, width, at) != c)
        at += width;
    return text.size - at >= width ? at : text.size;
}

static void take_zone(struct reading *r, struct span value, struct zone_identifier *ret) {
    uint64_t number = 0;
    size_t at = 0;
    for (; value.size - at >= r->width && number <= UINT32_MAX; at += r->width) {
        unsigned c = character(value, r->width, at);
        if (c < '0' || c > '9')
            break;
        number = number * 10 + (c - '0');
    }
    ret->has_zone = value.size > 0 && at == value.size && number <= UINT32_MAX;
    ret->zone = ret->has_zone ? (uint32_t)number : 0;
    if (!ret->has_zone)
        job_note(r->job, FAULT_BAD, value.offset, "the zone of a mark of the web is no number");
}

static struct span cut(struct reading *r, struct span value) {
    if (value.size <= ZONE_IDENTIFIER_VALUE)
        return value;
    job_note_range(r->job, FAULT_LIMIT, value.offset, value.size, "a value of a mark of the web is too long");
    return span_part(value, 0, ZONE_IDENTIFIER_VALUE);
}

static void take_key(struct reading *r, struct span line, unsigned *seen, struct zone_identifier *ret) {
    static const char *const keys[] = {"ZoneId", "HostUrl", "ReferrerUrl", "LastWriterPackageFamilyName"};
    struct span *values[] = {NULL, &ret->host_url, &ret->referrer_url, &ret->package};
    size_t equals = find(line, r->width, '=');
    if (equals == line.size) {
        if (line.size > 0 && character(line, r->width, 0) != ';')
            job_note_range(r->job, FAULT_BAD, line.offset, line.size,
                           "a line of a mark of the web is no key with a value");
        return;
    }
    struct span key = trim(span_part(line, 0, equals), r->width);
    struct span value = trim(span_from(line, equals + r->width), r->width);
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (*seen >> i & 1 || !is_word(key, r->width, keys[i]))
            continue;
        *seen |= 1u << i;
        if (values[i])
            *values[i] = cut(r, value);
        else
            take_zone(r, value, ret);
    }
}

/* True if the line begins a section; `*inside`: the one that counts. */
static bool take_section(struct reading *r, struct span line, bool *inside, bool *found) {
    if (line.size < r->width || character(line, r->width, 0) != '[')
        return false;
    size_t end = find(line, r->width, ']');
    struct span name = end < line.size ? span_part(line, r->width, end - r->width) : span_of("", 0, 0);
    *inside = !*found && is_word(trim(name, r->width), r->width, "ZoneTransfer");
    *found = *found || *inside;
    return true;
}

static struct reading start(struct job *job, struct span bytes) {
    struct reading r = {job, span_clip(bytes, 0, ZONE_IDENTIFIER_MAX), 1, 0};
    if (bytes.size > ZONE_IDENTIFIER_MAX)
        job_note(job, FAULT_LIMIT, ZONE_IDENTIFIER_MAX, "a mark of the web is longer than is read");
    if (span_starts(bytes, "\xff\xfe", 2)) {
        r.width = 2;
        r.at = 2;
    } else if (span_starts(bytes, "\xef\xbb\xbf", 3))
        r.at = 3;
    return r;
}

bool zone_identifier_named(struct span name) {
    size_t size = sizeof ZONE_IDENTIFIER_NAME - 1;
    return name.size == size && strncasecmp((const char *)name.data, ZONE_IDENTIFIER_NAME, size) == 0;
}

bool zone_identifier_decode(struct job *job, struct span bytes, struct zone_identifier *ret) {
    struct reading r = start(job, bytes);
    struct span line;
    bool inside = false, found = false;
    unsigned seen = 0;
    *ret = (struct zone_identifier){.wide = r.width == 2};
    while (next_line(&r, &line)) {
        if (!take_section(&r, line, &inside, &found) && inside)
            take_key(&r, line, &seen, ret);
    }
    if (r.at < r.bytes.size)
        job_note(job, FAULT_TORN, r.bytes.offset + r.at, "a mark of the web ends within a character");
    if (!found)
        return job_fail(job, FAULT_BAD, bytes.offset, "a mark of the web without section [ZoneTransfer]");
    return true;
}

void zone_identifier_text(const struct zone_identifier *zone, struct span value, struct text *out) {
    if (zone->wide)
        text_from_utf16(out, value);
    else
        text_from_bytes(out, value);
}
