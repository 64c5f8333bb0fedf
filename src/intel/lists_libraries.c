/* HijackLibs: entries of libraries, each with the folders that it belongs to and the programs that load it,
 * as its YAML files (one, or many behind each other) or as the JSON that its site exports, which is YAML,
 * too. */
#include "intel/lists_read.h"

#include <yaml.h>

enum { DEPTH = 8, MOST = 32 << 20 };

enum field { FIELD_OTHER, FIELD_NAME, FIELD_VENDOR, FIELD_CREATED, FIELD_PLACES, FIELD_PROGRAMS };

enum part { PART_OTHER, PART_PATH, PART_TYPE };

/* One level of nesting. */
struct level {
    bool mapping, wants_key;
    enum field field; /* of the last key, where keys are an entry's */
    enum part part;   /* of the last key, where keys are a program's */
};

struct reader {
    struct lists_build *build;
    struct lists_damage *damage;
    yaml_parser_t parser;
    struct level levels[DEPTH + 1];
    unsigned depth, base; /* level of an entry: 1, or 2 in an array of them */
    struct text name, vendor, created, path, type;
    struct text rows; /* of the entry in hand: role, two texts with their NUL, u32 line */
    bool has_programs;
};

static bool refuse(struct reader *r, size_t line, const char *why) {
    *r->damage = (struct lists_damage){(uint64_t)line + 1, why};
    return false;
}

static struct span value_of(const yaml_event_t *event) {
    return span_of(event->data.scalar.value, event->data.scalar.length, 0);
}

static bool is(struct span text, const char *word) {
    return span_equal(text, span_of(word, strlen(word), 0));
}

/* A path in stored form (which would double each \): / between names, lower case. */
static void take_path(struct text *to, struct span value) {
    struct text path = {0};
    text_bytes(&path, value.data, value.size);
    for (size_t i = 0; i < path.size; i++) {
        char c = path.data[i];
        path.data[i] = (char)(c == '\\' ? '/' : c >= 'A' && c <= 'Z' ? c | 32 : c);
    }
    text_clear(to);
    text_from_bytes(to, span_of(path.data, path.size, 0));
    text_free(&path);
}

static void add_row(struct reader *r, enum lists_role role, const char *path, const char *type, size_t line) {
    text_char(&r->rows, (char)role);
    text_bytes(&r->rows, path, strlen(path) + 1);
    text_bytes(&r->rows, type, strlen(type) + 1);
    for (int i = 0; i < 4; i++)
        text_char(&r->rows, (char)((line + 1) >> 8 * i));
}

/* --- entries --- */

static void begin_entry(struct reader *r) {
    struct text *all[] = {&r->name, &r->vendor, &r->created, &r->rows};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        text_clear(all[i]);
    r->has_programs = false;
}

static bool end_entry(struct reader *r, size_t line) {
    if (r->name.size == 0 || !r->has_programs)
        return refuse(r, line,
                      "an entry without Name or VulnerableExecutables: this is no list of libraries");
    struct lists_entry entry = {
        .kind = LISTS_LIBRARY,
        .severity = SEVERITY_INFO,
        .id = text_string(&r->name),
        .what = text_string(&r->vendor),
        .date = text_string(&r->created),
        .source = "hijacklibs.net",
    };
    uint32_t number = lists_build_entry(r->build, &entry);
    const char *at = text_string(&r->rows), *end = at + r->rows.size;
    while (at < end) {
        struct lists_name name = {.role = (enum lists_role) * at, .either_case = true};
        name.pattern = at + 1;
        name.except = name.pattern + strlen(name.pattern) + 1;
        at = name.except + strlen(name.except) + 1;
        struct cursor c = cursor_of(span_of(at, 4, 0));
        name.number = cursor_u32(&c);
        at += 4;
        lists_build_name(r->build, &name, number);
    }
    lists_build_sample(r->build);
    return (!r->build->full && !r->rows.full) || refuse(r, line, "more than is kept");
}

/* --- events --- */

static void take_key(struct reader *r, struct span key) {
    static const char *const fields[] = {"Name", "Vendor", "Created", "ExpectedLocations",
                                         "VulnerableExecutables"};
    struct level *level = &r->levels[r->depth];
    level->field = FIELD_OTHER;
    level->part = is(key, "Path") ? PART_PATH : is(key, "Type") ? PART_TYPE : PART_OTHER;
    for (size_t i = 0; r->depth == r->base && i < sizeof fields / sizeof fields[0]; i++)
        if (is(key, fields[i]))
            level->field = (enum field)(FIELD_NAME + i);
    r->has_programs = r->has_programs || level->field == FIELD_PROGRAMS;
}

