#!/usr/bin/env bash
# Lists of known software: asked where they lie, told with findings; what is no such list is refused before anything is read.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 jq
[[ -x $make/forge ]] || skip_all "$make/forge is not built"

mkdir "$work/evidence"
"$make/forge" sign "$work/evidence/tool.exe" 2000 exe >/dev/null
digest=$(sha256sum "$work/evidence/tool.exe" | cut -c1-64)
list() { # FILE SQL
    rm -f "$1"
    sqlite3 "$1" "CREATE TABLE VERSION (version TEXT); INSERT INTO VERSION VALUES ('2026.09.1');
        CREATE TABLE PKG (package_id INTEGER, name TEXT, version TEXT, manufacturer_id INTEGER); INSERT INTO PKG VALUES (3, 'Contoso Tools', '4.5', 7);
        CREATE TABLE MFG (manufacturer_id INTEGER, name TEXT); INSERT INTO MFG VALUES (7, 'Contoso');
        CREATE TABLE FILE (sha256 TEXT, file_name TEXT, package_id INTEGER, PRIMARY KEY (sha256, file_name)); $2"
}
list "$work/rds.db" "INSERT INTO FILE VALUES (upper('$digest'), 'tool' || char(27) || '[31m.exe', 3)"
list "$work/other.db" "INSERT INTO FILE VALUES ('${digest/[0-9a-f]/x}', 'tool.exe', 3)"
before=$(sha256sum "$work/rds.db")

assay scan --known "$work/rds.db" --known "$work/other.db" --fail-on never -o "$work/case" "$work/evidence"
is 'status 0' "$status" 0
like 'the story says it' "$out" 'known +rds.db, 2026.09.1: tool.*exe, of Contoso Tools 4.5 by Contoso'
unlike 'without the escape' "$out" "$(printf '\033')\\[31m"
is 'one list has it' "$(sqlite3 "$work/case" 'SELECT count(DISTINCT list), count(DISTINCT artifact) FROM known')" '1|1'
like 'so do the lines for programs' "$("$ASSAY" scan --known "$work/rds.db" --format jsonl "$work/evidence" | jq -r 'select(.known) | .known' | head -n 1)" '^rds.db, 2026.09.1: '
is 'the list is as it was' "$(sha256sum "$work/rds.db")" "$before"
assay scan --known "$work/other.db" --fail-on never "$work/evidence"
unlike 'what no list has is not known' "$out" '^ +known '

# What is none is refused at once.
assay scan --known "$work/nowhere" "$work/evidence"
is 'no such file' "$status" 2
echo 'digests' >"$work/text"
assay scan --known "$work/text" "$work/evidence"
is 'no database' "$status" 2
sqlite3 "$work/slow.db" 'CREATE TABLE FILE (sha256 TEXT, file_name TEXT, package_id INTEGER)'
assay scan --known "$work/slow.db" "$work/evidence"
is 'nothing to look it up by' "$status" 2
like 'with what helps' "$err" 'CREATE INDEX'

# Views may have no end: a question has.
endless="WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
sqlite3 "$work/endless.db" "CREATE TABLE FILE (sha256 TEXT PRIMARY KEY, file_name TEXT, package_id INTEGER); INSERT INTO FILE VALUES (upper('$digest'), 'tool.exe', -1);
    CREATE VIEW PKG AS $endless i AS package_id, 'n' AS name, 'v' AS version, 1 AS manufacturer_id FROM n"
SECONDS_EACH=20 assay scan --known "$work/endless.db" --fail-on never --all "$work/evidence"
like 'an endless product ends the question' "$status $(tr -s ' \n' ' ' <<<"$out")" '^0 .*more steps than are allowed'
sqlite3 "$work/endless2.db" "CREATE TABLE FILE (sha256 TEXT PRIMARY KEY, file_name TEXT, package_id INTEGER); CREATE VIEW VERSION AS $endless i AS version FROM n"
SECONDS_EACH=20 assay scan --known "$work/endless2.db" --fail-on never "$work/evidence"
like 'so does an endless version' "$status $err" 'more steps than are allowed'
finish
