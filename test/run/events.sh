#!/usr/bin/env bash
# Of the change journal of a volume the events of files that give reason to doubt are kept, with their places; and what a
# run for times alone reads.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 mkntfs
[[ -x $make/mkimage ]] || skip_all 'libntfs-3g is not installed'
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
"$make/usnjournal" 300 0 "$work/other"
manifest() {
    printf 'dir\t/d\nmany\t/d\t1000\t3000\t1\ntext\t/d/moved.exe\tx\ntext\t/d/stays.exe\tx\n'
    printf 'text\t/d/gone.exe\tx\ndelete\t/d/gone.exe\n'
    printf 'journal\t1\n'
    # Both kinds of times, so that the file record alone is in order.
    for times in times fntimes; do printf '%s\t/d/moved.exe%s\n' "$times" "$(printf '\t2020-02-02T02:02:02Z%.0s' 1 2 3 4)"; done
}
manifest | volume "$work/image" 64

scan --keep-events "$work/image"
like 'all: a journal of several thousand records' "$(ask 'SELECT count(*) FROM usn')" '^[0-9]{4,5}$'
is 'all: it says so' "$(ask 'SELECT records - kept, selection, complete, damaged, backwards FROM usn_summary')" '0|all|1|0|0'
wanted="SELECT u.ordinal, u.usn, u.name FROM usn u LEFT JOIN artifact a ON a.record = u.file AND a.sequence - (a.flags & 2 > 0) = u.file_sequence AND a.stream IS NULL WHERE u.attributes & 16 OR a.si_created < a.fn_created OR a.name = 'moved.exe' ORDER BY 1"
ask "$wanted" >"$work/wanted"
records=$(ask 'SELECT count(*) FROM usn')
ask 'SELECT count(*), min(usn), max(usn), min(time), max(time) FROM usn' >"$work/period"

scan "$work/image"
ask 'SELECT ordinal, usn, name FROM usn ORDER BY ordinal' >"$work/kept"
same 'folders, extracted files and a file that was there before it was made' "$work/wanted" "$work/kept"
like 'more than a few' "$(wc -l <"$work/kept")" '^[3-9][0-9]$'
is 'the summary counts both' "$(ask 'SELECT records, kept, selection, complete FROM usn_summary')" "$records|$(wc -l <"$work/kept")|candidates|1"
ask 'SELECT records, first_usn, last_usn, first_time, last_time FROM usn_summary' >"$work/said"
same 'and tells the period of all' "$work/period" "$work/said"
is 'paths of what is kept' "$(ask "SELECT DISTINCT path FROM usn_event WHERE name = 'moved.exe'")" /d/moved.exe
ask 'SELECT * FROM usn ORDER BY ordinal' >"$work/two" && scan --jobs 1 "$work/image" && ask 'SELECT * FROM usn ORDER BY ordinal' >"$work/one"
same 'with one worker, too' "$work/two" "$work/one"

# A journal that is not the volume's own is no witness of its files.
{ manifest; printf 'text\t/d/$UsnJrnl\t\nstream\t/d/$UsnJrnl\t$J\t%s\n' "$work/other"; } | volume "$work/image" 64
scan "$work/image"
is "a copy of another volume's journal is kept whole" "$(ask 'SELECT s.selection, s.kept, o.path FROM usn_summary s JOIN artifact a ON a.id = s.artifact JOIN folder o ON o.id = a.folder ORDER BY 3')" "candidates|$(wc -l <"$work/kept")|/\$Extend
all|300|/d"
mkdir "$work/folder" && cp "$work/other" "$work/folder/J" && scan "$work/folder"
is 'so is one in a folder' "$(ask 'SELECT selection, kept, complete FROM usn_summary')" 'all|300|1'
truncate -s 20004 "$work/folder/J" && scan "$work/folder"
is 'what is cut is not complete' "$(ask 'SELECT complete, records < 300 FROM usn_summary')" '0|1'

# --- times alone ---
times() { said=$("$make/timesonly" "$work/case" "$@" 2>&1) || fail "timesonly $*" "$said"; }
manifest | volume "$work/image" 64
times "$work/image"
like 'times: nothing is lost' "$said" ', 0 lost$'
is 'times: the case is whole' "$(ask "SELECT value FROM meta WHERE key = 'complete'")" 1
is 'times: journal, log and folders are read, contents are not' "$(ask "SELECT state, coalesce(reason, ''), sum(flags & 1), sum(stream = '\$J' OR name = '\$LogFile') FROM artifact WHERE flags & 2 = 0 GROUP BY 1, 2")" "read||$(ask 'SELECT count(*) FROM artifact WHERE flags & 3 = 1')|2
unread|not wanted|0|0"
ask 'SELECT ordinal, usn, name FROM usn ORDER BY ordinal' >"$work/got"
same 'times: the events are those of a scan' "$work/kept" "$work/got"
ask "SELECT id, record, sequence, name, si_created, flags FROM artifact ORDER BY id" >"$work/entries"
times "$work/image!vol1!/d/stays.exe"
ask "SELECT id, record, sequence, name, si_created, flags FROM artifact ORDER BY id" >"$work/told"
same 'times: an address in a volume, and all of the volume is told' "$work/entries" "$work/told"
is 'times: its content is read' "$(ask "SELECT name FROM artifact WHERE state = 'head'")" stays.exe
is 'times: and its events are kept' "$(ask "SELECT count(*), count(DISTINCT name), max(attributes & 16) FROM usn WHERE ordinal NOT IN ($(cut -d'|' -f1 "$work/kept" | paste -sd,))")" "$(scan --keep-events "$work/image"; ask "SELECT count(*), 1, 0 FROM usn WHERE name = 'stays.exe'")"
times "$work/image!vol1!/d/part_00000"
is 'times: a folder, and all below' "$(ask "SELECT count(*), count(DISTINCT o.path) FROM artifact a JOIN folder o ON o.id = a.folder WHERE state IN ('head', 'read') AND a.flags & 1 = 0 AND o.path LIKE '/d%'")" '500|1'
times -all "$work/image!vol1!/d/stays.exe"
is 'whole volume: with contents, nothing is left out' "$(ask "SELECT count(*) FROM artifact WHERE reason = 'not wanted'")" 0
times "$work/image!vol1!/d/nowhere"
like 'times: an address that leads nowhere is told' "$(ask 'SELECT summary FROM finding')" 'nothing lies at this address'
finish
