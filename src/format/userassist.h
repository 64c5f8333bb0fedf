/* userassist: what a user started in Explorer, a value below UserAssist\{GUID}\Count in NTUSER.DAT
 * (docs/format/userassist.md). */
#ifndef FORMAT_USERASSIST_H
#define FORMAT_USERASSIST_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

struct userassist {
    unsigned version;  /* 3 (2000 to Vista) or 5 (7 and later), by the size of the data */
    uint32_t runs;     /* how often it was started */
    bool has_focus;    /* version 5: */
    uint32_t focuses;  /* how often its window came to the front */
    uint32_t focus_ms; /* how long it was there, milliseconds */
    uint64_t last_run; /* FILETIME; 0 none */
};

/* False, quietly, if the data has the size of neither version: of sessions and settings there are others. */
bool userassist_decode(struct span data, struct userassist *ret) MUST_USE;

/* Turns a name in place: letters A to Z and a to z by 13 places, twice is once. UTF-8. */
void userassist_turn(char *name, size_t size);

#endif
