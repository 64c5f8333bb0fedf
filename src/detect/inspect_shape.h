/* inspect_shape: what the head of a file says against its name, as a row of shape. For inspect.c only. */
#ifndef DETECT_INSPECT_SHAPE_H
#define DETECT_INSPECT_SHAPE_H

#include "base/span.h"
#include "base/text.h"

/* A row only if there is something to say. */
void inspect_shape_head(const char *name, struct span head, struct text *rows);

#endif
