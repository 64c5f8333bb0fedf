#include "case/casefile_schema.h"

#include "case/casefile.h"

const struct casefile_schema_table casefile_schema_tables[FACT_TABLES] = {
#define TABLE(name, who, doc) {#name, CASEFILE_SCHEMA_##who, doc},
#define COLUMN(table, name, type, doc)
#include "model/facts.def"
#undef TABLE
#undef COLUMN
};

#define KIND_INTEGER ROW_INTEGER
#define KIND_TEXT    ROW_TEXT
#define KIND_BLOB    ROW_BLOB
#define KIND_JSON    ROW_TEXT
#define NAME_INTEGER "INTEGER"
#define NAME_TEXT    "TEXT"
#define NAME_BLOB    "BLOB"
#define NAME_JSON    "TEXT"

const struct casefile_schema_column casefile_schema_columns[FACT_COLUMNS] = {
#define TABLE(name, who, doc)
#define COLUMN(table, name, type, doc) {FACT_##table, #name, KIND_##type, NAME_##type, doc, #type[0] == 'J'},
#include "model/facts.def"
#undef TABLE
#undef COLUMN
};

/* Asked by judges, reports and analysts. Built after the last row. */
static const struct {
    const char *table, *columns;
} indexes[] = {
    {"artifact", "folder"},
    {"artifact_path", "artifact"},
    {"hashes", "sha256"},
    {"pe", "authentihash_sha256"},
    {"finding", "artifact"},
    {"finding_detail", "finding"},
    {"finding_reference", "finding"},
    {"trust", "artifact"},
    {"usn_path", "artifact,parent,parent_sequence,from_usn"},
    {"time_verdict", "artifact"},
    {"execution", "artifact"},
    {"chain_step", "chain"},
    {"chain_finding", "chain,step"},
    {"chain_link", "chain"},
    {"chain_gap", "chain"},
};

static const char views[] =
    "CREATE VIEW story AS SELECT f.id AS id,\n"
    " CASE f.severity WHEN 0 THEN 'info' WHEN 1 THEN 'low' WHEN 2 THEN 'medium' WHEN 3 THEN 'high'"
    " WHEN 4 THEN 'critical' END AS severity,\n"
    " CASE f.strength WHEN 0 THEN 'weak' WHEN 1 THEN 'firm' WHEN 2 THEN 'strong' END AS strength,\n"
    " f.detector AS detector, d.title AS title, f.summary AS summary, e.path AS evidence, v.ordinal AS volume,\n"
    " o.path || CASE a.name WHEN '' THEN '' ELSE '/' || a.name END ||"
    " CASE WHEN a.stream IS NULL THEN '' ELSE ':' || a.stream END AS path,\n"
    " a.record AS record, a.sequence AS sequence, f.offset AS offset, f.size AS size, lower(hex(h.sha256)) AS sha256\n"
    " FROM finding f LEFT JOIN artifact a ON a.id = f.artifact LEFT JOIN folder o ON o.id = a.folder\n"
    " LEFT JOIN volume v ON v.id = coalesce(a.volume, f.volume)\n"
    " LEFT JOIN evidence e ON e.id = coalesce(a.evidence, f.evidence, v.evidence)\n"
    " LEFT JOIN detector d ON d.id = f.detector LEFT JOIN hashes h ON h.artifact = f.artifact;\n"
    "CREATE VIEW usn_event AS SELECT u.artifact AS artifact, u.ordinal AS ordinal, u.usn AS usn, u.time AS time,\n"
    " u.file AS file, u.file_sequence AS file_sequence, u.reason AS reason, u.reasons AS reasons,"
    " u.attributes AS attributes,\n"
    " o.path AS folder, u.name AS name, o.path || '/' || u.name AS path, p.source AS path_source\n"
    " FROM usn u LEFT JOIN usn_path p ON p.rowid = (SELECT q.rowid FROM usn_path q WHERE q.artifact = u.artifact"
    " AND q.parent = u.parent AND q.parent_sequence = u.parent_sequence AND q.from_usn <= u.usn"
    " ORDER BY q.from_usn DESC LIMIT 1)\n"
    " LEFT JOIN folder o ON o.id = p.folder;\n"
    /* What the digests of finding_chain are over: docs/case-integrity.md. */
    "CREATE VIEW finding_form AS SELECT f.id AS finding, 0 AS part, 0 AS number, " CASEFILE_SCHEMA_FINDING
    " AS line FROM finding f\n"
    " UNION ALL SELECT f.id, 1, 0, " CASEFILE_SCHEMA_FILE CASEFILE_SCHEMA_OF_FINDING "\n"
    " UNION ALL SELECT d.finding, 2, d.rowid, " CASEFILE_SCHEMA_DETAIL " FROM finding_detail d\n"
    " UNION ALL SELECT r.finding, 3, r.rowid, " CASEFILE_SCHEMA_REFERENCE CASEFILE_SCHEMA_OF_REFERENCE ";\n";

