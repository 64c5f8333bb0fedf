/* docs/case.md, from the same lines as the schema. test/make/case_doc.c prints it, a unit test compares it.
 */
#include "case/casefile.h"
#include "case/casefile_schema.h"

#define STRING(x) #x
#define WORDS(x)  STRING(x)
#define VERSION   WORDS(CASEFILE_VERSION)

static const char head[] =
    "# The case\n"
    "\n"
    "`assay scan -o host.assay EVIDENCE` keeps what it found in one SQLite file. Any SQLite tool opens it:\n"
    "\n"
    "    sqlite3 -readonly host.assay 'SELECT id, severity, strength, detector, path FROM story'\n"
    "\n"
    "This page is made from `src/model/facts.def` by `test/make/case_doc.c`; do not edit it by hand.\n"
    "\n"
    "- The file is recognised by `PRAGMA application_id` = 0x41535359 (\"ASSY\"); `PRAGMA user_version` is the version\n"
    "  of this schema, now " VERSION
    ". assay reads a case only if its schema is exactly this one. It never changes a finished\n"
    "  case.\n"
    "- While a scan runs, the file is called `host.assay.partial`. It gets its own name only when it is whole.\n"
    "- `meta.complete` is 0 if the run was cut short or much of the evidence could not be read (`incomplete_because`);\n"
    "  `coverage` says what and why, however little it is, and `state` of `evidence` and `volume` what was lost whole.\n"
    "- Tables are `STRICT`, so SQLite 3.37 or newer is needed.\n"
    "- Texts from evidence are in *stored form*: valid UTF-8 in which a byte that is not appears as `\\xHH`, an unpaired\n"
    "  UTF-16 surrogate, a NUL or a slash inside a name as `\\uHHHH`, and a backslash as `\\\\`. They may hold control\n"
    "  characters: escape them before you show them.\n"
    "- A FILETIME counts 100 ns since 1601-01-01 UTC, as a signed 64-bit integer; in SQL,\n"
    "  `datetime(si_created / 10000000 - 11644473600, 'unixepoch')`.\n"
    "- Numbers of findings and artifacts do not depend on the number of workers. Two scans of the same evidence by the\n"
    "  same assay differ in table `run` only.\n"
    "- *worker* tables hold what a confined worker read off one artifact; *parent* tables are written by the program.\n"
    "  A worker table has one row an artifact, or one an artifact and `ordinal`.\n";

static const char tail[] =
    "\n"
    "## story (view)\n"
    "\n"
    "One row a finding, with words for severity and strength, the detector's title and the full path: `id, severity,\n"
    "strength, detector, title, summary, evidence, volume, path, record, sequence, offset, size, sha256`.\n"
    "\n"
    "## usn_event (view)\n"
    "\n"
    "Records of change journals with the path that the file had then: `artifact, ordinal, usn, time, file,\n"
    "file_sequence, reason, reasons, attributes, folder, name, path, path_source`. `path` is NULL where a record has no\n"
    "name (version 4).\n"
    "\n"
    "## finding_form (view)\n"
    "\n"
    "What the digests of finding_chain are over, line by line: `finding, part, number, line` (docs/case-integrity.md).\n"
    "\n"
    "## Questions\n"
    "\n"
    "What counts, worst first:\n"
    "\n"
    "    SELECT id, severity, strength, title, path, summary FROM story\n"
    "    WHERE severity IN ('medium', 'high', 'critical') AND strength <> 'weak' ORDER BY id;\n"
    "\n"
    "The particulars of finding 1, and what it cites:\n"
    "\n"
    "    SELECT key, value FROM finding_detail WHERE finding = 1;\n"
    "    SELECT r.role, o.path || '/' || a.name FROM finding_reference r\n"
    "    JOIN artifact a ON a.id = r.artifact JOIN folder o ON o.id = a.folder WHERE r.finding = 1;\n"
    "\n"
    "Was a certain file here?\n"
    "\n"
    "    SELECT o.path || '/' || a.name FROM hashes h JOIN artifact a ON a.id = h.artifact\n"
    "    JOIN folder o ON o.id = a.folder\n"
    "    WHERE h.sha256 = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';\n"
    "\n"
    "Signed files that were changed after signing:\n"
    "\n"
    "    SELECT o.path || '/' || a.name, p.signer FROM pe p JOIN artifact a ON a.id = p.artifact\n"
    "    JOIN folder o ON o.id = a.folder WHERE p.signed_digest = 'mismatch';\n"
    "\n"
    "Executables created in a week:\n"
    "\n"
    "    SELECT datetime(a.si_created / 10000000 - 11644473600, 'unixepoch') AS created, o.path || '/' || a.name\n"
    "    FROM pe JOIN artifact a ON a.id = pe.artifact JOIN folder o ON o.id = a.folder\n"
    "    WHERE created BETWEEN '2023-03-06' AND '2023-03-13' ORDER BY created;\n"
    "\n"
    "What happened below a folder, by the change journal:\n"
    "\n"
    "    SELECT datetime(time / 10000000 - 11644473600, 'unixepoch') AS at, reasons, path, path_source FROM usn_event\n"
    "    WHERE folder LIKE '/Windows/Temp%' ORDER BY artifact, ordinal;\n"
    "\n"
    "What was not read, and why:\n"
    "\n"
    "    SELECT class, reason, sum(files), sum(bytes) FROM coverage GROUP BY class, reason;\n";

static void document_table(struct text *out, enum fact_table table) {
    unsigned first, end;
    casefile_schema_range(table, &first, &end);
    const struct casefile_schema_table *row = &casefile_schema_tables[table];
    text_format(out, "\n## %s (%s)\n\n%s.\n\n| column | type | meaning |\n| --- | --- | --- |\n", row->name,
                row->who == CASEFILE_SCHEMA_WORKER ? "worker" : "parent", row->meaning);
    for (unsigned i = first; i < end; i++)
        text_format(out, "| `%s` | %s | %s |\n", casefile_schema_columns[i].name,
                    casefile_schema_columns[i].type, casefile_schema_columns[i].meaning);
}

void casefile_schema_document(struct text *out) {
    text_add(out, head);
    for (unsigned table = 0; table < FACT_TABLES; table++)
        document_table(out, (enum fact_table)table);
    text_add(out, tail);
}
