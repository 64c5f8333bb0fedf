#include "format/blockmap.h"

#include "base/base64.h"
#include "base/salt.h"
#include "base/text.h"

#include <expat.h>

#define NAMESPACE "http://schemas.microsoft.com/appx/2010/blockmap"
#define SHA256    "http://www.w3.org/2001/04/xmlenc#sha256"

enum {
    OUTSIDE,
    MAP,
    FILE_ENTRY,
    DEPTH = 8,
    NAME = 4096,
    HASH = 64,
    SNIFFED = 1024
}; /* DEPTH: elements; bytes; characters; bytes */

struct reader {
    struct job *job;
    struct blockmap *map;
    struct digest *digest;
    XML_Parser parser;
    size_t depth;
    bool in_file, bad; /* the entry in hand, and whether it contradicts itself */
    uint64_t blocks;
    struct blockmap_file file;
    size_t room;
    struct text name;
    bool stopped, memory;
};

static uint64_t place(const struct reader *r) {
    XML_Index at = XML_GetCurrentByteIndex(r->parser);
    return at > 0 ? (uint64_t)at : 0;
}

static void stop(struct reader *r, enum fault_code code, const char *why) {
    if (!r->stopped)
        job_note(r->job, code, place(r), why);
    r->stopped = true;
    r->map->complete = false;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

/* The name of an element of the block map's namespace; "" if it is of another. */
static const char *local(const char *name) {
    static const char space[] = NAMESPACE "\n";
    return strncmp(name, space, sizeof space - 1) == 0 ? name + sizeof space - 1 : "";
}

static bool number(const char *text, uint64_t *ret) {
    *ret = 0;
    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *ret > (UINT64_MAX - 9) / 10)
            return false;
        *ret = *ret * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

static void start_map(struct reader *r, const char **attributes) {
    const char *method = attribute(attributes, "HashMethod");
    if (!method || strcmp(method, SHA256) != 0)
        stop(r, FAULT_UNSUPPORTED, "a block map with another digest than SHA-256");
}

static void start_file(struct reader *r, const char **attributes) {
    const char *name = attribute(attributes, "Name");
    char copy[NAME];
    size_t size = name ? strlen(name) : 0;
    text_clear(&r->name);
    r->bad = size == 0 || size >= sizeof copy || !number(attribute(attributes, "Size"), &r->file.size);
    for (size_t i = 0; i < size && !r->bad; i++)
        copy[i] = (char)(name[i] == '\\' ? '/' : name[i]);
    if (!r->bad)
        text_from_bytes(&r->name, span_of(copy, size, 0));
    r->in_file = true;
    r->blocks = 0;
    digest_start(r->digest, DIGEST_SHA256);
}

static void start_block(struct reader *r, const char **attributes) {
    const char *hash = attribute(attributes, "Hash");
    uint8_t bytes[HASH];
    size_t size = hash ? strlen(hash) : 0;
    if (size > HASH || !hash || !base64_decode(hash, size, bytes, &size) || size != BLOCKMAP_DIGEST) {
        r->bad = true;
        return;
    }
    r->blocks++;
    digest_add(r->digest, span_of(bytes, size, 0));
}

/* A zeroed item more in a list that doubles. */
static struct blockmap_file *more(struct reader *r) {
    if (r->map->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct blockmap_file *grown = job_alloc(r->job, room, sizeof *grown);
        if (!grown)
            return NULL;
        span_copy(span_of(r->map->files, r->map->count * sizeof *grown, 0), grown, room * sizeof *grown);
        r->map->files = grown;
        r->room = room;
    }
    return &r->map->files[r->map->count];
}

static void keep_file(struct reader *r) {
    size_t size = r->name.size + 1;
    char *name = job_alloc(r->job, size, 1);
    struct blockmap_file *to = name ? more(r) : NULL;
    if (!to || r->name.full) {
        r->memory = false;
        stop(r, FAULT_LIMIT, "a block map that needs more memory than it may");
        return;
    }
    span_copy(span_of(text_string(&r->name), size, 0), name, size);
    *to = r->file;
    to->name = name;
    r->map->count++;
}

static void end_file(struct reader *r) {
    uint8_t value[DIGEST_MAX];
    digest_end(r->digest, value);
    span_copy(span_of(value, BLOCKMAP_DIGEST, 0), r->file.blocks, BLOCKMAP_DIGEST);
    r->in_file = false;
    if (r->bad || r->blocks != r->file.size / BLOCKMAP_BLOCK + (r->file.size % BLOCKMAP_BLOCK > 0)) {
        r->map->complete = false;
        job_note(r->job, FAULT_BAD, place(r), "an entry of a block map that contradicts itself");
    } else if (r->map->count == BLOCKMAP_FILES)
        stop(r, FAULT_LIMIT, "a block map with more files than are read");
    else
        keep_file(r);
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct reader *r = context;
    const char *word = local(name);
    if (r->stopped)
        return;
    size_t depth = r->depth++;
    if (r->depth > DEPTH)
        stop(r, FAULT_BAD, "a block map that is nested too deeply");
    else if (depth == OUTSIDE && strcmp(word, "BlockMap") != 0)
        stop(r, FAULT_BAD, "this is no block map");
    else if (depth == OUTSIDE)
        start_map(r, attributes);
    else if (depth == MAP && strcmp(word, "File") == 0)
        start_file(r, attributes);
    else if (depth == FILE_ENTRY && r->in_file && strcmp(word, "Block") == 0)
        start_block(r, attributes);
}

static void XMLCALL on_end(void *context, const char *name) {
    struct reader *r = context;
    (void)name;
    if (r->stopped)
        return;
    r->depth--;
    if (r->depth == MAP && r->in_file)
        end_file(r);
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public,
                               int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(context, FAULT_BAD, "a block map with a document type declaration");
}

/* Asked of every file: only what begins like XML is searched. */
bool blockmap_sniff(struct span head) {
    static const char wanted[] = NAMESPACE;
    struct span text = span_starts(head, "\xef\xbb\xbf", 3) ? span_from(head, 3) : head;
    if (!span_starts(text, "<", 1))
        return false;
    text = span_clip(text, 0, SNIFFED);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == 'h' && span_starts(span_from(text, i), wanted, sizeof wanted - 1))
            return true;
    return false;
}

