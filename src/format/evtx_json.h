/* evtx_json: one event as JSON.
 *
 * The shape is that of the Rust crate `evtx`: elements are members; attributes stand in "#attributes", text
 * beside them in "#text"; an element with neither is null; a second element of a name gets "_1", a third
 * "_2". In EventData each Data is a member by its attribute Name; those without a name are together in
 * "Data": {"#text": [...]}. Values are as evtx_value.h says; several in a row are one string. */
#ifndef FORMAT_EVTX_JSON_H
#define FORMAT_EVTX_JSON_H

#include "format/evtx.h"
#include "format/evtx_value.h"

struct evtx_json {
    struct evtx_names *names; /* of the log that events come from */
    struct evtx_printer printer;
    uint32_t serial;
    uint32_t
        cut; /* bytes of a string or binary value beyond which it is cut, then ends with "..."; 0: none is */
};

/* The whole event, {"Event":{...}}; null if nothing of it could be read. */
void evtx_json_event(struct evtx_json *json, const struct evtx_event *event, struct text *text);

/* The content of EventData or UserData alone; null if there is none. */
void evtx_json_data(struct evtx_json *json, const struct evtx_event *event, struct text *text);

#endif
