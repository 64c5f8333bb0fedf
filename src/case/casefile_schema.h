/* casefile_schema: model/facts.def as SQL and as tables to look up. */
#ifndef CASE_CASEFILE_SCHEMA_H
#define CASE_CASEFILE_SCHEMA_H

#include "base/row.h"
#include "base/text.h"
#include "model/facts.h"

enum casefile_schema_who { CASEFILE_SCHEMA_PARENT, CASEFILE_SCHEMA_WORKER };

struct casefile_schema_column {
    enum fact_table table;
    const char *name;
    enum row_kind kind;
    const char *type;    /* SQL: INTEGER, TEXT or BLOB */
    const char *meaning; /* one line */
    bool json;           /* a text that is no JSON is not taken: judges ask for its parts */
};

struct casefile_schema_table {
    const char *name;
    enum casefile_schema_who who;
    const char *meaning;
};

extern const struct casefile_schema_table casefile_schema_tables[FACT_TABLES];
extern const struct casefile_schema_column casefile_schema_columns[FACT_COLUMNS];

/* The lines of view finding_form, and where they are from: the view and who goes through all of it
 * (case/casefile_integrity.h) say the same. */
/* As quote() writes a text; but that ends at a zero byte, which would leave what stands behind it without a
 * digest. */
#define CASEFILE_SCHEMA_TEXT(value)                                                                          \
    "CASE WHEN instr(" value ",char(0)) THEN quote(CAST(" value " AS BLOB)) ELSE quote(" value ") END"
#define CASEFILE_SCHEMA_PLACE                                                                                \
    CASEFILE_SCHEMA_TEXT("e.path")                                                                           \
    " || ',' || quote(v.ordinal) || ',' || quote(v.shadow) || ',' || " CASEFILE_SCHEMA_TEXT(                 \
        "o.path") " || ',' ||\n" CASEFILE_SCHEMA_TEXT("a.name") " || ',' || " CASEFILE_SCHEMA_TEXT("a.stream") " || ',' || quote(h.sha256)"
#define CASEFILE_SCHEMA_FINDING                                                                                                                          \
    "'finding,' || quote(f.id) || ',' ||\n" CASEFILE_SCHEMA_TEXT(                                                                                        \
        "f.detector") " || ',' || quote(f.severity) || ',' || quote(f.strength) || ',' || quote(f.artifact) || ',' ||\n"                                 \
                      " quote(f.volume) || ',' || quote(f.evidence) || ',' || quote(f.offset) || ',' || quote(f.size) || ',' ||\n" CASEFILE_SCHEMA_TEXT( \
                          "f.summary") " || ',' || quote(f.excerpt)"
#define CASEFILE_SCHEMA_FILE "'file,' || " CASEFILE_SCHEMA_PLACE
#define CASEFILE_SCHEMA_DETAIL                                                                               \
    "'detail,' || " CASEFILE_SCHEMA_TEXT("d.key") " || ',' || " CASEFILE_SCHEMA_TEXT("d.value")
#define CASEFILE_SCHEMA_REFERENCE                                                                            \
    "'reference,' || " CASEFILE_SCHEMA_TEXT(                                                                 \
        "r.role") " || ',' || quote(r.artifact) || ',' || " CASEFILE_SCHEMA_PLACE
#define CASEFILE_SCHEMA_OF_FINDING                                                                           \
    " FROM finding f LEFT JOIN artifact a ON a.id = f.artifact\n"                                            \
    " LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = coalesce(a.volume, f.volume)\n"     \
    " LEFT JOIN evidence e ON e.id = coalesce(a.evidence, f.evidence, v.evidence)"                           \
    " LEFT JOIN hashes h ON h.artifact = f.artifact"
#define CASEFILE_SCHEMA_OF_REFERENCE                                                                         \
    " FROM finding_reference r LEFT JOIN artifact a ON a.id = r.artifact\n"                                  \
    " LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume"                           \
    " LEFT JOIN evidence e ON e.id = a.evidence LEFT JOIN hashes h ON h.artifact = r.artifact"

/* The columns [first, end) of a table. */
void casefile_schema_range(enum fact_table table, unsigned *first, unsigned *end);

/* The column of `table` with that name, or FACT_COLUMNS. */
unsigned casefile_schema_column(enum fact_table table, const char *name);

/* True for a table that all artifacts share: its first column `thumbprint` is its key, and a second row with
 * the same key is ignored. */
bool casefile_schema_shared(enum fact_table table);

/* Appends statements: tables and views before the first row, indexes after the last, one insert of a whole
 * row of a table (`?` for each column in order). */
void casefile_schema_create(struct text *sql);
void casefile_schema_index(struct text *sql);
void casefile_schema_insert(struct text *sql, enum fact_table table);

/* Appends docs/case.md. */
void casefile_schema_document(struct text *out);

#endif
