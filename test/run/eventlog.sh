#!/usr/bin/env bash
# Event logs become rows of event, event_gap and event_log: in a folder and in an image; what is kept, what is missing, what is damaged.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
of="FROM event_log l JOIN artifact a ON a.id = l.artifact"

mkdir "$work/logs"
{
    printf '2024-05-06T07:08:09Z\tService Control Manager\t7045\tSystem\tHOST\tServiceName=a\tImagePath=C:\\Temp\\"x".sys\t@user=18\n'
    for i in {1..800}; do printf '2024-05-06T07:08:%02dZ\tNoise\t%d\tSystem\tHOST\tText=some text that fills\n' $((i % 60)) "$i"; done
    printf '2024-05-06T08:00:00Z\tService Control Manager\t7040\tSystem\tHOST\tparam1=IKEEXT\tparam2=demand start\tparam3=auto start\t@gap=30\n'
    printf '2024-05-06T08:00:01Z\tNoise\t7045\tSystem\tHOST\n'
} | "$make/mkevtx" "$work/logs/System.evtx"
{
    printf '2024-05-06T07:00:00Z\tMicrosoft-Windows-Sysmon\t7\tMicrosoft-Windows-Sysmon/Operational\tHOST\tImageLoaded=C:\\a.dll\tSigned=true\n'
    printf '2024-05-06T07:00:01Z\tMicrosoft-Windows-Sysmon\t7\tMicrosoft-Windows-Sysmon/Operational\tHOST\tImageLoaded=C:\\b.dll\tSigned=FALSE\n'
    printf '2024-05-06T07:00:02Z\tMicrosoft-Windows-Sysmon\t11\tMicrosoft-Windows-Sysmon/Operational\tHOST\tTargetFilename=C:\\x.txt\n'
    printf '2024-05-06T07:00:03Z\tMicrosoft-Windows-Sysmon\t11\tMicrosoft-Windows-Sysmon/Operational\tHOST\tTargetFilename=C:\\Windows\\System32\\wlbsctrl.DLL\n'
    printf '2024-05-06T06:00:00Z\tMicrosoft-Windows-Sysmon\t6\tMicrosoft-Windows-Sysmon/Operational\tHOST\tImageLoaded=C:\\d.sys\tLong=%s\n' "$(head -c 30000 /dev/zero | tr '\0' '\\')"
} | "$make/mkevtx" "$work/logs/Sysmon.evtx"
scan "$work/logs"
is 'a log is told by its content' "$(ask "SELECT a.name, l.channel, records, kept, selection, first_number, last_number, next_number, gaps, missing, backwards > 0, slack, dirty, complete $of ORDER BY 1")" \
    $'Sysmon.evtx|Microsoft-Windows-Sysmon/Operational|5|3|selected|1|5|6|0|0|1|0|0|1\nSystem.evtx|System|803|2|selected|1|833|834|1|30|1|0|0|0'
is 'the gap' "$(ask 'SELECT last_number, next_number, next_time - last_time > 30000000000 FROM event_gap')" '801|832|1'
is 'the events that are selected' "$(ask "SELECT e.ordinal, number, provider, event_id, level, e.channel, computer, user, json_extract(data, '$.ServiceName', '$.ImagePath', '$.param3') FROM event e JOIN artifact a ON a.id = e.artifact WHERE a.name = 'System.evtx' ORDER BY 1")" \
    $'0|1|Service Control Manager|7045|4|System|HOST|S-1-5-18|["a","C:\\\\Temp\\\\\\"x\\".sys",null]\n801|832|Service Control Manager|7040|4|System|HOST||[null,null,"auto start"]'
is 'of some only those that hold a word' "$(ask "SELECT event_id, ifnull(json_extract(data, '$.ImageLoaded'), json_extract(data, '$.TargetFilename')), ifnull(cut, 0), length(data) < 60000 FROM event WHERE channel LIKE '%Sysmon%' ORDER BY ordinal")" \
    $'7|C:\\b.dll|0|1\n11|C:\\Windows\\System32\\wlbsctrl.DLL|0|1\n6|C:\\d.sys|1|1'
is 'times are those of the events' "$(ask "SELECT count(*) FROM event WHERE time = written AND time BETWEEN 133590000000000000 AND 133600000000000000")" 5
is 'a sound log is not said to be damaged' "$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" 0
is 'its driver and its gap are told once' "$(ask 'SELECT detector, severity FROM finding ORDER BY 1')" $'driver_events|0\nevidence_removed|2'
is 'the log is digested, too' "$(ask "SELECT lower(hex(sha256)) FROM hashes JOIN artifact a ON a.id = artifact WHERE name = 'System.evtx'")" "$(sha256sum <"$work/logs/System.evtx" | cut -d' ' -f1)"
scan --keep-events "$work/logs"
is 'all of them with --keep-events' "$(ask "SELECT a.name, kept, selection $of ORDER BY 1")|$(ask 'SELECT count(*) FROM event')" $'Sysmon.evtx|5|all\nSystem.evtx|803|all|808'

# Damage: a byte of a record, a chunk that is gone, a header that is gone, a torn end.
mkdir "$work/bad"
for name in record chunk header torn; do cp "$work/logs/System.evtx" "$work/bad/$name.evtx"; done
printf 'x' | dd of="$work/bad/record.evtx" bs=1 seek=$((4096 + 512 + 4)) conv=notrunc status=none
head -c 65536 /dev/urandom | dd of="$work/bad/chunk.evtx" bs=4096 seek=17 conv=notrunc status=none
head -c 4096 /dev/zero | dd of="$work/bad/header.evtx" bs=4096 conv=notrunc status=none
truncate -s $((4096 + 65536 + 30000)) "$work/bad/torn.evtx"
scan --keep-events "$work/bad"
first=$(ask "SELECT records $of WHERE name = 'record.evtx'")
is 'one record is lost with its size' "$first" 802
like 'a log without its header has all records' "$(ask "SELECT records, complete, dirty IS NULL $of WHERE name = 'header.evtx'")" '^803\|0\|1$'
like 'the chunks around one that is gone are read' "$(ask "SELECT records > 350 AND records < 803, damaged_chunks, gaps, complete $of WHERE name = 'chunk.evtx'")" '^1\|1\|2\|0$'
like 'a torn log is read as far as it goes' "$(ask "SELECT records > 100, complete, gaps $of WHERE name = 'torn.evtx'")" '^1\|0\|1$'
is 'each is a finding' "$(ask "SELECT count(DISTINCT artifact) FROM finding WHERE detector = 'damaged'")" 4

if command -v mkntfs >/dev/null; then
    printf 'dir\t/Windows\ndir\t/Windows/System32\ndir\t/Windows/System32/winevt\ndir\t/Windows/System32/winevt/Logs\nfile\t/Windows/System32/winevt/Logs/System.evtx\t%s\n' "$work/logs/System.evtx" >"$work/manifest"
    if volume "$work/image" 32 <"$work/manifest" 2>"$work/err"; then
        scan "$work/image"
        is 'in an image' "$(ask "SELECT a.name, records, kept, missing $of")" 'System.evtx|803|2|30'
    else
        fail 'in an image' "$(cat "$work/err")"
    fi
else
    skip 'in an image' 'mkntfs is not installed'
fi
finish
