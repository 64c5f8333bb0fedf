/* show: one file of a case and all that the case knows of it, and the list of files that findings are about,
 * for `assay show`. Every text from evidence is made safe for a terminal. */
#ifndef REPORT_SHOW_H
#define REPORT_SHOW_H

#include "base/output.h"
#include "case/casefile.h"
#include "report/wrap.h"

enum {
    SHOW_LINES = 200,     /* rows of one kind that are told */
    SHOW_NEIGHBOURS = 12, /* files of the same folder, and of the same time */
    SHOW_CANDIDATES = 20  /* files that a name may mean */
};

/* The files that findings are about, the gravest first: number, gravest severity, number of findings, place.
 * False if the case cannot be read or the output failed. */
bool show_list(struct casefile *casefile, const struct wrap *wrap, struct output *output) MUST_USE;

/* The artifact that somebody means: its number, an address (report/address.h), or a path as Windows or the
 * case writes it, with or without the drive, letters without regard to case (ASCII). `*count` is how many it
 * may mean, and `found` has the first of them. False if the case cannot be read. */
bool show_find(struct casefile *casefile, const char *text, int64_t found[SHOW_CANDIDATES],
               size_t *count) MUST_USE;

/* One file: place, times, digests, signature, what ran and starts it, findings, steps of chains, neighbours.
 */
bool show_artifact(struct casefile *casefile, int64_t artifact, const struct wrap *wrap,
                   struct output *output) MUST_USE;

/* Its place, as one line. */
bool show_place(struct casefile *casefile, int64_t artifact, struct text *out) MUST_USE;

#endif
