/* export: a case in a form for others, for `assay report`: a page for people, records for programs.
 *
 * A form is one file, report/as_x.c, that ends in a `const struct export_format as_x`, and one line
 * EXPORT(x) in report/exports.def. It reads a case, finished or foreign, and writes as it reads: memory does
 * not grow with the case. The same case gives the same bytes: no clock, no folder of this machine. Whatever
 * comes from evidence is escaped by the rules of the form, so that it can be nothing but text there. */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include "base/output.h"
#include "case/casefile.h"

#include <stddef.h>

struct export_options {
    enum severity least; /* findings below are left out of forms that are made of findings */
    unsigned width;      /* columns of text; 0 is 100 */
    bool colour;
};

struct export_format {
    const char *name;    /* as --format takes it */
    const char *summary; /* a few words, for --help and the man page */
    /* False if the case could not be read (casefile_error) or the output failed (output->error). */
    bool (*print)(struct casefile *casefile, const struct export_options *options, struct output *output);
};

/* In the order of exports.def; constant. */
const struct export_format *const *export_all(size_t *count);

/* By its name; NULL if there is none. */
const struct export_format *export_find(const char *name);

#endif
