/* text: a growing buffer of UTF-8 and the only places where text from evidence is escaped.
 *
 * Names from evidence are kept in *stored form*: valid UTF-8 without NUL, in which what is not valid appears
 * as
 * `\xHH` (a byte of an ill-formed UTF-8 name) or `\uHHHH` (an unpaired UTF-16 surrogate, a NUL, or a slash
 * inside a name), and a backslash as `\\`. Stored form may still hold control characters; each output escapes
 * them in its own way: text_terminal, text_json, text_csv, text_html, text_percent.
 *
 * The buffer belongs to its maker and is freed by text_free. When memory runs out or `max` is reached it
 * stays as it is and `full` is set: writers go on, the owner checks once. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/span.h"

struct text {
    char *data; /* always NUL-terminated once something was added; NULL before */
    size_t size;
    size_t room;
    size_t max; /* 0: no more than TEXT_MAX */
    bool full;
};

#define TEXT_MAX ((size_t)1 << 30)

void text_free(struct text *text);
void text_clear(struct text *text); /* keeps the memory */

/* What was added so far, never NULL. */
const char *text_string(const struct text *text);

void text_add(struct text *text, const char *string);
void text_bytes(struct text *text, const void *data, size_t size);
void text_char(struct text *text, char c);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_number(struct text *text, uint64_t value);
void text_hex(struct text *text, const void *data, size_t size);

/* A GUID from its 16 bytes as Windows keeps them, lower case with dashes (RFC 4122, 3; the first three fields
 * little-endian). Nothing if there are fewer. */
void text_guid(struct text *text, struct span bytes);

/* A name from evidence in stored form. */
void text_from_utf16(struct text *text, struct span utf16); /* an odd last byte is \xHH */
void text_from_prose(struct text *text, struct span utf16); /* the same of what is no name: a slash stays */
void text_from_bytes(struct text *text, struct span bytes); /* bytes that ought to be UTF-8 */
void text_from_latin(struct text *text,
                     struct span bytes); /* bytes of an 8-bit code page, as \xHH above 0x7e */

/* The same for one UTF-16 name of at most `units` units into `out`, which has room for 6 bytes a unit;
 * returns the length. For the hot path of a volume's index. */
size_t text_name_utf16(const uint8_t *utf16, size_t units, char *out);

/* Undoes text_from_bytes; false if `stored` is not what that writes, or stands for bytes with a NUL. */
bool text_unstore(struct text *text, const char *stored) __attribute__((warn_unused_result));

/* Is it well-formed UTF-8 without NUL? */
bool text_valid(const char *utf8, size_t size);

/* How many bytes of a UTF-8 string are at most `most` and end with a whole character. */
int text_cut(const char *utf8, int most);

/* Valid UTF-8 of any source (stored form or not), made safe for one output. Ill-formed bytes become U+FFFD;
 * control characters (C0, DEL, C1), bidirectional controls, line and paragraph separators and the byte order
 * mark never pass unescaped to a terminal. */
void text_terminal(struct text *text, const char *utf8, size_t size);
void text_json(struct text *text, const char *utf8, size_t size); /* with the quotes; RFC 8259 */

/* UTF-16 as the inside of a JSON string, without the quotes, with the same escapes; an unpaired surrogate and
 * an odd last byte become U+FFFD. For the hot path of event logs: no stored form in between. */
void text_json_utf16(struct text *text, struct span utf16);

void text_csv(struct text *text, const char *utf8,
              size_t size); /* RFC 4180; a leading = + - @ TAB CR gets ' before it */
void text_html(struct text *text, const char *utf8, size_t size); /* for content and quoted attributes */
void text_percent(struct text *text, const char *utf8, size_t size, const char *keep); /* RFC 3986 2.1; keeps
    unreserved characters and those in `keep` */

/* Undoes text_percent; false if a % is not followed by two hex digits or yields NUL. */
bool text_unpercent(struct text *text, const char *ascii, size_t size) __attribute__((warn_unused_result));

/* "4,096" and "3.9 MiB", for people. */
void text_grouped(struct text *text, uint64_t value);
void text_size(struct text *text, uint64_t bytes);

/* The classic view, 16 bytes a line: offset, hex, ASCII (others as dots); every line starts with `indent`. */
void text_hexdump(struct text *text, struct span bytes, const char *indent);

#endif
