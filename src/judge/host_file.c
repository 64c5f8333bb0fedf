#include "judge/host_file.h"

#include <strings.h>

static bool begins(const char *path, const char *with) {
    return strncasecmp(path, with, strlen(with)) == 0;
}

/* Is there a folder of this name on the way to the file? */
static bool has_folder(const char *path, const char *name) {
    size_t size = strlen(name);
    for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/'))
        if (strncasecmp(at + 1, name, size) == 0 && at[1 + size] == '/')
            return true;
    return false;
}

static size_t depth(const char *path) {
    size_t count = 0;
    for (; *path; path++)
        count += *path == '/';
    return count;
}

/* Below the Windows folder, what users can write to: the list of UltimateAppLockerByPassList, as far as it is
 * of every Windows. */
static bool is_open_system(const char *path) {
    static const char *const open[] = {"/windows/temp/",
                                       "/windows/tasks/",
                                       "/windows/tracing/",
                                       "/windows/debug/",
                                       "/windows/system32/tasks/",
                                       "/windows/syswow64/tasks/",
                                       "/windows/system32/spool/drivers/color/",
                                       "/windows/system32/fxstmp/",
                                       "/windows/syswow64/fxstmp/",
                                       "/windows/system32/com/dmp/",
                                       "/windows/system32/microsoft/crypto/rsa/machinekeys/",
                                       "/windows/registration/crmlog/"};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (begins(path, open[i]))
            return true;
    return false;
}

/* /Users/NAME/AppData/Local/VENDOR/x: five folders on the way. */
static enum host_place of_user(const char *path) {
    const char *appdata = strcasestr(path, "/appdata/");
    if (has_folder(path, "temp") || has_folder(path, "tmp") || begins(path, "/users/public/") || !appdata)
        return HOST_PLACE_OPEN;
    return depth(path) >= 6 ? HOST_PLACE_VENDOR : HOST_PLACE_OPEN;
}

enum host_place host_place_of(const char *normal) {
    static const char *const drivers[] = {"/windows/system32/drivers/", "/windows/system32/driverstore/"};
    static const char *const programs[] = {"/program files/", "/program files (x86)/",
                                           "/programdata/microsoft/windows defender/"};
    static const char *const open[] = {"/temp/",         "/tmp/",   "/perflogs/",
                                       "/$recycle.bin/", "/intel/", "/recycler/"};
    if (!strchr(normal, '/'))
        return HOST_PLACE_UNKNOWN;
    if (normal[0] != '/')
        return HOST_PLACE_OTHER;
    for (size_t i = 0; i < 2; i++)
        if (begins(normal, drivers[i]))
            return HOST_PLACE_DRIVERS;
    if (begins(normal, "/windows/"))
        return is_open_system(normal) ? HOST_PLACE_OPEN : HOST_PLACE_SYSTEM;
    for (size_t i = 0; i < 3; i++)
        if (begins(normal, programs[i]))
            return HOST_PLACE_PROGRAMS;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
        if (begins(normal, open[i]))
            return HOST_PLACE_OPEN;
    if (begins(normal, "/users/") || begins(normal, "/documents and settings/"))
        return of_user(normal);
    if (begins(normal, "/programdata/"))
        return depth(normal) >= 3 && !has_folder(normal, "temp") ? HOST_PLACE_VENDOR : HOST_PLACE_OPEN;
    return HOST_PLACE_OTHER;
}

const char *host_place_word(enum host_place place) {
    static const char *const words[] = {"not known",
                                        "the Windows folder",
                                        "a folder of drivers",
                                        "a folder of installed programs",
                                        "a product's folder below ProgramData or AppData",
                                        "a folder of no particular kind",
                                        "a folder where anybody writes and nothing is installed"};
    return (unsigned)place < sizeof words / sizeof words[0] ? words[place] : "?";
}

enum host_trust host_trust_of(const char *state) {
    static const char *const bad[] = {"unsigned", "digest-mismatch", "untrusted-root",
                                      "revoked-or-distrusted", "malformed"};
    if (!state || !state[0])
        return HOST_TRUST_UNKNOWN;
    if (strcmp(state, "trusted") == 0 || strcmp(state, "trusted-but-altered-slack") == 0)
        return HOST_TRUST_GOOD;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (strcmp(state, bad[i]) == 0)
            return HOST_TRUST_BAD;
    return HOST_TRUST_UNKNOWN;
}

bool host_is_microsoft(const char *signer) {
    return signer && begins(signer, "Microsoft ");
}

static bool is_system_name(const char *name) {
    static const char *const names[] = {
        "svchost.exe",  "lsass.exe",   "services.exe", "csrss.exe",       "smss.exe",     "wininit.exe",
        "winlogon.exe", "spoolsv.exe", "lsm.exe",      "dwm.exe",         "taskhost.exe", "taskhostw.exe",
        "dllhost.exe",  "conhost.exe", "lsaiso.exe",   "fontdrvhost.exe", "rundll32.exe"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

const char *host_file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where parts of Windows lie; another Windows may be on another drive. */
static bool is_home(const char *path) {
    static const char *const folders[] = {"/windows/system32/", "/windows/syswow64/"};
    const char *name = host_file_name(path);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t size = strlen(folders[i]);
        if ((size_t)(name - path) >= size && begins(name - size, folders[i]) &&
            (name - size == path || path[1] == ':'))
            return true;
    }
    return strcasestr(path, "/windows/winsxs/") || strcasestr(path, "/windows/servicing/");
}

bool host_is_masked(const char *normal) {
    return strchr(normal, '/') && is_system_name(host_file_name(normal)) && !is_home(normal);
}

void host_moment(int64_t time, struct host_moment *ret) {
    ret->text[0] = 0;
    if (time > 0)
        filetime_text((uint64_t)time, ret->text);
}

uint64_t host_apart(int64_t a, int64_t b) {
    if (a <= 0 || b <= 0)
        return UINT64_MAX;
    return (a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a) / 10000000u;
}
