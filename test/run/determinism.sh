#!/usr/bin/env bash
# The same evidence gives the same bytes, however many workers read it.
. "$(dirname "$0")/lib.sh"
need_program
need_tools mkntfs

evidence=$work/evidence
mkdir "$evidence"
[[ -n $signed ]] && cp "$signed" "$evidence/a.efi" && cp "$signed" "$evidence/b.efi"
[[ -n $signed && -x $make/forge ]] && "$make/forge" slack "$signed" "$evidence/c.dll" 5000 7 >/dev/null
[[ -n $signed ]] && head -c 5000 "$signed" >"$evidence/torn.exe"
volume "$evidence/volume.img" 64 <<MANIFEST
dir	/d
many	/d	3000	20000	5
fragments	/d/pieces.bin	600	6
sparse	/d/sparse.bin	50000000
$(for i in 1 2 3 4 5; do [[ -n $signed ]] && printf 'file\t/d/copy%s.dll\t%s\n' $i "$evidence/a.efi"; done)
text	/d/gone.txt	gone
delete	/d/gone.txt
MANIFEST
# Images in a folder: numbered in its order, and not in that of the workers. The first takes longest to look at.
mkdir "$evidence/more"
for i in a b c d e; do cp "$evidence/volume.img" "$evidence/more/$i.img"; done
truncate -s 40M "$evidence/more/a.img"
for jobs in 1 2 4; do
    for format in jsonl text; do
        assay scan --jobs $jobs --format $format "$evidence" "$evidence/volume.img"
        # (The lines are put together: where they break depends on the seconds.)
        grep -v '^case: ' "$work/out" | if [[ $format == text ]]; then tr -s ' \n' ' '; else cat; fi | sed -E 's,[0-9]+([.][0-9]+)? seconds,N seconds,' >"$work/scan.$jobs.$format"
        [[ $jobs == 1 ]] && ok "scan as $format says something" test -s "$work/scan.1.$format"
        [[ $jobs == 1 ]] || same "scan as $format with $jobs workers as with one" "$work/scan.1.$format" "$work/scan.$jobs.$format"
    done
    for format in text csv jsonl bodyfile; do
        assay list --hash --jobs $jobs --format $format "$evidence" "$evidence/volume.img"
        cp "$work/out" "$work/list.$jobs.$format"
        [[ $jobs == 1 ]] && ok "list as $format says something" test -s "$work/list.1.$format"
        [[ $jobs == 1 ]] || same "list as $format with $jobs workers as with one" "$work/list.1.$format" "$work/list.$jobs.$format"
    done
    assay scan --jobs $jobs -o "$work/$jobs.assay" "$evidence" "$evidence/volume.img"
    if command -v sqlite3 >/dev/null; then
        sqlite3 "$work/$jobs.assay" .dump | grep -v "INTO run VALUES" >"$work/dump.$jobs"
        [[ $jobs == 1 ]] && ok 'the case holds something' test -s "$work/dump.1"
        [[ $jobs == 1 ]] || same "the case with $jobs workers as with one" "$work/dump.1" "$work/dump.$jobs"
    fi
done
finish
