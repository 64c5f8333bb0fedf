#include "format/burn_manifest.h"

#include "base/salt.h"
#include "base/text.h"

#include <expat.h>
#include <stdlib.h>

/* Depths: BurnManifest, what stands in it, and what in that. */
enum { ROOT = 1, SECTION, ENTRY, NAME = 64, FIRST = 64, RUN = 1024 };

struct reference {
    struct span payload, package;
    size_t run; /* number of the fact that it is what is run, from 1; 0 none */
};

struct reader {
    struct job *job;
    struct burn_manifest *manifest;
    XML_Parser parser;
    size_t depth;
    size_t payload_room, container_room, fact_room, reference_room, reference_count;
    struct reference *references;
    char section[NAME];
    struct span package; /* of the chain, in hand */
    size_t run;          /* of it, until its first payload was told */
    struct text text;
    bool stopped, memory, full;
};

static void note(struct reader *r, enum fault_code code, const char *why) {
    XML_Index at = XML_GetCurrentByteIndex(r->parser);
    job_note(r->job, code, at > 0 ? (uint64_t)at : 0, why);
    r->manifest->complete = false;
}

static void stop(struct reader *r, enum fault_code code, const char *why) {
    if (!r->stopped)
        note(r, code, why);
    r->stopped = true;
    XML_StopParser(r->parser, XML_FALSE);
}

/* The list with room for one item more; NULL if there can be none. */
static void *grow(struct reader *r, void *list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return list;
    if (count >= BURN_MANIFEST_ITEMS) {
        if (!r->full)
            note(r, FAULT_LIMIT, "a manifest of a bundle with more than is kept");
        r->full = true;
        return NULL;
    }
    size_t more = *room ? 2 * *room : FIRST;
    void *copy = job_alloc(r->job, more, size);
    if (!copy) {
        r->memory = false;
        stop(r, FAULT_LIMIT, "a manifest of a bundle that needs more memory than it may");
        return NULL;
    }
    span_copy(span_of(list, count * size, 0), copy, count * size);
    *room = more;
    return copy;
}

static struct span keep(struct reader *r) {
    struct text *text = &r->text;
    uint8_t *copy = job_alloc(r->job, text->size + 1, 1);
    if (!copy || text->full) {
        r->memory = false;
        stop(r, FAULT_LIMIT, "a manifest of a bundle that needs more memory than it may");
        return span_of("", 0, 0);
    }
    span_copy(span_of(text_string(text), text->size, 0), copy, text->size);
    return span_of(copy, text->size, 0);
}

/* --- attributes --- */

static const char *attribute(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return "";
}

static bool is_yes(const char **attributes, const char *name) {
    return strcmp(attribute(attributes, name), "yes") == 0;
}

static void add(struct reader *r, const char *value) {
    text_from_bytes(&r->text, span_of(value, strlen(value), 0));
}

static struct span value_of(struct reader *r, const char **attributes, const char *name) {
    text_clear(&r->text);
    add(r, attribute(attributes, name));
    return keep(r);
}

static struct span path_of(struct reader *r, const char **attributes, const char *name) {
    text_clear(&r->text);
    for (const char *at = attribute(attributes, name); *at;) {
        size_t size = strcspn(at, "\\");
        text_from_bytes(&r->text, span_of(at, size, 0));
        at += size;
        if (*at == '\\') {
            text_char(&r->text, '/');
            at++;
        }
    }
    return keep(r);
}

