#include "judge/services_parts.h"

#include <stdlib.h>
#include <strings.h>

enum { ID = 38 /* letters of "{...}" */, MOST = 200000 /* of a case that are known */ };

/* Where in `texts` the id stands, and behind it the server. */
struct server {
    int64_t evidence, volume;
    size_t id, at;
    bool local;
};

struct services_classes {
    struct server *list;
    size_t count, room;
    struct text texts;
};

/* A machine's own classes before those of users, libraries before programs. Shadow copies are of another day.
 */
static const char servers_sql[] =
    "SELECT a.evidence, coalesce(a.volume, 0), k.path, v.text FROM hive h JOIN artifact a ON a.id = h.artifact LEFT JOIN"
    " volume d ON d.id = a.volume JOIN hive_key k ON k.artifact = h.artifact JOIN hive_value v ON v.artifact = k.artifact"
    " AND v.key = k.ordinal WHERE h.kind IN ('software', 'ntuser', 'usrclass') AND a.flags & 2 = 0 AND d.shadow IS NULL"
    " AND k.state = 'live' AND v.state = 'live' AND v.name = '' AND v.text <> '' AND (k.path LIKE"
    " '%/CLSID/{%}/InprocServer32' OR k.path LIKE '%/CLSID/{%}/LocalServer32') AND k.path NOT LIKE '%/Wow6432Node/%'"
    " ORDER BY h.kind <> 'software', k.path LIKE '%/LocalServer32', h.artifact, k.ordinal LIMIT ?";

static bool add(struct services_classes *classes, struct db_query *q) {
    size_t size;
    const char *path = db_text(q, 2, NULL), *id = strchr(path, '{'), *text = db_text(q, 3, &size);
    if (!id || strcspn(id, "/") != ID)
        return true;
    if (classes->count == classes->room) {
        size_t room = classes->room ? 2 * classes->room : 1024;
        struct server *more = realloc(classes->list, room * sizeof *more);
        if (!more)
            return false;
        classes->list = more;
        classes->room = room;
    }
    struct server *server = &classes->list[classes->count++];
    *server = (struct server){.evidence = db_integer(q, 0),
                              .volume = db_integer(q, 1),
                              .id = classes->texts.size,
                              .at = classes->texts.size + ID + 1,
                              .local = strncasecmp(id + ID, "/L", 2) == 0};
    text_bytes(&classes->texts, id, ID);
    text_char(&classes->texts, 0);
    text_bytes(&classes->texts, text, size);
    text_char(&classes->texts, 0);
    return !classes->texts.full;
}

/* Texts move while they are gathered, so they are compared when all are there. */
static int compare(const void *left, const void *right, void *texts) {
    const struct server *a = left, *b = right;
    if (a->evidence != b->evidence)
        return a->evidence < b->evidence ? -1 : 1;
    if (a->volume != b->volume)
        return a->volume < b->volume ? -1 : 1;
    int order = strcasecmp((const char *)texts + a->id, (const char *)texts + b->id);
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

struct services_classes *services_classes_open(struct db *db) {
    struct services_classes *classes = calloc(1, sizeof *classes);
    struct db_query *q = classes ? db_prepare(db, servers_sql) : NULL;
    bool good = q != NULL;
    if (good)
        db_bind_integer(q, 1, MOST);
    while (good && db_step(q))
        good = add(classes, q);
    db_finish(q);
    if (good && classes->count > 0)
        qsort_r(classes->list, classes->count, sizeof *classes->list, compare, classes->texts.data);
    if (good && db_error(db)[0] == 0)
        return classes;
    services_classes_close(classes);
    return NULL;
}

void services_classes_close(struct services_classes *classes) {
    if (!classes)
        return;
    free(classes->list);
    text_free(&classes->texts);
    free(classes);
}

static bool is_before(const struct server *server, const struct host *host, const char *id,
                      const char *texts) {
    if (server->evidence != host->evidence)
        return server->evidence < host->evidence;
    if (server->volume != host->volume)
        return server->volume < host->volume;
    return strcasecmp(texts + server->id, id) < 0;
}

const char *services_classes_server(const struct services_classes *classes, const struct host *host,
                                    const char *id, bool *local) {
    size_t low = 0, high = classes->count;
    const char *texts = text_string(&classes->texts);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&classes->list[middle], host, id, texts))
            low = middle + 1;
        else
            high = middle;
    }
    const struct server *found = &classes->list[low];
    if (low == classes->count || found->evidence != host->evidence || found->volume != host->volume ||
        strcasecmp(texts + found->id, id) != 0)
        return NULL;
    *local = found->local;
    return texts + found->at;
}
