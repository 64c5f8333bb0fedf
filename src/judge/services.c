#include "judge/saying.h"
#include "judge/services_parts.h"
#include "model/judge.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { KERNEL = 1, FILE_SYSTEM = 2, PROCESSES = 0x30 };

/* A service whose keys are being read: its own comes first. */
struct service {
    bool open;
    struct casefile_service row;
    struct text path, name, set, account, display, failure, group, hints;
    struct services_file image, library;
};

struct services {
    struct services_hive hive;
    struct service service;
};

/* Shadow copies have their own rows only where they differ; their hives are those of another day. */
static const char hives_sql[] =
    "SELECT h.artifact, coalesce(h.kind, '') FROM hive h JOIN artifact a ON a.id = h.artifact LEFT JOIN volume v"
    " ON v.id = a.volume WHERE h.kind IN ('system', 'software', 'ntuser', 'usrclass', 'bcd') AND a.flags & 2 = 0"
    " AND v.shadow IS NULL ORDER BY h.artifact";

static const char current_sql[] =
    "SELECT v.text FROM hive_key k JOIN hive_value v ON v.artifact = k.artifact AND v.key = k.ordinal WHERE"
    " k.artifact = ? AND k.path = '/Select' AND k.state = 'live' AND v.name = 'Current' COLLATE NOCASE"
    " AND v.state = 'live'";

static const char service_pattern[] = "/ControlSet*/Services/*";

/* --- files --- */

void services_file_clear(struct services_file *file) {
    text_clear(&file->text);
    text_clear(&file->path);
    file->state = NULL;
    file->through = "";
    file->artifact = 0;
}

void services_file_free(struct services_file *file) {
    text_free(&file->text);
    text_free(&file->path);
}

bool services_file_find(const struct services_hive *hive, enum host_path_kind kind, const char *text,
                        size_t size, struct services_file *ret) {
    struct host_path answer;
    services_file_clear(ret);
    text_bytes(&ret->text, text, size);
    if (!host_paths_find(hive->paths, &hive->host, kind, text, size, &answer))
        return false;
    text_add(&ret->path, answer.normal);
    ret->state = host_path_word(answer.state);
    ret->through = answer.through;
    ret->artifact = answer.artifact;
    return !ret->text.full && !ret->path.full;
}

static const char *or_null(const struct text *text) {
    return text->size > 0 ? text_string(text) : NULL;
}

struct casefile_file services_file_row(const struct services_file *file) {
    return (struct casefile_file){.text = or_null(&file->text),
                                  .path = or_null(&file->path),
                                  .state = file->state,
                                  .artifact = (uint64_t)file->artifact};
}

/* --- services --- */

static void set_text(struct text *to, const char *text) {
    text_clear(to);
    if (text)
        text_add(to, text);
}

static void hint(struct service *service, const char *word) {
    if (strstr(text_string(&service->hints), word))
        return;
    if (service->hints.size > 0)
        text_char(&service->hints, ' ');
    text_add(&service->hints, word);
}

/* What stands behind -k in the command of a shared process. */
static void find_group(struct service *service) {
    const char *command = text_string(&service->image.text), *at = strstr(command, "-k ");
    text_clear(&service->group);
    if (!at || !strcasestr(command, "svchost"))
        return;
    at += 3;
    at += strspn(at, " \"");
    text_bytes(&service->group, at, strcspn(at, " \"\t"));
}

static bool close_service(struct services *s) {
    struct service *service = &s->service;
    if (!service->open)
        return true;
    service->open = false;
    service->row.name = text_string(&service->name);
    service->row.control_set = or_null(&service->set);
    service->row.image = services_file_row(&service->image);
    service->row.library = services_file_row(&service->library);
    service->row.host_group = or_null(&service->group);
    service->row.account = or_null(&service->account);
    service->row.display = or_null(&service->display);
    service->row.failure_command = or_null(&service->failure);
    service->row.hints = or_null(&service->hints);
    return casefile_service(s->hive.casefile, &service->row);
}

static bool is_driver(const struct service *service) {
    return service->row.has_type && (service->row.type & (KERNEL | FILE_SYSTEM)) &&
           !(service->row.type & PROCESSES);
}

