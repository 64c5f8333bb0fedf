/* Bundles of STIX 2.0 and 2.1 (docs/overlap.md): patterns of indicators, techniques, and what names
 * the whole: a campaign, else a report or grouping. Intrusion sets and threat actors name nothing here: an
 * overlap is with a campaign. Comparisons of a pattern for equality are items, one by one. */
#include "intel/campaigns_read.h"

#include "intel/lists_read.h"

enum { TEXTS = 7 };

enum { TYPE, NAME, PATTERN, PATTERN_TYPE, URL, EXTERNAL_ID, DESCRIPTION };

static const char *const names[] = {"type", "name", "pattern", "pattern_type"};

struct reader {
    struct json json;
    struct campaigns_writer *writer;
    const char *fallback;
    struct json_token keys[JSON_DEPTH + 1];
    struct text texts[TEXTS]; /* of the object in hand */
    struct text name, report;
    int rank; /* of what `name` is from */
    bool revoked, bundle;
};

/* --- patterns --- */

enum { PATH_BYTES = 120 };

static const struct {
    const char *path;
    enum campaigns_kind kind;
} paths[] = {
    {"file:hashes.md5", CAMPAIGNS_MD5},
    {"file:hashes.sha1", CAMPAIGNS_SHA1},
    {"file:hashes.sha256", CAMPAIGNS_SHA256},
    {"file:hashes.tlsh", CAMPAIGNS_TLSH},
    {"file:hashes.authentihash", CAMPAIGNS_AUTHENTIHASH},
    {"file:name", CAMPAIGNS_PATH},
    {"domainname:value", CAMPAIGNS_DOMAIN},
    {"ipv4addr:value", CAMPAIGNS_DOMAIN},
    {"ipv6addr:value", CAMPAIGNS_DOMAIN},
    {"x509certificate:serialnumber", CAMPAIGNS_CERT_SERIAL},
    {"process:extensions.windowsserviceext.servicename", CAMPAIGNS_SERVICE},
};

/* What the object path of a comparison names; quotes, - and _ do not matter. */
static enum campaigns_kind kind_of(const char *text, size_t size) {
    char path[PATH_BYTES];
    size_t length = 0;
    for (size_t i = 0; i < size && length + 1 < sizeof path; i++)
        if (!strchr("'\"-_", text[i]))
            path[length++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 32) : text[i];
    path[length] = 0;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(paths[i].path, path) == 0)
            return paths[i].kind;
    return CAMPAIGNS_KINDS;
}

/* The text in quotes that begins at `at`, behind its first one; where it ends. */
static const char *literal(const char *at, struct text *ret) {
    text_clear(ret);
    for (; *at && *at != '\''; at++) {
        at += *at == '\\' && at[1];
        text_char(ret, *at);
    }
    return *at ? at + 1 : at;
}

static void add_literal(struct reader *r, enum campaigns_kind kind, const struct text *value) {
    enum campaigns_role role = kind == CAMPAIGNS_PATH ? CAMPAIGNS_NAMED : CAMPAIGNS_PLAIN;
    if (kind == CAMPAIGNS_KINDS)
        r->writer->passed++;
    else
        campaigns_read_item(r->writer, kind, text_string(value), role, text_string(&r->texts[NAME]),
                            text_string(&r->texts[URL]));
}

/* The object path that ends before `end`, in which there may be quotes. */
static size_t path_before(const char *start, const char *end, const char **from) {
    while (end > start && end[-1] == ' ')
        end--;
    *from = end;
    while (*from > start && !strchr(" [(\t\n", (*from)[-1]))
        --*from;
    return (size_t)(end - *from);
}

/* `=` and IN; all other operators say what it is not, or only nearly. */
static void take_pattern(struct reader *r, const char *pattern) {
    struct text value = {0};
    const char *start = pattern, *from;
    while (*pattern) {
        bool equal = *pattern == '=' && pattern > start && !strchr("!<>", pattern[-1]);
        bool in = !equal && strncmp(pattern, " IN ", 4) == 0;
        bool quoted = *pattern == '\'';
        const char *at = pattern + (in ? 4 : 1);
        if (equal || in) {
            size_t size = path_before(start, pattern, &from);
            enum campaigns_kind kind = kind_of(from, size);
            at += strspn(at, " (");
            bool more = *at == '\'';
            while (more) {
                at = literal(at + 1, &value);
                add_literal(r, kind, &value);
                at += in ? strspn(at, " ,") : 0;
                more = in && *at == '\'';
            }
            start = at;
        } else if (quoted && pattern > start && pattern[-1] != '.') { /* a value that is not compared */
            at = literal(at, &value);
            start = at;
        } else if (quoted) { /* hashes.'SHA-256' */
            at = literal(at, &value);
        }
        pattern = at;
    }
    text_free(&value);
}