void casefile_schema_range(enum fact_table table, unsigned *first, unsigned *end) {
    unsigned at = 0;
    while (at < FACT_COLUMNS && casefile_schema_columns[at].table != table)
        at++;
    *first = at;
    while (at < FACT_COLUMNS && casefile_schema_columns[at].table == table)
        at++;
    *end = at;
}

unsigned casefile_schema_column(enum fact_table table, const char *name) {
    for (unsigned i = 0; i < FACT_COLUMNS; i++)
        if (casefile_schema_columns[i].table == table && strcmp(casefile_schema_columns[i].name, name) == 0)
            return i;
    return FACT_COLUMNS;
}

bool casefile_schema_shared(enum fact_table table) {
    unsigned first, end;
    casefile_schema_range(table, &first, &end);
    return first < end && strcmp(casefile_schema_columns[first].name, "thumbprint") == 0;
}

/* Facts are kept by artifact, not by arrival: so their order does not depend on which worker was faster. */
static bool keyed_by_ordinal(enum fact_table table) {
    return casefile_schema_tables[table].who == CASEFILE_SCHEMA_WORKER &&
           casefile_schema_column(table, "ordinal") != FACT_COLUMNS;
}

static bool is_key(enum fact_table table, unsigned column, bool first) {
    const char *name = casefile_schema_columns[column].name;
    if (strcmp(name, "id") == 0 || (first && strcmp(name, "thumbprint") == 0))
        return true;
    if (strcmp(name, "key") == 0)
        return first;
    return strcmp(name, "artifact") == 0 && first &&
           casefile_schema_tables[table].who == CASEFILE_SCHEMA_WORKER && !keyed_by_ordinal(table);
}

static void create_table(struct text *sql, enum fact_table table) {
    unsigned first, end;
    casefile_schema_range(table, &first, &end);
    text_format(sql, "CREATE TABLE \"%s\"(\n", casefile_schema_tables[table].name);
    for (unsigned i = first; i < end; i++) {
        const struct casefile_schema_column *column = &casefile_schema_columns[i];
        text_format(sql, " \"%s\" %s%s%s\n", column->name, column->type,
                    is_key(table, i, i == first) ? " PRIMARY KEY NOT NULL" : "", i + 1 < end ? "," : "");
    }
    if (keyed_by_ordinal(table))
        text_add(sql, ", PRIMARY KEY (\"artifact\", \"ordinal\")) STRICT, WITHOUT ROWID;\n");
    else if (casefile_schema_shared(table))
        text_add(sql, ") STRICT, WITHOUT ROWID;\n");
    else
        text_add(sql, ") STRICT;\n");
}

void casefile_schema_create(struct text *sql) {
    for (unsigned table = 0; table < FACT_TABLES; table++)
        create_table(sql, (enum fact_table)table);
    text_add(sql, views);
}

void casefile_schema_index(struct text *sql) {
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++)
        text_format(sql, "CREATE INDEX \"%s_%s\" ON \"%s\"(%s);\n", indexes[i].table, indexes[i].columns,
                    indexes[i].table, indexes[i].columns);
}

void casefile_schema_insert(struct text *sql, enum fact_table table) {
    unsigned first, end;
    casefile_schema_range(table, &first, &end);
    bool again = table == FACT_meta || table == FACT_run || table == FACT_evidence || table == FACT_volume ||
                 table == FACT_detector;
    bool fact = casefile_schema_tables[table].who == CASEFILE_SCHEMA_WORKER && table != FACT_finding &&
                table != FACT_finding_detail;
    text_format(sql, "INSERT %sINTO \"%s\" VALUES (",
                again  ? "OR REPLACE "
                : fact ? "OR IGNORE "
                       : "",
                casefile_schema_tables[table].name);
    for (unsigned i = first; i < end; i++) {
        unsigned at = i - first + 1;
        text_add(sql, i == first ? "" : ",");
        if (casefile_schema_columns[i].json)
            text_format(sql, "CASE WHEN json_valid(?%u) THEN ?%u END", at, at);
        else
            text_format(sql, "?%u", at);
    }
    text_char(sql, ')');
}
