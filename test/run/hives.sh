#!/usr/bin/env bash
# Registry hives in evidence: recognised by content under any name; rows of the keys that matter, of all with
# --keep-events; dirty and damaged ones say so; the same for any number of workers.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
[[ -x $make/genhive ]] || skip_all "$make/genhive is not built"
query() { sqlite3 "$work/case" "$1"; }
put() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

mkdir "$work/evidence"
"$make/genhive" 3000 "$work/evidence/holiday.jpg" >"$work/made"
cp "$work/evidence/holiday.jpg" "$work/evidence/dirty"
# Another primary sequence number, and the checksum that goes with it.
put "$work/evidence/dirty" 4 '\x08'
put "$work/evidence/dirty" 508 "$(od -An -tu1 -j508 -N1 "$work/evidence/dirty" | awk '{ v = $1; a = 7; b = 8; for (i = 1; i < 256; i *= 2)
    if (int(a / i) % 2 != int(b / i) % 2) v += int(v / i) % 2 ? -i : i; printf "\\x%02x", v }')"
head -c 300000 "$work/evidence/holiday.jpg" >"$work/evidence/cut"

assay scan --fail-on never -o "$work/case" "$work/evidence"
is 'a cut hive is a loss' "$status" 3
is 'three hives' "$(query 'SELECT count(*) FROM hive')" 3
is 'a whole one' "$(query "SELECT h.keys, h.\"values\", h.dirty, h.complete, h.selection FROM hive h JOIN artifact a ON a.id = h.artifact WHERE a.name = 'holiday.jpg'")" \
    "$(sed 's/keys=\([0-9]*\) values=\([0-9]*\) .*/\1|\2|0|1|chosen/' "$work/made")"
is 'a dirty one was not replayed and is not complete' "$(query "SELECT h.primary_sequence, h.secondary_sequence, h.dirty, h.replayed, h.complete, h.damaged
    FROM hive h JOIN artifact a ON a.id = h.artifact WHERE a.name = 'dirty'")" '8|7|1|0|0|0'
is 'a cut one' "$(query "SELECT h.complete, h.damaged > 0, h.keys + h.lost > 100 FROM hive h JOIN artifact a ON a.id = h.artifact WHERE a.name = 'cut'")" '0|1|1'
like 'which is told' "$(query "SELECT summary FROM finding WHERE detector = 'damaged'")" 'hive'
is 'none of its keys is asked for' "$(query 'SELECT count(*) FROM hive_key WHERE state = "live"')" 0

assay scan --keep-events --jobs 1 --fail-on never -o "$work/case1" "$work/evidence/holiday.jpg"
assay scan --keep-events --jobs 2 --fail-on never -o "$work/case2" "$work/evidence/holiday.jpg"
cp "$work/case1" "$work/case"
is 'all keys and values with --keep-events' "$(query 'SELECT (SELECT count(*) FROM hive_key), (SELECT count(*) FROM hive_value)')" \
    "$(sed 's/keys=\([0-9]*\) values=\([0-9]*\) .*/\1|\2/' "$work/made")"
is 'every parent has its row' "$(query 'SELECT count(*) FROM hive_key k LEFT JOIN hive_key p ON p.artifact = k.artifact AND p.ordinal = k.parent
    WHERE p.ordinal IS NULL')" 1
is 'a path is that of its parent and a name' "$(query "SELECT count(*) FROM hive_key k JOIN hive_key p ON p.artifact = k.artifact AND p.ordinal = k.parent
    WHERE substr(k.path, 1, length(p.path) + 1) <> p.path || '/'")" 0
sqlite3 "$work/case1" 'SELECT * FROM hive_key; SELECT * FROM hive_value; SELECT * FROM hive_data' >"$work/one"
sqlite3 "$work/case2" 'SELECT * FROM hive_key; SELECT * FROM hive_value; SELECT * FROM hive_data' >"$work/two"
same 'one worker or two' "$work/one" "$work/two"
finish
