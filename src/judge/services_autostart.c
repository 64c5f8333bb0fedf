#include "judge/services_parts.h"

#include "format/regf_text.h"
#include "format/task.h"

#include <strings.h>

enum { EACH_LONGEST = 256 /* files of one value that are told */ };

/* value NULL: every value of the key. `separators`: the value names several. docs/host.md has the sources. */
static const struct rule {
    const char *kind, *hive, *pattern, *value, *separators;
    enum host_path_kind path;
} rules[] = {
#define RUN(kind, key)                                                                                       \
    {kind, "software", "/Microsoft/Windows/CurrentVersion/" key, NULL, NULL, HOST_PATH_COMMAND},             \
        {kind, "software", "/Wow6432Node/Microsoft/Windows/CurrentVersion/" key,                             \
         NULL, NULL,       HOST_PATH_COMMAND},                                                               \
    {                                                                                                        \
        kind, "ntuser", "/Software/Microsoft/Windows/CurrentVersion/" key, NULL, NULL, HOST_PATH_COMMAND     \
    }
    RUN("run", "Run"),
    RUN("run", "RunServices"),
    RUN("runonce", "RunOnce"),
    RUN("runonce", "RunServicesOnce"),
    RUN("runonce", "RunOnceEx/*"),
    RUN("policy_run", "Policies/Explorer/Run"),
#define EVERYWHERE(kind, key, value, separators, path)                                                       \
    {kind, "software", "/Microsoft/Windows NT/CurrentVersion/" key, value, separators, path}, {              \
        kind, "ntuser", "/Software/Microsoft/Windows NT/CurrentVersion/" key, value, separators, path        \
    }
    EVERYWHERE("winlogon", "Winlogon", "Shell", ",", HOST_PATH_COMMAND),
    EVERYWHERE("winlogon", "Winlogon", "Userinit", ",", HOST_PATH_COMMAND),
    EVERYWHERE("winlogon", "Winlogon", "Taskman", NULL, HOST_PATH_COMMAND),
    EVERYWHERE("winlogon", "Winlogon", "GinaDLL", NULL, HOST_PATH_LIBRARY),
    EVERYWHERE("winlogon", "Winlogon", "AppSetup", NULL, HOST_PATH_COMMAND),
    EVERYWHERE("winlogon", "Winlogon/Notify/*", "DLLName", NULL, HOST_PATH_LIBRARY),
    EVERYWHERE("windows_run", "Windows", "Load", ",", HOST_PATH_COMMAND),
    EVERYWHERE("windows_run", "Windows", "Run", ",", HOST_PATH_COMMAND),
    {"appinit", "software", "/Microsoft/Windows NT/CurrentVersion/Windows", "AppInit_DLLs", ",",
     HOST_PATH_LIBRARY},
    {"appinit", "software", "/Wow6432Node/Microsoft/Windows NT/CurrentVersion/Windows", "AppInit_DLLs", ",",
     HOST_PATH_LIBRARY},
    {"ifeo", "software", "/Microsoft/Windows NT/CurrentVersion/Image File Execution Options/*", "Debugger",
     NULL, HOST_PATH_COMMAND},
    {"ifeo", "software", "/Wow6432Node/Microsoft/Windows NT/CurrentVersion/Image File Execution Options/*",
     "Debugger", NULL, HOST_PATH_COMMAND},
    {"ifeo", "software", "/Microsoft/Windows NT/CurrentVersion/Image File Execution Options/*",
     "VerifierDlls", " ", HOST_PATH_LIBRARY},
    {"silent_exit", "software", "/Microsoft/Windows NT/CurrentVersion/SilentProcessExit/*", "MonitorProcess",
     NULL, HOST_PATH_COMMAND},
    {"active_setup", "software", "/Microsoft/Active Setup/Installed Components/*", "StubPath", NULL,
     HOST_PATH_COMMAND},
    {"active_setup", "software", "/Wow6432Node/Microsoft/Active Setup/Installed Components/*", "StubPath",
     NULL, HOST_PATH_COMMAND},
    {"netsh", "software", "/Microsoft/Netsh", NULL, NULL, HOST_PATH_LIBRARY},
    {"print_monitor", "system", "/ControlSet*/Control/Print/Monitors/*", "Driver", NULL, HOST_PATH_LIBRARY},
    {"lsa_package", "system", "/ControlSet*/Control/Lsa", "Authentication Packages", "\n", HOST_PATH_LIBRARY},
    {"lsa_package", "system", "/ControlSet*/Control/Lsa", "Security Packages", "\n", HOST_PATH_LIBRARY},
    {"lsa_package", "system", "/ControlSet*/Control/Lsa", "Notification Packages", "\n", HOST_PATH_LIBRARY},
    {"lsa_package", "system", "/ControlSet*/Control/Lsa/OSConfig", "Security Packages", "\n",
     HOST_PATH_LIBRARY},
    {"appcert", "system", "/ControlSet*/Control/Session Manager/AppCertDlls", NULL, NULL, HOST_PATH_LIBRARY},
    {"boot_execute", "system", "/ControlSet*/Control/Session Manager", "BootExecute", "\n",
     HOST_PATH_COMMAND},
    {"logon_script", "ntuser", "/Environment", "UserInitMprLogonScript", NULL, HOST_PATH_COMMAND},
    {"profiler", "ntuser", "/Environment", "COR_PROFILER_PATH", NULL, HOST_PATH_LIBRARY},
    {"profiler", "system", "/ControlSet*/Control/Session Manager/Environment", "COR_PROFILER_PATH", NULL,
     HOST_PATH_LIBRARY},
    {"screensaver", "ntuser", "/Control Panel/Desktop", "SCRNSAVE.EXE", NULL, HOST_PATH_FILE},
    {"command_autorun", "ntuser", "/Software/Microsoft/Command Processor", "AutoRun", NULL,
     HOST_PATH_COMMAND},
    {"com_user", "ntuser", "/Software/Classes/CLSID/*/InprocServer32", "", NULL, HOST_PATH_LIBRARY},
    {"com_user", "ntuser", "/Software/Classes/CLSID/*/LocalServer32", "", NULL, HOST_PATH_COMMAND},
    {"com_user", "usrclass", "/CLSID/*/InprocServer32", "", NULL, HOST_PATH_LIBRARY},
    {"com_user", "usrclass", "/CLSID/*/LocalServer32", "", NULL, HOST_PATH_COMMAND},
    {"com_user", "usrclass", "/Wow6432Node/CLSID/*/InprocServer32", "", NULL, HOST_PATH_LIBRARY},
    {"class_command", "usrclass", "/ms-settings/shell/open/command", "", NULL, HOST_PATH_COMMAND},
    {"class_command", "usrclass", "/mscfile/shell/open/command", "", NULL, HOST_PATH_COMMAND},
    {"class_command", "usrclass", "/exefile/shell/*/command", "", NULL, HOST_PATH_COMMAND},
};

