#include "judge/host_command.h"
#include "judge/persistence.h"

#include <strings.h>

static bool set(struct finding *finding, enum severity severity, const char *summary) {
    finding->severity = severity;
    finding->summary = summary;
    return true;
}

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

static bool is_found(const struct persistence *p) {
    return strcmp(p->state, "found") == 0;
}

static bool is_bad(const struct persistence *p) {
    return p->subject.trust == HOST_TRUST_BAD && !p->subject.is_deleted;
}

static bool is_good(const struct persistence *p) {
    return p->subject.trust == HOST_TRUST_GOOD;
}

/* A root that is not known may be a company's own. */
static enum severity of_bad(const struct persistence *p, enum severity severity) {
    bool foreign = strcmp(p->subject.state, "untrusted-root") == 0;
    return foreign && severity > SEVERITY_LOW ? severity - 1 : severity;
}

static bool is_odd(const struct persistence *p) {
    return p->place == HOST_PLACE_OPEN || p->place == HOST_PLACE_VENDOR || p->place == HOST_PLACE_OTHER;
}

/* --- what starts with the machine or a user --- */

/* The Program Files of one user (FOLDERID_UserProgramFiles): free programs there have no signature, as a
 * rule. */
static bool is_installed_by_user(const char *path) {
    return strcasestr(path, "/appdata/local/programs/") != NULL;
}

/* The server of a task's class is a library, as a rule. */
static bool loads_library(const struct persistence *p) {
    return strcasecmp(p->through, "rundll32.exe") == 0 || strcasecmp(p->through, "regsvr32.exe") == 0 ||
           (strcmp(p->kind, "task") == 0 && p->command[0] == '{');
}

static bool weigh_program(const struct persistence *p, struct finding *finding) {
    bool loads = loads_library(p);
    if (is_bad(p)) {
        if (p->place == HOST_PLACE_OPEN)
            return set(
                finding, of_bad(p, loads ? SEVERITY_HIGH : SEVERITY_MEDIUM),
                loads
                    ? "A library that no signature covers is loaded at every start from where anybody can write"
                    : "A program that no signature covers is started from where anybody can write");
        if (p->place == HOST_PLACE_VENDOR)
            return (loads || !is_installed_by_user(p->path)) &&
                   set(finding, loads ? of_bad(p, SEVERITY_MEDIUM) : SEVERITY_LOW,
                       "What no signature covers is started from a folder below ProgramData or AppData");
        return p->place == HOST_PLACE_SYSTEM &&
               set(finding, SEVERITY_LOW,
                   "A program in the Windows folder that no signature covers is started");
    }
    if (is_good(p) || p->place != HOST_PLACE_OPEN)
        return false;
    if (is_found(p))
        return set(finding, SEVERITY_LOW,
                   "A file is started from where anybody can write; of its signature nothing is known");
    finding->strength = STRENGTH_WEAK;
    return strcmp(p->state, "not testable") == 0 &&
           set(finding, SEVERITY_LOW,
               "A file is started from where anybody can write; it cannot be looked at");
}

/* What lies in a startup folder itself is there to be started: installers put links there. Scripts have no
 * signature that is looked for. */
static bool weigh_startup(const struct persistence *p, struct finding *finding) {
    bool lies_there = strcasestr(p->path, "/start menu/programs/startup/") != NULL;
    if (!lies_there)
        return weigh_program(p, finding);
    if (is_bad(p))
        return set(finding, of_bad(p, SEVERITY_MEDIUM),
                   "A program that no signature covers lies in a startup folder");
    return !is_good(p) && !p->subject.is_image &&
           set(finding, SEVERITY_LOW, "A script lies in a startup folder, where installers put links");
}

/* --- what WMI runs when an event occurs --- */

/* Old Windows come with it; nothing binds anything else to these names. */
static bool is_of_windows(const struct persistence *p) {
    return strcmp(p->key_path, "BVTConsumer") == 0 && strcasecmp(p->command, "cscript KernCap.vbs") == 0;
}

static bool is_shell(const struct persistence *p) {
    return host_command_of(p->command) != HOST_COMMAND_PLAIN;
}

/* Few products subscribe with what runs a command or a script. What is only found in a page, but not in its
 * table, was there. */
static bool weigh_wmi(const struct persistence *p, struct finding *finding) {
    bool script = strcmp(p->kind, "wmi_script") == 0,
         hidden = host_command_of(p->command) == HOST_COMMAND_HIDDEN;
    enum severity bound = p->name[0] ? SEVERITY_MEDIUM : SEVERITY_LOW;
    if (is_of_windows(p))
        return false;
    if (p->remains) {
        finding->strength = STRENGTH_WEAK;
        return (script || is_shell(p) || is_bad(p)) &&
               set(finding, SEVERITY_LOW,
                   "WMI once had a consumer of events that runs a command or a script");
    }
    if (script)
        return set(finding, bound,
                   p->name[0] ? "WMI is or was to run a script when an event occurs"
                              : "WMI has or had a script for events; no filter is bound to it");
    if (hidden)
        return set(finding, SEVERITY_HIGH, "WMI is or was to run a command that hides what it does");
    if (is_shell(p))
        return set(finding, bound,
                   p->name[0] ? "WMI is or was to run a command of a shell when an event occurs"
                              : "WMI has or had a command of a shell for events; no filter is bound to it");
    if (is_bad(p))
        return set(finding, of_bad(p, is_odd(p) ? SEVERITY_HIGH : SEVERITY_MEDIUM),
                   "WMI is or was to run a program that no signature covers");
    return !is_good(p) && is_odd(p) &&
           set(finding, p->place == HOST_PLACE_OPEN ? SEVERITY_MEDIUM : SEVERITY_LOW,
               "WMI is or was to run a program from an unusual place; of its signature nothing is known");
}