bool blockmap_decode(struct job *job, struct span bytes, struct digest *scratch, struct blockmap *ret) {
    struct reader r = {.job = job, .map = ret, .digest = scratch, .name = {.max = 8 * NAME}, .memory = true};
    *ret = (struct blockmap){.complete = true};
    if (bytes.size > BLOCKMAP_MAX) {
        ret->complete = false;
        job_note(job, FAULT_LIMIT, bytes.offset, "a block map that is larger than is read");
        return true;
    }
    r.parser = XML_ParserCreateNS(NULL, '\n');
    if (!r.parser)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "no memory for a block map");
    (void)XML_SetHashSalt(r.parser, salt_of_process());
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    if (XML_Parse(r.parser, (const char *)bytes.data, (int)bytes.size, XML_TRUE) != XML_STATUS_OK &&
        !r.stopped)
        stop(&r, FAULT_BAD, "a block map that is not well-formed");
    XML_ParserFree(r.parser);
    text_free(&r.name);
    return r.memory;
}

void blockmap_digest(struct span bytes, struct digest *scratch, uint8_t value[BLOCKMAP_DIGEST]) {
    uint8_t one[DIGEST_MAX], all[DIGEST_MAX];
    digest_start(scratch, DIGEST_SHA256);
    for (size_t at = 0; at < bytes.size; at += BLOCKMAP_BLOCK) {
        digest_once(DIGEST_SHA256, span_clip(bytes, at, BLOCKMAP_BLOCK), one);
        digest_add(scratch, span_of(one, BLOCKMAP_DIGEST, 0));
    }
    digest_end(scratch, all);
    span_copy(span_of(all, BLOCKMAP_DIGEST, 0), value, BLOCKMAP_DIGEST);
}
