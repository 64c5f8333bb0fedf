#!/usr/bin/env bash
# $LogFile becomes rows of log_record and log_summary: in an image and in a folder, with the records that ntfsrecover of ntfs-3g sees.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
# What ntfsrecover shows: LSN, redo and undo, in small letters, for its names are spelt otherwise.
lsns() { awk '/^this_lsn/ { l = $2 } /^redo_operation/ { r = $3 } /^undo_operation/ { print l "|" r "|" $3 }' | tr '[:upper:]' '[:lower:]' | sort -u; }
changes="SELECT printf('%016x', lsn), redo, undo FROM log_record ORDER BY lsn"

mkdir "$work/triage"
"$make/ntfslog" 2097152 1000 1 "$work/triage/C_\$LogFile"
"$make/ntfslog" 2097152 1000 2 "$work/triage/copy"
"$make/ntfslog" 262144 2000 1 "$work/triage/turned"
"$make/ntfslog" 262144 2000 1 "$work/triage/without its head"
dd if=/dev/zero of="$work/triage/without its head" bs=4096 count=2 conv=notrunc status=none
head -c 500000 /dev/zero >"$work/triage/zeros"
scan "$work/triage"
names='FROM log_summary l JOIN artifact a ON a.id = l.artifact ORDER BY a.name'
is 'logs are known by their content' "$(ask "SELECT a.name, l.state, l.major, l.clean, l.copies, l.bad_pages, l.complete $names")" \
    $'C_$LogFile|used|1|1|1|0|1\ncopy|used|2|1|1|0|1\nturned|used|1|1|1|0|1\nwithout its head|headless|||1|0|1'
is 'all changes of a log that has not turned' "$(ask "SELECT a.name, what, count(*) FROM log_record r JOIN artifact a ON a.id = r.artifact WHERE a.name = 'copy' GROUP BY 1, 2")" \
    $'copy|index_add|1000\ncopy|record_free|1000\ncopy|record_init|1000\ncopy|si_update|2000'
is 'versions differ in places only' "$(ask "SELECT count(DISTINCT n) FROM (SELECT group_concat(r.what || r.record || ifnull(r.name, '') || ifnull(created_after, '') || ifnull(created_before, '')) AS n FROM log_record r JOIN artifact a ON a.id = r.artifact WHERE a.name IN ('C_\$LogFile', 'copy') GROUP BY a.id)")" 1
is 'times before and after' "$(ask "SELECT DISTINCT created_before IS NULL, created_after, modified_before >= 133500000000000000, modified_after FROM log_record r JOIN artifact a ON a.id = r.artifact WHERE a.name = 'copy' AND what = 'si_update' AND modified_after < 133000000000000000")" '0|130000000000000000|1|130000000000000000'
is 'a log that has turned has its newest end' "$(ask "SELECT max(r.record), count(*) > 150 FROM log_record r JOIN artifact a ON a.id = r.artifact WHERE a.name = 'turned' AND what = 'record_init'")" '2099|1'
is 'and the same without its head' "$(ask "SELECT count(DISTINCT n) FROM (SELECT group_concat(r.lsn || r.what || ifnull(r.name, '')) AS n FROM log_record r JOIN artifact a ON a.id = r.artifact WHERE a.name IN ('turned', 'without its head') GROUP BY a.id)")" 1
is 'rows are in the order of their LSN' "$(ask 'SELECT count(*) FROM log_record a JOIN log_record b ON a.artifact = b.artifact AND b.ordinal = a.ordinal + 1 WHERE b.lsn <= a.lsn')" 0
like 'the missing head is a finding' "$(ask "SELECT summary FROM finding WHERE detector = 'damaged'")" 'restart page'

