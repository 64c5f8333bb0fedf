#include "format/evtx_binxml_compile.h"

/* Tokens, [MS-EVEN6] 2.2.12; 0x40 says that more of the kind follows, or that an element has attributes. */
enum {
    TOKEN_END = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHARACTER = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_TARGET = 0x0a,
    TOKEN_TARGET_DATA = 0x0b,
    TOKEN_INSTANCE = 0x0c,
    TOKEN_NORMAL = 0x0d,
    TOKEN_OPTIONAL = 0x0e,
    TOKEN_HEADER = 0x0f,
    TOKEN_MORE = 0x40
};

enum { NAME_HEADER = 8, DEFINITION_HEADER = 24 }; /* bytes */

/* One fragment on its way. */
struct compiler {
    struct evtx_binxml *binxml;
    struct cursor c;
    uint32_t open[EVTX_DEPTH];
    uint32_t depth;
    uint32_t attribute; /* the one whose values come now, or NONE */
    bool depends, tag;  /* tag: between an element's name and its content */
};

#define NONE UINT32_MAX

bool evtx_binxml_fail(struct evtx_binxml *binxml, enum fault_code code, uint64_t offset, const char *text) {
    if (binxml->fault.code == FAULT_NONE)
        binxml->fault = (struct fault){code, offset, text};
    return false;
}

bool evtx_binxml_exhaust(struct evtx_binxml *binxml, uint64_t offset) {
    binxml->steps = 0;
    return evtx_binxml_fail(binxml, FAULT_LIMIT, offset,
                            "a chunk of events that unfolds to more than is read");
}

static bool torn(struct compiler *k) {
    return evtx_binxml_fail(k->binxml, FAULT_TORN, cursor_offset(&k->c), "an event that ends too soon");
}

/* Where the cursor stands in the chunk. */
static uint32_t place(const struct evtx_binxml *binxml, const struct cursor *c) {
    return (uint32_t)(cursor_offset(c) - binxml->chunk.offset);
}

/* Names lie where they were used first: here, or anywhere in the chunk. */
static struct evtx_name *take_name(struct evtx_binxml *binxml, struct cursor *c) {
    uint32_t at = cursor_u32(c);
    if (c->torn) {
        evtx_binxml_fail(binxml, FAULT_TORN, cursor_offset(c), "an event that ends too soon");
        return NULL;
    }
    struct cursor n = cursor_of(span_from(binxml->chunk, at));
    cursor_skip(&n, NAME_HEADER - 2);
    uint16_t units = cursor_u16(&n);
    struct span utf16 = cursor_take(&n, (uint64_t)units * 2);
    if (n.torn || units == 0) {
        evtx_binxml_fail(binxml, FAULT_BAD, cursor_offset(c) - 4, "a name of an event that lies nowhere");
        return NULL;
    }
    if (at == place(binxml, c))
        cursor_skip(c, NAME_HEADER + (uint64_t)units * 2 + 2);
    struct evtx_name *name = evtx_names_get(&binxml->names, utf16);
    if (!name)
        evtx_binxml_fail(binxml, FAULT_LIMIT, cursor_offset(c),
                         "more or longer names of events than are kept");
    return name;
}

static struct evtx_operation *add(struct compiler *k, enum evtx_operation_kind kind) {
    struct evtx_binxml *binxml = k->binxml;
    if (!evtx_binxml_step(binxml, 1, cursor_offset(&k->c)))
        return NULL;
    if (binxml->operation_count == EVTX_OPERATIONS) {
        evtx_binxml_fail(binxml, FAULT_LIMIT, cursor_offset(&k->c),
                         "larger templates of events than are kept");
        return NULL;
    }
    struct evtx_operation *operation = &binxml->operations[binxml->operation_count++];
    *operation = (struct evtx_operation){.kind = (uint8_t)kind,
                                         .index = EVTX_ABSENT,
                                         .dependency = EVTX_ABSENT,
                                         .array = EVTX_ABSENT,
                                         .end = binxml->operation_count};
    return operation;
}

/* Elements of templates begin with a dependency id, others mostly do not: what gives a size that fits is
 * taken. */
static bool has_dependency(const struct compiler *k) {
    struct cursor with = k->c, without = k->c;
    cursor_skip(&with, 2);
    uint32_t size_with = cursor_u32(&with), size_without = cursor_u32(&without);
    bool fits_with = !with.torn && size_with <= cursor_left(&with);
    bool fits_without = !without.torn && size_without <= cursor_left(&without);
    return fits_with == fits_without ? k->depends : fits_with;
}

/* An attribute of nothing but an absent optional value is left out, so it is told which. The name of an
 * element Data is what its content goes by. */
