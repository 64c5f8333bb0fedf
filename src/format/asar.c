#include "format/asar.h"

bool asar_head(struct span head, uint64_t size, uint64_t *text_size, uint64_t *data) {
    struct cursor c = cursor_of(head);
    uint64_t first = cursor_u32(&c), header = cursor_u32(&c), content = cursor_u32(&c), text = cursor_u32(&c);
    if (c.torn || first != 4 || header < 8 || content != header - 4 || text > header - 8 ||
        header > size - 8 || size < ASAR_HEAD || text < 2)
        return false;
    *text_size = text;
    *data = header + 8;
    return true;
}

struct asar asar_of(struct job *job, struct span text) {
    return (struct asar){.json = json_of(job, text), .path = {.max = 4 * ASAR_PATH}};
}

void asar_end(struct asar *asar) {
    text_free(&asar->path);
}

static bool bad(struct asar *asar, const char *why) {
    asar->ended = true;
    return job_fail(asar->json.job, FAULT_BAD, asar->json.cursor.at, why);
}

static bool hex(struct span text, uint8_t to[32]) {
    if (text.size != 64)
        return false;
    for (size_t i = 0; i < 64; i++) {
        uint8_t c = text.data[i];
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0)
            return false;
        to[i / 2] = (uint8_t)(i % 2 ? to[i / 2] | digit : digit << 4);
    }
    return true;
}

/* The value of a key that is none of ours, whatever it is. `token` is its first one. */
static bool pass_over(struct asar *asar, struct json_token token) {
    unsigned depth = token.depth;
    if (token.kind != JSON_OBJECT && token.kind != JSON_ARRAY)
        return true;
    while (json_next(&asar->json, &token))
        if (token.kind == JSON_END && token.depth == depth)
            return true;
    return false;
}

/* {"algorithm":"SHA256","hash":"...","blockSize":N,"blocks":[...]} */
static bool read_integrity(struct asar *asar, struct asar_entry *entry) {
    struct json_token token;
    bool sha256 = true, hashed = false;
    while (json_next(&asar->json, &token) && token.kind != JSON_END) {
        struct json_token key = token;
        if (!json_next(&asar->json, &token))
            return false;
        if (json_is(key, "algorithm"))
            sha256 = token.kind == JSON_STRING && json_is(token, "SHA256");
        else if (json_is(key, "hash"))
            hashed = token.kind == JSON_STRING && hex(token.text, entry->sha256);
        else if (!pass_over(asar, token))
            return false;
    }
    entry->sealed = sha256 && hashed;
    return token.kind == JSON_END;
}

struct known {
    bool size, offset;
};

static void read_value(struct json_token key, struct json_token value, struct asar_entry *entry,
                       struct known *known) {
    if (json_is(key, "size"))
        known->size = json_number(value, &entry->size);
    else if (json_is(key, "offset"))
        known->offset = json_number(value, &entry->offset);
    else if (json_is(key, "unpacked"))
        entry->unpacked = json_is(value, "true") || (value.kind == JSON_WORD && value.text.size == 4);
    else if (json_is(key, "executable"))
        entry->executable = value.kind == JSON_WORD && value.text.size == 4;
    else if (json_is(key, "link"))
        entry->link = value.kind == JSON_STRING;
}

/* In an object that tells of one member, up to its end or to the names in it. */
static bool read_node(struct asar *asar, struct asar_entry *entry, bool *done) {
    struct json_token token;
    struct known known = {false, false};
    *entry = (struct asar_entry){.folder = asar->folders[asar->depth]};
    for (*done = false;;) {
        if (!json_next(&asar->json, &token))
            return false;
        if (token.kind == JSON_END)
            break;
        struct json_token key = token;
        if (!json_next(&asar->json, &token))
            return false;
        if (json_is(key, "files") && token.kind == JSON_OBJECT) {
            asar->folders[asar->depth] = true;
            return asar->in_files = true;
        }
        if (json_is(key, "integrity") && token.kind == JSON_OBJECT) {
            if (!read_integrity(asar, entry))
                return false;
        } else if (token.kind == JSON_OBJECT || token.kind == JSON_ARRAY) {
            if (!pass_over(asar, token))
                return false;
        } else
            read_value(key, token, entry, &known);
    }
    entry->placed = known.size && known.offset;
    entry->path =
        span_of(text_string(&asar->path), asar->path.size < ASAR_PATH ? asar->path.size : ASAR_PATH, 0);
    return *done = true;
}

/* Among the names of a folder: into the next one, or out of the folder. */
static bool read_name(struct asar *asar) {
    struct json_token token;
    if (!json_next(&asar->json, &token))
        return false;
    if (token.kind == JSON_END) {
        asar->in_files = false;
        return true;
    }
    if (asar->depth == ASAR_DEPTH) {
        asar->ended = true;
        return job_fail(asar->json.job, FAULT_LIMIT, asar->json.cursor.at,
                        "folders lie too deep in one another");
    }
    asar->names[++asar->depth] = asar->path.size;
    asar->folders[asar->depth] = false;
    if (asar->path.size > 0)
        text_char(&asar->path, '/');
    json_string(token, &asar->path);
    asar->in_files = false;
    return (json_next(&asar->json, &token) && token.kind == JSON_OBJECT) ||
           bad(asar, "what is said of a member is no object");
}

static void leave(struct asar *asar) {
    asar->path.size = asar->names[asar->depth--];
    if (asar->path.data)
        asar->path.data[asar->path.size] = 0;
    asar->in_files = true;
}

static bool begin(struct asar *asar) {
    struct json_token token;
    return (json_next(&asar->json, &token) && token.kind == JSON_OBJECT) ||
           bad(asar, "the directory is no object");
}

bool asar_next(struct asar *asar, struct asar_entry *ret) {
    bool done = false;
    if (asar->ended || (asar->json.depth == 0 && !begin(asar)))
        return false;
    if (asar->names[0] > 0) { /* what was given last is left now, so that its path stayed */
        asar->names[0] = 0;
        leave(asar);
    }
    while (!asar->ended) {
        bool good = asar->in_files ? read_name(asar) : read_node(asar, ret, &done);
        if (!good || (done && asar->depth == 0))
            break;
        if (done) {
            asar->names[0] = 1;
            return true;
        }
    }
    asar->ended = true;
    return false;
}