if command -v mkntfs >/dev/null; then
    truncate -s 64M "$work/image" && mkntfs -F -Q -q -s 512 -p 2048 "$work/image" >/dev/null 2>&1
    scan "$work/image"
    is 'what a formatter leaves is empty and no damage' "$(ask "SELECT state, records, bad_pages, complete FROM log_summary")|$(ask 'SELECT count(*) FROM finding')" 'empty|0|0|1|0'
    at=$(LC_ALL=C grep -obUaP '\xff{4096}' "$work/image" | head -n 1 | cut -d: -f1) # the log, which is 2 MiB there
    for log in 'C_$LogFile' copy; do # of versions 1.1 and 2.0, as records that ntfsrecover reads in its place
        dd if="$work/triage/$log" of="$work/image" bs=4096 seek=$((at / 4096)) conv=notrunc status=none
        scan "$work/image"
        if command -v ntfsrecover >/dev/null; then
            ntfsrecover -k -f -v "$work/image" 2>/dev/null | lsns >"$work/theirs"
            is "as ntfsrecover reads it, version $(ask 'SELECT major FROM log_summary')" "$(ask 'SELECT records FROM log_summary')" "$(cut -d'|' -f1 "$work/theirs" | sort -u | wc -l)"
            ask "$changes" | tr '[:upper:]' '[:lower:]' >"$work/ours"
            is 'changes that it does not see' "$(comm -23 "$work/ours" "$work/theirs" | head)|$(wc -l <"$work/ours")" '|5000'
        else
            skip 'as ntfsrecover reads it' 'ntfsrecover is absent'
        fi
    done
else
    skip 'what a formatter leaves is empty and no damage' 'mkntfs is not installed'
fi

real=$shared/corpora/plaso/ntfs
if [[ -r $real/vsstest.extracted.LogFile ]]; then
    rm -rf "$work/triage" && mkdir "$work/triage" && cp "$real/vsstest.extracted.LogFile" "$work/triage/%24LogFile"
    scan "$work/triage"
    is 'a log of Windows' "$(ask 'SELECT state, major, minor, clean, records, stale, torn, bad_pages, printf("%x", newest_lsn), cluster_size, record_size, sizes FROM log_summary')" \
        'used|1|1|1|3417|0|0|0|300815|4096|1024|stated'
    is 'a file made there' "$(ask "SELECT what, record, file, parent, created_after, name_created FROM log_record WHERE name = 'password.txt' AND what IN ('index_add', 'record_init')")" \
        $'index_add|5|41|5|130305263337839722|\nrecord_init|41||5|130305263337839722|130305263337839722'
    if command -v qemu-img >/dev/null && command -v ntfsrecover >/dev/null && [[ -r $real/vsstest.qcow2 ]]; then
        qemu-img convert -O raw "$real/vsstest.qcow2" "$work/raw" && ntfsrecover -f -v "$work/raw" >"$work/peer" 2>/dev/null
        # every record once, as redo operation and number, with ntfs-3g's spelling of names
        awk '/^this_lsn/ { l = $2 } /^record_type/ { t = $2 + 0 } /^redo_operation/ { r = t == 2 ? "Checkpoint" : $3 } /^undo_operation/ { if (!(l in s)) n[r]++; s[l] = 1 } END { for (r in n) print tolower(r) "=" n[r] }' "$work/peer" | sort >"$work/theirs"
        ask 'SELECT operations FROM log_summary' | tr ' ' '\n' | tr '[:upper:]' '[:lower:]' | sort >"$work/ours"
        same 'operations as ntfsrecover counts them' "$work/theirs" "$work/ours"
        # each change: LSN, redo and undo
        ask "$changes" | tr '[:upper:]' '[:lower:]' >"$work/ours"
        lsns <"$work/peer" >"$work/theirs"
        is 'changes that ntfsrecover does not see' "$(comm -23 "$work/ours" "$work/theirs")" ''
        mv "$work/case" "$work/folder"
        scan --shadows none "$work/raw"
        ask 'SELECT lsn, what, record, name, created_after FROM log_record ORDER BY ordinal' >"$work/ours"
        sqlite3 -separator '|' "$work/folder" 'SELECT lsn, what, record, name, created_after FROM log_record ORDER BY ordinal' >"$work/theirs"
        same 'in its volume, the same' "$work/theirs" "$work/ours"
    else
        skip 'operations as ntfsrecover counts them' 'qemu-img or ntfsrecover is absent'
    fi
else
    skip 'a log of Windows' 'the corpora are absent'
fi
finish
