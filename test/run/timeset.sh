#!/usr/bin/env bash
# The volume with histories that the judge of times is measured on (mktimeset): its records, directory entries, journal and log
# agree with each other, with what other readers see, and with the manifest; what the manifest calls distinguishable is.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk mkntfs
[[ -x $make/mktimeset && -e $make/fixed_clock.so ]] || skip_all 'mktimeset is not built: libntfs-3g'
ask() { sqlite3 -separator '|' "$work/case" "ATTACH '$work/labels' AS l" "$1"; }
# scan EVIDENCE MANIFEST: the case, and the manifest as table label.
scan() {
    "$ASSAY" scan --keep-events --fail-on never -o "$work/case" --replace "$1" >"$work/out" 2>"$work/err"
    rm -f "$work/labels"
    sqlite3 "$work/labels" '.mode tabs' 'CREATE TABLE label (path, record INTEGER, sequence INTEGER, label, style, mft, i30, usn, log, made, was_set,
        sc, sm, se, sa, fc, fm, fe, fa)' ".import --skip 1 '$2' label" 'CREATE INDEX by_record ON label (record, sequence)'
}
# A FILETIME as the manifest writes it.
iso() { echo "strftime('%Y-%m-%dT%H:%M:%S', $1 / 10000000 - 11644473600, 'unixepoch') || printf('.%07dZ', $1 % 10000000)"; }
made() { "$make/mktimeset" "$work/$1.img" "$work/$1.tsv" --files 2000 --stomped 200 --seed 7 "${@:2}"; }
ok 'a volume of 2,000 files' made all
scan "$work/all.img" "$work/all.tsv"
is 'nothing of it is damaged' "$(ask 'SELECT count(*), sum(state <> "read") FROM volume')|$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" '1|0|0'
file="FROM label l JOIN artifact a ON a.record = l.record AND a.sequence = l.sequence AND a.stream IS NULL JOIN folder f ON f.id = a.folder"
is 'every label is of a file with its path' "$(ask "SELECT count(*) $file WHERE f.path || '/' || a.name = l.path AND a.flags & 2 = 0")" "$(ask 'SELECT count(*) FROM label')"
is 'and with its eight stamps' "$(ask "SELECT count(*) $file WHERE ($(iso si_created), $(iso si_modified), $(iso si_changed), $(iso si_accessed),
    $(iso fn_created), $(iso fn_modified), $(iso fn_changed), $(iso fn_accessed)) <> (sc, sm, se, sa, fc, fm, fe, fa)")" 0
is 'all styles are there' "$(ask "SELECT sum(label = 'stomped') BETWEEN 190 AND 200, count(DISTINCT CASE label WHEN 'stomped' THEN style END), count(DISTINCT CASE label WHEN 'innocent' THEN style END) >= 15 FROM label")" '1|18|1'
is 'what one source tells, more sources tell' "$(ask "SELECT count(*) FROM label WHERE label = 'stomped' AND mft || i30 || usn || log NOT IN ('nononono', 'nononoyes', 'nonoyesyes', 'noyesyesyes', 'yesyesyesyes') OR label = 'innocent' AND mft || i30 || usn || log <> '----'")" 0
is 'each set of sources tells some and not others' "$(ask "SELECT min(mft), max(mft), min(i30), max(i30), min(usn), max(usn), min(log), max(log) FROM label WHERE label = 'stomped'")" 'no|yes|no|yes|no|yes|no|yes'

# The journal. A session is what lies between two records with CLOSE; creation leaves 0x100, bare setting of times 0x80008000.
born="(SELECT file, file_sequence, min(time) AS born FROM usn WHERE reason & 0x100 GROUP BY 1, 2)"
renamed='(SELECT file, file_sequence FROM usn WHERE reason & 0x2000)'
bare='(SELECT file, file_sequence FROM usn WHERE reason = 0x80008000)'
set_at_birth='(SELECT file, file_sequence FROM usn WHERE reason & 0x8100 = 0x8100)'
truncated='(SELECT file, file_sequence FROM usn WHERE reason & 0x8004 = 0x8004)'
tunnelled='(SELECT u.file, u.file_sequence FROM usn u JOIN usn g ON g.name = u.name AND g.parent = u.parent AND (g.file, g.file_sequence) <> (u.file, u.file_sequence)
    AND g.reason & 0x1200 AND u.time - g.time BETWEEN 0 AND 150000000 WHERE u.reason & 0x2000)'
