#include "judge/diff_rules.h"

#include <strings.h>

/* Libraries whose import gives a program a capability that it did not have. */
static const struct {
    const char *dll, *capability;
} telling[] = {
    {"ws2_32.dll", "network"},
    {"wsock32.dll", "network"},
    {"winhttp.dll", "network"},
    {"wininet.dll", "network"},
    {"urlmon.dll", "network"},
    {"dnsapi.dll", "network"},
    {"webio.dll", "network"},
    {"mswsock.dll", "network"},
    {"fltlib.dll", "file system filters"},
    {"crypt32.dll", "cryptography"},
    {"bcrypt.dll", "cryptography"},
    {"ncrypt.dll", "cryptography"},
    {"wtsapi32.dll", "sessions of other users"},
    {"netapi32.dll", "accounts and shares"},
    {"taskschd.dll", "scheduled tasks"},
    {"vaultcli.dll", "stored passwords"},
    {"samlib.dll", "accounts"},
    {"dbghelp.dll", "memory of other processes"},
};

/* Functions that do the same whatever library they come from. */
static const struct {
    const char *function, *capability;
} functions[] = {
    {"WriteProcessMemory", "process injection"},
    {"CreateRemoteThread", "process injection"},
    {"QueueUserAPC", "process injection"},
    {"NtMapViewOfSection", "process injection"},
    {"SetThreadContext", "process injection"},
    {"VirtualAllocEx", "process injection"},
    {"CryptUnprotectData", "stored passwords"},
    {"CredEnumerateW", "stored passwords"},
    {"CredReadW", "stored passwords"},
    {"NtLoadDriver", "drivers"},
    {"CreateServiceW", "services"},
    {"CreateServiceA", "services"},
    {"StartServiceW", "services"},
    {"SetWindowsHookExW", "keyboard and window hooks"},
    {"SetWindowsHookExA", "keyboard and window hooks"},
    {"GetAsyncKeyState", "keyboard"},
    {"RegisterRawInputDevices", "keyboard"},
    {"URLDownloadToFileW", "network"},
    {"InternetOpenUrlW", "network"},
    {"MiniDumpWriteDump", "memory of other processes"},
};

static const char *of_dll(const char *dll) {
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
        if (strcasecmp(telling[i].dll, dll) == 0)
            return telling[i].capability;
    return NULL;
}

static const char *of_function(const char *import) {
    const char *bang = strchr(import, '!');
    for (size_t i = 0; bang && i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].function, bang + 1) == 0)
            return functions[i].capability;
    return NULL;
}

enum { CAPABILITIES = 16 };

struct found {
    const char *list[CAPABILITIES], *by[CAPABILITIES];
    size_t count;
    bool grave; /* more than cryptography */
};

static void add(struct found *found, const char *capability, const char *by) {
    if (!capability || found->count == CAPABILITIES)
        return;
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->list[i], capability) == 0)
            return;
    found->grave = found->grave || strcmp(capability, "cryptography") != 0;
    found->list[found->count] = capability;
    found->by[found->count++] = by;
}

static struct found look(const struct diff_traits *t) {
    struct found found = {.count = 0};
    for (size_t i = 0; i < t->dlls_gained.count; i++)
        add(&found, of_dll(t->dlls_gained.list[i]), t->dlls_gained.list[i]);
    for (size_t i = 0; i < t->imports_gained.count; i++)
        add(&found, of_function(t->imports_gained.list[i]), t->imports_gained.list[i]);
    return found;
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (!t->known || pair->fate != DIFF_CHANGED || !pair->before || pair->before->kind != DIFF_PROGRAM)
            continue;
        struct found found = look(t);
        if (found.count == 0)
            continue;
        bool still = t->same_version || t->same_build || judging->diff->step == DIFF_STEP_NONE;
        struct diff_finding *finding = diff_rules_find(
            judging, &diff_rule_capability, pair,
            found.grave && diff_rules_small(judging) ? (still ? SEVERITY_HIGH : SEVERITY_MEDIUM)
                                                     : SEVERITY_LOW,
            STRENGTH_FIRM, "it can do something that it could not do before, by what it imports");
        for (size_t n = 0; n < found.count; n++)
            diff_rules_detail(judging, finding, found.list[n], found.by[n]);
        diff_rules_detail(judging, finding, "its own version",
                          t->same_version ? "unchanged" : pair->after->version);
        diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_capability = {
    .text =
        {
            .id = "diff_capability",
            .title = "a program gained a capability",
            .why =
                "A codec that begins to speak to the network, a viewer that writes into other processes: what a program "
                "imports limits what it does, and a small step of the version seldom widens it.",
            .innocent =
                "New features, and libraries linked in that bring imports with them; in a larger step told low.",
            .verify = "dumpbin /imports on both files; look who calls the function.",
            .attack = "T1195.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
