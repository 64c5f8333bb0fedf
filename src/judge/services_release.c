/* Which Linux a host is. A file os-release in an archive or an image of a container on a host says nothing of
 * the host: only evidence that was given itself counts, and none with a registry. */
#include "judge/services_parts.h"

static const char releases_sql[] =
    "SELECT r.artifact, r.system || coalesce(' ' || r.version, ''), coalesce(a.si_modified, 0) FROM os_release r JOIN artifact a"
    " ON a.id = r.artifact JOIN folder o ON o.id = a.folder JOIN evidence e ON e.id = a.evidence LEFT JOIN volume v ON"
    " v.id = a.volume WHERE o.path IN ('/usr/lib', '/etc') AND coalesce(a.flags, 0) & 2 = 0 AND v.shadow IS NULL AND"
    " (e.artifact IS NULL OR e.kind IN ('disk-image', 'volume-image')) AND NOT EXISTS (SELECT 1 FROM hive h WHERE h.kind IN"
    " ('system', 'software')) ORDER BY o.path DESC, r.artifact LIMIT 16";

bool services_release_take(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), releases_sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good =
            casefile_posture(casefile, &(struct casefile_posture){.hive = (uint64_t)db_integer(q, 0),
                                                                  .fact = "system release",
                                                                  .value = db_text(q, 1, NULL),
                                                                  .name = "ID",
                                                                  .last_write = (uint64_t)db_integer(q, 2)});
    db_finish(q);
    return good && db_error(casefile_db(casefile))[0] == 0;
}