enum { RULES = sizeof rules / sizeof rules[0] };

static const char tasks[] = "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/Tasks/*";

static bool fits(const struct services_hive *hive, const struct rule *rule, const char *path) {
    size_t size = strlen(hive->current);
    return strcmp(hive->kind, rule->hive) == 0 && host_registry_is(rule->pattern, path) &&
           (strncasecmp(path, "/ControlSet", 11) != 0 ||
            (strncasecmp(path + 1, hive->current, size) == 0 && path[1 + size] == '/'));
}

static bool is_task(const struct services_hive *hive, const char *path) {
    return strcmp(hive->kind, "software") == 0 && host_registry_is(tasks, path);
}

bool services_autostart_wants(const struct services_hive *hive, const char *path) {
    for (size_t i = 0; i < RULES; i++)
        if (fits(hive, &rules[i], path))
            return true;
    return is_task(hive, path);
}

struct entry {
    const struct host_key *key;
    const struct host_value *value;
    const char *kind, *key_path;
};

static bool add(const struct services_hive *hive, const struct entry *entry, enum host_path_kind path,
                const char *text, size_t size) {
    struct services_file file = {0};
    bool good = services_file_find(hive, path, text, size, &file);
    struct casefile_autostart row = {.hive = (uint64_t)entry->key->hive,
                                     .key = (uint64_t)entry->key->ordinal,
                                     .value = (uint64_t)entry->value->ordinal,
                                     .kind = entry->kind,
                                     .state = entry->key->state,
                                     .key_path = entry->key_path,
                                     .name = entry->value->name,
                                     .command = services_file_row(&file),
                                     .through = file.through && file.through[0] ? file.through : NULL,
                                     .user = hive->host.user[0] ? hive->host.user : NULL,
                                     .last_write = (uint64_t)entry->key->last_write};
    good = good && casefile_autostart(hive->casefile, &row);
    services_file_free(&file);
    return good;
}

