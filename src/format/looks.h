/* looks: what bytes begin like (docs/format/shape.md). By fixed first bytes and nothing else; whether they
 * are what they look like is for a decoder to say. */
#ifndef FORMAT_LOOKS_H
#define FORMAT_LOOKS_H

#include "base/fault.h"
#include "base/span.h"

enum { LOOKS_TEXT = 4096 }; /* bytes that are asked whether they are text */

/* "program", "zip", "7z", "cab", "rar", "ole2", "gzip", "xz", "zstd", "bzip2", "icon", "png", "gif", "bmp",
 * "jpeg", "pdf", "sqlite", "elf", "xml", "html", "text" and so on; NULL for nothing known. */
const char *looks_word(struct span bytes);

enum looks_text { LOOKS_NO_TEXT, LOOKS_UTF8, LOOKS_UTF16LE, LOOKS_UTF16BE };

/* Are these, the first bytes of something, text: UTF-8 or an 8-bit code page without control characters, or
 * UTF-16 with a byte order mark? False for none at all. */
enum looks_text looks_text(struct span bytes);

#endif
