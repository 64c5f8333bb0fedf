#include "case/casefile_census.h"

#include "base/digest.h"
#include "case/casefile_private.h"

bool casefile_census_kind(const char *word, enum casefile_census *ret) {
    static const char *const words[] = {"none", "programs", "all"};
    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum casefile_census)i;
            return true;
        }
    return false;
}

bool casefile_census_names(const char *names, uint64_t *ret) {
    uint8_t value[DIGEST_MAX];
    uint64_t sum = 0, count = 0;
    for (const char *line = names; *line; count++) {
        size_t size = strcspn(line, "\n");
        uint64_t one = 0;
        digest_once(DIGEST_MD5, span_of(line, size, 0), value);
        for (unsigned i = 0; i < 8; i++)
            one |= (uint64_t)value[i] << 8 * i;
        sum += one; /* a sum has no order */
        line += size + (line[size] != 0);
    }
    *ret = sum;
    return count > 0;
}

/* --- rows --- */

static const char makes[] =
    "CREATE TEMP TABLE census_file AS SELECT *, dense_rank() OVER (ORDER BY volume, flags, version, product, trust,"
    " signer) AS made FROM (SELECT a.id AS id, a.volume AS volume, (p.artifact IS NOT NULL) |"
    " (coalesce(p.subsystem = 1, 0) << 1) AS flags, p.fixed_file_version AS version, p.product AS product,"
    " t.state AS trust, t.signer AS signer FROM artifact a LEFT JOIN pe p ON p.artifact = a.id"
    " LEFT JOIN hashes h ON h.artifact = a.id LEFT JOIN trust t ON t.artifact = p.artifact"
    " WHERE (p.artifact IS NOT NULL OR (?1 AND h.sha256 IS NOT NULL)) AND a.stream IS NULL"
    " AND coalesce(a.flags, 0) & 3 = 0 AND a.volume IN (SELECT id FROM volume WHERE shadow IS NULL));";

#define WORD(column) "(SELECT id FROM temp.census_word WHERE text = " column ")"
static const char numbers[] =
    "CREATE TEMP TABLE census_word(text TEXT PRIMARY KEY NOT NULL, id INTEGER) WITHOUT ROWID;"
    "INSERT INTO census_word SELECT text, row_number() OVER (ORDER BY text) FROM (SELECT product AS text FROM"
    " temp.census_file UNION SELECT trust FROM temp.census_file UNION SELECT signer FROM temp.census_file)"
    " WHERE text <> '';"
    "INSERT INTO census_text SELECT id, text FROM temp.census_word ORDER BY id;"
    "INSERT INTO census_make SELECT made, volume, flags, version, " WORD("product") ", " WORD("trust") "," WORD(
        "signer") " FROM temp.census_file GROUP BY made ORDER BY made; DROP TABLE temp.census_word;";

static const char rows[] =
    "SELECT a.id, a.folder, a.name, a.size, coalesce(a.fn_created, a.si_created), h.sha256,"
    " p.authentihash_sha256, coalesce(p.exports, ''), n.made FROM temp.census_file n CROSS JOIN artifact a"
    " ON a.id = n.id LEFT JOIN pe p ON p.artifact = a.id LEFT JOIN hashes h ON h.artifact = a.id ORDER BY n.id";

/* Digests and texts as they are, a set of names as its number. */
static void cell(struct db_query *from, struct db_query *to, int at) {
    enum { NAME = 2, SHA256 = 5, AUTHENTIHASH = 6, EXPORTS = 7 };
    uint64_t number;
    size_t size;
    if (db_is_null(from, at))
        return;
    if (at == NAME) {
        const char *text = db_text(from, at, &size);
        db_bind_text(to, at + 1, text, size);
    } else if (at == SHA256 || at == AUTHENTIHASH) {
        struct span bytes = db_blob(from, at);
        db_bind_blob(to, at + 1, bytes.data, bytes.size);
    } else if (at != EXPORTS)
        db_bind_integer(to, at + 1, db_integer(from, at));
    else if (casefile_census_names(db_text(from, at, NULL), &number))
        db_bind_integer(to, at + 1, (int64_t)number);
}

