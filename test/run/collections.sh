#!/usr/bin/env bash
# Triage collections as collectors leave them, packed and unpacked: paths, drives, times and trust are those of the machine that
# they were taken from, and what lies inside and is evidence of its own is opened.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
cd "$work" || exit 2
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
scan() {
    run "$ASSAY" scan --fail-on never --no-default-roots --roots few/roots.pem -o "$work/case" --replace "$@"
}
pack() { "$make/ziptar" "$@" || fail "$1 is made"; }
# paths: what the case has of the first evidence, drive and path
paths='SELECT coalesce(v.drive, '"''"') || o.path || "/" || a.name || CASE WHEN a.stream IS NULL THEN "" ELSE ":" || a.stream END
    FROM artifact a JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume'
# trust of all programs by name, one line
trust="SELECT group_concat(line, ' ') FROM (SELECT DISTINCT a.name || '=' || t.state || '/' || coalesce(t.source, '-') AS line FROM trust t
    JOIN artifact a ON a.id = t.artifact WHERE a.name LIKE '%.dll' ORDER BY 1)"

# --- what is in them ---
"$make/signedfew" few
"$make/genmft" 2000 mft >/dev/null
"$make/ntfslog" 131072 60 1 log
"$ASSAY" list --format csv mft 2>/dev/null | tail -n +2 | grep -v deleted >mft.csv
# folders that are there, with their references and paths
"$ASSAY" scan --fail-on never -o mft.case mft >/dev/null 2>&1
in_mft() { sqlite3 -separator ' ' mft.case "$1"; }
folders="FROM artifact a JOIN folder o ON o.id = a.folder WHERE a.flags & 67 = 1 AND a.record > 24 AND o.path <> '' ORDER BY a.id LIMIT 20"
in_mft "SELECT '9' || a.record, 1, a.record, a.sequence, 256, 32, 'in ' || a.record || '.exe' $folders" >lines
in_mft "SELECT o.path || '/' || a.name || '/in ' || a.record || '.exe' $folders" >wanted
"$make/usnjournal" - 0 J <lines
like 'the journal tells of folders that the $MFT has' "$(wc -l <wanted)" '^20$'
in_mft "SELECT '/\$Unknown-' || a.record || '-' || a.sequence || '/in ' || a.record || '.exe' $folders" >unknown
covers='C/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/list.cat'
wanted_trust='changed.dll=digest-mismatch/embedded covered.dll=trusted/catalog good.dll=trusted/embedded unsigned.dll=unknown/-'
machine() { # PREFIX: the files of drive C below it
    local p=$1
    printf 'file\t%s\t%s\n' "${p}Windows/System32/good.dll" few/good.dll "${p}Windows/System32/changed.dll" few/changed.dll \
        "${p}Windows/System32/covered.dll" few/covered.dll "${p}Windows/System32/unsigned.dll" few/unsigned.dll \
        "${p}${covers#C/}" few/list.cat "${p}\$MFT" mft "${p}\$LogFile" log "${p}\$Extend/\$J" J
}

