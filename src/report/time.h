/* time: one file's times, what else tells of them, and its history (docs/time.md). Needs a case in which the
 * judge stomp has run.
 *
 * Told in this order: the eight times as a table, one more for each further name; entries of directory
 * indexes and shadow copies of the file whose times differ; the verdict, the innocent history that comes
 * closest, where it fails and what would have to be true; what each source says and the period that it
 * covers; all that happened to the file, in the order of time; the records to check by hand. */
#ifndef REPORT_TIME_H
#define REPORT_TIME_H

#include "base/output.h"
#include "case/casefile.h"

enum { TIME_EVENTS = 100000 }; /* events of one file that are told at most; more are counted */

struct time_options {
    bool jsonl;     /* one object for the file */
    unsigned width; /* columns; 0: 100 */
    bool colour;
};

/* What people type to name a file: /a/b or \a\b, with or without a drive letter and in any case, of any
 * volume that is no shadow copy; or the number of an MFT entry, alone or as ENTRY-SEQUENCE. Calls `found`
 * with the artifact of each file that it fits; returns false if the case cannot be read. */
bool time_find(struct casefile *casefile, const char *name, void (*found)(void *context, int64_t artifact),
               void *context) MUST_USE;

/* Tells of the artifact. *doubt: its verdict is firm or strong. False if the case cannot be read or the
 * output failed. */
bool time_print(struct casefile *casefile, int64_t artifact, const struct time_options *options,
                struct output *output, bool *doubt) MUST_USE;

#endif