static bool add_value(const struct services_hive *hive, const struct entry *entry, const struct rule *rule) {
    const char *text = entry->value->text;
    bool good = true;
    for (size_t count = 0; *text && good && count < EACH_LONGEST; count++) {
        text += rule->separators ? strspn(text, rule->separators) : 0;
        size_t size = rule->separators ? strcspn(text, rule->separators) : strlen(text);
        if (size > 0)
            good = add(hive, entry, rule->path, text, size);
        text += size;
    }
    return good;
}

static bool take_rule(const struct services_hive *hive, const struct host_key *key, const struct rule *rule) {
    struct entry entry = {.key = key, .kind = rule->kind, .key_path = key->path};
    bool good = true;
    for (size_t i = 0; i < key->count && good; i++) {
        entry.value = &key->values[i];
        if (rule->value ? strcasecmp(rule->value, entry.value->name) == 0
                        : strcmp(entry.value->type, "REG_BINARY") != 0)
            good = add_value(hive, &entry, rule);
    }
    return good;
}

/* --- tasks --- */

/* Classes are named by their GUID; their servers are not looked for. */
static bool take_action(const struct services_hive *hive, const struct entry *entry,
                        const struct task_action *action) {
    struct text command = {0};
    bool good = true;
    if (action->kind == TASK_COM) {
        text_char(&command, '{');
        text_guid(&command, action->class_id);
        text_char(&command, '}');
        good = add(hive, entry, HOST_PATH_FILE, text_string(&command), command.size);
    } else if (action->kind == TASK_RUN) {
        struct text arguments = {0};
        (void)regf_text(REGF_SZ, action->command, &command);
        bool quote = command.size > 0 && command.data[0] != '"' && strchr(command.data, ' ');
        struct text whole = {0};
        text_format(&whole, "%s%s%s", quote ? "\"" : "", text_string(&command), quote ? "\"" : "");
        (void)regf_text(REGF_SZ, action->arguments, &arguments);
        if (arguments.size > 0)
            text_format(&whole, " %s", text_string(&arguments));
        good = command.size == 0 || add(hive, entry, HOST_PATH_COMMAND, text_string(&whole), whole.size);
        text_free(&arguments);
        text_free(&whole);
    }
    text_free(&command);
    return good;
}

static bool take_task(const struct services_hive *hive, const struct host_key *key) {
    const struct host_value *actions = host_registry_value(key, "Actions");
    const char *path = host_registry_text(key, "Path");
    if (!actions || actions->data.size == 0)
        return true;
    struct entry entry = {.key = key, .value = actions, .kind = "task", .key_path = path ? path : key->path};
    struct task task = task_of(actions->data);
    struct task_action action;
    bool good = true;
    while (good && task_next(&task, &action))
        good = take_action(hive, &entry, &action);
    return good;
}

bool services_autostart_take(const struct services_hive *hive, const struct host_key *key) {
    bool good = true;
    for (size_t i = 0; i < RULES && good; i++)
        if (fits(hive, &rules[i], key->path))
            good = take_rule(hive, key, &rules[i]);
    return good && (!is_task(hive, key->path) || take_task(hive, key));
}
