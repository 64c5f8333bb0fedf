#include "judge/services_parts.h"

#include <strings.h>

/* Deleted files and those of shadow copies are not what starts now. */
#define LIVE                                                                                                             \
    " JOIN artifact a ON a.id = t.artifact JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume WHERE" \
    " a.flags & 2 = 0 AND v.shadow IS NULL AND a.stream IS NULL"

static const char actions_sql[] =
    "SELECT t.artifact, o.path, a.name, t.kind, coalesce(t.command, ''), coalesce(t.arguments, ''), coalesce(t.class_id, '')"
    " FROM task_action t" LIVE " AND t.kind IN ('exec', 'com') AND o.path || '/' LIKE '%/System32/Tasks/%'"
    " ORDER BY t.artifact, t.ordinal";

static const char startup_sql[] =
    "SELECT a.id, o.path, a.name, l.artifact IS NOT NULL, coalesce(l.path, ''), coalesce(l.arguments, '') FROM artifact a"
    " JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume LEFT JOIN lnk l ON l.artifact = a.id WHERE"
    " a.flags & 3 = 0 AND v.shadow IS NULL AND a.stream IS NULL AND o.path LIKE '%/Start Menu/Programs/Startup' AND"
    " a.name <> 'desktop.ini' COLLATE NOCASE ORDER BY a.id";

/* --- tasks --- */

/* What a task is called, by where its file lies: \Folder\Name. False if that is not where Windows has tasks.
 */
static bool task_path(const struct host *host, const char *folder, const char *name, struct text *ret) {
    static const char tasks[] = "/System32/Tasks";
    size_t root = strlen(host->root), windows = strlen(host->windows), size = sizeof tasks - 1;
    text_clear(ret);
    if (strncasecmp(folder, host->root, root) != 0 ||
        strncasecmp(folder + root, host->windows, windows) != 0 ||
        strncasecmp(folder + root + windows, tasks, size) != 0)
        return false;
    const char *below = folder + root + windows + size;
    if (*below && *below != '/')
        return false;
    text_format(ret, "%s/%s", below, name);
    for (size_t i = 0; i < ret->size; i++)
        if (ret->data[i] == '/')
            ret->data[i] = '\\';
    return !ret->full;
}

static bool take_action(const struct services_hive *hive, struct db_query *q, struct text *path) {
    if (!hive->host.placed || !task_path(&hive->host, db_text(q, 1, NULL), db_text(q, 2, NULL), path))
        return true;
    bool runs = strcmp(db_text(q, 3, NULL), "exec") == 0;
    const struct services_entry entry = {.hive = hive->artifact,
                                         .kind = "task",
                                         .state = "live",
                                         .key_path = text_string(path),
                                         .name = runs ? "Exec" : "ComHandler"};
    return runs ? services_autostart_program(hive, &entry, db_text(q, 4, NULL), db_text(q, 5, NULL))
                : services_autostart_class(hive, &entry, db_text(q, 6, NULL));
}

/* --- startup folders --- */

/* The folder of all users lies where nothing else tells of the machine. */
static void place_all_users(struct host *host, const char *folder) {
    const char *data = strcasestr(folder, "/ProgramData/");
    if (host->placed || !data || (size_t)(data - folder) >= sizeof host->root)
        return;
    snprintf(host->root, sizeof host->root, "%.*s", (int)(data - folder), folder);
    host->placed = true;
}

/* What a name's ending makes Windows run; other files are opened by a program of the user's choice. */
static bool is_run(const char *name) {
    static const char *const endings[] = {".exe", ".com", ".scr", ".pif", ".bat", ".cmd",
                                          ".vbs", ".vbe", ".js",  ".jse", ".wsf", ".wsh",
                                          ".hta", ".ps1", ".cpl", ".msc", ".jar"};
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return true;
    return false;
}

/* The target of a link, which is in stored form there, with its arguments. A link may name none that is
 * known. */
static bool take_link(const struct services_hive *hive, const struct services_entry *entry,
                      const char *target, const char *arguments) {
    struct text program = {0}, rest = {0};
    bool good = text_unstore(&program, target) && text_unstore(&rest, arguments);
    if (!good) { /* names that are no UTF-8 cannot be found as they are */
        text_clear(&program);
        text_clear(&rest);
        text_add(&program, target);
        text_add(&rest, arguments);
    }
    good = program.size > 0
               ? services_autostart_program(hive, entry, text_string(&program), text_string(&rest))
               : services_autostart_add(hive, entry, HOST_PATH_FILE, "", 0);
    text_free(&program);
    text_free(&rest);
    return good;
}

/* A file that lies there itself; its path as Windows writes it. */
static bool take_file(const struct services_hive *hive, const struct services_entry *entry,
                      const char *folder) {
    struct text path = {0};
    size_t root = strlen(hive->host.root);
    text_format(&path, "%c:%s/%s", hive->host.drive, folder + (strlen(folder) > root ? root : 0),
                entry->name);
    for (size_t i = 0; i < path.size; i++)
        if (path.data[i] == '/')
            path.data[i] = '\\';
    bool good =
        !path.full && services_autostart_add(hive, entry, HOST_PATH_FILE, text_string(&path), path.size);
    text_free(&path);
    return good;
}

static bool take_startup(struct services_hive *hive, struct db_query *q) {
    const char *folder = db_text(q, 1, NULL), *name = db_text(q, 2, NULL);
    const struct services_entry entry = {
        .hive = hive->artifact, .kind = "startup", .state = "live", .key_path = folder, .name = name};
    place_all_users(&hive->host, folder);
    if (db_integer(q, 3))
        return take_link(hive, &entry, db_text(q, 4, NULL), db_text(q, 5, NULL));
    return !is_run(name) || take_file(hive, &entry, folder);
}

/* --- all --- */

bool services_files_take(struct services_hive *hive) {
    struct db *db = casefile_db(hive->casefile);
    struct db_query *actions = db_prepare(db, actions_sql), *startup = db_prepare(db, startup_sql);
    struct text path = {0};
    bool good = actions && startup;
    while (good && db_step(actions)) {
        hive->artifact = db_integer(actions, 0);
        good = host_paths_host(hive->paths, hive->artifact, &hive->host) && take_action(hive, actions, &path);
    }
    while (good && db_step(startup)) {
        hive->artifact = db_integer(startup, 0);
        good = host_paths_host(hive->paths, hive->artifact, &hive->host) && take_startup(hive, startup);
    }
    db_finish(actions);
    db_finish(startup);
    text_free(&path);
    return good && db_error(db)[0] == 0;
}
