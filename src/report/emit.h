/* emit: JSON, written value by value, with the commas where they belong.
 *
 * Texts come from evidence and from cases of strangers: they are escaped by text_json and cut at
 * FINDINGS_TEXT. Nothing is checked but nesting: whoever writes gives each object its keys once. */
#ifndef REPORT_EMIT_H
#define REPORT_EMIT_H

#include "base/text.h"

enum { EMIT_DEPTH = 16, EMIT_UUID = 37 };

struct emit {
    struct text *out;
    unsigned depth;
    bool some[EMIT_DEPTH]; /* something stands in this object or array already */
};

/* Values go to `out`, which may be written and cleared between any two calls. */
void emit_init(struct emit *emit, struct text *out);

/* `key` is NULL in an array and at the top. */
void emit_object(struct emit *emit, const char *key);
void emit_array(struct emit *emit, const char *key);
void emit_end_object(struct emit *emit);
void emit_end_array(struct emit *emit);

void emit_text(struct emit *emit, const char *key, const char *text);
void emit_some(struct emit *emit, const char *key, const char *text); /* nothing for NULL and "" */
void emit_number(struct emit *emit, const char *key, int64_t value);
void emit_thousandths(struct emit *emit, const char *key, unsigned value); /* 16 is 0.016 */
void emit_bool(struct emit *emit, const char *key, bool value);
void emit_hex(struct emit *emit, const char *key, struct span bytes);  /* nothing for no bytes */
void emit_time(struct emit *emit, const char *key, uint64_t filetime); /* nothing for 0 */

/* A UUID made from a name (RFC 4122, 4.3, version 5) in the name space of this program: the same name, the
 * same UUID. */
void emit_uuid(char uuid[EMIT_UUID], struct span name);

/* As the value `prefix`UUID. */
void emit_id(struct emit *emit, const char *key, const char *prefix, const char uuid[EMIT_UUID]);

#endif
