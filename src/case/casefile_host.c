/* What the registry of a host says, as a judge made it out. */
#include "case/casefile_private.h"

#define AT(table, column, first) ((int)(FACT_##table##_##column - FACT_##table##_##first) + 1)

#define SERVICE(column)   AT(service, column, hive)
#define AUTOSTART(column) AT(autostart, column, hive)
#define POSTURE(column)   AT(posture, column, hive)

bool casefile_service(struct casefile *casefile, const struct casefile_service *service) {
    struct db_query *query = casefile_private_insert(casefile, FACT_service);
    if (!query)
        return false;
    const struct {
        int at;
        const char *text;
    } texts[] = {{SERVICE(name), service->name},
                 {SERVICE(state), service->state},
                 {SERVICE(control_set), service->control_set},
                 {SERVICE(image), service->image.text},
                 {SERVICE(image_path), service->image.path},
                 {SERVICE(image_state), service->image.state},
                 {SERVICE(library), service->library.text},
                 {SERVICE(library_path), service->library.path},
                 {SERVICE(library_state), service->library.state},
                 {SERVICE(host_group), service->host_group},
                 {SERVICE(account), service->account},
                 {SERVICE(display), service->display},
                 {SERVICE(failure_command), service->failure_command},
                 {SERVICE(hints), service->hints}};
    db_bind_integer(query, SERVICE(hive), (int64_t)service->hive);
    db_bind_integer(query, SERVICE(key), (int64_t)service->key);
    db_bind_integer(query, SERVICE(last_write), (int64_t)service->last_write);
    db_bind_integer(query, SERVICE(offset), (int64_t)service->offset);
    casefile_private_some(query, SERVICE(image_artifact), service->image.artifact);
    casefile_private_some(query, SERVICE(library_artifact), service->library.artifact);
    if (service->has_type)
        db_bind_integer(query, SERVICE(type), (int64_t)service->type);
    if (service->has_start)
        db_bind_integer(query, SERVICE(start), (int64_t)service->start);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!casefile_private_text(casefile, query, texts[i].at, texts[i].text))
            return false;
    return casefile_private_put(casefile, query);
}

bool casefile_autostart(struct casefile *casefile, const struct casefile_autostart *autostart) {
    struct db_query *query = casefile_private_insert(casefile, FACT_autostart);
    if (!query)
        return false;
    db_bind_integer(query, AUTOSTART(hive), (int64_t)autostart->hive);
    if (autostart->key || autostart->value) {
        db_bind_integer(query, AUTOSTART(key), (int64_t)autostart->key);
        db_bind_integer(query, AUTOSTART(value), (int64_t)autostart->value);
    }
    casefile_private_some(query, AUTOSTART(last_write), autostart->last_write);
    casefile_private_some(query, AUTOSTART(incomplete), autostart->incomplete);
    casefile_private_some(query, AUTOSTART(artifact), autostart->command.artifact);
    return casefile_private_text(casefile, query, AUTOSTART(kind), autostart->kind) &&
           casefile_private_text(casefile, query, AUTOSTART(state), autostart->state) &&
           casefile_private_text(casefile, query, AUTOSTART(key_path), autostart->key_path) &&
           casefile_private_text(casefile, query, AUTOSTART(name), autostart->name) &&
           casefile_private_text(casefile, query, AUTOSTART(command), autostart->command.text) &&
           casefile_private_text(casefile, query, AUTOSTART(path), autostart->command.path) &&
           casefile_private_text(casefile, query, AUTOSTART(path_state), autostart->command.state) &&
           casefile_private_text(casefile, query, AUTOSTART(through), autostart->through) &&
           casefile_private_text(casefile, query, AUTOSTART(user), autostart->user) &&
           casefile_private_put(casefile, query);
}

bool casefile_posture(struct casefile *casefile, const struct casefile_posture *posture) {
    struct db_query *query = casefile_private_insert(casefile, FACT_posture);
    if (!query)
        return false;
    db_bind_integer(query, POSTURE(hive), (int64_t)posture->hive);
    db_bind_integer(query, POSTURE(last_write), (int64_t)posture->last_write);
    return casefile_private_text(casefile, query, POSTURE(fact), posture->fact) &&
           casefile_private_text(casefile, query, POSTURE(value), posture->value) &&
           casefile_private_text(casefile, query, POSTURE(key_path), posture->key_path) &&
           casefile_private_text(casefile, query, POSTURE(name), posture->name) &&
           casefile_private_put(casefile, query);
}
