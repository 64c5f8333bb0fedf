#include "format/evtx_json.h"

/* An element and what it holds, found in one pass over its children. */
struct holding {
    uint32_t content; /* the first node behind its attributes */
    uint32_t texts, elements;
    bool attributes;
};

struct writer {
    struct evtx_json *json;
    struct evtx_node *nodes; /* their twins are ours to set */
    struct text *text;
};

static struct holding look(const struct evtx_node *nodes, uint32_t element) {
    struct holding holding = {.content = element + 1};
    uint32_t end = nodes[element].end;
    for (uint32_t at = element + 1; at < end; at = nodes[at].end) {
        if (nodes[at].kind == EVTX_ATTRIBUTE) {
            holding.attributes = true;
            if (holding.texts + holding.elements == 0)
                holding.content = nodes[at].end;
        } else if (nodes[at].kind == EVTX_VALUE)
            holding.texts++;
        else
            holding.elements++;
    }
    return holding;
}

static struct evtx_node shortened(const struct writer *w, const struct evtx_node *value, bool *cut) {
    struct evtx_node node = *value;
    *cut = w->json->cut > 0 && node.value.size > w->json->cut;
    if (*cut)
        node.value = span_part(node.value, 0, w->json->cut & ~1u);
    return node;
}

/* All values among the nodes [at, end), which are one text. */
static void put_joined(struct writer *w, uint32_t at, uint32_t end) {
    text_char(w->text, '"');
    for (bool cut; at < end; at = w->nodes[at].end)
        if (w->nodes[at].kind == EVTX_VALUE) {
            struct evtx_node value = shortened(w, &w->nodes[at], &cut);
            evtx_value_inside(&w->json->printer, &value, w->text);
            if (cut)
                text_bytes(w->text, "...", 3);
        }
    text_char(w->text, '"');
}

static void put_values(struct writer *w, uint32_t at, uint32_t end, uint32_t count) {
    if (count == 1 && w->nodes[at].kind == EVTX_VALUE &&
        (w->json->cut == 0 || w->nodes[at].value.size <= w->json->cut))
        evtx_value_json(&w->json->printer, &w->nodes[at], w->text);
    else
        put_joined(w, at, end);
}

static void put_comma(struct writer *w, bool *first) {
    if (!*first)
        text_char(w->text, ',');
    *first = false;
}

/* "Name": or "Name_2": */
static void put_key(struct writer *w, const struct evtx_name *name, uint32_t twin) {
    if (twin == 0) {
        text_bytes(w->text, name->json, name->json_size);
        return;
    }
    text_bytes(w->text, name->json, name->json_size - 2);
    text_char(w->text, '_');
    text_number(w->text, twin);
    text_bytes(w->text, "\":", 2);
}

static void put_attributes(struct writer *w, uint32_t element) {
    bool first = true;
    uint32_t end = w->nodes[element].end;
    text_bytes(w->text, "\"#attributes\":{", 15);
    for (uint32_t at = element + 1; at < end; at = w->nodes[at].end) {
        const struct evtx_node *node = &w->nodes[at];
        if (node->kind != EVTX_ATTRIBUTE)
            continue;
        put_comma(w, &first);
        put_key(w, node->name, node->twin);
        put_values(w, at + 1, node->end, node->end - at - 1);
    }
    text_char(w->text, '}');
}

/* By what name an element goes. A Data in EventData goes by its attribute, or has none (NULL). */
static struct evtx_name *key_of(struct writer *w, uint32_t at, bool data) {
    const struct evtx_node *nodes = w->nodes;
    if (!data || nodes[at].name->known != EVTX_NAME_Data)
        return nodes[at].name;
    if (nodes[at].key)
        return nodes[at].key;
    for (uint32_t inner = at + 1; inner < nodes[at].end; inner = nodes[inner].end)
        if (nodes[inner].kind == EVTX_ATTRIBUTE && nodes[inner].name->known == EVTX_NAME_Name &&
            nodes[inner].end == inner + 2 && nodes[inner + 1].type == EVTX_STRING)
            return evtx_names_get(w->json->names, nodes[inner + 1].value);
    return NULL;
}

/* Which of the names among its children and attributes were there before; names remember where they were
 * seen last. */
