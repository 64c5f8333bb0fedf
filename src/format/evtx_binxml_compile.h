/* evtx_binxml_compile: binary XML as steps to be run again and again. For evtx_binxml.c only. */
#ifndef FORMAT_EVTX_BINXML_COMPILE_H
#define FORMAT_EVTX_BINXML_COMPILE_H

#include "format/evtx_binxml.h"

enum { EVTX_ABSENT = 0xffff }; /* no substitution */

enum evtx_operation_kind {
    EVTX_OPEN, /* an element begins; `end` is behind its EVTX_CLOSE */
    EVTX_CLOSE,
    EVTX_NAMED,   /* an attribute; its values follow up to `end` */
    EVTX_LITERAL, /* text of the template */
    EVTX_SUBSTITUTE,
    EVTX_INSTANCE /* of another template */
};

struct evtx_operation {
    uint8_t kind;
    bool optional;       /* EVTX_SUBSTITUTE */
    uint16_t index;      /* EVTX_SUBSTITUTE: number of the value. EVTX_NAMED: if it is left out with one */
    uint16_t dependency; /* EVTX_OPEN: left out with that value */
    uint16_t array;      /* EVTX_OPEN: repeated for each item of that value, if it is an array */
    uint32_t end;
    struct evtx_name *name, *key;
    struct span text; /* EVTX_LITERAL; EVTX_INSTANCE: from behind its token on */
};

/* An instance of a template as it lies in a document. */
struct evtx_instance {
    uint32_t id;     /* the first four bytes of its definition's GUID */
    uint32_t offset; /* of the definition in the chunk */
    uint32_t count;  /* values */
    struct span descriptors, values;
};

/* Reads it from behind its token, over the definition too if that lies there. False with a fault. */
bool evtx_binxml_instance(struct evtx_binxml *binxml, struct cursor *c, struct evtx_instance *ret) MUST_USE;

/* Appends the steps of a fragment. `depends`: its elements carry dependency ids. False with a fault. */
bool evtx_binxml_compile(struct evtx_binxml *binxml, struct span fragment, bool depends) MUST_USE;

/* Records the first fault; false. */
bool evtx_binxml_fail(struct evtx_binxml *binxml, enum fault_code code, uint64_t offset, const char *text);

/* The budget is used up: false with a fault. */
bool evtx_binxml_exhaust(struct evtx_binxml *binxml, uint64_t offset);

/* Takes from the budget of the chunk. False with a fault. */
static inline bool evtx_binxml_step(struct evtx_binxml *binxml, uint64_t count, uint64_t offset) {
    if (count > binxml->steps)
        return evtx_binxml_exhaust(binxml, offset);
    binxml->steps -= (uint32_t)count;
    return true;
}

#endif
