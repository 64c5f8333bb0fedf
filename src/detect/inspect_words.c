#include "detect/inspect.h"

const char *inspect_type_word(enum inspect_type type) {
    static const char *const words[] = {"none",    "pe",    "catalog",  "package", "journal", "logfile",
                                        "index",   "zone",  "prefetch", "lnk",     "hive",    "events",
                                        "picture", "hosts", "firewall", "history", "task",    "wmi"};
    return (unsigned)type <= INSPECT_WMI ? words[type] : "?";
}

const char *inspect_state_word(enum inspect_state state) {
    static const char *const words[] = {"read", "head", "skipped"};
    return (unsigned)state <= INSPECT_SKIPPED ? words[state] : "?";
}
