#include "format/asar_seal.h"

#include <strings.h>

enum { OBJECT = 1, FIELD = 2 }; /* levels around the objects of the list, and around what is in them */

struct asar_seals asar_seals_of(struct job *job, struct span text) {
    return (struct asar_seals){.json = json_of(job, text)};
}

void asar_seals_end(struct asar_seals *seals) {
    text_free(&seals->file);
    text_free(&seals->value);
}

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static bool from_hex(const struct text *hex, uint8_t to[32]) {
    const char *at = text_string(hex);
    if (hex->size != 64)
        return false;
    for (size_t i = 0; i < 32; i++, at += 2) {
        int high = digit_of(at[0]), low = digit_of(at[1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* A backslash is two in stored form, and between names. */
static void plain_path(struct text *path) {
    size_t to = 0;
    for (size_t i = 0; i < path->size; i++) {
        bool slash = path->data[i] == '\\' && i + 1 < path->size && path->data[i + 1] == '\\';
        path->data[to++] = slash ? '/' : path->data[i];
        i += slash;
    }
    if (path->data)
        path->data[path->size = to] = 0;
}

/* Which of the fields a name is of. */
enum field { NONE, FILE_NAME, ALGORITHM, VALUE };

static enum field field_of(struct json_token token) {
    return json_is(token, "file")    ? FILE_NAME
           : json_is(token, "alg")   ? ALGORITHM
           : json_is(token, "value") ? VALUE
                                     : NONE;
}

/* One object of the list, to its end. */
static void read_object(struct asar_seals *seals, struct asar_seal *ret) {
    struct json_token token;
    enum field field = NONE;
    bool sha256 = false;
    text_clear(&seals->file);
    text_clear(&seals->value);
    while (json_next(&seals->json, &token) && !(token.kind == JSON_END && token.depth == OBJECT)) {
        if (token.depth != FIELD)
            continue;
        if (token.kind == JSON_STRING && field == ALGORITHM)
            sha256 = json_is(token, "SHA256");
        else if (token.kind == JSON_STRING && field != NONE) {
            struct text *to = field == FILE_NAME ? &seals->file : &seals->value;
            text_clear(to);
            json_string(token, to);
        }
        field = token.kind == JSON_KEY ? field_of(token) : NONE;
    }
    plain_path(&seals->file);
    *ret = (struct asar_seal){.file = text_string(&seals->file)};
    ret->known = sha256 && from_hex(&seals->value, ret->sha256);
}

bool asar_seal_next(struct asar_seals *seals, struct asar_seal *ret) {
    struct json_token token;
    while (json_next(&seals->json, &token)) {
        if (token.kind != JSON_OBJECT || token.depth != OBJECT)
            continue;
        read_object(seals, ret);
        if (ret->file[0])
            return true;
    }
    return false;
}
