#include "format/evtx_binxml_compile.h"

enum { GUID_AT = 4, SIZE_AT = 20, SID_MIN = 8, TOKEN_INSTANCE = 0x0c, TOKEN_HEADER = 0x0f };
#define HASH UINT32_C(0x9e3779b1)

/* A template of the current chunk, by where it lies. */
struct evtx_template {
    uint32_t serial; /* of the chunk; any other: free */
    uint32_t offset, from, to;
    struct fault fault; /* if it could be read in part only */
};

/* Values that the steps of one document see. */
struct scope {
    const struct evtx_value *values;
    uint32_t count;
    const struct evtx_value *item; /* stands for the value `item_index` while an element is repeated */
    uint32_t item_index;
};

static const struct evtx_value absent = {{(const uint8_t *)"", 0, 0}, EVTX_NULL};

bool evtx_binxml_open(struct job *job, struct evtx_binxml *ret) {
    *ret = (struct evtx_binxml){0};
    if (!evtx_names_open(job, &ret->names))
        return false;
    ret->nodes = job_alloc(job, EVTX_NODES, sizeof *ret->nodes);
    ret->values = ret->nodes ? job_alloc(job, EVTX_VALUES, sizeof *ret->values) : NULL;
    ret->operations = ret->values ? job_alloc(job, EVTX_OPERATIONS, sizeof *ret->operations) : NULL;
    ret->templates = ret->operations ? job_alloc(job, EVTX_TEMPLATES, sizeof *ret->templates) : NULL;
    return ret->templates != NULL;
}

void evtx_binxml_free(struct evtx_binxml *binxml) {
    evtx_names_free(&binxml->names);
}

void evtx_binxml_chunk(struct evtx_binxml *binxml, struct span chunk) {
    evtx_names_begin(&binxml->names);
    binxml->chunk = chunk;
    binxml->operation_count = binxml->kept = binxml->template_count = 0;
    binxml->node_count = binxml->value_count = 0;
    binxml->steps = EVTX_STEPS;
    binxml->serial++;
}

uint32_t evtx_binxml_width(unsigned type) {
    static const uint8_t widths[] = {0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 0, 16, 8, 8, 16, 0, 4, 8};
    return type < sizeof widths ? widths[type] : 0;
}

/* Strings end with a NUL, the last one perhaps without. */
static size_t string_size(struct span rest, size_t unit, size_t *skip) {
    size_t at = 0;
    while (rest.size - at >= unit && !span_is_zero(span_part(rest, at, unit)))
        at += unit;
    *skip = rest.size - at >= unit ? at + unit : rest.size;
    return at;
}

bool evtx_binxml_item(unsigned type, struct span *rest, struct span *ret) {
    size_t size = evtx_binxml_width(type), skip;
    if (rest->size == 0)
        return false;
    if (type == EVTX_STRING || type == EVTX_ANSI)
        size = string_size(*rest, type == EVTX_STRING ? 2 : 1, &skip);
    else {
        if (type == EVTX_SID)
            size = SID_MIN + 4 * (size_t)span_u8(*rest, 1);
        if (size == 0 || size > rest->size)
            size = rest->size;
        skip = size;
    }
    *ret = span_part(*rest, 0, size);
    *rest = span_from(*rest, skip);
    return true;
}

/* --- running --- */

static struct evtx_node *push(struct evtx_binxml *binxml, enum evtx_kind kind, uint64_t offset,
                              size_t bytes) {
    if (!evtx_binxml_step(binxml, 1 + bytes / EVTX_STEP_BYTES, offset))
        return NULL;
    if (binxml->node_count == EVTX_NODES) {
        evtx_binxml_fail(binxml, FAULT_LIMIT, offset, "an event of more elements than are read");
        return NULL;
    }
    struct evtx_node *node = &binxml->nodes[binxml->node_count++];
    node->kind = (uint8_t)kind;
    node->type = EVTX_NULL;
    node->twin = 0;
    node->end = binxml->node_count;
    node->name = node->key = NULL;
    return node;
}

static const struct evtx_value *value_of(const struct scope *scope, uint32_t index) {
    if (scope->item && index == scope->item_index)
        return scope->item;
    return index < scope->count ? &scope->values[index] : &absent;
}

static bool is_absent(const struct scope *scope, uint32_t index) {
    return index != EVTX_ABSENT && value_of(scope, index)->type == EVTX_NULL;
}

static bool read_document(struct evtx_binxml *binxml, struct span document, bool depends);

static bool put_value(struct evtx_binxml *binxml, const struct evtx_value *value) {
    if (value->type == EVTX_NULL)
        return true;
    if (value->type == EVTX_BINXML)
        return read_document(binxml, value->bytes, false);
    struct evtx_node *node = push(binxml, EVTX_VALUE, value->bytes.offset, value->bytes.size);
    if (!node)
        return false;
    node->type = value->type;
    node->value = value->bytes;
    return true;
}

