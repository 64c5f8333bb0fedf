#!/usr/bin/env bash
# Some 5,800 clean programs and libraries: no finding at medium or above. Scanned as a folder, and once more as a drive whose catalogs are
# complete, where what nobody signed is told from what nothing is known of and all judges have their say.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
clean=${ASSAY_CLEAN_SET:-build/clean}
[[ -f $clean/complete ]] || skip_all "the clean set is not there: tools/clean_set $clean fetches it"
[[ -x $make/signedset ]] || skip_all "$make/signedset is not built"
clean=$(realpath "$clean")
export SECONDS_EACH=500

query() { sqlite3 -separator ' ' "$1" "$2"; }
grave="SELECT f.detector, f.severity, f.summary, coalesce(o.path, '') || '/' || coalesce(a.name, '') FROM finding f
    LEFT JOIN artifact a ON a.id = f.artifact LEFT JOIN folder o ON o.id = a.folder WHERE f.severity >= 2 ORDER BY 1, 4 LIMIT 20"

assay scan --fail-on medium --format jsonl -o "$work/folder.assay" "$clean/set"
is 'a folder: status 0' "$status" 0
is 'no finding at medium or above' "$(query "$work/folder.assay" "$grave")" ''
images=$(query "$work/folder.assay" 'SELECT count(*) FROM pe')
echo "# $images images, $(query "$work/folder.assay" 'SELECT count(DISTINCT authentihash_sha256) FROM pe') different ones, trust:" \
    "$(query "$work/folder.assay" "SELECT group_concat(state || ' ' || n, ', ') FROM (SELECT state, count(*) AS n FROM trust GROUP BY state)")"
ok "5,000 images or more: $images" test "$images" -ge 5000
is 'every one could be read' "$(query "$work/folder.assay" "SELECT count(*) FROM artifact WHERE state = 'skipped' AND name LIKE '%.dll'
    AND size > 0 AND id NOT IN (SELECT artifact FROM pe) AND reason NOT LIKE '%symbolic link%'")" 0

# The drive. System32 is what Microsoft signed, some of it twice (a set of catalogs is measured on 50 of its files at least); the rest lies
# where programs and users keep theirs.
dotnet=$(compgen -G "$clean/set/npm-dotnet*" | head -n 1 || true)
if [[ -z $dotnet ]]; then
    skip 'a drive' 'npm was not there when the clean set was fetched'
    finish
fi
drive=$work/drive/C catalogs='Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}'
mkdir -p "$drive/$catalogs" "$drive/Program Files" "$drive/Users/a/AppData/Local/Programs"
find "$dotnet" \( -iname '*.dll' -o -iname '*.exe' \) -exec cp {} "$drive/Windows/System32/" \;
for file in "$drive"/Windows/System32/api-ms-*.dll; do cp "$file" "${file%/*}/again-${file##*/}"; done
for from in "$clean"/set/*; do
    case ${from##*/} in
    npm-dotnet* | nsis* | keepass2* | *trixie* | *10.0*i386*) to=Users/a/AppData/Local/Programs ;;
    npm-*) to=Users/a ;;
    *) to='Program Files' ;;
    esac
    cp -al "$from" "$drive/$to/" 2>/dev/null || cp -a "$from" "$drive/$to/"
done
"$make/signedset" "$work/signed" >/dev/null
cp "$work/signed/cat-v2/list.cat" "$drive/$catalogs/one.cat"
assay scan --roots "$work/signed/roots.pem" --fail-on medium --format jsonl -o "$work/drive.assay" "$work/drive"
is 'a drive: status 0' "$status" 0
is 'its catalogs are complete: what nobody signed is called unsigned' \
    "$(query "$work/drive.assay" "SELECT sum(state = 'unsigned') > 4000, sum(state = 'unknown') FROM trust")" '1 0'
is 'and still no finding at medium or above' "$(query "$work/drive.assay" "$grave")" ''
finish
