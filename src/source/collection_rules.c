#include "source/collection_rules.h"

const char *const collection_rules_windows[] = {"$MFT/$",
                                                "$MFTMirr/$",
                                                "$LogFile/$",
                                                "$Boot/$",
                                                "$Secure*SDS/$",
                                                "$Extend/$*",
                                                "$Recycle.Bin/S-1-*",
                                                "RECYCLER/S-1-*",
                                                "System Volume Information/*",
                                                "pagefile.sys/$",
                                                "hiberfil.sys/$",
                                                "swapfile.sys/$",
                                                "Windows/System32/*",
                                                "Windows/SysWOW64/*",
                                                "Windows/Prefetch/*",
                                                "Windows/AppCompat/*",
                                                "Windows/ServiceProfiles/*",
                                                "Windows/Tasks/*",
                                                "Windows/inf/setupapi*",
                                                "Windows/explorer.exe/$",
                                                "Windows.old/Windows/*",
                                                "WINNT/System32/*",
                                                "Program Files/*",
                                                "Program Files (x86)/*",
                                                "ProgramData/Microsoft/*",
                                                "Documents and Settings/*/*",
                                                "Users/*/NTUSER.DAT*",
                                                "Users/*/AppData/*",
                                                NULL};

const char *const collection_rules_unix[] = {"etc/*",     "var/log/*", "var/spool/*", "usr/*",     "home/*/*",
                                             "root/.*",   "opt/*",     "proc/*",      "bin/*",     "sbin/*",
                                             "lib/*",     "run/*",     "private/*",   "Library/*", "System/*",
                                             "Users/*/*", "dev/*",     NULL};

const struct collection_own collection_rules_own[] = {
    {COLLECTION_KAPE, "*_CopyLog.csv*/$", true},
    {COLLECTION_KAPE, "*_SkipLog.csv*/$", true},
    {COLLECTION_KAPE, "*_ConsoleLog.txt/$", true},
    {COLLECTION_VELOCIRAPTOR, "uploads.json/$", true},
    {COLLECTION_VELOCIRAPTOR, "collection_context.json/$", true},
    {COLLECTION_VELOCIRAPTOR, "uploads.json.index/$", false},
    {COLLECTION_VELOCIRAPTOR, "uploads.csv/$", false},
    {COLLECTION_VELOCIRAPTOR, "client_info.json/$", false},
    {COLLECTION_VELOCIRAPTOR, "requests.json/$", false},
    {COLLECTION_VELOCIRAPTOR, "metadata.json/$", false},
    {COLLECTION_VELOCIRAPTOR, "log.json*/$", false},
    {COLLECTION_VELOCIRAPTOR, "logs.json*/$", false},
    {COLLECTION_VELOCIRAPTOR, "results/*", false},
    {COLLECTION_CYLR, "CyLR_Collection_Log_*.log/$", true},
    {COLLECTION_UAC, "uac.log/$", true},
    {COLLECTION_UAC, "uac.log.stderr/$", false},
    {COLLECTION_UAC, "bodyfile/*", false},
    {COLLECTION_UAC, "live_response/*", false},
    {COLLECTION_UAC, "hash_executables/*", false},
    {COLLECTION_UAC, "chkrootkit/*", false},
    {COLLECTION_UAC, "system/*", false},
};
const size_t collection_rules_own_count = sizeof collection_rules_own / sizeof *collection_rules_own;

const struct collection_stream collection_rules_streams[] = {
    {"$Extend/$J/$", "$Extend/$UsnJrnl", "$J"},
    {"$Extend/$Max/$", "$Extend/$UsnJrnl", "$Max"},
    {"$Extend/$UsnJrnl$J/$", "$Extend/$UsnJrnl", "$J"},
    {"$Extend/$UsnJrnl$Max/$", "$Extend/$UsnJrnl", "$Max"},
    {"$Extend/$UsnJrnl_$J/$", "$Extend/$UsnJrnl", "$J"},
    {"$Extend/$UsnJrnl_$Max/$", "$Extend/$UsnJrnl", "$Max"},
    {"$Extend/$RmMetadata/$TxfLog/$T/$", "$Extend/$RmMetadata/$TxfLog/$Tops", "$T"},
    {"$Extend/$RmMetadata/$TxfLog/$Tops$T/$", "$Extend/$RmMetadata/$TxfLog/$Tops", "$T"},
    {"$Secure_$SDS/$", "$Secure", "$SDS"},
    {"$Secure$SDS/$", "$Secure", "$SDS"},
};
const size_t collection_rules_stream_count =
    sizeof collection_rules_streams / sizeof *collection_rules_streams;

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* One component against one of a pattern. Only the last `*` is tried again, so that this takes at most the
 * product of both lengths. */
static bool component_fits(const char *text, size_t size, const char *pattern, size_t pattern_size) {
    size_t t = 0, p = 0, star = SIZE_MAX, mark = 0;
    while (t < size) {
        if (p < pattern_size && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern_size && lower(pattern[p]) == lower(text[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern_size && pattern[p] == '*')
        p++;
    return p == pattern_size;
}

static size_t component_size(const char *text, size_t size) {
    const char *slash = size ? memchr(text, '/', size) : NULL;
    return slash ? (size_t)(slash - text) : size;
}

bool collection_rules_fit(struct span path, const char *pattern) {
    const char *text = (const char *)path.data;
    size_t left = path.size, rest = strlen(pattern);
    while (rest > 0) {
        size_t want = component_size(pattern, rest), have = component_size(text, left);
        bool end = want == 1 && *pattern == '$' && want == rest;
        if (end)
            return left == 0;
        if (have == 0 || !component_fits(text, have, pattern, want))
            return false;
        pattern += want < rest ? want + 1 : want;
        rest -= want < rest ? want + 1 : want;
        text += have < left ? have + 1 : have;
        left -= have < left ? have + 1 : have;
    }
    return true;
}