is 'a file that was not renamed was made when $FILE_NAME says' "$(ask "SELECT count(*) > 100, sum(born <> fn_created) FROM $born b JOIN artifact a ON a.record = b.file AND a.sequence = b.file_sequence
    WHERE a.stream IS NULL AND (b.file, b.file_sequence) NOT IN $renamed")" '1|0'
is 'the journal begins with a hole and covers five weeks' "$(ask 'SELECT min(usn) > 0, (max(time) - min(time)) / 864000000000 BETWEEN 34 AND 46 FROM usn')" '1|1'
is 'reasons accumulate until the handle is closed' "$(ask "SELECT count(*) > 1000, sum(before & 0x80000000 = 0 AND before & ~reason & ~0x1000 <> 0) FROM
    (SELECT reason, lag(reason) OVER (PARTITION BY file, file_sequence ORDER BY usn) AS before FROM usn) WHERE before IS NOT NULL")" '1|0'
moved="abs(a.si_created - b.born) > 20000000 AND (a.record, a.sequence) IN $bare AND (a.record, a.sequence) NOT IN $set_at_birth AND (a.record, a.sequence) NOT IN $truncated AND (a.record, a.sequence) NOT IN $tunnelled AND a.flags & 1 = 0"
ask "SELECT DISTINCT coalesce(l.path, a.name) FROM $born b JOIN artifact a ON a.record = b.file AND a.sequence = b.file_sequence AND a.stream IS NULL LEFT JOIN label l ON a.record = l.record AND a.sequence = l.sequence
    WHERE $moved AND coalesce(l.style, '') <> 'bulk-restore' ORDER BY 1" >"$work/seen"
ask "SELECT l.path $file JOIN $born b ON a.record = b.file AND a.sequence = b.file_sequence WHERE label = 'stomped' AND usn = 'yes' ORDER BY 1" >"$work/wanted"
same 'by the journal, a creation time that a later session moved is a stomp, but for those set in bulk' "$work/wanted" "$work/seen"
like 'and there are some' "$(wc -l <"$work/seen")" '^[1-9][0-9]+'
like 'there are innocent ones that were set in bulk' "$(ask "SELECT count(*) FROM $born b JOIN artifact a ON a.record = b.file AND a.sequence = b.file_sequence AND a.stream IS NULL JOIN label l ON a.record = l.record AND a.sequence = l.sequence
    WHERE $moved AND style = 'bulk-restore'")" '^[4-9][0-9]|^[1-9][0-9][0-9]'
is 'a creation time within its period that it has no creation of, nor a move over it, is a stomp' "$(ask "SELECT count(*) > 0, sum(l.label IS NOT 'stomped' OR l.usn <> 'yes') FROM artifact a LEFT JOIN label l ON a.record = l.record AND a.sequence = l.sequence
    WHERE a.stream IS NULL AND a.flags & 3 = 0 AND a.record > 63 AND si_created <> fn_created AND si_created BETWEEN (SELECT min(time) + 8640000000000 FROM usn) AND (SELECT max(time) FROM usn)
    AND (a.record, a.sequence) NOT IN (SELECT file, file_sequence FROM $born) AND (a.record, a.sequence) NOT IN $truncated")" '1|0'

# Directory entries.
live="FROM index_entry e JOIN artifact a ON a.record = e.file AND a.sequence = e.file_sequence AND a.stream IS NULL"
is 'live entries show the times of the record, but for second names and last accesses' "$(ask "SELECT count(*) > 2000, sum((e.created, e.modified, e.changed) <> (si_created, si_modified, si_changed)) $live
    WHERE slack = 0 AND e.file > 63 AND a.id NOT IN (SELECT artifact FROM artifact_path)")" '1|0'
shown="slack = 1 AND e.name = a.name AND e.size = a.size AND abs(e.created - si_created) > 20000000 AND e.changed > e.created + 864000000000 AND e.changed > fn_created + 864000000000 AND a.flags & 3 = 0"
is 'slack that shows another creation time, long after it, with the same content, is a stomp, but for those set in bulk' "$(ask "SELECT count(*) > 0, sum(l.label IS NOT 'stomped' OR l.i30 <> 'yes') $live LEFT JOIN label l ON a.record = l.record AND a.sequence = l.sequence WHERE $shown AND coalesce(l.style, '') <> 'bulk-restore'")" '1|0'
is 'each stomp that more than the MFT tells with $I30 is shown there' "$(ask "SELECT count(*) FROM label l WHERE mft = 'no' AND i30 = 'yes' AND NOT EXISTS (SELECT 1 $live WHERE $shown AND a.record = l.record)")" 0
is 'slack tells also of innocent files' "$(ask "SELECT count(*) > 20 $live WHERE slack = 1 AND (e.created, e.changed) <> (si_created, si_changed)")" 1

