#include "store/engine.h"

#include <stdarg.h>
#include <stdio.h>

bool engine_fail(struct engine *engine, const char *format, ...) {
    char line[1024];
    va_list list;
    if (engine->error.size > 0)
        return false;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    text_add(&engine->error, line[0] ? line : "unknown error");
    return false;
}
