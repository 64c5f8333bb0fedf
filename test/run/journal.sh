#!/usr/bin/env bash
# The change journal of a volume, and one that lies in a folder, become rows of usn: those that The Sleuth Kit's usnjls reads.
# Of a volume, all of them with --keep-events; what is kept without it, events.sh tests.
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

mkdir "$work/odd"
"$make/usnjournal" 5000 8589934592 "$work/part"
truncate -s 8G "$work/odd/with its hole" && cat "$work/part" >>"$work/odd/with its hole"
{ head -c 50000000 /dev/zero; tail -c +50000001 <(head -c 50003968 /dev/zero); cat "$work/part"; } >"$work/odd/zeros for a hole"
tail -c +4025 "$work/part" >"$work/odd/from within a record"
head -c 3000000 /dev/zero >"$work/odd/zeros"
{ head -c 3000000 /dev/zero; yes | head -c 50000; } >"$work/odd/zeros and text"
head -c 3000000 /dev/zero | tr '\\0' '\\377' >"$work/odd/ones"
scan "$work/odd"
is 'a journal is known wherever its copy begins' "$(ask 'SELECT a.name, count(*) > 4950, max(u.usn) FROM usn u JOIN artifact a ON a.id = u.artifact GROUP BY 1')" "$(sqlite3 ':memory:' "SELECT name || '|1|' || $("$ASSAY" scan --fail-on never -o "$work/c" "$work/part" >/dev/null 2>&1; sqlite3 "$work/c" 'SELECT max(usn) FROM usn') FROM (SELECT 'from within a record' AS name UNION SELECT 'with its hole' UNION SELECT 'zeros for a hole')")"
"$ASSAY" scan --hash --fail-on never -o "$work/hashed" "$work/odd/zeros for a hole" >/dev/null 2>&1
is 'also where everything is digested' "$(sqlite3 "$work/hashed" 'SELECT count(*) > 4950 FROM usn')" 1

if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    printf 'text\t/$Extend/$UsnJrnl\t\nstream\t/$Extend/$UsnJrnl\t$J\t%s\n' "$work/J" | volume "$work/image" 64
    scan --keep-events "$work/image"
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
    scan --keep-events --jobs 1 "$work/image" && ask "$rows" >"$work/one"
    same 'with one worker, too' "$work/ours" "$work/one"

    # Records that refer to the folders of a volume: made from its listing, and put into the same volume once more.
    manifest='dir\t/docs\ndir\t/docs/deep\ndir\t/docs/deep/er\ndir\t/docs/many\nmany\t/docs/many\t20\t100\t1\ntext\t/docs/deep/er/a.exe\tx\ndir\t/gone\ndir\t/gone/too\ntext\t/root.exe\tx\ndelete\t/gone/too\n'
    printf "$manifest"'text\t/$Extend/$UsnJrnl\t\n' | volume "$work/image" 64
    scan --keep-events "$work/image"
    folders="FROM artifact f JOIN folder o ON o.id = f.folder WHERE f.flags & 3 = 1"
    number() { sqlite3 -separator ' ' "$work/case" "SELECT f.record, f.sequence $folders AND o.path || '/' || f.name = '$1'"; }
    files="FROM artifact a JOIN folder d ON d.id = a.folder JOIN (SELECT f.record, f.sequence, CASE f.record WHEN 5 THEN '' ELSE o.path || '/' || f.name END AS path $folders) p ON p.path = d.path WHERE a.flags & 3 = 0 AND a.stream IS NULL AND a.record > 24 AND a.name NOT LIKE '\$UsnJrnl' ORDER BY a.id"
    sqlite3 -separator ' ' "$work/case" "SELECT a.record, a.sequence, p.record, p.sequence, 256, 32, a.name $files" >"$work/lines"
    ask "SELECT d.path || '/' || a.name $files" >"$work/wanted"
    docs=$(number /docs) deep=$(number /docs/deep) too="$(sqlite3 -separator ' ' "$work/case" "SELECT record, sequence - 1 FROM artifact WHERE name = 'too'")"
    {
        echo "900 1 $deep 256 32 before.exe"
        echo "$docs 5 5 4096 16 papers"
        echo "900 1 $deep 256 32 between.exe"
        echo "$docs 5 5 8192 16 docs"
        echo "900 1 $too 256 32 dropped.exe"
        echo "900 1 ${deep% *} 77 256 32 elsewhere.exe"
        echo "901 7 ${deep% *} 78 512 32 carved.exe"
        cat "$work/lines"
    } | "$make/usnjournal" - 0 "$work/real"
    printf "$manifest"'text\t/$Extend/$UsnJrnl\t\nstream\t/$Extend/$UsnJrnl\t$J\t%s\n' "$work/real" | volume "$work/image" 64
    scan --keep-events "$work/image"
    ask 'SELECT path FROM usn_event WHERE ordinal > 6 ORDER BY ordinal' >"$work/paths"
    same 'paths are those of the listing' "$work/wanted" "$work/paths"
    like 'of more than a few files' "$(wc -l <"$work/paths")" '^2[0-9]$'
    is 'and known by the MFT' "$(ask 'SELECT DISTINCT path_source FROM usn_event WHERE ordinal > 6')" mft
    is 'what has changed since is told as it was' "$(ask 'SELECT path, path_source FROM usn_event WHERE ordinal < 7 AND attributes & 16 = 0 ORDER BY ordinal')" "/papers/deep/before.exe|journal
/papers/deep/between.exe|journal
/gone/too/dropped.exe|mft-deleted
/\$Unknown-${deep% *}-77/elsewhere.exe|unknown
/\$Unknown-${deep% *}-78/carved.exe|unknown"
    ask 'SELECT path, path_source FROM usn_event ORDER BY ordinal' >"$work/four" && scan --keep-events --jobs 1 "$work/image"
    ask 'SELECT path, path_source FROM usn_event ORDER BY ordinal' >"$work/one"
    same 'with one worker, too, are the paths' "$work/four" "$work/one"
    mkdir "$work/alone" && cp "$work/real" "$work/alone/J" && scan "$work/alone"
    is 'by itself a journal knows what it tells of' "$(ask "SELECT path, path_source FROM usn_event WHERE name IN ('root.exe', 'papers', 'before.exe') ORDER BY ordinal")" "/\$Unknown-${deep/ /-}/before.exe|unknown
/papers|journal
/root.exe|journal"
else
    skip 'the journal of a volume' 'mkntfs or libntfs-3g is not installed'
fi
printf '\245%.0s' {1..300} | dd of="$work/triage/%24J" bs=1 seek=20000 conv=notrunc status=none
scan "$work/triage"
like 'damage is a finding' "$(ask "SELECT summary FROM finding WHERE detector = 'damaged'")" 'no record'
like 'and costs what it hits' "$(ask 'SELECT count(*) FROM usn')" '^99[0-9][0-9]$'
finish
