/* evtx_binxml: binary XML of event logs ([MS-EVEN6] 2.2.12 and 2.2.13) as a flat tree.
 *
 * A record is an instance of a template, which lies somewhere in the same chunk: each template is translated
 * once a chunk into steps, and each record runs them with its own values. The result is an array of nodes in
 * document order: an element, its attributes with their values, its content, the next element. Values are
 * spans of the chunk, typed, not copied.
 *
 * What depends on an absent value is left out, as [MS-EVEN6] 2.2.12 (dependency id, optional substitution)
 * says. An element that holds an array alone is repeated for each of its items, as Windows does.
 *
 * Any bytes are fit to be read. Bounds: EVTX_DEPTH, EVTX_NODES, EVTX_STEPS for each chunk (a node or step is
 * one, and each EVTX_STEP_BYTES bytes of a value one more, so that a chunk yields at most a few MiB), memory
 * taken once from the job (about 6 MiB). A template that contains itself ends at EVTX_NESTED. */
#ifndef FORMAT_EVTX_BINXML_H
#define FORMAT_EVTX_BINXML_H

#include "format/evtx_names.h"

enum {
    EVTX_CHUNK = 65536,      /* bytes of a chunk, which all offsets count from */
    EVTX_DEPTH = 28,         /* elements within each other; their JSON then fits JSON_DEPTH */
    EVTX_NESTED = 12,        /* documents in values of documents */
    EVTX_NODES = 32768,      /* of one record */
    EVTX_VALUES = 32768,     /* of one record and of the documents in it */
    EVTX_OPERATIONS = 32768, /* of the templates of a chunk and of the record being read */
    EVTX_TEMPLATES = 4096,   /* of a chunk */
    EVTX_STEPS = 1 << 18,    /* of a chunk */
    EVTX_STEP_BYTES = 16
};

/* Types of values, [MS-EVEN6] 2.2.12 (BinXmlValueType). */
enum evtx_type {
    EVTX_NULL,
    EVTX_STRING,
    EVTX_ANSI,
    EVTX_INT8,
    EVTX_UINT8,
    EVTX_INT16,
    EVTX_UINT16,
    EVTX_INT32,
    EVTX_UINT32,
    EVTX_INT64,
    EVTX_UINT64,
    EVTX_REAL32,
    EVTX_REAL64,
    EVTX_BOOLEAN,
    EVTX_BINARY,
    EVTX_GUID,
    EVTX_SIZE,
    EVTX_FILETIME,
    EVTX_SYSTEMTIME,
    EVTX_SID,
    EVTX_HEX32,
    EVTX_HEX64,
    EVTX_HANDLE = 0x20,
    EVTX_BINXML = 0x21,
    EVTX_XML = 0x23,
    EVTX_ARRAY = 0x80 /* added to another */
};

enum evtx_kind { EVTX_ELEMENT, EVTX_ATTRIBUTE, EVTX_VALUE };

struct evtx_node {
    uint8_t kind;           /* enum evtx_kind */
    uint8_t type;           /* of a value: enum evtx_type */
    uint16_t twin;          /* the writer's: how many of this name came before among its siblings */
    uint32_t end;           /* the first node that is not inside it */
    struct evtx_name *name; /* NULL for a value */
    struct evtx_name *key;  /* of an element Data: its attribute Name, where the template itself has it */
    struct span value;
};

/* A value before it has a place. */
struct evtx_value {
    struct span bytes;
    uint8_t type;
};

struct evtx_operation;
struct evtx_template;

struct evtx_binxml {
    struct evtx_names names;
    struct span chunk;
    struct evtx_node *nodes;
    struct evtx_value *values;
    struct evtx_operation *operations;
    struct evtx_template *templates;
    uint32_t node_count, value_count, operation_count, template_count,
        kept;                              /* kept: operations of templates */
    uint32_t depth, nested, steps, serial; /* serial: of the chunk, tells its templates */
    uint32_t open[EVTX_DEPTH];
    bool stale;         /* the record lies in slack: its template must be the one that it names */
    struct fault fault; /* the first one of this record */
};

bool evtx_binxml_open(struct job *job, struct evtx_binxml *ret) MUST_USE;
void evtx_binxml_free(struct evtx_binxml *binxml);

/* Begins a chunk, whose bytes must stay until the next: offset is that of the chunk in the file. */
void evtx_binxml_chunk(struct evtx_binxml *binxml, struct span chunk);

/* Reads the document of one record, a part of the chunk. False with binxml->fault if not all of it can be
 * read; the nodes hold what came before, properly closed. They stay until the next call. */
bool evtx_binxml_read(struct evtx_binxml *binxml, struct span document, bool stale) MUST_USE;

/* Bytes of one value of this type, 0 if they vary. */
uint32_t evtx_binxml_width(unsigned type);

/* The first `*rest` of an array's items; false if there is none left. An array of size 0 has no items. */
bool evtx_binxml_item(unsigned type, struct span *rest, struct span *ret) MUST_USE;

#endif
