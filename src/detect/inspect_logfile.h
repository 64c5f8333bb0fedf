/* inspect_logfile: a $LogFile as rows of log_record and log_summary. For inspect.c only. */
#ifndef DETECT_INSPECT_LOGFILE_H
#define DETECT_INSPECT_LOGFILE_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_LOGFILE_ROWS = 2000000, /* rows of log_record kept of one log, the oldest */
    INSPECT_LOGFILE_FLUSH = 4 << 20 /* bytes of rows after which options->flush is called */
};

/* Whether a content is a $LogFile: it begins with a restart page, or its first page is blank and it is named
 * so or, if that is to be looked at, one of the pages behind is a page of a log. `*read` bytes were read. */
bool inspect_logfile_is(struct content *content, const char *name, struct job *job, enum inspect_log how,
                        uint64_t *read);

/* `bytes` are the first ones of the content, or all; others are read, `*read` bytes. Damage is noted in the
 * job. False if there was more than is kept, or memory or the step budget ran out. */
bool inspect_logfile(struct content *content, struct span bytes, struct job *job,
                     const struct inspect_options *options, struct text *rows, uint64_t *read) MUST_USE;

#endif