# judged NAME EVIDENCE-ROW: the case holds the machine as it was
judged() {
    is "$1: status" "$status" 0
    is "$1: the evidence" "$(ask 'SELECT kind, collector, host FROM evidence WHERE id = 1')" "$2"
    is "$1: the drive" "$(ask "SELECT ordinal, kind, drive, state, shadow FROM volume WHERE evidence = 1")" "${3:-1|collected|C:|read|}"
    is "$1: paths are those of the machine" "$(ask "$paths WHERE a.evidence = 1 AND v.id AND a.flags & 1 = 0 ORDER BY 1")" "${4:-$machine_paths}"
    is "$1: the \$MFT is evidence of its own, of that drive" "$(ask 'SELECT e.kind, a.name, v.drive, v.kind, v.records FROM evidence e
        JOIN artifact a ON a.id = e.artifact JOIN volume v ON v.evidence = e.id WHERE e.id = 2')" "mft|\$MFT|C:|ntfs|2000"
    is "$1: the journal" "$(ask "SELECT count(*), a.name || ':' || a.stream FROM usn JOIN artifact a ON a.id = usn.artifact")" "20|\$UsnJrnl:\$J"
    ask 'SELECT path FROM usn_event ORDER BY ordinal' >paths
    same "$1: its paths by the collected \$MFT" wanted paths
    is "$1: said so" "$(ask "SELECT count(*) > 10 FROM usn_event WHERE path_source = 'mft-collected'")" 1
    is "$1: the log" "$(ask "SELECT a.name, l.state, l.records > 60, count(r.lsn) > 60 FROM log_summary l JOIN artifact a ON a.id = l.artifact
        JOIN log_record r ON r.artifact = a.id")" "\$LogFile|used|1|1"
    is "$1: trust" "$(ask "$trust")" "$wanted_trust"
    ask "SELECT DISTINCT a.name, h.sha256 IS NOT NULL, p.machine, p.authentihash_sha256 FROM artifact a JOIN hashes h ON h.artifact = a.id
        LEFT JOIN pe p ON p.artifact = a.id WHERE a.evidence = 1 AND a.name LIKE '%.dll' ORDER BY 1" >facts
    [[ -f facts.first ]] || cp facts facts.first
    same "$1: the same facts as in the others" facts.first facts
}
machine_paths='C:/$Extend/$UsnJrnl:$J
C:/$LogFile
C:/$MFT
C:/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/list.cat
C:/Windows/System32/changed.dll
C:/Windows/System32/covered.dll
C:/Windows/System32/good.dll
C:/Windows/System32/unsigned.dll'

# --- KAPE ---
{ machine C/; printf 'text\t2024-11-05T174536_CopyLog.csv\tCopiedTimestamp,SourceFile\n'; } >kape.list
pack kape.zip kape.list
scan kape.zip
judged 'KAPE, ZIP' 'archive|KAPE|'
is 'own files of the collector have no drive' "$(ask "$paths WHERE a.evidence = 1 AND v.id IS NULL AND a.flags & 1 = 0")" '/2024-11-05T174536_CopyLog.csv'
is 'the catalog that covers is named' "$(ask "SELECT c.name FROM trust t JOIN artifact c ON c.id = t.catalog")" list.cat
is 'no collected drive is complete' "$(ask 'SELECT DISTINCT c.complete FROM collected c JOIN volume v ON v.id = c.volume AND v.evidence = 1')" 0
is 'times of DOS' "$(ask "SELECT DISTINCT (si_modified - 116444736000000000) / 10000000, si_created, si_accessed FROM artifact WHERE evidence = 1 AND name LIKE '%.dll'")" '1744723982||'
assay list kape.zip
like 'list has the place of the machine' "$out" 'C:.*Windows.System32.good\.dll|/Windows/System32/good\.dll'
assay list --format jsonl kape.zip
is 'list: rows' "$(grep -c '"volume":1.*"/Windows/System32/[a-z]*\.dll"' <<<"$out")" 4
is 'list: the stream' "$(grep -c '"/$Extend/$UsnJrnl".*"stream":"$J"' <<<"$out")" 1
run "$ASSAY" scan --fail-on never --no-default-roots --roots few/roots.pem --format jsonl kape.zip
like 'findings in JSON have the address of the machine' "$out" '"address":"kape.zip!vol1!/Windows/System32/changed.dll".*"drive":"C:"'
run "$ASSAY" scan --fail-on never --no-default-roots --roots few/roots.pem kape.zip
like 'and the story, for eyes' "$out" 'kape\.zip ▸ C:\\Windows\\System32\\changed\.dll'
run "$ASSAY" scan --jobs 1 --fail-on never --no-default-roots --roots few/roots.pem -o one --replace kape.zip
run "$ASSAY" scan --jobs 3 --fail-on never --no-default-roots --roots few/roots.pem -o three --replace kape.zip
for n in one three; do sqlite3 $n '.dump artifact' '.dump evidence' '.dump volume' '.dump finding' '.dump trust' '.dump usn_path' >$n.sql; done
same 'the same case with one worker and three' one.sql three.sql

