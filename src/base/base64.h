/* base64: RFC 4648, section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes `size` characters, white space among them passed over, into `out`, which has room for
 * size / 4 * 3 + 3 bytes and may be `text` itself; the count in `*ret`. False if anything else stands there
 * or the padding is wrong. */
bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *ret) MUST_USE;

#endif
