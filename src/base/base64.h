/* base64: RFC 4648, section 4. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes `size` characters, white space among them passed over, into `out`, which has room for
 * size / 4 * 3 + 3 bytes and may be `text` itself; the count in `*ret`. False if anything else stands there
 * or the padding is wrong. */
bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *ret) MUST_USE;

/* Encodes with padding; returns the count of characters. `out` has room for (size + 2) / 3 * 4; no NUL. */
size_t base64_encode(struct span bytes, char *out);

#endif