mkdir tree
while IFS=$'\t' read -r kind path what; do
    mkdir -p "tree/$(dirname "$path")"
    if [[ $kind == file ]]; then cp "$what" "tree/$path"; else printf '%s' "$what" >"tree/$path"; fi
done <kape.list
scan tree
judged 'KAPE, folder' 'folder|KAPE|'
is 'the $MFT of a folder has its own path' "$(ask 'SELECT path FROM evidence WHERE id = 2')" 'tree/C/$MFT'

# The same files in other company: below a host's folder, and beside another drive.
{ machine HOST7/C/; machine HOST7/E/ | grep -v '\$'; } >host.list
pack host.zip host.list
scan host.zip
is 'drives below a folder' "$(ask 'SELECT ordinal, drive FROM volume WHERE evidence = 1')|$(ask 'SELECT collector FROM evidence WHERE id = 1')" $'1|C:\n2|E:|drives'
is 'with their files' "$(ask "SELECT v.drive, count(*) FROM artifact a JOIN volume v ON v.id = a.volume WHERE v.evidence = 1 AND a.flags & 1 = 0 GROUP BY 1")" $'C:|8\nE:|5'
is 'and the $MFT of one' "$(ask 'SELECT v.drive FROM volume v WHERE v.evidence = 2')" C:
is 'a catalog speaks for its own drive' "$(ask "SELECT v.drive, t.state FROM trust t JOIN artifact a ON a.id = t.artifact JOIN volume v ON v.id = a.volume WHERE a.name = 'covered.dll' ORDER BY 1")" $'C:|trusted\nE:|trusted'
grep -v 'E/.*CatRoot' host.list >host2.list
pack host2.zip host2.list
scan host2.zip
is 'and for no other' "$(ask "SELECT v.drive, t.state FROM trust t JOIN artifact a ON a.id = t.artifact JOIN volume v ON v.id = a.volume WHERE a.name = 'covered.dll' ORDER BY 1")" $'C:|trusted\nE:|unknown'
grep -v 'C/\$MFT' host.list | sed "\$a file\tHOST7/E/\$MFT\tmft" | grep -av '^$' >host3.list
pack host3.zip host3.list
scan host3.zip
is 'the $MFT of one drive is not that of the other' "$(ask "SELECT DISTINCT path_source FROM usn_event")|$(ask 'SELECT drive FROM volume WHERE evidence = 2')" 'unknown|E:'

# --- Velociraptor ---
J64=$(($(stat -c %s J)))
{
    machine 'uploads/auto/C%3A/' | sed 's,uploads/auto/C%3A/\$,uploads/ntfs/%5C%5C.%5CC%3A/$,; s,\$Extend/\$J,$Extend/$UsnJrnl%3A$J,'
    printf 'text\tuploads/ntfs/%%5C%%5C.%%5CC%%3A/$Extend/$UsnJrnl%%3A$J.idx\t{"ranges":[{"file_offset":0,"original_offset":0,"file_length":0,"length":1048576},{"file_offset":0,"original_offset":1048576,"file_length":%s,"length":%s}]}\n' "$J64" "$J64"
    printf 'file\tuploads/ntfs/%%5C%%5C%%3F%%5CGLOBALROOT%%5CDevice%%5CHarddiskVolumeShadowCopy2/Windows/System32/good.dll\tfew/good.dll\n'
    printf 'text\tclient_info.json\t{"Hostname":"WS-042","OS":"windows"}\n'
    printf 'text\tuploads.json\t{}\n'
    printf 'file\tresults/Windows.KapeFiles.Targets.json\tlines\n'
} >velociraptor.list
pack Collection-WRONG-2024-11-05T17_45_36Z.zip velociraptor.list
scan Collection-WRONG-2024-11-05T17_45_36Z.zip
judged 'Velociraptor' 'archive|Velociraptor|WS-042' $'1|collected|C:|read|\n2|collected|C:|read|2' "$(
    printf 'C:/Windows/System32/good.dll\n%s' "$machine_paths" | sort)"
