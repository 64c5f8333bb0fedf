#!/usr/bin/env bash
# Containers that are made to exhaust whoever opens them, and damaged ones of every package format: a scan and a comparison end soon, in
# little memory, lose nothing silently, and write nothing. More about ZIP and TAR: archives_bad.sh.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
mkdir "$work/made" "$work/damaged" "$work/seeds" && cd "$work" || exit 2
"$make/hostile" make made || fail 'they are made'
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
# bounded NAME SECONDS FILE: 0 or 3 (something was not read)
bounded() {
    run "$make/hostile" bound "$2" 600 "$ASSAY" scan --release --max-unpacked 200M --fail-on never -o "$work/case" --replace "$3"
    if ((status == 0 || status == 3)); then pass "$1: bounded"; else fail "$1: bounded" "status $status" "$err"; fi
}
damage() { ask "SELECT DISTINCT f.summary FROM finding f WHERE f.detector = 'damaged'"; }

around() { find "$work" -mindepth 1 -maxdepth 1 -not -name 'case*' -not -name out -not -name err -not -name state -printf '%f\n' | LC_ALL=C sort; }
before=$(around)
bounded '100 in one another' 20 made/deep.zip
like '100 in one another: the depth is told' "$(damage)" 'deep|in one another'
is 'as many are opened as may be' "$(ask "SELECT count(*) BETWEEN 30 AND 40 FROM evidence")" 1
bounded '60 of several kinds in one another' 20 made/mixed.exe
like '60 of several kinds: the depth is told' "$(damage)" 'deep|in one another'
is '60 of several kinds are opened' "$(ask "SELECT group_concat(container) FROM (SELECT DISTINCT container FROM evidence WHERE container IN ('zip', 'cab', 'nsis') ORDER BY 1)")" cab,nsis,zip
bounded '16 in each of 16, and again' 40 made/wide.zip
like '16 in each of 16: those that are not opened are told' "$(damage)" 'than are opened'
is 'each of them' "$(ask "SELECT (SELECT count(*) FROM finding WHERE detector = 'damaged') + (SELECT count(*) FROM evidence) > 15000")" 1
bounded 'an installer that grows' 30 made/grows.nsis
like 'it is told' "$(damage)" 'grow beyond measure'
is 'what is left out is counted' "$(ask "SELECT sum(files) > 80 FROM coverage WHERE class <> 'seen' AND class <> 'read'")" 1
bounded 'a cabinet that grows' 20 made/grows.cab
for kind in zip nsis; do
    bounded "names of $kind" 10 made/names.$kind
    like "names of $kind: what leads out is told" "$(damage)" 'absolute or leads out'
    is "names of $kind: the same twice are two" "$(ask "SELECT count(*) FROM artifact WHERE name = 'twice'")" 2
    is "names of $kind: case counts" "$(ask "SELECT count(DISTINCT name) FROM artifact WHERE name IN ('Case', 'case')")" 2
done
run "$ASSAY" diff made/names.zip made/names.nsis
is 'names that deceive are shown as they are' "$(grep -c 'gpj.*{202E}txt.exe\|tab.x09and.x0Aline' <<<"$out" | awk '{ print ($1 > 1) }')" 1
is 'no control character comes through' "$(LC_ALL=C grep -caP '[\x00-\x09\x0b-\x1f]|\xe2\x80\xae' <<<"$out")" 0

# Each format, cut and changed at many places; those of the archive corpus have a byte in front.
for seed in "$top"/fuzz/corpus/archive/*; do tail -c +2 "$seed" >"seeds/${seed##*/}"; done
cp "$top"/fuzz/corpus/{cab,nsis}/* "$top"/fuzz/corpus/pack_msi/*.msi seeds/
"$make/hostile" damage damaged 6 seeds/* || fail 'damaged ones are made'
bounded 'damaged ones' 60 damaged
is 'none is passed over' "$(ask "SELECT count(*) FROM artifact WHERE evidence = 1 AND state <> 'read'")" 0
is 'all formats are among them' "$(ask "SELECT group_concat(container) FROM (SELECT DISTINCT container FROM evidence WHERE container IN ('7z', 'cab', 'msi', 'nsis', 'zip', 'tar', 'asar') ORDER BY 1)")" 7z,asar,cab,msi,nsis,tar,zip
is 'most are found to be damaged' "$(ask "SELECT count(DISTINCT artifact) + (SELECT count(*) FROM evidence WHERE reason <> '') > 100 FROM finding WHERE detector = 'damaged'")" 1
n=0
for old in seeds/*; do
    for changed in damaged/changed."$n".4.*; do
        run "$make/hostile" bound 20 600 "$ASSAY" diff --fail-on never "$old" "$changed"
        ((status == 0 || status == 3)) || [[ $status == 2 && $err == *'could not be read'* ]] || fail "a comparison ends: $changed" "status $status" "$err"
    done
    n=$((n + 1))
done
is 'comparisons end' "$((n > 20))" 1
is 'nothing was written' "$(around; find /absolute "$work/../out" "$work/../../out" -maxdepth 0 2>/dev/null)" "$before"
finish