static bool gather(struct casefile *casefile, enum casefile_census kind) {
    struct db_query *query = db_prepare(casefile->db, makes);
    if (query)
        db_bind_integer(query, 1, kind == CASEFILE_CENSUS_ALL);
    bool good = query && !db_step(query);
    db_finish(query);
    return good && db_run(casefile->db, numbers);
}

static bool copy(struct casefile *casefile) {
    unsigned columns = casefile->end[FACT_census] - casefile->first[FACT_census];
    struct db_query *from = db_prepare(casefile->db, rows);
    bool good = from != NULL;
    while (good && db_step(from)) {
        struct db_query *to = casefile_private_insert(casefile, FACT_census);
        for (unsigned i = 0; to && i < columns; i++)
            cell(from, to, (int)i);
        good = to && casefile_private_put(casefile, to);
    }
    db_finish(from);
    return good && db_run(casefile->db, "DROP TABLE temp.census_file;") && casefile_private_sound(casefile);
}

bool casefile_census_write(struct casefile *casefile, enum casefile_census kind) {
    if (kind == CASEFILE_CENSUS_NONE)
        return casefile_private_sound(casefile);
    return casefile_number(casefile) && gather(casefile, kind) && copy(casefile) &&
           casefile_meta(casefile, "census", kind == CASEFILE_CENSUS_ALL ? "all" : "programs");
}

/* --- what is left out --- */

/* cited: all that is known of these stays. started: their digests and what is said of their signatures.
 * named: where they lie. */
static const char sets[] =
    "CREATE TEMP TABLE cited(id INTEGER PRIMARY KEY); CREATE TEMP TABLE started(id INTEGER PRIMARY KEY);"
    "CREATE TEMP TABLE named(id INTEGER PRIMARY KEY);"
    "INSERT INTO cited SELECT artifact FROM (SELECT artifact FROM finding UNION SELECT artifact FROM"
    " finding_reference UNION SELECT artifact FROM chain_step UNION SELECT artifact FROM overlap)"
    " WHERE artifact IS NOT NULL;"
    "INSERT OR IGNORE INTO cited SELECT catalog FROM trust WHERE artifact IN (SELECT id FROM cited)"
    " AND catalog IS NOT NULL;"
    "INSERT INTO started SELECT artifact FROM (SELECT id AS artifact FROM cited UNION SELECT image_artifact"
    " FROM service UNION SELECT library_artifact FROM service UNION SELECT artifact FROM autostart)"
    " WHERE artifact IS NOT NULL;"
    "INSERT INTO named SELECT artifact FROM (SELECT id AS artifact FROM started UNION SELECT artifact FROM"
    " stake UNION SELECT hive FROM service UNION SELECT hive FROM autostart UNION SELECT hive FROM posture"
    " UNION SELECT artifact FROM execution UNION SELECT traced FROM execution UNION SELECT artifact FROM"
    " evidence UNION SELECT journal FROM time_summary UNION SELECT log FROM time_summary"
    " UNION SELECT artifact FROM hive UNION SELECT artifact FROM event_log UNION SELECT artifact FROM"
    " usn_summary UNION SELECT artifact FROM log_summary UNION SELECT catalog FROM trust WHERE artifact IN"
    " (SELECT id FROM started)) WHERE artifact IS NOT NULL;";

#define CITED         "artifact IN (SELECT id FROM temp.cited)"
#define STARTED       "artifact IN (SELECT id FROM temp.started)"
#define NAMED(column) column " IN (SELECT id FROM temp.named)"
/* A finding says at which byte the row lies that it is about. */
#define AT(table, offset)                                                                                    \
    "EXISTS (SELECT 1 FROM finding f WHERE f.artifact = \"" table "\".artifact AND f.offset = \"" table      \
    "\"." offset ")"
/* What programs tell that they are installed, and of whom there are profiles: a store asks for them. */
#define UNINSTALL "(state = 'live' AND path LIKE '%/CurrentVersion/Uninstall/%')"

