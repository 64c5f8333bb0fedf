#include "judge/dll_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const system_dlls[] = {
#define SYSTEM_DLL(name) name,
#include "judge/dll_names.def"
#undef SYSTEM_DLL
};

static int by_name(const void *left, const void *right) {
    return strcasecmp(left, *(const char *const *)right);
}

bool dll_names_is_system(const char *name) {
    char stem[64];
    size_t size = strlen(name);
    if (size < 5 || size - 4 >= sizeof stem || strcasecmp(name + size - 4, ".dll") != 0)
        return false;
    memcpy(stem, name, size - 4);
    stem[size - 4] = 0;
    return bsearch(stem, system_dlls, sizeof system_dlls / sizeof system_dlls[0], sizeof system_dlls[0],
                   by_name) != NULL;
}

bool dll_names_is_app_local(const char *name) {
    static const char *const starts[] = {
        "api-ms-", "ext-ms-",   "msvcp",  "msvcr",  "vcruntime",   "ucrtbase",  "mfc",      "atl",
        "concrt",  "vcomp",     "vccor",  "d3d",    "dxgi",        "dxcompile", "dxil",     "ddraw",
        "dinput",  "dsound",    "xinput", "xaudio", "x3daudio",    "xapofx",    "opengl32", "openal32",
        "vulkan-", "opencl",    "dbg",    "symsrv", "gdiplus",     "riched20",  "usp10",    "msdia",
        "sqlite3", "libcrypto", "libssl", "zlib",   "webview2loa", "icu",       "directml", "onnxruntime"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (strncasecmp(name, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}
