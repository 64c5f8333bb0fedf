/* Events of MISP as JSON (docs/overlap.md): alone, in an array or in `response`. Of an event its
 * `info`, its attributes and those of its objects, links and tags of techniques are read; galaxies, which
 * name actors, are not. Names may stand in any order, so that what an object or event is is known at its end.
 */
#include "intel/campaigns_read.h"

#include "intel/lists_read.h"

#include <strings.h>

enum { TEXTS = 6 };

enum { INFO, ORGANISATION, LINK, TYPE, VALUE, RELATION };

struct reader {
    struct json json;
    struct campaigns_writer *writer;
    struct campaigns_damage *damage;
    struct span bytes;
    const char *name; /* of an event that has none */
    struct json_token keys[JSON_DEPTH + 1];
    struct text texts[TEXTS], comment, object, object_comment;
    unsigned base; /* depth of the names of the event in hand; 0: in none */
    bool deleted, unfit, object_deleted;
    size_t object_start; /* in what is pending */
    uint64_t object_items;
    bool seen;
};

/* Where a name or value stands. */
static bool in_event_attribute(const struct reader *r, unsigned depth) {
    return r->base && depth == r->base + 2 && json_is(r->keys[r->base], "Attribute");
}

static bool in_object(const struct reader *r, unsigned depth) {
    return r->base && depth == r->base + 2 && json_is(r->keys[r->base], "Object");
}

static bool in_object_attribute(const struct reader *r, unsigned depth) {
    return r->base && depth == r->base + 4 && json_is(r->keys[r->base], "Object") &&
           json_is(r->keys[r->base + 2], "Attribute");
}

static bool in_attribute(const struct reader *r, unsigned depth) {
    return in_event_attribute(r, depth) || in_object_attribute(r, depth);
}

/* --- what an attribute says --- */

static bool is(const struct text *text, const char *word) {
    return strcasecmp(text_string(text), word) == 0;
}

static void add_item(struct reader *r, enum campaigns_kind kind, const char *value) {
    const char *what = r->comment.size > 0          ? text_string(&r->comment)
                       : r->object_comment.size > 0 ? text_string(&r->object_comment)
                                                    : text_string(&r->object);
    enum campaigns_role role =
        kind == CAMPAIGNS_PATH && !strpbrk(value, "\\/") ? CAMPAIGNS_NAMED : CAMPAIGNS_PLAIN;
    campaigns_read_item(r->writer, kind, value, role, what, NULL);
}

static enum campaigns_kind kind_of(const struct reader *r, struct span word) {
    if (is(&r->texts[RELATION], "richpe")) /* of type md5, but not of a file */
        return CAMPAIGNS_RICH;
    if (span_equal(word, span_of("text", 4, 0)) &&
        (is(&r->texts[RELATION], "fullpath") || is(&r->texts[RELATION], "serial-number")))
        word = span_of(text_string(&r->texts[RELATION]), r->texts[RELATION].size, 0);
    return campaigns_value_kind(word);
}

/* A name alone that is not meant for detection is everybody's. */
static bool is_wanted(const struct reader *r, enum campaigns_kind kind) {
    bool name = kind == CAMPAIGNS_PATH || kind == CAMPAIGNS_DOMAIN || kind == CAMPAIGNS_SERVICE;
    return kind != CAMPAIGNS_KINDS && !(name && r->unfit && r->texts[RELATION].size == 0);
}