static void count_twins(struct writer *w, uint32_t element, bool data) {
    for (int kind = EVTX_ELEMENT; kind <= EVTX_ATTRIBUTE; kind++) {
        uint32_t serial = ++w->json->serial, end = w->nodes[element].end;
        for (uint32_t at = element + 1; at < end; at = w->nodes[at].end) {
            struct evtx_node *node = &w->nodes[at];
            if (node->kind != kind)
                continue;
            struct evtx_name *name = kind == EVTX_ELEMENT ? key_of(w, at, data) : node->name;
            if (kind == EVTX_ELEMENT)
                node->key = name;
            if (!name)
                continue;
            name->count = name->object == serial ? name->count + 1 : 0;
            name->object = serial;
            node->twin = name->count < UINT16_MAX ? (uint16_t)name->count : UINT16_MAX;
        }
    }
}

static void put_element(struct writer *w, uint32_t element);

/* "Data":{"#text":[...]} with all that have no name. */
static void put_nameless(struct writer *w, uint32_t at, uint32_t end) {
    bool first = true;
    text_add(w->text, "\"Data\":{\"#text\":[");
    for (; at < end; at = w->nodes[at].end) {
        if (w->nodes[at].kind != EVTX_ELEMENT || w->nodes[at].key)
            continue;
        struct holding holding = look(w->nodes, at);
        put_comma(w, &first);
        if (holding.elements > 0)
            put_element(w, at);
        else if (holding.texts == 0)
            text_bytes(w->text, "\"\"", 2);
        else
            put_values(w, holding.content, w->nodes[at].end, holding.texts);
    }
    text_bytes(w->text, "]}", 2);
}

static void put_children(struct writer *w, uint32_t element, uint32_t from, bool data, bool *first) {
    bool nameless = false;
    uint32_t end = w->nodes[element].end;
    for (uint32_t at = from; at < end; at = w->nodes[at].end) {
        const struct evtx_node *node = &w->nodes[at];
        if (node->kind != EVTX_ELEMENT || (nameless && !node->key))
            continue;
        put_comma(w, first);
        if (!node->key) {
            nameless = true;
            put_nameless(w, at, end);
            continue;
        }
        put_key(w, node->key, node->twin);
        struct holding holding = data && node->key != node->name ? look(w->nodes, at) : (struct holding){0};
        if (holding.texts > 0 && holding.elements == 0)
            put_values(w, holding.content, node->end, holding.texts);
        else if (data && node->key != node->name && holding.elements == 0)
            text_bytes(w->text, "null", 4);
        else
            put_element(w, at);
    }
}

static void put_element(struct writer *w, uint32_t element) {
    struct holding holding = look(w->nodes, element);
    bool data = w->nodes[element].name->known == EVTX_NAME_EventData, first = true;
    if (!holding.attributes && holding.elements == 0) {
        if (holding.texts == 0)
            text_bytes(w->text, "null", 4);
        else
            put_values(w, holding.content, w->nodes[element].end, holding.texts);
        return;
    }
    count_twins(w, element, data);
    text_char(w->text, '{');
    if (holding.attributes) {
        first = false;
        put_attributes(w, element);
    }
    if (holding.texts > 0) {
        put_comma(w, &first);
        text_add(w->text, "\"#text\":");
        put_values(w, holding.content, w->nodes[element].end, holding.elements > 0 ? 0 : holding.texts);
    }
    if (holding.elements > 0)
        put_children(w, element, element + 1, data, &first);
    text_char(w->text, '}');
}

static void put_at(struct evtx_json *json, const struct evtx_event *event, uint32_t at, struct text *text) {
    struct writer w = {json, (struct evtx_node *)event->nodes, text};
    put_element(&w, at);
}

void evtx_json_event(struct evtx_json *json, const struct evtx_event *event, struct text *text) {
    if (event->count == 0 || event->nodes[0].kind != EVTX_ELEMENT) {
        text_bytes(text, "null", 4);
        return;
    }
    text_char(text, '{');
    text_bytes(text, event->nodes[0].name->json, event->nodes[0].name->json_size);
    put_at(json, event, 0, text);
    text_char(text, '}');
}

void evtx_json_data(struct evtx_json *json, const struct evtx_event *event, struct text *text) {
    if (event->data)
        put_at(json, event, (uint32_t)(event->data - event->nodes), text);
    else
        text_bytes(text, "null", 4);
}
