#!/usr/bin/env bash
# Cases of strangers: what is not exactly a case is refused with its reason, and the store stays as it was.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
[[ -x $make/makepe ]] || skip_all "$make/makepe is not built"
store=$work/fleet.store
root=$work/host
mkdir -p "$root/Windows" "$work/bad"
for i in 1 2 3 4 5 6; do "$make/makepe" "$root/Windows/$i.dll" dll export="E$i"; done
"$ASSAY" scan --map "$root=C:" --host good -o "$work/good.case" >/dev/null 2>&1
"$ASSAY" scan --map "$root=C:" --host other -o "$work/other.case" >/dev/null 2>&1
assay fleet add "$store" "$work/good.case"
is 'a good case' "$status" 0
dump() { sqlite3 "$store" .dump | sha256sum; }
before=$(dump)

# bad NAME REASON: $work/bad/NAME is refused, in words, and changes nothing.
bad() {
    assay fleet add "$store" "$work/bad/$1"
    like "$1: refused" "$status $out" '^3 0 added, 1 refused'
    like "$1: the reason" "$err" "$2"
    is "$1: the store is as it was" "$(dump)" "$before"
}
# changed NAME SQL: the good case with something done to it.
changed() {
    cp "$work/other.case" "$work/bad/$1"
    sqlite3 -cmd 'PRAGMA writable_schema = ON' "$work/bad/$1" "$2" >/dev/null || fail "$1 could not be made"
}

sqlite3 "$work/bad/foreign" 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
bad foreign 'not a case of assay'
changed version 'PRAGMA user_version = 99'
bad version 'newer assay'
changed column 'ALTER TABLE pe ADD COLUMN extra'
bad column 'its tables are not those of a case'
changed trigger 'CREATE TRIGGER x AFTER INSERT ON artifact BEGIN DELETE FROM finding; END'
bad trigger 'its tables are not those of a case'
changed view "DROP TABLE service; CREATE VIEW service AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS name FROM c"
bad view 'its tables are not those of a case'
changed missing 'DROP TABLE pe'
bad missing 'its tables are not those of a case'
changed hosts "UPDATE evidence SET host = 'a'; INSERT INTO evidence(id, path, kind, state, host) VALUES (1000, 'x', 'folder', 'read', 'b')"
bad hosts 'it is of 2 hosts'
changed nameless "UPDATE evidence SET host = NULL; DELETE FROM posture"
bad nameless 'of which host it is'
changed undated "DELETE FROM run WHERE key = 'started'"
bad undated 'when it was made'
changed date "UPDATE run SET value = '60056-13-99T99:99:99Z' WHERE key = 'started'"
bad date 'when it was made'
changed future "UPDATE run SET value = '2100-01-01T00:00:00.0000000Z' WHERE key = 'started'"
bad future 'made in the future \(2100-01-01'
# Few bytes of a file that are more than a gigabyte of texts.
changed bomb "INSERT INTO folder VALUES (900000, replace(hex(zeroblob(510)), '00', '/p'));
INSERT INTO census_text VALUES (900001, replace(hex(zeroblob(1000)), '00', 's')), (900002, 'trusted');
INSERT INTO census_make VALUES (900000, 1, 1, (SELECT text FROM census_text WHERE id = 900001), 900001, 900002, 900001);
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000)
INSERT INTO census SELECT 1000000 + x, 900000, 'n' || x, 1, 1, NULL, NULL, NULL, 900000 FROM c"
SECONDS_EACH=120 bad bomb 'says more than any case of one host'
head -c 20000 "$work/other.case" >"$work/bad/short"
bad short 'damaged|malformed|not a database|disk image'
head -c 65536 /dev/urandom >"$work/bad/noise"
bad noise 'not a database'
: >"$work/bad/empty"
bad empty 'not a case'
printf 'SQLite format 3\0' >"$work/bad/header"
bad header 'not a database|not a case'
mkfifo "$work/bad/pipe"
bad pipe 'not a file'
cp "$store" "$work/bad/store"
bad store 'not a case of assay'

