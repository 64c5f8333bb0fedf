#include "intel/lists_read.h"

#include "base/digest.h"

size_t lists_read_digest(struct span hex, uint8_t out[32]) {
    if (hex.size != 32 && hex.size != 40 && hex.size != 64)
        return 0;
    for (size_t i = 0; i < hex.size; i++) {
        uint8_t c = hex.data[i], letter = c | 32;
        unsigned value = c >= '0' && c <= '9'             ? c - (unsigned)'0'
                         : letter >= 'a' && letter <= 'f' ? letter - (unsigned)'a' + 10
                                                          : 16;
        if (value > 15)
            return 0;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | value : value << 4);
    }
    return hex.size / 2;
}

bool lists_read_empty(struct span digest) {
    uint8_t none[DIGEST_MAX];
    static const enum digest_kind kinds[] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256};
    for (size_t i = 0; i < 3; i++) {
        digest_once(kinds[i], span_of("", 0, 0), none);
        if (span_equal(digest, span_of(none, digest_size(kinds[i]), 0)))
            return true;
    }
    return span_is_zero(digest);
}

uint64_t lists_read_line(struct span bytes, uint64_t offset) {
    uint64_t line = 1;
    for (size_t i = 0; i < bytes.size && i < offset; i++)
        line += bytes.data[i] == '\n';
    return line;
}

static uint8_t first_letter(struct span bytes) {
    size_t at = span_starts(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (at < bytes.size && strchr(" \t\r\n", bytes.data[at]))
        at++;
    return span_u8(bytes, at);
}

/* What it is, if it is nothing that is read here. */
static const char *refused(struct span bytes) {
    if (span_starts(bytes, "SQLite format 3", 15))
        return "a database of SQLite is not read as a list";
    if (first_letter(bytes) == '<')
        return "this is XML: a driver policy is named with --driver-policy, or put where docs/trust.md says";
    if (span_starts(bytes, "PK\x03\x04", 4) || span_starts(bytes, "\x1f\x8b", 2))
        return "this is packed: unpack it first";
    if (span_starts(bytes, "\xff\xfe", 2) || span_starts(bytes, "\xfe\xff", 2))
        return "this is UTF-16: lists are read as UTF-8";
    return bytes.size > 0 ? NULL : "the file is empty";
}

bool lists_read(struct span bytes, const struct lists_source *source, struct lists_build *build,
                struct lists_damage *damage) {
    uint8_t first = first_letter(bytes), digest[DIGEST_MAX];
    bool json = first == '[' || first == '{';
    *damage = (struct lists_damage){0, refused(bytes)};
    if (damage->why)
        return false;
    const uint8_t *nul = memchr(bytes.data, 0, bytes.size);
    if (nul) {
        *damage = (struct lists_damage){lists_read_line(bytes, (uint64_t)(nul - bytes.data)),
                                        "a NUL: this is no text"};
        return false;
    }
    struct lists_list list = {.name = source->name,
                              .file = source->file,
                              .format = json ? "LOLDrivers" : lists_lines_form(bytes),
                              .date = source->date};
    digest_once(DIGEST_SHA256, bytes, digest);
    memcpy(list.sha256, digest, sizeof list.sha256);
    lists_build_list(build, &list);
    bool good = json ? lists_drivers(bytes, build, damage) : lists_lines(bytes, source, build, damage);
    if (good && build->full)
        damage->why = "it is more than is kept";
    else if (good && build->now.samples == 0)
        damage->why = "nothing in it is a digest or a name";
    return good && !damage->why;
}