/* --- objects --- */

static bool is(const struct text *text, const char *word) {
    return strcmp(text_string(text), word) == 0;
}

static void copy(struct text *to, const struct text *from) {
    text_clear(to);
    text_add(to, text_string(from));
}

/* The first of the highest rank names the whole. */
static void take_name(struct reader *r) {
    int rank = is(&r->texts[TYPE], "campaign")   ? 3
               : is(&r->texts[TYPE], "report")   ? 2
               : is(&r->texts[TYPE], "grouping") ? 1
                                                 : 0;
    if (rank <= r->rank || r->texts[NAME].size == 0)
        return;
    r->rank = rank;
    copy(&r->name, &r->texts[NAME]);
    copy(&r->report, r->texts[URL].size > 0 ? &r->texts[URL] : &r->texts[NAME]);
}

static void end_object(struct reader *r) {
    if (r->revoked)
        return;
    take_name(r);
    if (is(&r->texts[TYPE], "attack-pattern"))
        campaigns_read_item(r->writer, CAMPAIGNS_TECHNIQUE, text_string(&r->texts[EXTERNAL_ID]),
                            CAMPAIGNS_PLAIN, text_string(&r->texts[NAME]), NULL);
    if (!is(&r->texts[TYPE], "indicator"))
        return;
    if (r->texts[PATTERN_TYPE].size == 0 || is(&r->texts[PATTERN_TYPE], "stix"))
        take_pattern(r, text_string(&r->texts[PATTERN]));
    else
        r->writer->passed++;
}

static void begin_object(struct reader *r) {
    for (int i = 0; i < TEXTS; i++)
        text_clear(&r->texts[i]);
    r->revoked = false;
}

/* A bundle is the outermost thing: its objects have names at depth 3, their references at 5. */
static bool in_objects(const struct reader *r) {
    return json_is(r->keys[1], "objects");
}

static void take_string(struct reader *r, struct json_token token) {
    struct json_token key = r->keys[token.depth];
    if (token.depth == 1 && json_is(key, "type"))
        r->bundle = json_is(token, "bundle");
    for (int i = 0; token.depth == 3 && in_objects(r) && i < 4; i++)
        if (json_is(key, names[i]))
            campaigns_read_string(token, &r->texts[i]);
    bool reference = token.depth == 5 && in_objects(r) && json_is(r->keys[3], "external_references");
    if (reference && json_is(key, "url") && r->texts[URL].size == 0)
        campaigns_read_string(token, &r->texts[URL]);
    if (reference && json_is(key, "external_id") && r->texts[EXTERNAL_ID].size == 0)
        campaigns_read_string(token, &r->texts[EXTERNAL_ID]);
}

static void take(struct reader *r, struct json_token token) {
    if (token.kind == JSON_KEY)
        r->keys[token.depth] = token;
    else if (token.kind == JSON_OBJECT && token.depth == 2 && in_objects(r))
        begin_object(r);
    else if (token.kind == JSON_END && token.depth == 2 && in_objects(r) && span_u8(token.text, 0) == '}')
        end_object(r);
    else if (token.kind == JSON_STRING)
        take_string(r, token);
    else if (token.kind == JSON_WORD && token.depth == 3 && in_objects(r) && json_is(r->keys[3], "revoked"))
        r->revoked = span_equal(token.text, span_of("true", 4, 0));
}

bool campaigns_stix(struct span bytes, const char *name, struct campaigns_writer *writer,
                    struct campaigns_damage *damage) {
    struct job job;
    struct json_token token;
    job_init(&job, 1 << 16);
    struct reader *r = job_alloc(&job, 1, sizeof *r);
    if (!r)
        return false;
    *r = (struct reader){.fallback = name, .writer = writer};
    r->json = json_of(&job, bytes);
    while (json_next(&r->json, &token))
        take(r, token);
    bool good = job.fault.code == FAULT_NONE;
    if (!good)
        *damage = (struct campaigns_damage){lists_read_line(bytes, job.fault.offset), job.fault.text};
    else if (!r->bundle)
        *damage = (struct campaigns_damage){0, "JSON that is neither an event of MISP nor a bundle of STIX"};
    good = good && r->bundle;
    if (good)
        campaigns_read_end(writer, r->name.size > 0 ? text_string(&r->name) : name, "bundle of STIX",
                           text_string(&r->report));
    for (int i = 0; i < TEXTS; i++)
        text_free(&r->texts[i]);
    text_free(&r->name);
    text_free(&r->report);
    job_reset(&job);
    return good;
}