static bool find_image(struct services *s, const struct host_key *key) {
    struct service *service = &s->service;
    const struct host_value *image = host_registry_value(key, "ImagePath");
    services_file_clear(&service->image);
    if (image && image->text_size > 0)
        return services_file_find(&s->hive, is_driver(service) ? HOST_PATH_DRIVER : HOST_PATH_COMMAND,
                                  image->text, image->text_size, &service->image);
    if (!is_driver(service))
        return true;
    struct text path = {0}; /* what the kernel takes then */
    text_format(&path, "System32\\drivers\\%s.sys", text_string(&service->name));
    bool good = !path.full && services_file_find(&s->hive, HOST_PATH_DRIVER, text_string(&path), path.size,
                                                 &service->image);
    text_clear(&service->image.text);
    text_free(&path);
    return good;
}

static bool take_library(struct services *s, const struct host_key *key) {
    const struct host_value *library = host_registry_value(key, "ServiceDll");
    if (!library || library->text_size == 0 || s->service.library.text.size > 0)
        return true;
    return services_file_find(&s->hive, HOST_PATH_LIBRARY, library->text, library->text_size,
                              &s->service.library);
}

/* Constant: the row is written when the key is no longer at hand. */
static const char *state_of(const struct services *s, const struct host_key *key, const char *set) {
    if (strcmp(key->state, "live") != 0)
        return strcmp(key->state, "lost") == 0 ? "lost" : "deleted";
    return strcasecmp(set, s->hive.current) == 0 ? "current" : "other";
}

static bool open_service(struct services *s, const struct host_key *key) {
    struct service *service = &s->service;
    const char *name = strrchr(key->path, '/');
    size_t set = key->path[0] == '/' ? strcspn(key->path + 1, "/") : 0;
    service->open = true;
    service->row = (struct casefile_service){.hive = (uint64_t)key->hive,
                                             .key = (uint64_t)key->ordinal,
                                             .last_write = (uint64_t)key->last_write,
                                             .offset = (uint64_t)key->offset};
    set_text(&service->path, key->path);
    set_text(&service->name, name ? name + 1 : key->path);
    text_clear(&service->set);
    text_bytes(&service->set, key->path + 1, set);
    service->row.state = state_of(s, key, text_string(&service->set));
    service->row.has_type = host_registry_number(key, "Type", &service->row.type);
    service->row.has_start = host_registry_number(key, "Start", &service->row.start);
    set_text(&service->account, host_registry_text(key, "ObjectName"));
    set_text(&service->display, host_registry_text(key, "DisplayName"));
    set_text(&service->failure, host_registry_text(key, "FailureCommand"));
    text_clear(&service->hints);
    if (host_registry_value(key, "Owners"))
        hint(service, "pnp");
    services_file_clear(&service->library);
    bool good = find_image(s, key) && take_library(s, key);
    find_group(service);
    return good;
}

/* Remains without a path are of a service if they hold what only services hold. */
static bool is_service(const struct host_key *key) {
    if (host_registry_is(service_pattern, key->path))
        return true;
    const struct host_value *image = host_registry_value(key, "ImagePath");
    return key->path[0] == '?' && image && image->text_size > 0 && host_registry_value(key, "Type") &&
           host_registry_value(key, "Start");
}

static bool is_below(const struct service *service, const char *path) {
    size_t size = service->path.size;
    return service->open && strncasecmp(path, text_string(&service->path), size) == 0 && path[size] == '/';
}

static bool take_service(struct services *s, const struct host_key *key) {
    struct service *service = &s->service;
    if (is_below(service, key->path) && strcmp(key->state, "live") == 0) {
        const char *below = key->path + service->path.size;
        if (strncasecmp(below, "/TriggerInfo/", 13) == 0)
            hint(service, "triggers");
        else if (strncasecmp(below, "/Instances/", 11) == 0)
            hint(service, "filter");
        return strcasecmp(below, "/Parameters") != 0 || take_library(s, key);
    }
    return close_service(s) && (!is_service(key) || open_service(s, key));
}

/* --- hives --- */

static bool is_of_service(const char *path) {
    return host_registry_is(service_pattern, path) ||
           host_registry_is("/ControlSet*/Services/*/Parameters", path) ||
           host_registry_is("/ControlSet*/Services/*/TriggerInfo/*", path) ||
           host_registry_is("/ControlSet*/Services/*/Instances/*", path);
}