static void close_attribute(struct compiler *k) {
    struct evtx_operation *all = k->binxml->operations;
    if (k->attribute == NONE)
        return;
    struct evtx_operation *attribute = &all[k->attribute];
    attribute->end = k->binxml->operation_count;
    if (attribute->end - k->attribute == 2) {
        const struct evtx_operation *value = &all[k->attribute + 1];
        struct evtx_operation *element = &all[k->open[k->depth - 1]];
        if (value->kind == EVTX_SUBSTITUTE && value->optional)
            attribute->index = value->index;
        if (value->kind == EVTX_LITERAL && attribute->name->known == EVTX_NAME_Name &&
            element->name->known == EVTX_NAME_Data)
            element->key = evtx_names_get(&k->binxml->names, value->text);
    }
    k->attribute = NONE;
}

static bool open_element(struct compiler *k, bool attributes) {
    close_attribute(k);
    uint16_t dependency = has_dependency(k) ? cursor_u16(&k->c) : EVTX_ABSENT;
    cursor_skip(&k->c, 4);
    struct evtx_name *name = take_name(k->binxml, &k->c);
    struct evtx_operation *operation = name ? add(k, EVTX_OPEN) : NULL;
    if (!operation)
        return false;
    if (attributes)
        cursor_skip(&k->c, 4);
    if (k->depth == EVTX_DEPTH)
        return evtx_binxml_fail(k->binxml, FAULT_LIMIT, cursor_offset(&k->c),
                                "an event nested deeper than is read");
    operation->name = name;
    operation->dependency = dependency;
    k->open[k->depth++] = k->binxml->operation_count - 1;
    k->tag = true;
    return true;
}

static bool open_attribute(struct compiler *k) {
    if (!k->tag)
        return evtx_binxml_fail(k->binxml, FAULT_BAD, cursor_offset(&k->c), "an attribute of no element");
    close_attribute(k);
    struct evtx_name *name = take_name(k->binxml, &k->c);
    struct evtx_operation *operation = name ? add(k, EVTX_NAMED) : NULL;
    if (!operation)
        return false;
    operation->name = name;
    k->attribute = k->binxml->operation_count - 1;
    return true;
}

/* An element whose content is one substitution is repeated if its value turns out to be an array. */
static bool close_element(struct compiler *k) {
    close_attribute(k);
    if (k->depth == 0)
        return evtx_binxml_fail(k->binxml, FAULT_BAD, cursor_offset(&k->c), "an end of no element");
    struct evtx_operation *last = add(k, EVTX_CLOSE);
    if (!last)
        return false;
    struct evtx_operation *all = k->binxml->operations;
    uint32_t open = k->open[--k->depth], at = open + 1, count = k->binxml->operation_count;
    all[open].end = count;
    while (at < count && all[at].kind == EVTX_NAMED)
        at = all[at].end;
    if (count - at == 2 && all[at].kind == EVTX_SUBSTITUTE)
        all[open].array = all[at].index;
    k->tag = false;
    return true;
}

static bool close_start(struct compiler *k) {
    close_attribute(k);
    if (!k->tag)
        return evtx_binxml_fail(k->binxml, FAULT_BAD, cursor_offset(&k->c), "an end of no element");
    k->tag = false;
    return true;
}

static bool add_text(struct compiler *k, struct span utf16) {
    if (k->c.torn)
        return torn(k);
    struct evtx_operation *operation = add(k, EVTX_LITERAL);
    if (!operation)
        return false;
    operation->text = utf16;
    return true;
}

static bool take_text(struct compiler *k) {
    uint16_t units = cursor_u16(&k->c);
    return add_text(k, cursor_take(&k->c, (uint64_t)units * 2));
}

static bool take_value(struct compiler *k) {
    if (cursor_u8(&k->c) == EVTX_STRING)
        return take_text(k);
    return k->c.torn ? torn(k)
                     : evtx_binxml_fail(k->binxml, FAULT_UNSUPPORTED, cursor_offset(&k->c) - 1,
                                        "a template with a literal value that is no string");
}

/* The five entities that XML itself has; of others the name is what remains. */
static bool take_entity(struct compiler *k) {
    static const struct {
        const char *name, *unit;
    } entities[] = {{"l\0t\0", "<\0"},
                    {"g\0t\0", ">\0"},
                    {"a\0m\0p\0", "&\0"},
                    {"q\0u\0o\0t\0", "\"\0"},
                    {"a\0p\0o\0s\0", "'\0"}};
    static const uint8_t sizes[] = {4, 4, 6, 8, 8};
    struct evtx_name *name = take_name(k->binxml, &k->c);
    if (!name)
        return false;
    struct span text = name->utf16;
    for (size_t i = 0; i < sizeof sizes; i++)
        if (name->utf16.size == sizes[i] && span_starts(name->utf16, entities[i].name, sizes[i]))
            text = span_of(entities[i].unit, 2, name->utf16.offset);
    return add_text(k, text);
}

