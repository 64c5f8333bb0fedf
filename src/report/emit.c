#include "report/emit.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "report/findings.h"

#include <stdio.h>

/* The name space: version 5 of "assay" in that of URLs, written down once. */
static const uint8_t space[16] = {0xc8, 0x9e, 0xa6, 0x1e, 0xdf, 0x03, 0x5f, 0x32,
                                  0xae, 0x2e, 0x81, 0xbb, 0x36, 0xed, 0x87, 0x11};

void emit_init(struct emit *emit, struct text *out) {
    *emit = (struct emit){.out = out};
}

static void lead(struct emit *emit, const char *key) {
    if (emit->some[emit->depth])
        text_char(emit->out, ',');
    emit->some[emit->depth] = true;
    if (!key)
        return;
    text_json(emit->out, key, strlen(key));
    text_char(emit->out, ':');
}

static void down(struct emit *emit, const char *key, char opening) {
    lead(emit, key);
    text_char(emit->out, opening);
    if (emit->depth + 1 < EMIT_DEPTH)
        emit->some[++emit->depth] = false;
    else
        emit->out->full = true;
}

static void up(struct emit *emit, char closing) {
    text_char(emit->out, closing);
    if (emit->depth > 0)
        emit->depth--;
}

void emit_object(struct emit *emit, const char *key) {
    down(emit, key, '{');
}

void emit_array(struct emit *emit, const char *key) {
    down(emit, key, '[');
}

void emit_end_object(struct emit *emit) {
    up(emit, '}');
}

void emit_end_array(struct emit *emit) {
    up(emit, ']');
}

void emit_text(struct emit *emit, const char *key, const char *text) {
    lead(emit, key);
    text_json(emit->out, text, findings_clip(text));
}

void emit_some(struct emit *emit, const char *key, const char *text) {
    if (text && text[0])
        emit_text(emit, key, text);
}

void emit_number(struct emit *emit, const char *key, int64_t value) {
    lead(emit, key);
    text_format(emit->out, "%lld", (long long)value);
}

void emit_thousandths(struct emit *emit, const char *key, unsigned value) {
    lead(emit, key);
    text_format(emit->out, "%u.%03u", value / 1000, value % 1000);
}

void emit_bool(struct emit *emit, const char *key, bool value) {
    lead(emit, key);
    text_add(emit->out, value ? "true" : "false");
}

void emit_hex(struct emit *emit, const char *key, struct span bytes) {
    if (bytes.size == 0)
        return;
    lead(emit, key);
    text_char(emit->out, '"');
    text_hex(emit->out, bytes.data, bytes.size);
    text_char(emit->out, '"');
}

void emit_time(struct emit *emit, const char *key, uint64_t filetime) {
    char text[FILETIME_TEXT];
    if (filetime == 0)
        return;
    filetime_text(filetime, text);
    emit_text(emit, key, text);
}

void emit_uuid(char uuid[EMIT_UUID], struct span name) {
    struct text all = {0};
    uint8_t d[DIGEST_MAX] = {0};
    text_bytes(&all, space, sizeof space);
    text_bytes(&all, name.data, name.size);
    digest_once(DIGEST_SHA1, span_of(all.data, all.size, 0), d);
    text_free(&all);
    d[6] = (uint8_t)((d[6] & 0x0f) | 0x50);
    d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
    snprintf(uuid, EMIT_UUID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0],
             d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

void emit_id(struct emit *emit, const char *key, const char *prefix, const char uuid[EMIT_UUID]) {
    lead(emit, key);
    text_format(emit->out, "\"%s%s\"", prefix, uuid);
}