static bool number(const char *text, uint64_t *ret) {
    uint64_t value = 0;
    size_t size = strspn(text, "0123456789");
    if (size == 0 || size > 18 || text[size])
        return false;
    for (size_t i = 0; i < size; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *ret = value;
    return true;
}

/* --- elements --- */

static void take_payload(struct reader *r, const char **attributes, bool interface) {
    struct burn_manifest *m = r->manifest;
    void *list = grow(r, m->payloads, m->payload_count, &r->payload_room, sizeof *m->payloads);
    if (!list)
        return;
    m->payloads = list;
    struct burn_manifest_payload *payload = &m->payloads[m->payload_count++];
    *payload = (struct burn_manifest_payload){.id = value_of(r, attributes, "Id"),
                                              .path = path_of(r, attributes, "FilePath"),
                                              .source = path_of(r, attributes, "SourcePath"),
                                              .container = value_of(r, attributes, "Container"),
                                              .url = value_of(r, attributes, "DownloadUrl"),
                                              .role = span_of("", 0, 0),
                                              .hash = value_of(r, attributes, "Hash"),
                                              .size = UINT64_MAX,
                                              .interface = interface};
    const char *packaging = attribute(attributes, "Packaging"), *size = attribute(attributes, "FileSize");
    payload->embedded = interface || strcmp(packaging, "embedded") == 0;
    if (interface)
        payload->container = span_of("", 0, 0);
    if (*size && !number(size, &payload->size))
        note(r, FAULT_BAD, "a payload of a bundle with a size that is none");
}

static void take_container(struct reader *r, const char **attributes) {
    struct burn_manifest *m = r->manifest;
    uint64_t index = 0;
    void *list = grow(r, m->containers, m->container_count, &r->container_room, sizeof *m->containers);
    if (!list)
        return;
    m->containers = list;
    bool attached = is_yes(attributes, "Attached");
    if (attached && !number(attribute(attributes, "AttachedIndex"), &index))
        note(r, FAULT_BAD, "a container of a bundle with a number that is none");
    m->containers[m->container_count++] =
        (struct burn_manifest_container){.id = value_of(r, attributes, "Id"),
                                         .path = path_of(r, attributes, "FilePath"),
                                         .url = value_of(r, attributes, "DownloadUrl"),
                                         .index = index < UINT32_MAX ? (uint32_t)index : UINT32_MAX,
                                         .attached = attached};
}

static struct burn_manifest_fact *take_fact(struct reader *r, const char *kind, const char *name,
                                            const char *value) {
    struct burn_manifest *m = r->manifest;
    void *list = grow(r, m->facts, m->fact_count, &r->fact_room, sizeof *m->facts);
    if (!list)
        return NULL;
    m->facts = list;
    struct burn_manifest_fact *fact = &m->facts[m->fact_count++];
    fact->kind = kind;
    text_clear(&r->text);
    add(r, name);
    fact->name = keep(r);
    text_clear(&r->text);
    add(r, value);
    fact->value = keep(r);
    return fact;
}

static void take_attribute(struct reader *r, const char **attributes, const char *kind, const char *name) {
    const char *value = attribute(attributes, name);
    if (*value)
        take_fact(r, kind, name, value);
}

/* A package of the chain: what is run, with what arguments. */
static void take_package(struct reader *r, const char *name, const char **attributes) {
    const char *install = attribute(attributes, "InstallArguments");
    text_clear(&r->text);
    add(r, name);
    text_char(&r->text, ' ');
    add(r, attribute(attributes, "Id"));
    r->package = keep(r);
    struct burn_manifest_fact *fact = take_fact(r, "run", "", install);
    if (fact)
        fact->name = r->package;
    r->run = fact ? r->manifest->fact_count : 0;
}

/* The first one of a package is what is run. */
static void take_reference(struct reader *r, const char **attributes) {
    void *list = grow(r, r->references, r->reference_count, &r->reference_room, sizeof *r->references);
    if (!list)
        return;
    r->references = list;
    r->references[r->reference_count++] =
        (struct reference){value_of(r, attributes, "Id"), r->package, r->run};
    r->run = 0;
}

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), most = strlen(end);
    return size > most && strcmp(name + size - most, end) == 0;
}

static void start_section(struct reader *r, const char *name, const char **attributes) {
    r->section[span_copy(span_of(name, strlen(name), 0), r->section, NAME - 1)] = 0;
    if (strcmp(name, "Payload") == 0)
        take_payload(r, attributes, false);
    else if (strcmp(name, "Container") == 0)
        take_container(r, attributes);
    else if (strcmp(name, "RelatedBundle") == 0 && strcmp(attribute(attributes, "Action"), "Upgrade") == 0)
        take_attribute(r, attributes, "upgrade-code", "Id");
    else if (strcmp(name, "Registration") == 0) {
        take_attribute(r, attributes, "product-code", "Id");
        take_attribute(r, attributes, "version", "Version");
    } else if (strcmp(name, "ApprovedExeForElevation") == 0)
        take_attribute(r, attributes, "registry", "Key");
}

static void start_entry(struct reader *r, const char *name, const char **attributes) {
    if (strcmp(r->section, "UX") == 0 && strcmp(name, "Payload") == 0)
        take_payload(r, attributes, true);
    else if (strcmp(r->section, "Registration") == 0 && strcmp(name, "Arp") == 0) {
        take_attribute(r, attributes, "product", "DisplayName");
        take_attribute(r, attributes, "publisher", "Publisher");
    } else if (strcmp(r->section, "Chain") == 0 && ends_in(name, "Package"))
        take_package(r, name, attributes);
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct reader *r = context;
    const char *local = strchr(name, '\n');
    if (r->stopped)
        return;
    local = local ? local + 1 : name;
    if (++r->depth > BURN_MANIFEST_DEPTH)
        stop(r, FAULT_BAD, "a manifest of a bundle whose elements are nested too deeply");
    else if (r->depth == ROOT && strcmp(local, "BurnManifest") != 0)
        stop(r, FAULT_BAD, "this is no manifest of a bundle");
    else if (r->depth == ROOT)
        take_attribute(r, attributes, "writer", "EngineVersion");
    else if (r->depth == SECTION)
        start_section(r, local, attributes);
    else if (r->depth == ENTRY)
        start_entry(r, local, attributes);
    else if (r->depth == ENTRY + 1 && strcmp(r->section, "Chain") == 0 && strcmp(local, "PayloadRef") == 0)
        take_reference(r, attributes);
}

