#!/usr/bin/env bash
# Journals and logs that are damaged never make an innocent file a finding, nor a stomp a strong one that rests on the journal (BENT: how many
# volumes; TIMES_SEED: the first).
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 mkntfs
[[ -x $make/mktimeset ]] || skip_all 'libntfs-3g is not installed'
volumes=${BENT:-16} first=${TIMES_SEED:-1}
"$make/mktimeset" "$work/image" "$work/labels" --files 2000 --stomped 80 --seed 9 >/dev/null 2>&1 || bail 'mktimeset failed'
verdicts() { # verdicts CONDITION: rows of the case that meet it
    sqlite3 -separator ' ' "$work/case" <<SQL
.mode tabs
CREATE TEMP TABLE label (path, record INTEGER, sequence, label, style, mft, i30, usn, log, made, was_set, sc, sm, se, sa, fc, fm, fe, fa);
.import --schema temp --skip 1 '$work/labels' label
.mode list
SELECT a.name, v.verdict, v.marks FROM time_verdict v JOIN artifact a ON a.id = v.artifact LEFT JOIN label l ON l.record = a.record
    WHERE v.verdict IN ('firm', 'strong') AND ($1);
SQL
}
"$ASSAY" scan --fail-on never -o "$work/case" --replace "$work/image" >/dev/null 2>&1
like 'undamaged: stomps are found' "$(verdicts "l.label = 'stomped'" | wc -l)" '^[3-9][0-9]$'
is 'undamaged: nobody else is' "$(verdicts "coalesce(l.label, '') <> 'stomped'")" ''
false='' strong='' ended='' damaged=0
for ((seed = first; seed < first + volumes; seed++)); do
    cp --sparse=always "$work/image" "$work/bent"
    how=$("$make/bend" "$work/bent" "$seed")
    status=0
    "$ASSAY" scan --fail-on never -o "$work/case" --replace "$work/bent" >/dev/null 2>"$work/err" || status=$?
    [[ $status == 0 || $status == 3 ]] || ended+="seed $seed ($how): status $status, $(head -c 300 "$work/err")"$'\n'
    false+=$(verdicts "coalesce(l.label, '') <> 'stomped'" | sed "s/^/seed $seed ($how): /")
    if [[ $(sqlite3 "$work/case" 'SELECT complete AND NOT damaged FROM usn_summary') != 1 ]]; then
        damaged=$((damaged + 1))
        strong+=$(verdicts "v.verdict = 'strong' AND v.marks NOT LIKE '%clone%'" | sed "s/^/seed $seed ($how): /")
    fi
done
is "$volumes damaged ones: the scan ends well" "$ended" ''
is 'no innocent file is a finding' "$false" ''
is 'what rests on a damaged journal is not strong' "$strong" ''
ok 'some journals were known to be damaged' test "$damaged" -ge $((volumes / 6))
finish
