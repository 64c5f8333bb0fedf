#include "judge/services_parts.h"

/* One row for what a consumer of one name does: old pages hold it several times. With the filters that are
 * bound to it, and what they ask. */
static const char consumers_sql[] =
    "WITH bound AS MATERIALIZED (SELECT b.artifact, b.name, b.class, b.filter, max(f.query) AS query FROM wmi_object b LEFT JOIN"
    " wmi_object f ON f.artifact = b.artifact AND f.kind = 'filter' AND f.name = b.filter WHERE b.kind = 'binding' AND"
    " b.name IS NOT NULL GROUP BY 1, 2, 3, 4)"
    " SELECT c.artifact, c.kind, c.name, coalesce(c.command, ''), coalesce(c.program, ''), coalesce(c.script, ''),"
    " max(c.listed), max(coalesce(c.written, 0)), (SELECT b.filter || coalesce(': ' || b.query, '') FROM bound b WHERE"
    " b.artifact = c.artifact AND b.name = c.name AND coalesce(b.class, '') = CASE c.kind WHEN 'command' THEN"
    " 'CommandLineEventConsumer' ELSE 'ActiveScriptEventConsumer' END ORDER BY b.filter LIMIT 1) FROM wmi_object c JOIN"
    " artifact a ON a.id = c.artifact JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume WHERE"
    " a.flags & 2 = 0 AND v.shadow IS NULL AND c.kind IN ('command', 'script') AND c.name IS NOT NULL AND (o.path LIKE"
    " '%/wbem/Repository' OR o.path LIKE '%/wbem/Repository/FS') GROUP BY c.artifact, c.kind, c.name, c.command, c.program,"
    " c.script ORDER BY c.artifact, min(c.ordinal)";

/* Where a program or a file is named, that is what runs, and the template or script only says how. */
static bool add(const struct services_hive *hive, struct casefile_autostart *row, const char *text,
                const char *program) {
    struct services_file file = {0};
    bool named = program[0] != 0, script = strcmp(row->kind, "wmi_script") == 0;
    const char *wanted = named ? program : script ? "" : text;
    bool good =
        services_file_find(hive, named ? HOST_PATH_FILE : HOST_PATH_COMMAND, wanted, strlen(wanted), &file);
    row->command = services_file_row(&file);
    row->command.text = text[0] ? text : row->command.text;
    row->through = file.through && file.through[0] ? file.through : NULL;
    good = good && casefile_autostart(hive->casefile, row);
    services_file_free(&file);
    return good;
}

static bool take(const struct services_hive *hive, struct db_query *q) {
    bool runs = strcmp(db_text(q, 1, NULL), "command") == 0;
    struct casefile_autostart row = {.hive = (uint64_t)hive->artifact,
                                     .kind = runs ? "wmi_command" : "wmi_script",
                                     .state = db_integer(q, 6) ? "live" : "deleted",
                                     .key_path = db_text(q, 2, NULL),
                                     .name = db_is_null(q, 8) ? NULL : db_text(q, 8, NULL),
                                     .last_write = (uint64_t)db_integer(q, 7)};
    return add(hive, &row, db_text(q, runs ? 3 : 5, NULL), db_text(q, 4, NULL));
}

bool services_wmi_take(struct services_hive *hive) {
    struct db *db = casefile_db(hive->casefile);
    struct db_query *q = db_prepare(db, consumers_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        hive->artifact = db_integer(q, 0);
        good = host_paths_host(hive->paths, hive->artifact, &hive->host) && take(hive, q);
    }
    db_finish(q);
    return good && db_error(db)[0] == 0;
}