static void XMLCALL on_end(void *context, const char *name) {
    struct reader *r = context;
    (void)name;
    if (!r->stopped)
        r->depth--;
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public,
                               int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, FAULT_BAD, "a manifest of a bundle with a document type declaration");
}

/* --- order --- */

static int compare(struct span a, struct span b) {
    size_t least = a.size < b.size ? a.size : b.size;
    int order = least > 0 ? memcmp(a.data, b.data, least) : 0;
    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

static int by_id(const void *left, const void *right) {
    const struct burn_manifest_payload *a = left, *b = right;
    return compare(a->id, b->id);
}

static int by_place(const void *left, const void *right) {
    const struct burn_manifest_payload *a = left, *b = right;
    if (a->interface != b->interface)
        return a->interface ? -1 : 1;
    int order = compare(a->container, b->container);
    order = order != 0 ? order : compare(a->source, b->source);
    return order != 0 ? order : compare(a->id, b->id);
}

/* What is run, and with what arguments. */
static void say_run(struct reader *r, struct burn_manifest_fact *fact, struct span path) {
    text_clear(&r->text);
    text_bytes(&r->text, path.data,
               (size_t)text_cut((const char *)path.data, path.size < RUN ? (int)path.size : RUN));
    if (fact->value.size > 0)
        text_char(&r->text, ' ');
    text_bytes(&r->text, fact->value.data, fact->value.size);
    fact->value = keep(r);
}

/* Payloads learn to which package they belong. */
static void join(struct reader *r) {
    struct burn_manifest *m = r->manifest;
    if (m->payload_count == 0)
        return;
    qsort(m->payloads, m->payload_count, sizeof *m->payloads, by_id);
    for (size_t i = 0; i < r->reference_count; i++) {
        struct burn_manifest_payload key = {.id = r->references[i].payload};
        struct burn_manifest_payload *found = bsearch(&key, m->payloads, m->payload_count, sizeof key, by_id);
        if (found && found->role.size == 0)
            found->role = r->references[i].package;
        if (found && r->references[i].run > 0)
            say_run(r, &m->facts[r->references[i].run - 1], found->path);
    }
    qsort(m->payloads, m->payload_count, sizeof *m->payloads, by_place);
}

struct burn_manifest_payload *burn_manifest_find(const struct burn_manifest *manifest, bool interface,
                                                 struct span container, struct span source) {
    size_t low = 0, high = manifest->payload_count;
    struct burn_manifest_payload key = {
        .interface = interface, .container = container, .source = source, .id = span_of("", 0, 0)};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_place(&manifest->payloads[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == manifest->payload_count)
        return NULL;
    struct burn_manifest_payload *found = &manifest->payloads[low];
    bool same = found->interface == interface && span_equal(found->container, container) &&
                span_equal(found->source, source);
    return same ? found : NULL;
}

static bool parse(struct reader *r, struct span bytes) {
    r->parser = XML_ParserCreateNS(NULL, '\n');
    if (!r->parser)
        return job_fail(r->job, FAULT_LIMIT, bytes.offset, "no memory for a manifest of a bundle");
    (void)XML_SetHashSalt(r->parser, salt_of_process());
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    if (XML_Parse(r->parser, (const char *)bytes.data, (int)bytes.size, XML_TRUE) != XML_STATUS_OK &&
        !r->stopped)
        stop(r, FAULT_BAD, "a manifest of a bundle that is not well-formed");
    join(r);
    XML_ParserFree(r->parser);
    return r->memory;
}

bool burn_manifest_decode(struct job *job, struct span bytes, struct burn_manifest *ret) {
    struct reader r = {.job = job, .manifest = ret, .memory = true};
    *ret = (struct burn_manifest){.complete = true};
    if (bytes.size > BURN_MANIFEST_SIZE) {
        ret->complete = false;
        job_note(job, FAULT_LIMIT, bytes.offset, "a manifest of a bundle that is larger than is read");
        return true;
    }
    bool good = parse(&r, bytes);
    text_free(&r.text);
    return good;
}
