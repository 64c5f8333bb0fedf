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

static bool add_row(const struct services_hive *hive, const struct services_entry *entry,
                    const struct services_file *file, bool incomplete) {
    struct casefile_autostart row = {.hive = (uint64_t)entry->hive,
                                     .key = (uint64_t)entry->key,
                                     .value = (uint64_t)entry->value,
                                     .kind = entry->kind,
                                     .state = entry->state,
                                     .key_path = entry->key_path,
                                     .name = entry->name,
                                     .command = services_file_row(file),
                                     .through = file->through && file->through[0] ? file->through : NULL,
                                     .user = hive->host.user[0] ? hive->host.user : NULL,
                                     .last_write = (uint64_t)entry->last_write,
                                     .incomplete = incomplete};
    return casefile_autostart(hive->casefile, &row);
}

bool services_autostart_add(const struct services_hive *hive, const struct services_entry *entry,
                            enum host_path_kind path, const char *text, size_t size) {
    struct services_file file = {0};
    bool good = services_file_find(hive, path, text, size, &file) && add_row(hive, entry, &file, false);
    services_file_free(&file);
    return good;
}

static bool add_incomplete(const struct services_hive *hive, const struct services_entry *entry) {
    struct services_file none = {0};
    return add_row(hive, entry, &none, true);
}

bool services_autostart_class(const struct services_hive *hive, const struct services_entry *entry,
                              const char *id) {
    struct services_file file = {0};
    bool local = false;
    const char *server = services_classes_server(hive->classes, &hive->host, id, &local);
    bool good = services_file_find(hive, local ? HOST_PATH_COMMAND : HOST_PATH_LIBRARY, server ? server : "",
                                   server ? strlen(server) : 0, &file);
    text_clear(&file.text);
    text_add(&file.text, id);
    good = good && !file.text.full && add_row(hive, entry, &file, false);
    services_file_free(&file);
    return good;
}

bool services_autostart_program(const struct services_hive *hive, const struct services_entry *entry,
                                const char *program, const char *arguments) {
    struct text whole = {0};
    bool quote = program[0] != '"' && strchr(program, ' ');
    text_format(&whole, "%s%s%s%s%s", quote ? "\"" : "", program, quote ? "\"" : "", arguments[0] ? " " : "",
                arguments);
    bool good = !whole.full && (!program[0] || services_autostart_add(hive, entry, HOST_PATH_COMMAND,
                                                                      text_string(&whole), whole.size));
    text_free(&whole);
    return good;
}

static struct services_entry entry_of(const struct host_key *key, const struct host_value *value,
                                      const char *kind) {
    return (struct services_entry){.hive = key->hive,
                                   .key = key->ordinal,
                                   .value = value ? value->ordinal : 0,
                                   .last_write = key->last_write,
                                   .kind = kind,
                                   .state = key->state,
                                   .key_path = key->path,
                                   .name = value ? value->name : NULL};
}

static bool add_value(const struct services_hive *hive, const struct services_entry *entry,
                      const struct rule *rule, const char *text) {
    bool good = true;
    for (size_t count = 0; *text && good; count++) {
        text += rule->separators ? strspn(text, rule->separators) : 0;
        size_t size = rule->separators ? strcspn(text, rule->separators) : strlen(text);
        if (size > 0 && count == EACH_LONGEST)
            return add_incomplete(hive, entry);
        if (size > 0)
            good = services_autostart_add(hive, entry, rule->path, text, size);
        text += size;
    }
    return good;
}

static bool take_rule(const struct services_hive *hive, const struct host_key *key, const struct rule *rule) {
    struct services_entry entry = entry_of(key, NULL, rule->kind);
    bool good = !key->cut || add_incomplete(hive, &entry);
    for (size_t i = 0; i < key->count && good; i++) {
        const struct host_value *value = &key->values[i];
        entry = entry_of(key, value, rule->kind);
        if (rule->value ? strcasecmp(rule->value, value->name) == 0 : strcmp(value->type, "REG_BINARY") != 0)
            good = add_value(hive, &entry, rule, value->text);
    }
    return good;
}

/* --- tasks --- */

static bool take_action(const struct services_hive *hive, const struct services_entry *entry,
                        const struct task_action *action) {
    struct text program = {0}, arguments = {0};
    bool good = true;
    if (action->kind == TASK_COM) {
        text_char(&program, '{');
        text_guid(&program, action->class_id);
        text_char(&program, '}');
        good = services_autostart_class(hive, entry, text_string(&program));
    } else if (action->kind == TASK_RUN) {
        (void)regf_text(REGF_SZ, action->command, &program);
        (void)regf_text(REGF_SZ, action->arguments, &arguments);
        good = services_autostart_program(hive, entry, text_string(&program), text_string(&arguments));
    }
    text_free(&program);
    text_free(&arguments);
    return good;
}

static bool take_task(const struct services_hive *hive, const struct host_key *key) {
    const struct host_value *actions = host_registry_value(key, "Actions");
    const char *path = host_registry_text(key, "Path");
    if (!actions || actions->data.size == 0)
        return true;
    struct services_entry entry = entry_of(key, actions, "task");
    struct task task = task_of(actions->data);
    struct task_action action;
    bool good = true;
    entry.key_path = path ? path : key->path;
    while (good && task_next(&task, &action))
        good = take_action(hive, &entry, &action);
    return good && (!task.damaged || add_incomplete(hive, &entry));
}

bool services_autostart_take(const struct services_hive *hive, const struct host_key *key) {
    bool good = true;
    for (size_t i = 0; i < RULES && good; i++)
        if (fits(hive, &rules[i], key->path))
            good = take_rule(hive, key, &rules[i]);
    return good && (!is_task(hive, key->path) || take_task(hive, key));
}