/* Worker tables stay where their artifact is cited, parent tables whole, but for these; in this order. */
static const struct {
    enum fact_table table;
    const char *stays; /* NULL: all */
} rules[] = {
    {FACT_finding, NULL},
    {FACT_finding_detail, NULL},
    {FACT_hive, NULL},
    {FACT_event_log, NULL},
    {FACT_event_gap, NULL},
    {FACT_usn_summary, NULL},
    {FACT_log_summary, NULL},
    {FACT_hashes, STARTED},
    {FACT_trust, STARTED},
    {FACT_time_verdict, CITED},
    {FACT_artifact, NAMED("id")},
    {FACT_artifact_path, NAMED("artifact")},
    {FACT_usn, AT("usn", "usn")},
    {FACT_usn_path, "0"},
    {FACT_log_record, AT("log_record", "offset")},
    {FACT_index_entry, AT("index_entry", "offset")},
    {FACT_event, AT("event", "offset")},
    {FACT_hive_value,
     AT("hive_value", "offset") " OR (name IN ('DisplayName', 'DisplayVersion', 'Publisher')"
                                " AND EXISTS (SELECT 1 FROM hive_key k WHERE k.artifact ="
                                " hive_value.artifact AND k.ordinal = hive_value.key AND " UNINSTALL "))"},
    {FACT_hive_key, AT("hive_key", "offset") " OR EXISTS (SELECT 1 FROM hive_value v WHERE v.artifact ="
                                             " hive_key.artifact AND v.key = hive_key.ordinal) OR " UNINSTALL
                                             " OR path LIKE '%/CurrentVersion/ProfileList/%'"},
    {FACT_hive_data, "0"},
    {FACT_shimcache, "0"},
    {FACT_userassist, "0"},
    {FACT_bam, "0"},
    {FACT_amcache, "0"},
    {FACT_catalog_digests, "0"},
    {FACT_certificate,
     "thumbprint IN (SELECT thumbprint FROM signature UNION SELECT root FROM signature UNION SELECT"
     " thumbprint FROM signature_certificate)"},
    {FACT_folder,
     "id IN (SELECT folder FROM artifact UNION SELECT folder FROM artifact_path UNION SELECT folder"
     " FROM census)"},
};
enum { RULES = sizeof rules / sizeof rules[0] };

static bool has_rule(enum fact_table table) {
    for (size_t i = 0; i < RULES; i++)
        if (rules[i].table == table)
            return true;
    return false;
}

/* Emptied and filled again, which takes no longer than what stays. */
static bool keep(struct casefile *casefile, enum fact_table table, const char *stays) {
    struct text sql = {0};
    const char *name = casefile_schema_tables[table].name;
    text_format(&sql,
                "CREATE TEMP TABLE stays AS SELECT * FROM main.\"%s\" WHERE %s; DELETE FROM main.\"%s\";"
                "INSERT INTO main.\"%s\" SELECT * FROM temp.stays; DROP TABLE temp.stays;",
                name, stays, name, name);
    bool good = !sql.full && db_run(casefile->db, text_string(&sql));
    text_free(&sql);
    return good;
}

bool casefile_census_reduce(struct casefile *casefile) {
    bool good = casefile_number(casefile) && db_run(casefile->db, sets);
    for (unsigned table = 0; good && table < FACT_TABLES; table++)
        if (casefile_schema_tables[table].who == CASEFILE_SCHEMA_WORKER &&
            casefile->artifact[table] != FACT_COLUMNS && !has_rule((enum fact_table)table))
            good = keep(casefile, (enum fact_table)table, CITED);
    for (size_t i = 0; good && i < RULES; i++)
        if (rules[i].stays)
            good = keep(casefile, rules[i].table, rules[i].stays);
    casefile->pack = true;
    return good && db_run(casefile->db, "DROP TABLE cited; DROP TABLE started; DROP TABLE named;") &&
           casefile_meta(casefile, "census_only", "1");
}

bool casefile_census_only(struct casefile *casefile) {
    struct db_query *query =
        db_prepare(casefile->db, "SELECT 1 FROM meta WHERE key = 'census_only' AND value = '1'");
    bool only = query && db_step(query);
    db_finish(query);
    return only;
}