static bool take_substitution(struct compiler *k, bool optional) {
    uint16_t index = cursor_u16(&k->c);
    cursor_skip(&k->c, 1);
    if (k->c.torn)
        return torn(k);
    struct evtx_operation *operation = add(k, EVTX_SUBSTITUTE);
    if (!operation)
        return false;
    operation->index = index;
    operation->optional = optional;
    return true;
}

static bool take_instance(struct compiler *k) {
    struct evtx_instance instance;
    struct span text = span_from(k->c.span, k->c.at);
    if (!evtx_binxml_instance(k->binxml, &k->c, &instance))
        return false;
    struct evtx_operation *operation = add(k, EVTX_INSTANCE);
    if (!operation)
        return false;
    operation->text = text;
    return true;
}

/* Processing instructions are skipped: no event of Windows has any. */
static bool skip_target(struct compiler *k, bool data) {
    if (!data)
        return take_name(k->binxml, &k->c) != NULL;
    cursor_skip(&k->c, (uint64_t)cursor_u16(&k->c) * 2);
    return k->c.torn ? torn(k) : true;
}

static bool take_token(struct compiler *k, uint8_t token) {
    switch (token & ~TOKEN_MORE) {
    case TOKEN_OPEN:
        return open_element(k, token & TOKEN_MORE);
    case TOKEN_ATTRIBUTE:
        return open_attribute(k);
    case TOKEN_CLOSE_START:
        return close_start(k);
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE:
        return close_element(k);
    case TOKEN_VALUE:
        return take_value(k);
    case TOKEN_CDATA:
        return take_text(k);
    case TOKEN_CHARACTER:
        return add_text(k, cursor_take(&k->c, 2));
    case TOKEN_ENTITY:
        return take_entity(k);
    case TOKEN_TARGET:
    case TOKEN_TARGET_DATA:
        return skip_target(k, (token & ~TOKEN_MORE) == TOKEN_TARGET_DATA);
    case TOKEN_INSTANCE:
        return take_instance(k);
    case TOKEN_NORMAL:
    case TOKEN_OPTIONAL:
        return take_substitution(k, (token & ~TOKEN_MORE) == TOKEN_OPTIONAL);
    case TOKEN_HEADER:
        cursor_skip(&k->c, 3);
        return k->c.torn ? torn(k) : true;
    default:
        return evtx_binxml_fail(k->binxml, FAULT_BAD, cursor_offset(&k->c) - 1,
                                "an event with an unknown token");
    }
}

bool evtx_binxml_compile(struct evtx_binxml *binxml, struct span fragment, bool depends) {
    struct compiler k = {.binxml = binxml, .c = cursor_of(fragment), .attribute = NONE, .depends = depends};
    bool good = true;
    while (good && cursor_left(&k.c) > 0) {
        uint8_t token = cursor_u8(&k.c);
        if (token == TOKEN_END)
            break;
        good = take_token(&k, token);
    }
    if (good && k.depth > 0)
        good = torn(&k);
    /* What was read of a broken document is closed, as far as there is room, so that it can be run. */
    close_attribute(&k);
    while (k.depth > 0 && binxml->operation_count < EVTX_OPERATIONS) {
        uint32_t open = k.open[--k.depth], count = ++binxml->operation_count;
        binxml->operations[count - 1] = (struct evtx_operation){.kind = EVTX_CLOSE, .end = count};
        binxml->operations[open].end = count;
    }
    return good;
}

bool evtx_binxml_instance(struct evtx_binxml *binxml, struct cursor *c, struct evtx_instance *ret) {
    cursor_skip(c, 1);
    ret->id = cursor_u32(c);
    ret->offset = cursor_u32(c);
    if (!c->torn && ret->offset == place(binxml, c)) {
        cursor_skip(c, DEFINITION_HEADER - 4);
        uint32_t size = cursor_u32(c);
        cursor_skip(c, size);
    }
    ret->count = cursor_u32(c);
    ret->descriptors = cursor_take(c, (uint64_t)ret->count * 4);
    uint64_t size = 0;
    struct cursor d = cursor_of(ret->descriptors);
    for (uint32_t i = 0; i < ret->count && !c->torn; i++) {
        size += cursor_u16(&d);
        cursor_skip(&d, 2);
    }
    ret->values = cursor_take(c, size);
    return c->torn ? evtx_binxml_fail(binxml, FAULT_TORN, cursor_offset(c), "an event that ends too soon")
                   : true;
}
