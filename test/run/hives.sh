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

# Transaction logs: OLD with what its log says is NEW, wherever hive and log lie together, under names of any case.
mkdir "$work/logs"
"$make/genhive" 3000 "$work/logs/NTUSER.DAT" >/dev/null
LC_ALL=C sed 's/V\x00e\x00n\x00d\x00o\x00r/W\x00e\x00n\x00d\x00e\x00r/g' "$work/logs/NTUSER.DAT" >"$work/new"
unlike 'what the log changes' "$("$make/genlog" "$work/logs/NTUSER.DAT" "$work/new" "$work/logs/ntuser.dat.LOG1")" 'pages=0$'
: >"$work/logs/ntuser.dat.LOG2"
told() { # the hive's values in the case, and what is said of it
    query "SELECT ordinal, name, type, text, hex(data) FROM hive_value WHERE artifact = (SELECT artifact FROM hive)" >"$work/$1"
    query 'SELECT dirty, replayed, complete FROM hive'
}
scan_all() { assay scan --keep-events --fail-on never --replace -o "$work/case" "$@"; }
scan_all "$work/new"
is 'the new hive' "$(told wanted)" '0|0|1'
scan_all "$work/logs"
is 'in a folder' "$(told folder)" '1|1|1'
same 'as the new one' "$work/wanted" "$work/folder"
scan_all "$work/logs/NTUSER.DAT"
is 'the hive alone is given: names in another case are not looked for' "$(told alone)" '1|0|0'
cp "$work/logs/ntuser.dat.LOG1" "$work/logs/NTUSER.DAT.LOG1"
scan_all "$work/logs/NTUSER.DAT"
is 'the hive alone, its log beside it' "$(told alone)" '1|1|1'
same 'the same' "$work/wanted" "$work/alone"
rm "$work/logs/NTUSER.DAT.LOG1"
tar -C "$work" -czf "$work/logs.tgz" logs
scan_all "$work/logs.tgz"
is 'in an archive' "$(told archive)" '1|1|1'
same 'the same there' "$work/wanted" "$work/archive"
if command -v mkntfs >/dev/null; then
    volume "$work/disk.img" 16 <<EOF
dir	/Users
file	/Users/NTUSER.DAT	$work/logs/NTUSER.DAT
file	/Users/ntuser.dat.LOG1	$work/logs/ntuser.dat.LOG1
EOF
    scan_all "$work/disk.img"
    is 'in an image' "$(told image)" '1|1|1'
    same 'and the same there' "$work/wanted" "$work/image"
else
    skip 'in an image' 'mkntfs is not installed'
fi
rm "$work/logs/ntuser.dat.LOG1"
scan_all "$work/logs"
is 'without its log' "$(told without)" '1|0|0'
finish
