/* evtx_value: typed values of events as numbers, times, text and JSON.
 *
 * Text is that of the Windows API where that is exact: integers in decimal, HexInt as 0x and lower-case
 * digits without leading zeros, booleans as true and false, GUIDs in upper case without braces, SIDs as
 * S-1-..., times as ISO 8601 with seven digits, binary as upper-case hex, reals with the digits that tell
 * them apart. A value whose size does not fit its type is told as binary. Strings lose a NUL at their end and
 * no more. */
#ifndef FORMAT_EVTX_VALUE_H
#define FORMAT_EVTX_VALUE_H

#include "base/filetime.h"
#include "format/evtx_binxml.h"

/* Keeps what makes neighbouring values fast; zero it before use. */
struct evtx_printer {
    struct filetime_printer times;
};

/* Appends the value as what stands between the quotes of a JSON string. */
void evtx_value_inside(struct evtx_printer *printer, const struct evtx_node *value, struct text *text);

/* As a JSON value: integers and booleans bare, arrays as arrays, everything else a string. */
void evtx_value_json(struct evtx_printer *printer, const struct evtx_node *value, struct text *text);

/* In stored form (base/text.h). */
void evtx_value_text(struct evtx_printer *printer, const struct evtx_node *value, struct text *text);

/* An integer of any type, or one that is written as text in decimal or with 0x. False if it is neither. */
bool evtx_value_number(const struct evtx_node *value, uint64_t *ret) MUST_USE;

/* A FILETIME, SYSTEMTIME, or a time written as text. */
bool evtx_value_time(const struct evtx_node *value, uint64_t *ret) MUST_USE;

/* The string without the NUL at its end; empty for other types. */
struct span evtx_value_string(const struct evtx_node *value);

/* Is it a string of these ASCII characters, in any case? */
bool evtx_value_is(const struct evtx_node *value, const char *ascii) MUST_USE;

/* Does a string hold these `size` ASCII characters somewhere, in any case? */
bool evtx_value_has(const struct evtx_node *value, const char *ascii, size_t size) MUST_USE;

#endif
