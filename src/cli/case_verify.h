/* case_verify: the part of `assay case` that compares: digests of findings, and contents of evidence that is
 * read again. */
#ifndef CLI_CASE_VERIFY_H
#define CLI_CASE_VERIFY_H

#include "cli/command.h"

struct case_verify {
    struct engine_options engine;
    char *evidence[64]; /* PATHs, in the order of those that the case is of */
    int evidence_count;
    const char *digest; /* that somebody noted down; NULL for none */
};

/* COMMAND_CLEAN if all is as it was, COMMAND_FOUND if something is not, COMMAND_INCOMPLETE if something could
 * not be compared, COMMAND_ERROR if nothing could. */
int case_verify_run(struct case_verify *verify, const char *path) MUST_USE;

#endif