static void end_attribute(struct reader *r) {
    struct span type = span_of(text_string(&r->texts[TYPE]), r->texts[TYPE].size, 0);
    struct span value = span_of(text_string(&r->texts[VALUE]), r->texts[VALUE].size, 0);
    struct text part = {0};
    if (is(&r->texts[TYPE], "link") && r->texts[LINK].size == 0 && !r->deleted)
        text_bytes(&r->texts[LINK], value.data, value.size);
    /* filename|sha256 and the like: as many values as types */
    while (type.size > 0 || value.size > 0) {
        const uint8_t *bar = type.size ? memchr(type.data, '|', type.size) : NULL;
        const uint8_t *cut = bar && value.size ? memchr(value.data, '|', value.size) : NULL;
        size_t size = bar ? (size_t)(bar - type.data) : type.size;
        size_t most = cut ? (size_t)(cut - value.data) : value.size;
        enum campaigns_kind kind = kind_of(r, span_part(type, 0, size));
        text_clear(&part);
        text_bytes(&part, value.data, most);
        if (!r->deleted && is_wanted(r, kind))
            add_item(r, kind, text_string(&part));
        else
            r->writer->passed++;
        type = span_from(type, bar ? size + 1 : type.size);
        value = span_from(value, cut ? most + 1 : value.size);
    }
    text_free(&part);
}

static void begin_attribute(struct reader *r) {
    text_clear(&r->texts[TYPE]);
    text_clear(&r->texts[VALUE]);
    text_clear(&r->texts[RELATION]);
    text_clear(&r->comment);
    r->deleted = r->unfit = false;
}

/* --- objects and events --- */

static void begin_object(struct reader *r) {
    text_clear(&r->object);
    text_clear(&r->object_comment);
    r->object_deleted = false;
    r->object_start = r->writer->pending.size;
    r->object_items = r->writer->items;
}

/* Digests of sections are none of files. */
static void end_object(struct reader *r) {
    struct campaigns_writer *w = r->writer;
    const char *name = text_string(&r->object);
    size_t size = strlen(name);
    bool fit = !r->object_deleted && (size < 7 || strcasecmp(name + size - 7, "section") != 0);
    text_clear(&r->object_comment);
    text_clear(&r->object);
    if (fit)
        return;
    w->passed += w->items - r->object_items;
    w->items = r->object_items;
    if (w->pending.data && r->object_start <= w->pending.size) {
        w->pending.size = r->object_start;
        w->pending.data[r->object_start] = 0;
    }
}

/* misp-galaxy:mitre-attack-pattern="Process Injection - T1055" */
static void take_tag(struct reader *r, struct json_token token) {
    struct text tag = {0};
    campaigns_read_string(token, &tag);
    const char *dash = strstr(text_string(&tag), "mitre-attack-pattern") ? strrchr(tag.data, '-') : NULL;
    if (dash) {
        char technique[16];
        snprintf(technique, sizeof technique, "%s", dash + 1 + (dash[1] == ' '));
        technique[strcspn(technique, "\"")] = 0;
        campaigns_read_item(r->writer, CAMPAIGNS_TECHNIQUE, technique, CAMPAIGNS_PLAIN, "tag of the event",
                            NULL);
    }
    text_free(&tag);
}

static void end_event(struct reader *r) {
    struct text report = {0};
    const struct text *info = &r->texts[INFO];
    if (r->texts[LINK].size > 0)
        text_add(&report, text_string(&r->texts[LINK]));
    else
        text_format(&report, "%s%s%s", text_string(&r->texts[ORGANISATION]),
                    r->texts[ORGANISATION].size > 0 ? ": " : "", text_string(info));
    campaigns_read_end(r->writer, info->size > 0 ? text_string(info) : r->name, "event of MISP",
                       text_string(&report));
    text_free(&report);
    r->base = 0;
    r->seen = true;
}

static void begin_event(struct reader *r, unsigned base) {
    for (int i = 0; i < TEXTS; i++)
        text_clear(&r->texts[i]);
    begin_object(r);
    text_clear(&r->comment);
    r->base = base;
}

/* --- tokens --- */