# The log: six hours, with what was there before and after.
pair="FROM log_record g JOIN label l ON l.record = g.record WHERE g.what = 'si_update' AND created_before <> created_after AND $(iso created_after) = l.sc"
ask "SELECT DISTINCT path $pair AND label = 'stomped' AND log = 'yes' ORDER BY 1" >"$work/pairs"
ask "SELECT path FROM label WHERE usn = 'no' AND log = 'yes' ORDER BY 1" >"$work/wanted"
is 'what only the log tells it tells with a pair' "$(comm -13 "$work/pairs" "$work/wanted")" ''
like 'and that is something' "$(wc -l <"$work/wanted")" '^[1-9]'
is 'a creation time that it moves on a file that was there before is a stomp, but for those set in bulk or moved over' "$(ask "SELECT count(*) > 0, sum(l.label IS NOT 'stomped' OR l.log <> 'yes') FROM log_record g JOIN artifact a ON a.record = g.record AND a.stream IS NULL AND a.flags & 3 = 0
    LEFT JOIN label l ON a.record = l.record AND a.sequence = l.sequence WHERE g.what = 'si_update' AND abs(created_before - created_after) > 20000000 AND coalesce(l.style, '') NOT IN ('bulk-restore', 'overwriting-move')
    AND NOT EXISTS (SELECT 1 FROM log_record i WHERE i.what = 'record_init' AND i.record = g.record AND i.lsn < g.lsn) AND (a.record, a.sequence) NOT IN $truncated")" '1|0'
is 'pages and records of it are whole' "$(ask 'SELECT state, clean, bad_pages, torn, stale, major FROM log_summary')" 'used|1|0|0|0|1'
is 'clones have the times of one other file' "$(ask "SELECT count(*) > 0, sum((SELECT count(*) FROM artifact b WHERE b.stream IS NULL AND b.flags & 2 = 0 AND b.si_created = a.si_created AND b.si_modified = a.si_modified AND b.id <> a.id
    AND b.record NOT IN (SELECT record FROM label WHERE label = 'stomped')) <> 1) $file WHERE mft = 'yes'")" '1|0'
is 'and no two innocent files are like that' "$(ask "CREATE TEMP TABLE other AS SELECT si_created AS c, si_modified AS m, fn_created AS f, size FROM artifact WHERE stream IS NULL AND flags & 3 = 0 AND si_created % 10000000 <> 0
    AND fn_created = fn_modified AND fn_created = fn_changed AND record > 63 AND record NOT IN (SELECT record FROM label WHERE label = 'stomped');
    SELECT count(*) FROM (SELECT max(f) - min(f) AS apart, count(DISTINCT size) AS sizes FROM other GROUP BY c, m HAVING count(*) = 2) WHERE apart > 864000000000 AND sizes = 2")" 0

# The score, of verdicts that are put in by hand: a third of what can be told, some that cannot, some that are false.
if [[ -x build/bench/measure ]]; then
    cp "$work/case" "$work/judged"
    sqlite3 "$work/judged" "ATTACH '$work/labels' AS l" 'DELETE FROM time_verdict' "CREATE TEMP TABLE known AS SELECT a.id, l.* $file" \
        "INSERT INTO time_verdict (artifact, verdict, score) SELECT id, 'strong', 0 FROM known WHERE style = 'clone-neighbour' OR style = 'next-session' AND usn = 'yes'
        UNION ALL SELECT id, 'firm', 0 FROM known WHERE style IN ('touch', 'dropper')
        UNION ALL SELECT id, 'weak', 90 FROM known WHERE style = 'modified-only'
        UNION ALL SELECT id, 'explained', 10 FROM known WHERE style = 'updater'"
    planted() { ask "SELECT count(*) FROM label WHERE $1"; }
    LABELS=$work/all.tsv CASE=$work/judged COLUMN=usn bench/time >"$work/score" 2>&1
    cp "$work/score" "$work/out"
    score=$(tr -s ' ' <"$work/score")
    found=$(planted "style IN ('clone-neighbour', 'next-session') AND usn = 'yes'") told=$(planted "label = 'stomped' AND usn = 'yes'") others=$(planted "style = 'dropper' OR style = 'clone-neighbour' AND usn = 'no'")
    like 'the score has recall by style' "$score" "^ next-session [0-9]+ ([1-9][0-9]*) \\1 1\\.000 0 0 0 [1-9]"
    like 'and of all, with what cannot be told beside it' "$score" "^ all $(planted "label = 'stomped'") $told $found $(awk "BEGIN { printf \"%.3f\", $found / $told }") $others "
    like 'false verdicts by style' "$score" "false, of them touch: $(planted "style = 'touch'") firm, 0 strong"
    like 'precision' "$score" "precision at firm or above: 0\\.[0-9]+ \\($((found + others)) of $((found + others + $(planted "style = 'touch'")))\\)"
    like 'the rank of notes' "$score" "not distinguishable: ([0-9]+), of which $(planted "style = 'modified-only'") within the top \\1 "
    like 'and the usual columns' "$score" 'SI.C < FN.C [1-9][0-9]+ flagged, precision 0\.[0-9]+, recall 0\.[0-9]+'
