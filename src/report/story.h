/* story: what a case says, told on a terminal.
 *
 * A header, the verdict, the story of each chain (report/story_chain.h), findings most severe first (each
 * detector's long texts once, after its first finding), info findings as counts, and a coverage line. Every
 * text from evidence is escaped. Reads a finished case or a foreign one; the same case gives the same bytes
 * but for the seconds in the last line. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "base/output.h"
#include "case/casefile.h"

enum {
    STORY_WIDTH_LEAST = 40, /* columns; anything less is taken as this */
    STORY_WIDTH_MOST = 200,
    STORY_COMPACT = 20, /* further findings of one detector told; more are counted, unless `all` */
    STORY_LINKS = 3     /* paths of an artifact told; more are counted, unless `all` */
};

#define STORY_TABLE "times" /* key of a detail with lines of its own, which are told as they are */

struct story_options {
    unsigned width; /* columns; 0 is 100 */
    bool colour;    /* ANSI colours */
    bool all;       /* every finding in full, info ones too */
};

/* False if the case could not be read (casefile_error) or the output failed (output->error). */
bool story_print(struct casefile *casefile, const struct story_options *options,
                 struct output *output) MUST_USE;

/* One finding in full with its detector's texts, as `assay explain N` shows it. `*found` is false if there is
 * none with that number. */
bool story_finding(struct casefile *casefile, uint64_t id, const struct story_options *options,
                   struct output *output, bool *found) MUST_USE;

/* How many findings have at least this severity and at least this strength: for the exit status. */
bool story_count(struct casefile *casefile, enum severity severity, enum strength strength,
                 uint64_t *ret) MUST_USE;

#endif
