#include "judge/whereabouts.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *folder;
    enum whereabouts where;
} places[] = {
    {"/windows/temp", WHEREABOUTS_OPEN},
    {"/windows/tasks", WHEREABOUTS_OPEN},
    {"/windows/tracing", WHEREABOUTS_OPEN},
    {"/windows/debug", WHEREABOUTS_OPEN},
    {"/windows/system32/spool/drivers/color", WHEREABOUTS_OPEN},
    {"/windows", WHEREABOUTS_WINDOWS},
    {"/windows.old/windows", WHEREABOUTS_WINDOWS},
    {"/$windows.~bt", WHEREABOUTS_WINDOWS},
    {"/$windows.~ws", WHEREABOUTS_WINDOWS},
    {"/$winreagent", WHEREABOUTS_WINDOWS},
    {"/recovery", WHEREABOUTS_WINDOWS},
    {"/program files", WHEREABOUTS_PROGRAMS},
    {"/program files (x86)", WHEREABOUTS_PROGRAMS},
    {"/windows.old/program files", WHEREABOUTS_PROGRAMS},
    {"/windows.old/program files (x86)", WHEREABOUTS_PROGRAMS},
    {"/programdata/microsoft/windows defender", WHEREABOUTS_PROGRAMS},
    {"/programdata/package cache", WHEREABOUTS_PROGRAMS},
    {"/users", WHEREABOUTS_OPEN},
    {"/documents and settings", WHEREABOUTS_OPEN},
    {"/programdata", WHEREABOUTS_OPEN},
    {"/perflogs", WHEREABOUTS_OPEN},
    {"/$recycle.bin", WHEREABOUTS_OPEN},
    {"/intel", WHEREABOUTS_OPEN},
    {"/temp", WHEREABOUTS_OPEN},
    {"/tmp", WHEREABOUTS_OPEN},
};

static bool begins(const char *path, const char *folder) {
    size_t size = strlen(folder);
    return strncasecmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == 0);
}

enum whereabouts whereabouts_of(const char *folder, bool whole) {
    for (const char *slash = folder; slash; slash = whole ? NULL : strchr(slash + 1, '/'))
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            if (begins(slash, places[i].folder))
                return places[i].where;
    return WHEREABOUTS_OTHER;
}

bool whereabouts_is_system(const char *folder) {
    return strcasecmp(folder, "/windows/system32") == 0 || strcasecmp(folder, "/windows/syswow64") == 0;
}

const char *whereabouts_word(enum whereabouts whereabouts) {
    static const char *const words[] = {"an unusual place", "where anybody can write", "Program Files",
                                        "Windows"};
    return (size_t)whereabouts < sizeof words / sizeof words[0] ? words[whereabouts] : "?";
}
