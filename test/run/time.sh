#!/usr/bin/env bash
# assay time: one file's times, verdict and history, from an image, from a case, by path and by entry; and what the judge of times says in a scan.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 mkntfs
[[ -x $make/mkimage ]] || skip_all 'libntfs-3g is not installed'
same_times() { printf '%s\t%s%s\n' "$1" "$2" "$(printf "\t$3%.0s" 1 2 3 4)"; }
{
    printf 'dir\t/Windows\ndir\t/Windows/System32\ndir\t/Windows/System32/config\n'
    printf 'text\t/Windows/System32/wlbsctrl.dll\tpretend\ntext\t/Windows/System32/unzipped.dll\tpretend\n'
    printf 'text\t/Windows/System32/plain.dll\tpretend\ntext\t/Windows/a \xc3\xa4 name.txt\tx\nstream\t/Windows/System32/unzipped.dll\tZone.Identifier\t=[ZoneTransfer]\\r\\nZoneId=3\\r\\nHostUrl=https://example.org/x.zip\\r\\n\n'
    for file in wlbsctrl unzipped; do
        printf 'times\t/Windows/System32/%s.dll\t2019-12-07T09:08:33.1234567Z\t2019-12-07T09:08:33.1234567Z\t2024-02-01T10:00:00.7654321Z\t2024-02-01T10:00:00.7654321Z\n' "$file"
        same_times fntimes "/Windows/System32/$file.dll" 2024-02-01T08:00:00.5000001Z
    done
    printf 'times\t/Windows/System32/unzipped.dll\t2019-12-07T09:08:34.1234567Z\t2019-12-07T09:08:34.1234567Z\t2024-02-01T08:00:00.6000001Z\t2024-02-01T08:00:00.5000001Z\n'
    printf 'event\t/Windows/System32/config\t2024-01-01T00:00:00.0000001Z\t80008000\n'
    for file in wlbsctrl:102 unzipped:8102; do
        printf 'event\t/Windows/System32/%s.dll\t2024-02-01T08:00:00.5000001Z\t100\n' "${file%:*}"
        printf 'event\t/Windows/System32/%s.dll\t2024-02-01T08:00:00.6000001Z\t8000%04x\n' "${file%:*}" "0x${file#*:}"
    done
    printf 'event\t/Windows/System32/wlbsctrl.dll\t2024-02-01T10:00:00.7654321Z\t8000\n'
    printf 'event\t/Windows/System32/wlbsctrl.dll\t2024-02-01T10:00:00.7655321Z\t80008000\n'
    printf 'event\t/Windows/System32/config\t2024-03-01T00:00:00.0000001Z\t80008000\n'
} | volume "$work/image" 64
run() { status=0; "$ASSAY" time "$@" >"$work/out" 2>"$work/err" || status=$?; out=$(<"$work/out"); err=$(<"$work/err"); }

run "$work/image" 'C:\windows\SYSTEM32\WLBSCTRL.DLL'
is 'a moved creation time gives status 1' "$status" 1
like 'its times are a table' "$out" 'created   2019-12-07T09:08:33.1234567Z  2024-02-01T08:00:00.5000001Z'
like 'the verdict' "$out" '  strong          The creation time of this file was moved in a handle session after'
like 'what would have to be true' "$out" '  innocent if     a synchroniser'
like 'the period of the journal' "$out" 'covers 2024-01-01T00:00:00.0000001Z to 2024-03-01T00:00:00.0000001Z'
like 'records to check' "$out" 'MFT entry [0-9]+-1, USN [0-9]+ \(made\), USN [0-9]+ \(times set\)'
like 'the history' "$out" '2024-02-01T10:00:00.7654321Z  journal                USN [0-9]+: BASIC_INFO_CHANGE, /Windows/System32/wlbsctrl.dll'
is 'in order' "$(sed -n '/^History/,$p' <<<"$out" | grep -Eo '^  [0-9T:.Z-]+' | sort -c 2>&1)" ''

