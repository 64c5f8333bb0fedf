/* campaigns_read: foreign lists of campaigns into the form of intel/campaigns.h: MISP events as JSON, STIX
 * bundles (2.0 and 2.1), tables with a header, lines (docs/overlap.md says what of them is kept).
 *
 * What is read is foreign: a confined process does it (engine/compile.h). The form is told by the content.
 * The first thing that cannot be what the form promises ends reading, and the whole list is refused; items
 * that are known but not compared are counted. */
#ifndef INTEL_CAMPAIGNS_READ_H
#define INTEL_CAMPAIGNS_READ_H

#include "format/json.h"
#include "intel/campaigns_value.h"

/* Reads all of `bytes`, a list called `file`, and appends it to `out`. `name`: of a campaign that has none.
 * False with the place in `damage`; `out` is then of no use. */
bool campaigns_read(struct span bytes, const char *name, const char *file, struct text *out,
                    struct campaigns_damage *damage) MUST_USE;

/* Does a file that begins so look like an event of MISP or a bundle of STIX? */
bool campaigns_read_sniff(struct span head);

/* --- for the readers of the forms --- */

/* Puts the form together. Items of a campaign are pending until its end, when what is known of all of them
 * is. */
struct campaigns_writer {
    struct text *out, pending;
    const char *file;
    uint64_t items, passed; /* of the campaign in hand */
    uint64_t all;           /* items so far */
};

/* Adds an item, or counts it as passed if its value is none. `report` NULL: that of the campaign. */
void campaigns_read_item(struct campaigns_writer *writer, enum campaigns_kind kind, const char *value,
                         enum campaigns_role role, const char *what, const char *report);

/* Ends the campaign in hand; nothing is written of one without items. `report` may be "". */
void campaigns_read_end(struct campaigns_writer *writer, const char *name, const char *what,
                        const char *report);

/* Replaces `ret` by what a KEY or STRING stands for, with backslashes as they are. */
void campaigns_read_string(struct json_token token, struct text *ret);

/* The same of bytes of a file of lines. */
void campaigns_read_bytes(struct span bytes, struct text *ret);

/* The forms. */
bool campaigns_misp(struct span bytes, const char *name, struct campaigns_writer *writer,
                    struct campaigns_damage *damage) MUST_USE;
bool campaigns_stix(struct span bytes, const char *name, struct campaigns_writer *writer,
                    struct campaigns_damage *damage) MUST_USE;
bool campaigns_lines(struct span bytes, const char *name, struct campaigns_writer *writer,
                     struct campaigns_damage *damage) MUST_USE;

#endif