# Pages of a case that are overwritten: refused, or read without a crash; the store stays whole in either case.
size=$(stat -c %s "$work/other.case")
crashed=0 taken=0
cp "$store" "$work/safe.store"
for i in {1..40}; do
    cp "$work/other.case" "$work/bad/page"
    head -c 700 /dev/urandom | dd of="$work/bad/page" bs=1 seek=$(((RANDOM * 32768 + RANDOM) % (size - 700) + 100)) conv=notrunc status=none
    assay fleet add "$work/safe.store" "$work/bad/page"
    ((status == 0 || status == 3)) || crashed=$((crashed + 1))
    ((status == 0)) && taken=$((taken + 1))
done
is 'overwritten pages: no crash' "$crashed" 0
is 'overwritten pages: the store is sound' "$(sqlite3 "$work/safe.store" 'PRAGMA integrity_check; SELECT count(*) FROM host WHERE name = "good"' | tr '\n' ' ')" 'ok 1 '

# later HOURS: than all cases so far, but not of the future.
later() { date -u -d "+$1 hours" +%Y-%m-%dT%H:%M:%S.0000000Z; }

# Content of every kind within a proper schema: taken as texts, within bounds.
changed names "UPDATE artifact SET name = '=cmd|' || char(27) || '[31m'';DROP TABLE host;--' || char(8238) || id || '.dll'; UPDATE pe SET product = '<script>{things}\"'; UPDATE run SET value = '$(later 1)' WHERE key = 'started'"
assay fleet add "$work/safe.store" "$work/bad/names"
is 'odd names are names' "$status" 0
assay fleet search "$work/safe.store" 'drop table'
is 'odd names are found' "$status $(grep -c '^ .*image' <<<"$out")" '0 6'
unlike 'and do not reach the terminal' "$(cat -v <<<"$out")" '\^\[|M-bM-\^@M-.'
assay fleet stack "$work/safe.store" name --format csv
unlike 'nor a spreadsheet' "$out" '^=|^"='
ok 'nor break JSON' bash -c "'$ASSAY' fleet search '$work/safe.store' script --format jsonl | jq -e . >/dev/null"
changed giant "UPDATE pe SET product = CAST(zeroblob(40000000) AS TEXT); UPDATE run SET value = '$(later 2)' WHERE key = 'started'"
SECONDS_EACH=60 assay fleet add "$work/safe.store" "$work/bad/giant"
like 'a giant cell ends, taken or refused' "$status" '^[03]$'
changed huge "UPDATE artifact SET name = replace(hex(zeroblob(2000000)), '00', 'xy') WHERE id IN (SELECT artifact FROM pe LIMIT 1); UPDATE run SET value = '$(later 3)' WHERE key = 'started'"
assay fleet add "$work/safe.store" "$work/bad/huge"
like 'a giant name ends, taken or refused' "$status" '^[03]$'
is 'fields have bounds' "$(sqlite3 "$work/safe.store" 'SELECT max(length(name)) <= 1024, max(length(product)) <= 1024 FROM thing')" '1|1'
changed numbers "UPDATE pe SET subsystem = -9223372036854775808; UPDATE artifact SET fn_created = -1, si_created = 9223372036854775807; UPDATE trust SET state = char(0) || 'x'; UPDATE run SET value = '$(later 4)' WHERE key = 'started'"
assay fleet add "$work/safe.store" "$work/bad/numbers"
is 'odd numbers are numbers' "$status" 0
assay fleet watch "$work/safe.store" --since 1700-01-01 --rare 16
is 'and can be asked for' "$status" 0

# The store itself is somebody's.
cp "$store" "$work/trigger.store"
sqlite3 "$work/trigger.store" 'CREATE TRIGGER x AFTER INSERT ON host BEGIN DELETE FROM host; END'
assay fleet add "$work/trigger.store" "$work/other.case"
is 'a store with a trigger' "$status $(grep -c altered <<<"$err")" '2 1'
head -c 30000 "$store" >"$work/short.store"
assay fleet hosts "$work/short.store"
like 'a store that is cut' "$status" '^[02]$'
assay fleet add "$work/dir.store/x" "$work/other.case"
is 'a store in no folder' "$status" 2
finish
