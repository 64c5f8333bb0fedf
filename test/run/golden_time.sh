#!/usr/bin/env bash
# Real NTFS volumes and real $MFTs: nobody is accused of having set times. What is no finding is counted and has its explanation.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
corpora=$shared/corpora
[[ -d $corpora ]] || skip_all 'the corpora are absent'
judged=0
for evidence in "$corpora/plaso/ntfs/vsstest.qcow2" "$corpora/google-grr/ntfs_img.dd" "$corpora/ColinFinck-ntfs/testfs1" \
    "$corpora/EricZimmerman-MFT/TestFiles/NIST/DFR-16/\$MFT" "$corpora/plaso/ntfs"; do
    name=${evidence#"$corpora/"}
    [[ -e $evidence ]] || { skip "$name" 'absent'; continue; }
    "$ASSAY" scan --shadows all --fail-on never -o "$work/case" --replace "$evidence" >/dev/null 2>&1
    is "$name: no finding" "$(sqlite3 "$work/case" "SELECT count(*) FROM finding WHERE detector = 'stomp' AND strength > 0")" 0
    is "$name: every note has its history" "$(sqlite3 "$work/case" "SELECT count(*) FROM time_verdict WHERE verdict = 'weak' AND (history IS NULL OR innocent IS NULL)")" 0
    judged=$((judged + $(sqlite3 "$work/case" 'SELECT coalesce(sum(files), 0) FROM time_summary')))
    notes=$(sqlite3 "$work/case" "SELECT group_concat(verdict || ' ' || n, ', ') FROM (SELECT verdict, count(*) AS n FROM time_verdict GROUP BY 1)")
    echo "# $name: ${notes:-all regular}"
done
ok 'hundreds of files were judged' test "$judged" -gt 500
finish
