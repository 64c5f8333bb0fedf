#include "judge/defender_exclusion.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Kinds of files of databases, mail and virtual machines, which their makers ask to exclude. */
static const char *const data_kinds[] = {"mdf",   "ldf",  "ndf",  "bak",  "trn",   "trc", "xel", "sqlaudit",
                                         "edb",   "chk",  "jrs",  "mdb",  "ibd",   "dbf", "myd", "myi",
                                         "accdb", "vhd",  "vhdx", "avhd", "vsv",   "rct", "iso", "vmcx",
                                         "vmrs",  "vmdk", "vmem", "pst",  "avhdx", "ost"};

static const char *const tools[] = {"cargo.exe", "rustc.exe",   "rust-analyzer.exe", "devenv.exe",
                                    "go.exe",    "msbuild.exe", "node.exe",          "code.exe",
                                    "git.exe",   "dotnet.exe",  "idea64.exe",        "java.exe",
                                    "cl.exe",    "link.exe",    "ninja.exe",         "cmake.exe"};

static const char *const open_folders[] = {"\\Temp", "\\AppData\\", "\\Users\\Public", "\\ProgramData"};

static bool is_one_of(const char *text, size_t size, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == size && strncasecmp(list[i], text, size) == 0)
            return true;
    return false;
}

/* Contains it, within `size`. */
static const char *find(const char *text, size_t size, const char *wanted) {
    size_t length = strlen(wanted);
    for (size_t at = 0; at + length <= size; at++)
        if (strncasecmp(text + at, wanted, length) == 0)
            return text + at;
    return NULL;
}

static bool is_tool(const char *path, size_t size) {
    const char *slash = memrchr(path, '\\', size);
    size_t from = slash ? (size_t)(slash + 1 - path) : 0;
    return !find(path, size, "\\Temp\\") && !find(path, size, "\\Users\\Public\\") &&
           is_one_of(path + from, size - from, tools, sizeof tools / sizeof tools[0]);
}

static bool is_open(const char *path, size_t size) {
    const char *docker = find(path, size, "\\ProgramData\\docker");
    const char *users = find(path, size, "\\Users\\");
    size_t end = docker ? (size_t)(docker - path) + strlen("\\ProgramData\\docker") : 0;
    if (docker && (end == size || path[end] == '\\'))
        return false;
    for (size_t i = 0; i < sizeof open_folders / sizeof open_folders[0]; i++)
        if (find(path, size, open_folders[i]))
            return true;
    if (users) /* a whole profile */
        return !memchr(users + 7, '\\', size - (size_t)(users + 7 - path));
    return size <= 3 && size >= 2 && path[1] == ':';
}

bool defender_exclusion_is_broad(const char *what) {
    static const char mark[] = "\\Exclusions\\";
    const char *kind = find(what, strlen(what), mark);
    const char *value = kind ? strchr(kind + sizeof mark - 1, '\\') : NULL;
    if (!value)
        return false;
    const char *end = strstr(++value, " =");
    size_t size = end ? (size_t)(end - value) : strlen(value);
    kind += sizeof mark - 1;
    if (strncasecmp(kind, "Extensions\\", 11) == 0) {
        size_t dot = size > 0 && value[0] == '.';
        return !is_one_of(value + dot, size - dot, data_kinds, sizeof data_kinds / sizeof data_kinds[0]);
    }
    if (strncasecmp(kind, "Processes\\", 10) == 0 && is_tool(value, size))
        return false;
    return is_open(value, size);
}
