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
    static const uint8_t md5[] = {0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04,
                                  0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e};
    static const uint8_t sha1[] = {0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55,
                                   0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09};
    static const uint8_t sha256[] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                     0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                     0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    return span_equal(digest, span_of(md5, sizeof md5, 0)) ||
           span_equal(digest, span_of(sha1, sizeof sha1, 0)) ||
           span_equal(digest, span_of(sha256, sizeof sha256, 0)) || span_is_zero(digest);
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
        return "this is XML: a driver policy is a file named *.xml";
    if (span_starts(bytes, "PK\x03\x04", 4) || span_starts(bytes, "PK\x05\x06", 4))
        return "this is a ZIP of other things than rules of YARA or the files of HijackLibs: unpack it first";
    if (span_starts(bytes, "\x1f\x8b", 2))
        return "this is packed: unpack it first";
    if (span_starts(bytes, "\xff\xfe", 2) || span_starts(bytes, "\xfe\xff", 2))
        return "this is UTF-16: lists are read as UTF-8";
    return bytes.size > 0 ? NULL : "the file is empty";
}

bool lists_read(struct span bytes, const struct lists_source *source, struct lists_build *build,
                struct lists_damage *damage) {
    uint8_t first = first_letter(bytes), digest[DIGEST_MAX];
    bool libraries = lists_libraries_sniff(bytes);
    bool json = !libraries && (first == '[' || first == '{');
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
                              .format = libraries ? "HijackLibs"
                                        : json    ? "LOLDrivers"
                                                  : lists_lines_form(bytes),
                              .date = source->date};
    digest_once(DIGEST_SHA256, bytes, digest);
    memcpy(list.sha256, digest, sizeof list.sha256);
    lists_build_list(build, &list);
    bool good = libraries ? lists_libraries(bytes, build, damage)
                : json    ? lists_drivers(bytes, build, damage)
                          : lists_lines(bytes, source, build, damage);
    if (good && build->full)
        damage->why = "it is more than is kept";
    else if (good && build->now.samples == 0)
        damage->why = "nothing in it is a digest or a name";
    return good && !damage->why;
}
