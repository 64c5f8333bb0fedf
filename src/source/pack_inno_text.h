/* pack_inno_text: texts of an installer of Inno Setup in stored form. Constants such as {app} stay. */
#ifndef SOURCE_PACK_INNO_TEXT_H
#define SOURCE_PACK_INNO_TEXT_H

#include "base/text.h"
#include "format/inno_setup.h"

/* Adds it, as it is written. */
void pack_inno_text(const struct inno_setup *setup, struct span text, struct text *ret);

/* A path: `ret` is cleared first, backslashes become slashes, as source/pack.h has paths. Returns PACK_UNSAFE
 * or 0. `scratch` is any text. */
uint32_t pack_inno_path(const struct inno_setup *setup, struct span text, struct text *scratch,
                        struct text *ret);

#endif
