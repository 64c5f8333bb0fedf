/* drivers.json of LOLDrivers, as of 2026. What a sample is known by are digests of the file and of the image;
 * some samples lack one or the other, some write the latter flat (AuthentihashSHA256), a few have none.
 * Digests are empty where they are not known. */
#include "format/json.h"
#include "intel/lists_read.h"

enum { FIELDS = 4, PENDING = 33 + 4 };

enum { ID, CATEGORY, CREATED, TAG };

struct reader {
    struct json json;
    struct lists_build *build;
    struct lists_damage *damage;
    struct span bytes;
    struct json_token keys[JSON_DEPTH + 1]; /* the last key of each level */
    struct text fields[FIELDS];             /* of the entry in hand */
    struct text pending;                    /* its digests: u8 kind, 32 bytes, u32 number */
    size_t sample_start;                    /* where those of the sample in hand begin */
    uint32_t samples;                       /* of the list */
    bool has_samples, hvci, empty;
};

static bool refuse(struct reader *r, uint64_t offset, const char *why) {
    *r->damage = (struct lists_damage){lists_read_line(r->bytes, offset), why};
    return false;
}

static bool in_samples(const struct reader *r) {
    return json_is(r->keys[2], "KnownVulnerableSamples");
}

/* The kind of digest that a sample's key at `depth` names; LISTS_DIGESTS if it is none that is kept. */
static enum lists_digest digest_of(const struct reader *r, unsigned depth) {
    static const char *const flat[] = {"AuthentihashSHA1", "AuthentihashSHA256"};
    static const char *const names[] = {"MD5", "SHA1", "SHA256"};
    struct json_token key = r->keys[depth];
    bool image = depth == 5 && json_is(r->keys[4], "Authentihash");
    for (int i = 0; depth == 4 && i < 2; i++)
        if (json_is(key, flat[i]))
            return (enum lists_digest)(LISTS_IMAGE_SHA1 + i);
    for (int i = 0; (depth == 4 || image) && i < 3; i++)
        if (json_is(key, names[i]))
            return !image ? (enum lists_digest)i
                   : i    ? (enum lists_digest)(LISTS_IMAGE_SHA1 + i - 1)
                          : LISTS_DIGESTS;
    return LISTS_DIGESTS;
}

static bool take_digest(struct reader *r, enum lists_digest kind, struct json_token token) {
    uint8_t value[32] = {0};
    if (token.text.size == 0 || span_equal(token.text, span_of("-", 1, 0)))
        return true;
    if (lists_read_digest(token.text, value) != lists_digest_size(kind))
        return refuse(r, token.text.offset, "a digest that is none of its kind");
    if (lists_read_empty(span_of(value, lists_digest_size(kind), 0)))
        return true;
    text_char(&r->pending, (char)kind);
    text_bytes(&r->pending, value, sizeof value);
    for (int i = 0; i < 4; i++)
        text_char(&r->pending, 0);
    return !r->pending.full || refuse(r, token.text.offset, "more than is kept");
}

static void take_field(struct reader *r, int field, struct json_token token) {
    if (r->fields[field].size == 0)
        json_string(token, &r->fields[field]);
}

static bool take_string(struct reader *r, struct json_token token) {
    static const char *const names[] = {"Id", "Category", "Created"};
    unsigned depth = token.depth;
    for (int i = 0; depth == 2 && i < 3; i++)
        if (json_is(r->keys[2], names[i]))
            take_field(r, i, token);
    if (depth == 3 && json_is(r->keys[2], "Tags"))
        take_field(r, TAG, token);
    if (depth < 4 || !in_samples(r))
        return true;
    if (depth == 4 && json_is(r->keys[4], "LoadsDespiteHVCI"))
        r->hvci = json_is(token, "TRUE");
    enum lists_digest kind = depth < 6 ? digest_of(r, depth) : LISTS_DIGESTS;
    return kind == LISTS_DIGESTS || take_digest(r, kind, token);
}