is 'the sparse journal has its size back' "$(ask "SELECT size FROM artifact WHERE stream = '\$J'")" $((J64 + 1048576))
is 'its index is no file of the machine' "$(ask "$paths WHERE a.name LIKE '%.idx'")" '/uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J.idx'
is 'shadow copies' "$(ask "SELECT v.shadow, o.path || '/' || a.name FROM artifact a JOIN folder o ON o.id = a.folder JOIN volume v ON v.id = a.volume WHERE v.shadow")" '2|/Windows/System32/good.dll'
run "$ASSAY" scan --host MINE --fail-on never -o case --replace Collection-WRONG-2024-11-05T17_45_36Z.zip
is '--host decides' "$(ask 'SELECT DISTINCT host FROM evidence')" MINE
grep -v client_info velociraptor.list | pack Collection-BY_NAME-2024-11-05T17_45_36Z.zip -
scan Collection-BY_NAME-2024-11-05T17_45_36Z.zip
is 'without client_info.json the name tells' "$(ask 'SELECT host FROM evidence WHERE id = 1')" BY_NAME

# --- CyLR ---
{ machine C/ | sed 's,\$Extend/\$J,$Extend/$UsnJrnl$J,'; printf 'text\tCyLR_Collection_Log_2024-01-01.log\tx\n'; } | pack SRV9.zip -
scan SRV9.zip
judged 'CyLR' 'archive|CyLR|SRV9'

# --- UAC ---
{
    printf 'file\t[root]/etc/passwd\tlines\n'
    printf 'file\t[root]/usr/bin/tool.dll\tfew/good.dll\n'
    printf 'text\tuac.log\tx\n'
    printf 'text\tlive_response/process/ps.txt\tx\n'
} >uac.list
for kind in tar tar.gz; do
    pack "uac-web01-linux-20240102030405.$kind" uac.list
    scan "uac-web01-linux-20240102030405.$kind"
    is "UAC, $kind" "$status $(ask 'SELECT kind, container, collector, host FROM evidence')" "0 archive|$kind|UAC|web01"
    is "UAC, $kind: paths" "$(ask "$paths WHERE v.id AND a.flags & 1 = 0 ORDER BY 1")" $'/etc/passwd\n/usr/bin/tool.dll'
    is "UAC, $kind: times" "$(ask "SELECT (si_modified - 116444736000000000) / 10000000 FROM artifact WHERE name = 'passwd'")" 1700000000
    is "UAC, $kind: trust" "$(ask "$trust")" 'tool.dll=trusted/embedded'
done
run "$ASSAY" list uac-web01-linux-20240102030405.tar.gz
like 'UAC: listed' "$status $out" '/etc/passwd'

# --- times of NTFS ---
printf 'file\tC/Windows/System32/good.dll\tfew/good.dll\tntfs=1\n' | pack times.zip -
scan times.zip
is 'times of NTFS to the last digit' "$(ask "SELECT si_created, si_modified - si_created, si_accessed - si_created FROM artifact WHERE name = 'good.dll'")" '133514067061234567|864000000000|1728000000000'

# --- what is none ---
mkdir -p source/c/lib source/d
echo x >source/c/main.c && echo x >source/c/lib/x.c && echo x >source/d/main.d
printf 'text\t%s\tx\n' c/main.c c/lib/x.c d/main.d Users/readme.txt >source.list
pack source.zip source.list
for evidence in source source.zip; do
    scan $evidence
    is "$evidence is no collection" "$(ask 'SELECT collector, host FROM evidence')|$(ask 'SELECT count(*) FROM volume')" '||0'
    is "$evidence: files keep their paths" "$(ask "SELECT count(*) FROM artifact a JOIN folder o ON o.id = a.folder WHERE o.path LIKE '%c/lib' AND name = 'x.c'")" 1
done
scan few
is 'alone, too, is trust the same' "$(ask "$trust")" "$wanted_trust"
finish
