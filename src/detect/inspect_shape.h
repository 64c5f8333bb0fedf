/* inspect_shape: what the head of a file says against its name, as a row of shape. For inspect.c only. */
#ifndef DETECT_INSPECT_SHAPE_H
#define DETECT_INSPECT_SHAPE_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"
#include "model/content.h"

/* A row only if there is something to say. Of a file that is named like a log of transactions and whose head
 * is one's or blank, three blocks further in are read, too, `*read` bytes: there are few such files. */
void inspect_shape_head(struct content *content, const char *name, struct job *job, struct text *rows,
                        uint64_t *read);

enum { INSPECT_SHAPE_PICTURE = 1 << 20 }; /* bytes of a picture whose end is looked for, at most */

/* A picture, all of it: a row if anything but zeros lies behind its end. One that is damaged has
 * none that could be told, and what a picture shows is nobody's business here. */
void inspect_shape_picture(struct job *job, struct span bytes, struct text *rows);

#endif