/* --- what is loaded into processes of the system, or started at every logon of anybody --- */

static bool weigh_library(const struct persistence *p, struct finding *finding) {
    static const char *const programs[] = {"winlogon", "boot_execute", NULL};
    bool starts = is_one_of(p->kind, programs);
    if (is_bad(p))
        return set(finding, of_bad(p, is_odd(p) ? SEVERITY_HIGH : SEVERITY_MEDIUM),
                   starts && is_odd(p)
                       ? "What no signature covers is started by parts of Windows, from an unusual place"
                   : starts ? "What no signature covers is started by parts of Windows"
                   : is_odd(p)
                       ? "What no signature covers is loaded into parts of Windows, from an unusual place"
                       : "What no signature covers is loaded into parts of Windows");
    if (is_good(p) || !is_odd(p))
        return false;
    if (is_found(p))
        return set(
            finding, p->place == HOST_PLACE_OPEN ? SEVERITY_MEDIUM : SEVERITY_LOW,
            starts
                ? "What parts of Windows start lies in an unusual place; of its signature nothing is known"
                : "What is loaded into parts of Windows lies in an unusual place; of its signature nothing is known");
    finding->strength = STRENGTH_WEAK;
    return p->place == HOST_PLACE_OPEN &&
           set(finding, SEVERITY_LOW,
               starts ? "What parts of Windows start was to lie where anybody can write"
                      : "What is loaded into parts of Windows was to lie where anybody can write");
}

/* --- what is started instead of something else --- */

static bool weigh_debugger(const struct persistence *p, struct finding *finding) {
    static const char *const at_logon[] = {"sethc.exe",    "utilman.exe",       "osk.exe",      "magnify.exe",
                                           "narrator.exe", "displayswitch.exe", "atbroker.exe", NULL};
    if (is_one_of(host_file_name(p->key_path), at_logon)) {
        finding->strength = STRENGTH_STRONG;
        return set(finding, SEVERITY_HIGH,
                   "A program that can be called without logging on is replaced by another one");
    }
    if (is_bad(p))
        return set(finding, of_bad(p, is_odd(p) ? SEVERITY_HIGH : SEVERITY_MEDIUM),
                   "A program is replaced, as if for debugging, by one that no signature covers");
    return !is_good(p) && p->place == HOST_PLACE_OPEN &&
           set(finding, is_found(p) ? SEVERITY_MEDIUM : SEVERITY_LOW,
               "A program is replaced, as if for debugging, by one where anybody can write");
}

static bool weigh_class_command(const struct persistence *p, struct finding *finding) {
    if (strcmp(p->command, "\"%1\" %*") == 0)
        return false;
    return set(finding, SEVERITY_HIGH,
               "A user's own command for a class through which programs are started with more rights");
}

/* A user's class goes before the machine's for the programs of the user. Products that install without the
 * rights of an administrator register their own. */
static bool weigh_class(const struct persistence *p, struct finding *finding) {
    static const char shadows[] =
        "A class of the system is replaced, for a user, by a library that no signature "
        "covers";
    if (is_bad(p)) {
        if (p->place == HOST_PLACE_OPEN)
            return set(finding, of_bad(p, p->shadows ? SEVERITY_HIGH : SEVERITY_MEDIUM),
                       p->shadows
                           ? shadows
                           : "A user's class is a file that no signature covers where anybody can write");
        return p->shadows && set(finding, is_odd(p) ? of_bad(p, SEVERITY_MEDIUM) : SEVERITY_LOW, shadows);
    }
    return p->shadows && !is_good(p) && p->place == HOST_PLACE_OPEN &&
           set(finding, is_found(p) ? SEVERITY_MEDIUM : SEVERITY_LOW,
               "A class of the system is replaced, for a user, by a file where anybody can write");
}

/* --- all --- */

static bool weigh_masked(const struct persistence *p, struct finding *finding) {
    return set(finding, is_bad(p) ? SEVERITY_HIGH : SEVERITY_MEDIUM,
               "A program is started that has the name of a part of Windows and lies elsewhere");
}

static bool is_wmi(const struct persistence *p) {
    return strncmp(p->kind, "wmi_", 4) == 0;
}

bool persistence_is_command(const struct persistence *p) {
    if (is_wmi(p))
        return strcmp(p->kind, "wmi_script") == 0 || is_shell(p);
    return host_command_of(p->command) == HOST_COMMAND_HIDDEN || strcmp(p->kind, "class_command") == 0;
}

bool persistence_weigh(const struct persistence *p, struct finding *finding) {
    static const char *const libraries[] = {"appinit",       "appcert",  "lsa_package",
                                            "print_monitor", "netsh",    "boot_execute",
                                            "profiler",      "winlogon", NULL};
    finding->strength = STRENGTH_FIRM;
    if (strcmp(p->kind, "class_command") == 0)
        return weigh_class_command(p, finding);
    if (is_wmi(p))
        return weigh_wmi(p, finding);
    if (host_command_of(p->command) == HOST_COMMAND_HIDDEN)
        return set(finding, SEVERITY_HIGH, "A command is started that hides what it does");
    if (host_is_masked(p->path) && !is_good(p))
        return weigh_masked(p, finding);
    if (strcmp(p->kind, "com_user") == 0)
        return weigh_class(p, finding);
    if (strcmp(p->kind, "ifeo") == 0)
        return weigh_debugger(p, finding);
    if (strcmp(p->kind, "startup") == 0)
        return weigh_startup(p, finding);
    return is_one_of(p->kind, libraries) ? weigh_library(p, finding) : weigh_program(p, finding);
}
