/* inspect_wmi: OBJECTS.DATA of a WMI repository as rows of wmi_object. For inspect.c only. */
#ifndef DETECT_INSPECT_WMI_H
#define DETECT_INSPECT_WMI_H

#include "base/text.h"
#include "model/content.h"

enum {
    INSPECT_WMI_OBJECTS = 10000,  /* rows of one repository, the first ones */
    INSPECT_WMI_WINDOW = 4 << 20, /* bytes read at once, whole pages */
    INSPECT_WMI_TEXT = 8 << 10    /* bytes of one text that are kept */
};

/* Is it one? Nothing but its name tells, and that it has whole pages. */
bool inspect_wmi_is(const struct content *content, const char *name);

/* Reads all of the content once, `*read` bytes besides the head, and shows each byte to `seen`. False if it
 * was more than is kept, or memory ran out. */
bool inspect_wmi(struct content *content, struct job *job, void (*seen)(struct span bytes), struct text *rows,
                 uint64_t *read) MUST_USE;

#endif