static bool wants(void *context, const char *path, const char *state) {
    const struct services *s = context;
    if (strcmp(s->hive.kind, "system") == 0 &&
        (is_of_service(path) || (path[0] == '?' && strcmp(state, "live") != 0)))
        return true;
    return services_autostart_wants(&s->hive, path) || services_posture_wants(&s->hive, path);
}

static bool take(void *context, const struct host_key *key) {
    struct services *s = context;
    if (strcmp(s->hive.kind, "system") == 0 && !take_service(s, key))
        return false;
    if (services_autostart_wants(&s->hive, key->path) && !services_autostart_take(&s->hive, key))
        return false;
    return strcmp(key->state, "live") != 0 || !services_posture_wants(&s->hive, key->path) ||
           services_posture_take(&s->hive, key);
}

/* Without a Select key, which only damage explains, the first set is taken. */
static bool read_current(struct services_hive *hive) {
    struct db_query *q = db_prepare(casefile_db(hive->casefile), current_sql);
    unsigned long number = 1;
    if (!q)
        return false;
    db_bind_integer(q, 1, hive->artifact);
    if (db_step(q))
        number = strtoul(db_text(q, 0, NULL), NULL, 10);
    snprintf(hive->current, sizeof hive->current, "ControlSet%03lu", number);
    db_finish(q);
    return true;
}

static bool judge_hive(struct services *s) {
    struct db *db = casefile_db(s->hive.casefile);
    struct host_registry_taker taker = {.wants = wants, .take = take, .context = s};
    return host_paths_host(s->hive.paths, s->hive.artifact, &s->hive.host) && read_current(&s->hive) &&
           host_registry_each(db, s->hive.artifact, &taker) && close_service(s);
}

static void free_service(struct service *service) {
    struct text *const texts[] = {&service->path,    &service->name,    &service->set,   &service->account,
                                  &service->display, &service->failure, &service->group, &service->hints};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        text_free(texts[i]);
    services_file_free(&service->image);
    services_file_free(&service->library);
}

/* What is asked of all hives, read when there is something to ask. */
static bool open_host(struct services *s) {
    struct db *db = casefile_db(s->hive.casefile);
    s->hive.paths = s->hive.paths ? s->hive.paths : host_paths_open(db);
    s->hive.classes = s->hive.classes || !s->hive.paths ? s->hive.classes : services_classes_open(db);
    return s->hive.paths && s->hive.classes;
}

/* Is there anything that names what starts but hives? */
static bool has_files(struct db *db) {
    struct db_query *q = db_prepare(
        db,
        "SELECT 1 FROM task UNION ALL SELECT 1 FROM wmi_object UNION ALL SELECT 1 FROM folder WHERE path LIKE"
        " '%/Start Menu/Programs/Startup' LIMIT 1");
    bool has = q && db_step(q);
    db_finish(q);
    return has;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct services s = {.hive = {.casefile = casefile}};
    struct db_query *q = db_prepare(db, hives_sql);
    bool good = q != NULL;
    (void)intel;
    while (good && db_step(q)) {
        s.hive.artifact = db_integer(q, 0);
        snprintf(s.hive.kind, sizeof s.hive.kind, "%s", db_text(q, 1, NULL));
        good = open_host(&s) && judge_hive(&s);
    }
    db_finish(q);
    good = good &&
           (!has_files(db) || (open_host(&s) && services_files_take(&s.hive) && services_wmi_take(&s.hive)));
    good = good && services_addresses_take(casefile) && services_release_take(casefile);
    free_service(&s.service);
    host_paths_close(s.hive.paths);
    services_classes_close(s.hive.classes);
    return good && db_error(db)[0] == 0 && casefile_error(casefile)[0] == 0;
}

const struct judge judge_services = {
    .text =
        {
            .id = "services",
            .title = "what a host starts and allows",
            .why =
                "Services, drivers and other autostarts are what brings an intruder back after a restart. This judge reads "
                "them from the registry, from files of tasks, startup folders and the WMI repository, and looks up the files that they name; tables service, autostart and posture hold "
                "the answers, and other judges ask them. It gives no findings.",
            .innocent = "Every Windows has hundreds of them.",
            .verify =
                "Open the hive with a registry viewer, such as Registry Explorer or hivexsh, at the key's path.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
