/* output_file: where a command writes what it was asked for: standard output, or a file under whose name
 * nothing stands before all is written. Complaints go to standard error. */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include "base/output.h"

struct output_file {
    const char *path; /* NULL: standard output; borrowed */
    struct text partial;
    struct output output;
};

/* False, complained about, if something stands there or it cannot be made. Then nothing is to be closed. */
bool output_file_open(struct output_file *file, const char *path) MUST_USE;

/* Ends it: `good` tells whether all of it could be made. False if not, or if it could not be written; then
 * nothing stands under the name that was not there before. A reader that left is no complaint. */
bool output_file_close(struct output_file *file, bool good) MUST_USE;

#endif