static void begin(struct reader *r, unsigned depth) {
    if (depth == 1) {
        for (int i = 0; i < FIELDS; i++)
            text_clear(&r->fields[i]);
        text_clear(&r->pending);
        r->has_samples = false;
    }
    if (depth == 3) {
        r->sample_start = r->pending.size;
        r->hvci = false;
    }
}

/* Its number, and whether it loads despite HVCI, are known only now. */
static void end_sample(struct reader *r) {
    uint32_t number = ++r->samples | (r->hvci ? LISTS_HVCI : 0);
    for (size_t at = r->sample_start; at < r->pending.size; at += PENDING)
        for (int i = 0; i < 4; i++)
            r->pending.data[at + 33 + (size_t)i] = (char)(number >> 8 * i);
    lists_build_sample(r->build);
    if (r->pending.size == r->sample_start)
        lists_build_passed(r->build);
}

static bool end_entry(struct reader *r, uint64_t offset) {
    const char *category = text_string(&r->fields[CATEGORY]);
    if (r->fields[ID].size == 0 || !r->has_samples)
        return refuse(r, offset, "an entry without Id or KnownVulnerableSamples: this is no list of drivers");
    struct lists_entry entry = {
        .kind = strcmp(category, "malicious") == 0 ? LISTS_MALICIOUS : LISTS_VULNERABLE,
        .severity = SEVERITY_HIGH,
        .id = text_string(&r->fields[ID]),
        .what = text_string(&r->fields[TAG]),
        .date = text_string(&r->fields[CREATED]),
        .source = "loldrivers.io",
    };
    uint32_t number = lists_build_entry(r->build, &entry);
    struct cursor c = cursor_of(span_of(text_string(&r->pending), r->pending.size, 0));
    while (cursor_left(&c) >= PENDING) {
        unsigned kind = cursor_u8(&c);
        struct span value = cursor_take(&c, 32);
        enum lists_digest digest = (enum lists_digest)(kind < LISTS_DIGESTS ? kind : 0);
        lists_build_digest(r->build, digest, span_part(value, 0, lists_digest_size(digest)), number,
                           cursor_u32(&c));
    }
    return !r->build->full || refuse(r, offset, "more than is kept");
}

static bool take(struct reader *r, struct json_token token) {
    switch (token.kind) {
    case JSON_KEY:
        r->keys[token.depth] = token;
        r->has_samples = r->has_samples || (token.depth == 2 && in_samples(r));
        return true;
    case JSON_OBJECT:
        if (token.depth == 0)
            return refuse(r, token.text.offset, "an object where a list of drivers has an array");
        begin(r, token.depth);
        return true;
    case JSON_ARRAY:
        return token.depth != 1 ||
               refuse(r, token.text.offset, "an array where a list of drivers has an object");
    case JSON_END:
        if (token.depth == 3 && in_samples(r) && span_u8(token.text, 0) == '}')
            end_sample(r);
        return token.depth != 1 || end_entry(r, token.text.offset);
    case JSON_STRING:
        if (token.depth == 1)
            return refuse(r, token.text.offset, "a text where a list of drivers has an object");
        return take_string(r, token);
    default:
        return true;
    }
}

bool lists_drivers(struct span bytes, struct lists_build *build, struct lists_damage *damage) {
    struct job job;
    struct json_token token;
    job_init(&job, 1 << 16);
    struct reader *r = job_alloc(&job, 1, sizeof *r);
    if (!r)
        return false;
    *r = (struct reader){.build = build, .damage = damage, .bytes = bytes, .json = json_of(&job, bytes)};
    bool good = true;
    while (good && json_next(&r->json, &token))
        good = take(r, token);
    if (good && job.fault.code != FAULT_NONE)
        good = refuse(r, job.fault.offset, job.fault.text);
    for (int i = 0; i < FIELDS; i++)
        text_free(&r->fields[i]);
    text_free(&r->pending);
    job_reset(&job);
    return good;
}
