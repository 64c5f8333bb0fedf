#!/usr/bin/env bash
# Real shell links and prefetch files: rows of lnk equal what lnkinfo says, in every field that it prints.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 jq
corpora=$shared/corpora
[[ -s $corpora/golden/summary.jsonl && -d $corpora/EricZimmerman-Lnk ]] || skip_all 'the corpora are absent'
"$ASSAY" scan --fail-on never -o "$work/case" "$corpora/EricZimmerman-Lnk" >/dev/null 2>&1
# Times as 2016-01-26 02:10:52.6107976, - for none.
sqlite3 -separator $'\t' "$work/case" "
    WITH t AS (SELECT o.path || '/' || a.name AS path, l.* FROM lnk l JOIN artifact a ON a.id = l.artifact JOIN folder o ON o.id = a.folder)
    SELECT substr(path, instr(path, '/TestFiles')), coalesce(datetime(created / 10000000 - 11644473600, 'unixepoch') || printf('.%07d', created % 10000000), '-'),
    coalesce(datetime(modified / 10000000 - 11644473600, 'unixepoch') || printf('.%07d', modified % 10000000), '-'), size, printf('0x%08x', attributes),
    coalesce(machine, '-'), coalesce(volume_id, '-'), coalesce(file_id, '-'), coalesce(replace(relative, '\\\\', '\\'), '-'), coalesce(replace(working, '\\\\', '\\'), '-'),
    coalesce(trim(replace(arguments, '\\\\', '\\')), '-') FROM t" | sort >"$work/ours"
jq -r 'def two: if length < 2 then "0" + . else . end;
    def when: if startswith("Not set") then "-" else capture("(?<m>[A-Z][a-z]+) (?<d>[0-9]+), (?<y>[0-9]+) (?<t>[0-9:]+)\\.(?<f>[0-9]{7})") |
        "\(.y)-\(.m as $m | "JanFebMarAprMayJunJulAugSepOctNovDec" | index($m) / 3 + 1 | tostring | two)-\(.d | two) \(.t).\(.f)" end;
    select(.kind == "lnk" and (.path | startswith("EricZimmerman-Lnk"))) | [(.path | sub("^EricZimmerman-Lnk"; "")), (.creation | when), (.modification | when),
    (.file_size | sub(" .*"; "")), .attr, (.machine // "-"), (.droid_vol // "-"), (.droid_file // "-"), (.relative_path // "-"), (.working_dir // "-"),
    (.args // "-" | gsub("^ +| +$"; ""))] | join("\t")' "$corpora/golden/summary.jsonl" | sort >"$work/theirs"
ok 'several hundred links' test "$(wc -l <"$work/ours")" -gt 400
same 'as lnkinfo says' "$work/theirs" "$work/ours"
if [[ -d $corpora/plaso/prefetch ]]; then
    "$ASSAY" scan --fail-on never -o "$work/case" --replace "$corpora/plaso/prefetch" >/dev/null 2>&1
    is 'prefetch files of Windows XP to 10' "$(sqlite3 "$work/case" "SELECT group_concat(name || ' ' || version || ' ' || runs, ', ') FROM (SELECT * FROM prefetch ORDER BY name)")" \
        'BYTECODEGENERATOR.EXE 30 7, CMD.EXE 17 2, NOTEPAD.EXE 30 2, ONEDRIVE.EXE 30 2, PING.EXE 23 14, WUAUCLT.EXE 23 25'
    is 'and the DLLs that they loaded' "$(sqlite3 "$work/case" "SELECT count(*), count(DISTINCT CASE WHEN path LIKE '%NTDLL.DLL' THEN artifact END) FROM prefetch_file")" '1438|6'
fi
finish
