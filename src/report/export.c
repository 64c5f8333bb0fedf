#include "report/export.h"

#include <string.h>

#define EXPORT(name) extern const struct export_format as_##name;
#include "report/exports.def"
#undef EXPORT

static const struct export_format *const all[] = {
#define EXPORT(name) &as_##name,
#include "report/exports.def"
#undef EXPORT
};

const struct export_format *const *export_all(size_t *count) {
    *count = sizeof all / sizeof all[0];
    return all;
}

const struct export_format *export_find(const char *name) {
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}