static bool open_element(struct evtx_binxml *binxml, const struct evtx_operation *operation) {
    uint64_t at = binxml->chunk.offset;
    if (binxml->depth == EVTX_DEPTH)
        return evtx_binxml_fail(binxml, FAULT_LIMIT, at, "an event nested deeper than is read");
    struct evtx_node *node = push(binxml, EVTX_ELEMENT, at, 0);
    if (!node)
        return false;
    node->name = operation->name;
    node->key = operation->key;
    binxml->open[binxml->depth++] = binxml->node_count - 1;
    return true;
}

static void close_to(struct evtx_binxml *binxml, uint32_t depth) {
    while (binxml->depth > depth)
        binxml->nodes[binxml->open[--binxml->depth]].end = binxml->node_count;
}

static bool run(struct evtx_binxml *binxml, uint32_t from, uint32_t to, const struct scope *scope);
static bool run_instance(struct evtx_binxml *binxml, struct cursor *c);

/* Attributes hold values only; one that is nothing but an absent optional value is not there. */
static bool run_attribute(struct evtx_binxml *binxml, uint32_t at, const struct scope *scope) {
    const struct evtx_operation *operation = &binxml->operations[at];
    if (is_absent(scope, operation->index))
        return true;
    struct evtx_node *node = push(binxml, EVTX_ATTRIBUTE, binxml->chunk.offset, 0);
    if (!node)
        return false;
    uint32_t index = binxml->node_count - 1;
    node->name = operation->name;
    bool good = run(binxml, at + 1, operation->end, scope);
    binxml->nodes[index].end = binxml->node_count;
    return good;
}

/* An element for each item; one, empty, for none. */
static bool repeat(struct evtx_binxml *binxml, uint32_t at, const struct scope *scope) {
    uint32_t index = binxml->operations[at].array, end = binxml->operations[at].end;
    const struct evtx_value *array = value_of(scope, index);
    struct evtx_value item = {array->bytes, array->type & (uint8_t)~EVTX_ARRAY};
    struct scope inner = {scope->values, scope->count, &item, index};
    struct span rest = array->bytes;
    if (rest.size == 0) {
        item.bytes = rest;
        if (item.type != EVTX_STRING && item.type != EVTX_ANSI)
            item.type = EVTX_NULL;
        return run(binxml, at, end, &inner);
    }
    bool good = true;
    while (good && evtx_binxml_item(item.type, &rest, &item.bytes))
        good = run(binxml, at, end, &inner);
    return good;
}

static bool is_array(const struct scope *scope, uint32_t index) {
    return index != EVTX_ABSENT && (value_of(scope, index)->type & EVTX_ARRAY) &&
           !(scope->item && scope->item_index == index);
}

static bool run_one(struct evtx_binxml *binxml, uint32_t at, const struct scope *scope, uint32_t *next) {
    const struct evtx_operation *operation = &binxml->operations[at];
    *next = at + 1;
    switch (operation->kind) {
    case EVTX_OPEN:
        if (!is_absent(scope, operation->dependency) && !is_array(scope, operation->array))
            return open_element(binxml, operation);
        *next = operation->end;
        return is_absent(scope, operation->dependency) || repeat(binxml, at, scope);
    case EVTX_NAMED:
        *next = operation->end;
        return run_attribute(binxml, at, scope);
    case EVTX_LITERAL:
        return put_value(binxml, &(struct evtx_value){operation->text, EVTX_STRING});
    case EVTX_SUBSTITUTE:
        return put_value(binxml, value_of(scope, operation->index));
    default: { /* EVTX_INSTANCE */
        struct cursor c = cursor_of(operation->text);
        return run_instance(binxml, &c);
    }
    }
}

static bool run(struct evtx_binxml *binxml, uint32_t from, uint32_t to, const struct scope *scope) {
    uint32_t depth = binxml->depth;
    bool good = true;
    for (uint32_t at = from; good && at < to;) {
        if (binxml->operations[at].kind == EVTX_CLOSE) {
            if (binxml->depth > depth)
                close_to(binxml, binxml->depth - 1);
            at++;
        } else
            good = run_one(binxml, at, scope, &at);
    }
    close_to(binxml, depth);
    return good;
}

/* --- templates --- */

static struct evtx_template *find_template(struct evtx_binxml *binxml, uint32_t offset) {
    uint32_t at = (offset * HASH >> 16) % EVTX_TEMPLATES;
    while (binxml->templates[at].serial == binxml->serial && binxml->templates[at].offset != offset)
        at = (at + 1) % EVTX_TEMPLATES;
    return &binxml->templates[at];
}

