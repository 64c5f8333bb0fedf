/* inspect_browser: histories of browsers as rows of browser_history, browser_host and browser_download. For
 * inspect.c only.
 *
 * A database is one by its tables, whatever its name: urls and visits (Chromium), moz_places and
 * moz_historyvisits (Firefox). To see that, only pages of its schema are read; of other databases no more is.
 * Damage ends in the job, of what turns out to be none only if it has the name of one. */
#ifndef DETECT_INSPECT_BROWSER_H
#define DETECT_INSPECT_BROWSER_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_BROWSER_WHOLE = 96 << 20, /* bytes that are read of one history with its log */
    INSPECT_BROWSER_BLOCK = 256 << 10 /* bytes that are read together */
};

struct inspect_browser;

/* NULL if the content is no history, or memory ran out. `have`: its first INSPECT_BROWSER_WHOLE bytes, if
 * they are in memory already; empty if not. `*read` is counted up by the bytes that were read. */
struct inspect_browser *inspect_browser_find(struct content *content, const char *name, struct job *job,
                                             const struct inspect_options *options, struct span have,
                                             uint64_t *read);

/* Reads the rest of those bytes, in their order, and returns all that there are. */
struct span inspect_browser_load(struct inspect_browser *browser);

/* The rows; that of browser_history comes last. False if there was more than is kept, or memory or the steps
 * of the job ran out. */
bool inspect_browser(struct inspect_browser *browser, struct text *rows) MUST_USE;

#endif