run "$work/image" /Windows/System32/unzipped.dll
is 'an extracted file is no finding' "$status" 0
like 'but a note, in so many words' "$out" 'an extractor would leave the same'
like 'with its mark of the web' "$out" 'mark of the web zone 3 https://example.org/x.zip'
run "$work/image" /Windows/System32/plain.dll
is 'a plain file' "$status" 0
like 'is regular' "$out" '  regular         A plain creation explains these times'
entry=$(run "$work/image" /Windows/System32/wlbsctrl.dll; grep -Eo 'MFT entry [0-9]+-[0-9]+' <<<"$out" | head -1 | cut -d' ' -f3)
run "$work/image" "$entry"
like 'by MFT entry and sequence' "$out" 'wlbsctrl.dll'
run "$work/image" "${entry%-*}"
like 'by MFT entry' "$out" 'wlbsctrl.dll'
run "$work/image" "${entry%-*}-77"
is 'another sequence number is another file' "$status" 2
run "$work/image" '/Windows/a ä name.txt'
is 'names in UTF-8' "$status" 0
run --format jsonl "$work/image" /Windows/System32/wlbsctrl.dll
is 'one object for programs' "$(sqlite3 :memory: "SELECT json_extract(j, '$.verdict'), json_extract(j, '$.fn.created'), json_array_length(j, '$.events') > 5 FROM (SELECT readfile('$work/out') AS j)")" 'strong|2024-02-01T08:00:00.5000001Z|1'
cp "$work/out" "$work/jsonl"
run --format jsonl --jobs 1 "$work/image" /Windows/System32/wlbsctrl.dll
same 'one worker says the same' "$work/jsonl" "$work/out"

# From a case.
"$ASSAY" scan --fail-on never -o "$work/case" "$work/image" >"$work/story" 2>/dev/null
run --format jsonl "$work/case" /Windows/System32/wlbsctrl.dll
is 'from a case' "$status" 1
same 'the same object' <(sed "s|\"evidence\":\"[^\"]*\"||" "$work/jsonl") <(sed "s|\"evidence\":\"[^\"]*\"||" "$work/out")
like 'the scan tells it' "$(<"$work/story")" 'high, strong  times of a file that no innocent sequence of operations explains'
like 'and counts' "$(tr -s '\n ' ' ' <"$work/story")" 'Times [0-9,]+ files judged: .* 1 strong; change journal 2024-01-01 to 2024-03-01'
is 'one finding, one note' "$(sqlite3 "$work/case" "SELECT group_concat(verdict, ' ') FROM (SELECT verdict FROM time_verdict WHERE verdict NOT IN ('explained') ORDER BY 1)")" 'strong weak'

# In a collection the path is that of the machine.
mkdir -p "$work/kape/C"
"$make/genmft" 5000 "$work/kape/C/\$MFT" >"$work/counts"
path=$("$ASSAY" list --format jsonl "$work/kape/C/\$MFT" | sed -n 's/.*"path":"\(\/[^"\\]*\.dll\)".*/\1/p' | head -n 1)
run "$work/kape" "C:${path//\//\\}"
like 'a path of a collection' "$out" 'MFT entry [0-9]+-'
run "$work/kape/C/\$MFT" "$path"
like 'a path of a $MFT' "$out" 'MFT entry [0-9]+-'
"$ASSAY" scan --fail-on never -o "$work/mft" "$work/kape/C/\$MFT" >/dev/null 2>&1
is 'by the MFT alone, those whose times were set are irregular, and no others' "$(sqlite3 "$work/mft" 'SELECT irregular, firm, strong FROM time_summary')" "$(sed -n 's/.* stomped \([0-9]*\).*/\1/p' "$work/counts")|0|0"
# Two files of one name on two volumes.
"$make/disk" mbr "$work/two" "$work/image" "$work/image"
run --format jsonl "$work/two" /Windows/System32/wlbsctrl.dll
is 'each of several files gets its verdict' "$(grep -c '"verdict":"strong"' <<<"$out")" 2

# What cannot be answered.
run "$work/image" /nothing/here
is 'nothing there' "$status" 2
like 'is said' "$err" "called '/nothing/here'"
run "$work/image"
is 'a name is asked for' "$status" 2
run "$work/nowhere" /x
is 'evidence that is not there' "$status" 2
head -c 100000 /dev/urandom >"$work/noise"
run "$work/noise" /x
is 'evidence without a volume' "$status" 2
head -c 60000 "$work/case" >"$work/torn"
run "$work/torn" /x
is 'a case that is torn' "$status" 2
run "$work/image" /Windows/System32/wlbsctrl.dll --format csv
is 'a format that there is not' "$status" 2
"$ASSAY" time "$work/image" /Windows/System32/wlbsctrl.dll 2>"$work/err" | head -1 >/dev/null
is 'a reader that leaves' "$(<"$work/err")" ''
# Damage in the journal: never strong.
offset=$(LC_ALL=C grep -obUaP 'c\x00o\x00n\x00f\x00i\x00g\x00' "$work/image" | tail -1 | cut -d: -f1)
cp "$work/image" "$work/bent"
printf '\xff\xff\xff\xff' | dd of="$work/bent" bs=1 seek=$((offset - 60)) conv=notrunc status=none
run "$work/bent" /Windows/System32/wlbsctrl.dll
like 'a damaged journal is firm at most' "$out" '^  (firm|weak) '
finish