static void take_value(struct reader *r, const yaml_event_t *event) {
    struct span value = value_of(event);
    enum field field = r->levels[r->base].field;
    unsigned below = r->depth - r->base;
    if (below == 0 && field == FIELD_NAME)
        take_path(&r->name, value);
    struct text *plain = below > 0                ? NULL
                         : field == FIELD_VENDOR  ? &r->vendor
                         : field == FIELD_CREATED ? &r->created
                                                  : NULL;
    if (plain) {
        text_clear(plain);
        text_from_bytes(plain, value);
    }
    if (below == 1 && field == FIELD_PLACES) {
        take_path(&r->path, value);
        add_row(r, LISTS_PLACE, text_string(&r->path), "", event->start_mark.line);
    }
    if (below == 2 && field == FIELD_PROGRAMS && r->levels[r->depth].part == PART_PATH)
        take_path(&r->path, value);
    if (below == 2 && field == FIELD_PROGRAMS && r->levels[r->depth].part == PART_TYPE) {
        text_clear(&r->type);
        text_from_bytes(&r->type, value);
    }
}

static bool is_program(const struct reader *r) {
    return r->depth == r->base + 2 && r->levels[r->depth].mapping &&
           r->levels[r->base].field == FIELD_PROGRAMS;
}

static bool open_level(struct reader *r, bool mapping, size_t line) {
    if (r->depth == DEPTH)
        return refuse(r, line, "nested deeper than a list of libraries is");
    if (r->depth == 0)
        r->base = mapping ? 1 : 2;
    if (r->levels[r->depth].mapping && r->levels[r->depth].wants_key)
        return refuse(r, line, "a key that is no text");
    r->levels[++r->depth] = (struct level){.mapping = mapping, .wants_key = mapping};
    if (r->depth == r->base && !mapping)
        return refuse(r, line, "an array where a list of libraries has an entry");
    if (r->depth == r->base)
        begin_entry(r);
    if (is_program(r)) {
        text_clear(&r->path);
        text_clear(&r->type);
    }
    return true;
}

static bool close_level(struct reader *r, size_t line) {
    if (is_program(r) && r->path.size > 0)
        add_row(r, LISTS_PROGRAM, text_string(&r->path), text_string(&r->type), line);
    bool good = r->depth != r->base || end_entry(r, line);
    struct level *above = &r->levels[--r->depth];
    above->wants_key = above->mapping;
    return good;
}

static bool take_scalar(struct reader *r, const yaml_event_t *event) {
    struct level *level = &r->levels[r->depth];
    if (r->depth < r->base || r->depth == 0)
        return refuse(r, event->start_mark.line, "a text where a list of libraries has an entry");
    if (level->mapping && level->wants_key)
        take_key(r, value_of(event));
    else
        take_value(r, event);
    level->wants_key = level->mapping && !level->wants_key;
    return true;
}

/* Names for parts of a document are refused: they let a few lines stand for any number. */
static bool take(struct reader *r, const yaml_event_t *event) {
    size_t line = event->start_mark.line;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return refuse(r, line, "an alias: lists of libraries have none");
    case YAML_MAPPING_START_EVENT:
        return !event->data.mapping_start.anchor ? open_level(r, true, line) : refuse(r, line, "an anchor");
    case YAML_SEQUENCE_START_EVENT:
        return !event->data.sequence_start.anchor ? open_level(r, false, line) : refuse(r, line, "an anchor");
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return close_level(r, line);
    case YAML_SCALAR_EVENT:
        return !event->data.scalar.anchor ? take_scalar(r, event) : refuse(r, line, "an anchor");
    default:
        return true;
    }
}

static bool read_all(struct reader *r) {
    bool good = true, more = true;
    while (good && more) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return refuse(r, r->parser.problem_mark.line, "this is no well-formed YAML");
        good = take(r, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return good;
}

bool lists_libraries_sniff(struct span bytes) {
    static const char yaml[] = "\nVulnerableExecutables:", json[] = "\"VulnerableExecutables\"";
    size_t at = span_starts(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    struct span rest = span_from(bytes, at);
    if (span_starts(rest, "[", 1) || span_starts(rest, "{", 1))
        return memmem(bytes.data, bytes.size, json, sizeof json - 1) != NULL;
    return (span_starts(rest, "---", 3) || span_starts(rest, "Name:", 5)) &&
           memmem(bytes.data, bytes.size, yaml, sizeof yaml - 1) != NULL;
}

bool lists_libraries(struct span bytes, struct lists_build *build, struct lists_damage *damage) {
    struct reader r = {.build = build, .damage = damage};
    if (bytes.size > MOST)
        return refuse(&r, 0, "a list of libraries has 32 MiB at most");
    if (!yaml_parser_initialize(&r.parser))
        return refuse(&r, 0, "out of memory");
    yaml_parser_set_input_string(&r.parser, bytes.data, bytes.size);
    bool good = read_all(&r);
    yaml_parser_delete(&r.parser);
    struct text *all[] = {&r.name, &r.vendor, &r.created, &r.path, &r.type, &r.rows};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        text_free(all[i]);
    return good;
}
