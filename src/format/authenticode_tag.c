#include "format/authenticode_tag.h"

enum {
    TAGS = 8,                         /* in a row */
    PADDING = 7,                      /* zero bytes before one */
    OMAHA_TEXT = 8192,                /* longest tag */
    OMAHA_AREA = 12 + 2 + OMAHA_TEXT, /* what its makers reserve */
    MOZILLA_AREA = 1024
};

static bool printable(uint8_t octet) {
    return octet >= 0x20 && octet < 0x7f;
}

static bool all_printable(struct span bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        if (!printable(bytes.data[i]))
            return false;
    return true;
}

/* How many bytes from `at` on are among NUL and `filler`, up to `end`. */
static size_t fill_end(struct span bytes, size_t at, size_t end, uint8_t filler) {
    while (at < bytes.size && at < end && (bytes.data[at] == 0 || bytes.data[at] == filler))
        at++;
    return at;
}

/* "Gact2.0Omaha", u16be length, that many bytes of key=value&key=value; the rest of the area is zeros. */
static bool omaha(struct span bytes, struct authenticode_tag *ret) {
    static const char magic[12] = {'G', 'a', 'c', 't', '2', '.', '0', 'O', 'm', 'a', 'h', 'a'};
    if (!span_starts(bytes, magic, sizeof magic))
        return false;
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, sizeof magic);
    size_t size = cursor_u16be(&c);
    struct span text = cursor_take(&c, size);
    if (c.torn || size > OMAHA_TEXT || !all_printable(text))
        return false;
    *ret = (struct authenticode_tag){"Omaha tag", span_part(bytes, 0, fill_end(bytes, c.at, OMAHA_AREA, 0))};
    return true;
}

/* "__MOZCUSTOM__:", text, then NULs or TABs up to 1024 bytes in all. */
static bool mozilla(struct span bytes, struct authenticode_tag *ret) {
    static const char magic[14] = {'_', '_', 'M', 'O', 'Z', 'C', 'U', 'S', 'T', 'O', 'M', '_', '_', ':'};
    if (!span_starts(bytes, magic, sizeof magic))
        return false;
    size_t at = sizeof magic;
    while (at < bytes.size && at < MOZILLA_AREA && printable(bytes.data[at]))
        at++;
    *ret = (struct authenticode_tag){"Mozilla attribution",
                                     span_part(bytes, 0, fill_end(bytes, at, MOZILLA_AREA, '\t'))};
    return true;
}

static bool wide_starts(struct span bytes, const char *ascii) {
    for (size_t i = 0; ascii[i]; i++)
        if (bytes.size < 2 * i + 2 || bytes.data[2 * i] != (uint8_t)ascii[i] || bytes.data[2 * i + 1] != 0)
            return false;
    return true;
}

/* Printable UTF-16 between two words. */
static bool framed(struct span bytes, const char *first, const char *last, const char *name,
                   struct authenticode_tag *ret) {
    if (!wide_starts(bytes, first))
        return false;
    size_t at = 2 * strlen(first);
    for (size_t units = 0; units < OMAHA_TEXT; units++, at += 2) {
        struct span rest = span_from(bytes, at);
        if (wide_starts(rest, last)) {
            *ret = (struct authenticode_tag){name, span_part(bytes, 0, at + 2 * strlen(last))};
            return true;
        }
        if (rest.size < 2 || !printable(rest.data[0]) || rest.data[1] != 0)
            return false;
    }
    return false;
}

bool authenticode_tag_read(struct span bytes, struct authenticode_tag *ret) {
    return omaha(bytes, ret) || mozilla(bytes, ret) ||
           framed(bytes, "Gact2.0Omaha", "ahamO0.2tcaG", "Chromium updater tag", ret) ||
           framed(bytes, "MSEDGE_", "_EGDESM", "Edge updater tag", ret);
}

struct span authenticode_tag_skip(struct span bytes, const char **name) {
    struct authenticode_tag tag;
    for (int i = 0; i < TAGS; i++) {
        struct span behind = span_from(bytes, fill_end(bytes, 0, PADDING, 0));
        if (!authenticode_tag_read(behind, &tag))
            break;
        *name = tag.name;
        bytes = span_from(behind, tag.bytes.size);
    }
    return bytes;
}

bool authenticode_tag_marker(struct span bytes, struct span *ret) {
    static const uint8_t marker[8] = {0xfe, 0xed, 0xfa, 0xce, 0xfe, 0xed, 0xfa, 0xce};
    if (bytes.size < sizeof marker)
        return false;
    const uint8_t *found = memmem(bytes.data, bytes.size, marker, sizeof marker);
    if (!found)
        return false;
    *ret = span_part(bytes, (uint64_t)(found - bytes.data), sizeof marker);
    return true;
}