else
    skip 'the score' 'build/bench/measure is not built'
fi

# Other readers.
if command -v istat >/dev/null; then
    ask "SELECT record, sc, sm, se, sa, fc, fm, fe, fa FROM label ORDER BY record % 97, record LIMIT 40" | tr '|T' '\n ' | sed 's/Z$//' >"$work/wanted"
    awk 'NR % 9 == 1' "$work/wanted" | while IFS= read -r record; do
        echo "$record"
        istat -z UTC "$work/all.img" "$record" | awk -F'\t' '/^(Created|File Modified|MFT Modified|Accessed):/ { sub(/00 \(UTC\)$/, "", $2); print $2 }' | head -n 8
    done >"$work/theirs"
    same 'istat sees the stamps of the manifest' "$work/wanted" "$work/theirs"
    is 'fls lists as many files' "$(fls -r -u -F "$work/all.img" | grep -vE '\$|:[^:]*:' | wc -l)" "$(ask "SELECT (SELECT count(*) FROM artifact WHERE record > 63 AND flags & 3 = 0 AND stream IS NULL AND name NOT LIKE '\$%') + (SELECT count(*) FROM artifact_path)")"
    usnjls -f ntfs -m "$work/all.img" | awk -F'|' '{ split($6, t, "."); printf "%s|%s|%s|%d.%07d|%s|%s\n", $5, $3, $4, t[1], t[2] / 100, $7, $NF }' >"$work/theirs"
    ask "SELECT usn, file || '-' || file_sequence, parent || '-' || parent_sequence, printf('%d.%07d', time / 10000000 - 11644473600, time % 10000000), reason, name FROM usn ORDER BY ordinal" >"$work/ours"
    same 'usnjls reads the journal as assay does' "$work/theirs" "$work/ours"
else
    skip 'istat, fls and usnjls' 'sleuthkit is not installed'
fi
ok 'ntfsfix has nothing to say' ntfsfix -n "$work/all.img"
cp "$work/all.img" "$work/was.img"

# The same again, and less of it.
made all
same 'the same seed gives the same bytes' "$work/was.img" "$work/all.img"
rm "$work/was.img"
made none --sources mft --mft "$work/none.mft"
same 'and the same manifest whatever the sources are' "$work/all.tsv" "$work/none.tsv"
scan "$work/none.img" "$work/none.tsv"
is 'what is left out is not there' "$(ask "SELECT (SELECT count(*) FROM usn), (SELECT state FROM log_summary), (SELECT count(*) FROM index_entry WHERE slack = 1), (SELECT count(*) FROM artifact WHERE name = '\$UsnJrnl'),
    (SELECT count(*) $live WHERE slack = 0 AND e.file > 63 AND (e.created, e.modified, e.changed, e.accessed) <> (si_created, si_modified, si_changed, si_accessed))")" '0|empty|0|0|0'
scan "$work/none.mft" "$work/none.tsv"
is 'the $MFT alone has the same files' "$(ask "SELECT count(*) $file WHERE f.path || '/' || a.name = l.path AND $(iso si_created) = sc")" "$(ask 'SELECT count(*) FROM label')"
ok 'a volume whose journal was deleted' made new --style-journal-deleted --log-version 2
scan "$work/new.img" "$work/new.tsv"
is 'has a new one, and a log of version 2.0' "$(ask 'SELECT min(usn), (max(time) - min(time)) / 864000000000 BETWEEN 8 AND 20 FROM usn')|$(ask 'SELECT major, bad_pages, torn FROM log_summary')" '0|1|2|0|0'
is 'that tells nothing of what was before' "$(ask "SELECT count(*) > 10, max(usn) FROM label WHERE style = 'journal-deleted' AND mft = 'no' AND i30 = 'no'")" '1|no'
finish