/* Definition at this place of the chunk: next one (4 bytes), GUID (16), size (4), fragment. */
static struct evtx_template *get_template(struct evtx_binxml *binxml, const struct evtx_instance *instance) {
    struct evtx_template *template = find_template(binxml, instance->offset);
    if (template->serial == binxml->serial)
        return template;
    struct cursor c = cursor_of(span_from(binxml->chunk, instance->offset));
    cursor_skip(&c, SIZE_AT);
    uint32_t size = cursor_u32(&c);
    struct span fragment = cursor_take(&c, size);
    uint64_t offset = binxml->chunk.offset + instance->offset;
    if (c.torn || instance->offset >= EVTX_CHUNK) {
        evtx_binxml_fail(binxml, FAULT_BAD, offset, "an event whose template lies nowhere");
        return NULL;
    }
    if (binxml->template_count == EVTX_TEMPLATES / 2) {
        evtx_binxml_fail(binxml, FAULT_LIMIT, offset, "more templates of events than are kept");
        return NULL;
    }
    struct fault before = binxml->fault;
    uint32_t from = binxml->operation_count;
    binxml->fault.code = FAULT_NONE;
    bool good = evtx_binxml_compile(binxml, fragment, true);
    *template = (struct evtx_template){binxml->serial, instance->offset, from, binxml->operation_count,
                                       good ? (struct fault){0} : binxml->fault};
    binxml->fault = before;
    binxml->template_count++;
    binxml->kept = binxml->operation_count;
    return template;
}

/* In slack the place that a record names may hold another template by now. */
static bool is_other(const struct evtx_binxml *binxml, const struct evtx_instance *instance) {
    struct cursor c = cursor_of(span_from(binxml->chunk, instance->offset));
    cursor_skip(&c, GUID_AT);
    return cursor_u32(&c) != instance->id;
}

static bool take_values(struct evtx_binxml *binxml, const struct evtx_instance *instance) {
    struct cursor d = cursor_of(instance->descriptors), v = cursor_of(instance->values);
    if (instance->count > EVTX_VALUES - binxml->value_count)
        return evtx_binxml_fail(binxml, FAULT_LIMIT, instance->descriptors.offset,
                                "an event of more values than are read");
    for (uint32_t i = 0; i < instance->count; i++) {
        uint16_t size = cursor_u16(&d);
        struct evtx_value *value = &binxml->values[binxml->value_count++];
        value->type = cursor_u8(&d);
        cursor_skip(&d, 1);
        value->bytes = cursor_take(&v, size);
    }
    return evtx_binxml_step(binxml, instance->count / EVTX_STEP_BYTES, instance->descriptors.offset);
}

static bool run_instance(struct evtx_binxml *binxml, struct cursor *c) {
    struct evtx_instance instance;
    uint32_t first = binxml->value_count;
    if (binxml->nested == EVTX_NESTED)
        return evtx_binxml_fail(binxml, FAULT_LIMIT, cursor_offset(c), "an event nested deeper than is read");
    if (!evtx_binxml_instance(binxml, c, &instance))
        return false;
    if (binxml->stale && is_other(binxml, &instance))
        return evtx_binxml_fail(binxml, FAULT_BAD, cursor_offset(c),
                                "a record in slack whose template is gone");
    struct evtx_template *template = get_template(binxml, &instance);
    if (!template || !take_values(binxml, &instance))
        return false;
    struct scope scope = {binxml->values + first, instance.count, NULL, 0};
    binxml->nested++;
    bool good = run(binxml, template->from, template->to, &scope);
    binxml->nested--;
    binxml->value_count = first;
    if (good && template->fault.code != FAULT_NONE)
        good = evtx_binxml_fail(binxml, template->fault.code, template->fault.offset, template->fault.text);
    return good;
}

/* Steps of what is no template are needed once; those of templates that were met meanwhile stay. */
static bool run_fragment(struct evtx_binxml *binxml, struct span fragment, bool depends) {
    uint32_t from = binxml->operation_count;
    if (binxml->nested == EVTX_NESTED)
        return evtx_binxml_fail(binxml, FAULT_LIMIT, fragment.offset, "an event nested deeper than is read");
    bool whole = evtx_binxml_compile(binxml, fragment, depends);
    struct scope none = {NULL, 0, NULL, 0};
    binxml->nested++;
    bool good = run(binxml, from, binxml->operation_count, &none);
    binxml->nested--;
    binxml->operation_count = binxml->kept > from ? binxml->kept : from;
    return whole && good;
}

/* Nearly every document is a header and an instance; that one needs no steps of its own. */
static bool read_document(struct evtx_binxml *binxml, struct span document, bool depends) {
    struct cursor c = cursor_of(document);
    uint8_t token = cursor_u8(&c);
    if (token == TOKEN_HEADER) {
        cursor_skip(&c, 3);
        token = cursor_u8(&c);
    }
    if (document.size == 0)
        return true;
    return token == TOKEN_INSTANCE ? run_instance(binxml, &c) : run_fragment(binxml, document, depends);
}

bool evtx_binxml_read(struct evtx_binxml *binxml, struct span document, bool stale) {
    binxml->node_count = binxml->value_count = binxml->depth = binxml->nested = 0;
    binxml->operation_count = binxml->kept;
    binxml->fault = (struct fault){0};
    binxml->stale = stale;
    bool good = read_document(binxml, document, true);
    close_to(binxml, 0);
    return good;
}
