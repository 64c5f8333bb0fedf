#!/usr/bin/env bash
# The change journal of a volume, and one that lies in a folder, become rows of usn: those that The Sleuth Kit's usnjls reads.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk
"$make/usnjournal" 5000 0 "$work/J"
rows="SELECT usn, file || '-' || file_sequence, parent || '-' || parent_sequence, printf('%d.%07d', time / 10000000 - 11644473600, time % 10000000), reason, name FROM usn ORDER BY ordinal"
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }

mkdir "$work/triage"
cp "$work/J" "$work/triage/%24J"
"$make/usnjournal" 5000 83886080 "$work/triage/copy without its start"
head -c 500000 /dev/zero >"$work/triage/zeros"
scan "$work/triage"
is 'journals in a folder are known by their content' "$(ask 'SELECT a.name, count(*), min(u.usn) FROM usn u JOIN artifact a ON a.id = u.artifact GROUP BY 1')" $'%24J|5000|0\ncopy without its start|5000|83886080'
is 'where the place differs it is told' "$(ask 'SELECT count(offset), count(*), max(usn - offset) FROM usn WHERE usn >= 83886080')" '5000|5000|83886080'
is 'reasons have names' "$(ask 'SELECT DISTINCT reasons FROM usn ORDER BY 1')" $'DATA_EXTEND|FILE_CREATE|CLOSE\nFILE_CREATE'
is 'versions' "$(ask "SELECT version, count(*) FROM usn WHERE artifact = (SELECT min(artifact) FROM usn) GROUP BY 1")" $'2|4286\n3|714'

if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    printf 'text\t/$Extend/$UsnJrnl\t\nstream\t/$Extend/$UsnJrnl\t$J\t%s\n' "$work/J" | volume "$work/image" 64
    scan "$work/image"
    is 'the journal of a volume' "$(ask "SELECT count(*), a.name || ':' || a.stream FROM usn JOIN artifact a ON a.id = usn.artifact")" '5000|$UsnJrnl:$J'
    ask "$rows" >"$work/ours"
    if command -v usnjls >/dev/null; then
        printf 'file\t/$Extend/$UsnJrnl\t%s\n' "$work/J" | volume "$work/peer" 64
        usnjls -f ntfs -m "$work/peer" | awk -F'|' '{ split($6, t, "."); printf "%s|%s|%s|%d.%07d|%s|%s\n", $5, $3, $4, t[1], t[2] / 100, $7, $NF }' >"$work/theirs"
        ask "${rows/FROM usn/FROM usn WHERE version = 2}" >"$work/second" # usnjls passes over version 3
        same 'as usnjls reads it' "$work/theirs" "$work/second"
    else
        skip 'as usnjls reads it' 'usnjls is absent'
    fi
    scan --jobs 1 "$work/image" && ask "$rows" >"$work/one"
    same 'with one worker, too' "$work/ours" "$work/one"
else
    skip 'the journal of a volume' 'mkntfs or libntfs-3g is not installed'
fi
printf '\245%.0s' {1..300} | dd of="$work/triage/%24J" bs=1 seek=20000 conv=notrunc status=none
scan "$work/triage"
like 'damage is a finding' "$(ask "SELECT summary FROM finding WHERE detector = 'damaged'")" 'no record'
like 'and costs what it hits' "$(ask 'SELECT count(*) FROM usn')" '^99[0-9][0-9]$'
finish
