#include "judge/capability.h"

#include <strings.h>

enum { LIBRARY = 64 };

/* Which of the core libraries has a function differs between versions of Windows. */
static bool is_core(const char *library) {
    static const char *const core[] = {"kernel32", "kernelbase", "ntdll", "advapi32", "sechost", "secur32",
                                       "sspicli",  "cryptsp",    "psapi", "ntoskrnl", "dbghelp", "dbgcore"};
    for (size_t i = 0; i < sizeof core / sizeof core[0]; i++)
        if (strcasecmp(library, core[i]) == 0)
            return true;
    return false;
}

/* The library without its ending; false if it is longer than any that is meant. */
static bool stem(struct span library, char ret[LIBRARY]) {
    static const char *const endings[] = {".dll", ".exe", ".sys", ".drv"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (library.size > 4 &&
            strncasecmp((const char *)library.data + library.size - 4, endings[i], 4) == 0) {
            library = span_part(library, 0, library.size - 4);
            break;
        }
    if (library.size == 0 || library.size >= LIBRARY)
        return false;
    ret[span_copy(library, ret, LIBRARY - 1)] = 0;
    return true;
}

static bool comes_from(const struct api_name *api, const char *library) {
    bool set = strncasecmp(library, "api-ms-", 7) == 0 || strncasecmp(library, "ext-ms-", 7) == 0;
    return set || strcasecmp(api->library, library) == 0 || (is_core(api->library) && is_core(library));
}

static const struct api_name *whole_library(const char *library) {
    for (size_t i = api_count(); i > 0 && !api_at(i - 1)->name; i--)
        if (strcasecmp(api_at(i - 1)->library, library) == 0)
            return api_at(i - 1);
    return NULL;
}

const struct api_name *capability_of_import(struct span line) {
    char library[LIBRARY];
    const uint8_t *mark = line.size > 0 ? memchr(line.data, '!', line.size) : NULL;
    if (!mark || !stem(span_part(line, 0, (size_t)(mark - line.data)), library))
        return NULL;
    struct span function = span_from(line, (size_t)(mark - line.data) + 1);
    const struct api_name *api = api_find((const char *)function.data, function.size);
    return api && comes_from(api, library) ? api : whole_library(library);
}

static void count(struct capability *capability, const struct api_name *api, struct span line,
                  bool imported) {
    for (size_t i = 0; i < capability->example_count; i++)
        if (span_equal(capability->examples[i], line))
            return;
    if (imported)
        capability->imported++;
    else
        capability->named++;
    if (!capability->source)
        capability->source = api->source;
    if (capability->example_count < CAPABILITY_EXAMPLES)
        capability->examples[capability->example_count++] = line;
}

/* The first line of `text`, which is then without it. */
static struct span next_line(struct span *text) {
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end ? (size_t)(end - text->data) : text->size;
    struct span line = span_part(*text, 0, size);
    *text = span_from(*text, end ? size + 1 : size);
    return line;
}

void capability_of(struct span imports, struct span names, struct capability ret[API_CLASSES]) {
    for (size_t i = 0; i < API_CLASSES; i++)
        ret[i] = (struct capability){0};
    while (imports.size > 0) {
        struct span line = next_line(&imports);
        const struct api_name *api = capability_of_import(line);
        if (api)
            count(&ret[api->class], api, line, true);
    }
    while (names.size > 0) {
        struct span line = next_line(&names);
        const struct api_name *api = api_find((const char *)line.data, line.size);
        if (api)
            count(&ret[api->class], api, line, false);
    }
}
