/* inspect_os_release: a file os-release as a row of that name. For inspect.c only. */
#ifndef DETECT_INSPECT_OS_RELEASE_H
#define DETECT_INSPECT_OS_RELEASE_H

#include "base/job.h"
#include "base/text.h"
#include "format/os_release.h"

/* Is a file of this name that begins so one? */
bool inspect_os_release_is(const char *name, struct span head);

void inspect_os_release(struct job *job, struct span bytes, struct text *rows);

#endif