static void take_string(struct reader *r, struct json_token token) {
    static const char *const names[] = {"type", "value", "object_relation"};
    struct json_token key = r->keys[token.depth];
    if (in_attribute(r, token.depth)) {
        for (int i = 0; i < 3; i++)
            if (json_is(key, names[i]))
                campaigns_read_string(token, &r->texts[TYPE + i]);
        if (json_is(key, "comment"))
            campaigns_read_string(token, &r->comment);
    } else if (in_object(r, token.depth) && json_is(key, "name")) {
        campaigns_read_string(token, &r->object);
    } else if (in_object(r, token.depth) && json_is(key, "comment")) {
        campaigns_read_string(token, &r->object_comment);
    } else if (r->base && token.depth == r->base && json_is(key, "info")) {
        campaigns_read_string(token, &r->texts[INFO]);
    } else if (r->base && token.depth == r->base + 1 && json_is(r->keys[r->base], "Orgc") &&
               json_is(key, "name")) {
        campaigns_read_string(token, &r->texts[ORGANISATION]);
    } else if (r->base && token.depth == r->base + 2 && json_is(r->keys[r->base], "Tag") &&
               json_is(key, "name")) {
        take_tag(r, token);
    }
}

static void take_word(struct reader *r, struct json_token token) {
    bool yes = span_equal(token.text, span_of("true", 4, 0));
    struct json_token key = r->keys[token.depth];
    if (in_attribute(r, token.depth) && json_is(key, "deleted"))
        r->deleted = yes;
    else if (in_attribute(r, token.depth) && json_is(key, "to_ids"))
        r->unfit = !yes;
    else if (in_object(r, token.depth) && json_is(key, "deleted"))
        r->object_deleted = yes;
}

/* Is the object that begins at `depth` an event: the value of a name Event that lies in nothing but arrays
 * and `response`? */
static bool is_event(const struct reader *r, unsigned depth) {
    if (r->base || depth == 0 || depth > 4 || !json_is(r->keys[depth], "Event"))
        return false;
    for (unsigned i = 1; i < depth; i++)
        if (r->keys[i].text.size > 0 && !json_is(r->keys[i], "response"))
            return false;
    return true;
}

static void take(struct reader *r, struct json_token token) {
    unsigned depth = token.depth;
    if (token.kind == JSON_KEY) {
        r->keys[depth] = token;
    } else if (token.kind == JSON_OBJECT) {
        if (is_event(r, depth))
            begin_event(r, depth + 1);
        else if (in_attribute(r, depth + 1))
            begin_attribute(r);
        else if (in_object(r, depth + 1))
            begin_object(r);
    } else if (token.kind == JSON_END && r->base) {
        bool object = span_u8(token.text, 0) == '}';
        if (object && in_attribute(r, depth + 1))
            end_attribute(r);
        else if (object && in_object(r, depth + 1))
            end_object(r);
        else if (object && depth + 1 == r->base)
            end_event(r);
    } else if (token.kind == JSON_STRING) {
        take_string(r, token);
    } else if (token.kind == JSON_WORD) {
        take_word(r, token);
    }
    if (token.kind == JSON_OBJECT || token.kind == JSON_ARRAY)
        r->keys[depth + 1] = (struct json_token){0};
}

bool campaigns_misp(struct span bytes, const char *name, struct campaigns_writer *writer,
                    struct campaigns_damage *damage) {
    struct job job;
    struct json_token token;
    job_init(&job, 1 << 16);
    struct reader *r = job_alloc(&job, 1, sizeof *r);
    if (!r)
        return false;
    *r = (struct reader){.name = name, .writer = writer, .damage = damage, .bytes = bytes};
    r->json = json_of(&job, bytes);
    while (json_next(&r->json, &token))
        take(r, token);
    bool good = job.fault.code == FAULT_NONE;
    if (!good)
        *damage = (struct campaigns_damage){lists_read_line(bytes, job.fault.offset), job.fault.text};
    else if (!r->seen)
        *damage = (struct campaigns_damage){0, "JSON that is neither an event of MISP nor a bundle of STIX"};
    good = good && r->seen;
    for (int i = 0; i < TEXTS; i++)
        text_free(&r->texts[i]);
    text_free(&r->comment);
    text_free(&r->object);
    text_free(&r->object_comment);
    job_reset(&job);
    return good;
}
