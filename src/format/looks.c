#include "format/looks.h"

#include "format/inflate.h"
#include "format/picture.h"

#include <strings.h>

static const struct {
    const char *magic;
    size_t size, offset;
    const char *word;
} known[] = {
    {"PK\3\4", 4, 0, "zip"},
    {"PK\5\6", 4, 0, "zip"},
    {"7z\xbc\xaf\x27\x1c", 6, 0, "7z"},
    {"MSCF\0\0\0\0", 8, 0, "cab"},
    {"Rar!\x1a\x07", 6, 0, "rar"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "ole2"},
    {"ustar", 5, 257, "tar"},
    {"MSWIM\0\0\0", 8, 0, "wim"},
    {"xar!", 4, 0, "xar"},
    {"hsqs", 4, 0, "squashfs"},
    {"\xed\xab\xee\xdb", 4, 0, "rpm"},
    {"!<arch>\ndebian-binary", 21, 0, "deb"},
    {"!<arch>\n", 8, 0, "ar"},
    {"zlb\x1a", 4, 0, "inno-setup"},
    {"idska32\x1a", 8, 0, "inno-setup"},
    {"**ACE**", 7, 7, "ace"},
    {"ISc(", 4, 0, "InstallShield"},
    {"SIT!", 4, 0, "StuffIt"},
    {"StuffIt", 7, 0, "StuffIt"},
    {"\xff\xd8\xff", 3, 0, "jpeg"},
    {"%PDF-", 5, 0, "pdf"},
    {"SQLite format 3", 16, 0, "sqlite"},
    {"\x7f"
     "ELF",
     4, 0, "elf"},
    {"\0asm", 4, 0, "wasm"},
    {"RIFF", 4, 0, "riff"},
    {"BSJB", 4, 0, "clr-metadata"},
    {"\xce\xca\xef\xbe", 4, 0, "net-resources"},
    {"regf", 4, 0, "hive"},
    {"wOF2", 4, 0, "font"},
    {"wOFF", 4, 0, "font"},
    {"\0\1\0\0\0", 5, 0, "font"},
    {"OTTO", 4, 0, "font"},
};

static bool begins(struct span bytes, const char *word) {
    size_t size = strlen(word);
    return bytes.size >= size && strncasecmp((const char *)bytes.data, word, size) == 0;
}

static const char *text_word(struct span bytes) {
    if (span_starts(bytes, "\xef\xbb\xbf", 3))
        bytes = span_from(bytes, 3);
    while (bytes.size > 0 &&
           (bytes.data[0] == ' ' || bytes.data[0] == '\t' || bytes.data[0] == '\r' || bytes.data[0] == '\n'))
        bytes = span_from(bytes, 1);
    if (begins(bytes, "<?xml"))
        return "xml";
    if (begins(bytes, "<!doctype html") || begins(bytes, "<html"))
        return "html";
    if (span_starts(bytes, "#!", 2))
        return "script";
    return "text";
}

const char *looks_word(struct span bytes) {
    struct span head = span_clip(bytes, 0, LOOKS_TEXT);
    if (span_starts(head, "MZ", 2))
        return "program";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal(span_part(head, known[i].offset, known[i].size),
                       span_of(known[i].magic, known[i].size, 0)))
            return known[i].word;
    enum picture picture = picture_sniff(head);
    if (picture != PICTURE_NONE)
        return picture_word(picture);
    enum inflate_method method = inflate_sniff(head);
    if (method != INFLATE_STORED)
        return inflate_name(method);
    return looks_text(head) != LOOKS_NO_TEXT ? text_word(head) : NULL;
}

/* White space, and the escape that begins colours. */
static bool is_control(uint8_t byte) {
    return (byte < 32 && !(byte >= '\t' && byte <= '\r') && byte != 27) || byte == 127;
}

/* Of 8-bit text few bytes have the highest bit, unless they are UTF-8. */
static bool is_plain(struct span bytes) {
    size_t high = 0, broken = 0, follow = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];
        if (is_control(byte))
            return false;
        high += byte >= 128;
        bool continues = (byte & 0xc0) == 0x80;
        broken += continues ? follow == 0 : follow > 0;
        follow = continues      ? follow - (follow > 0)
                 : byte >= 0xf0 ? 3
                 : byte >= 0xe0 ? 2
                 : byte >= 0xc0 ? 1
                                : 0;
    }
    return broken == 0 || high <= bytes.size / 4;
}

static bool is_wide(struct span bytes, bool big) {
    for (size_t i = 2; i + 1 < bytes.size; i += 2) {
        unsigned unit = big ? (unsigned)bytes.data[i] << 8 | bytes.data[i + 1]
                            : (unsigned)bytes.data[i + 1] << 8 | bytes.data[i];
        if (unit >= 0xfffe || (unit < 128 && is_control((uint8_t)unit)))
            return false;
    }
    return true;
}

enum looks_text looks_text(struct span bytes) {
    struct span head = span_clip(bytes, 0, LOOKS_TEXT);
    if (span_starts(head, "\xff\xfe", 2))
        return is_wide(head, false) ? LOOKS_UTF16LE : LOOKS_NO_TEXT;
    if (span_starts(head, "\xfe\xff", 2))
        return is_wide(head, true) ? LOOKS_UTF16BE : LOOKS_NO_TEXT;
    return head.size > 0 && is_plain(head) ? LOOKS_UTF8 : LOOKS_NO_TEXT;
}
