/* inspect_component: files of the component store and precompiled images as rows of component. For inspect.c
 * only.
 */
#ifndef DETECT_INSPECT_COMPONENT_H
#define DETECT_INSPECT_COMPONENT_H

#include "base/text.h"
#include "format/pe.h"

/* A row if a file that begins with `head`, or a PE, is such a thing. */
void inspect_component_head(struct span head, struct text *rows);
void inspect_component_image(const struct pe *pe, struct span bytes, struct text *rows);

#endif
