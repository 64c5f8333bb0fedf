#!/usr/bin/env bash
# The matrix of trust through Wine's WinVerifyTrust, each file by itself; and real signed files, of which only the digest is asked.
# Where the answers differ, trust_wine.differences says why; a line that no difference needs any more is an error too.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
command -v wine >/dev/null || skip_all 'Wine is not there'
command -v x86_64-w64-mingw32-gcc >/dev/null || skip_all 'no compiler for Windows is there'
explained=test/run/trust_wine.differences
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
trap 'wineserver -k 2>/dev/null; rm -rf "$work"' EXIT
x86_64-w64-mingw32-gcc -O1 -municode -Wall -Werror -o "$work/verify.exe" test/wine/verify.c -lwintrust -lcrypt32 || {
    fail 'the program for Windows is built'
    finish
}
"$make/signedset" "$work/set"
set=$work/set
mapfile -t files < <(awk -F'\t' '!/^#/ && $1 !~ /\// { print $1 }' "$set/matrix.tsv")
# In the folder of the files, so that no path has to be translated.
wine_says() { (cd "$1" && shift && timeout 400 wine "$work/verify.exe" "$@" 2>/dev/null | tr -d '\r'); }
codes() { jq -r '[(.address | sub(".*/"; "")), (.windows_default.code // "-" | tostring), .state] | @tsv' | awk -F'\t' -v OFS='\t' '$2 != "-" { $2 = sprintf("%08x", $2) } { print }'; }

wine_says "$set" roots.pem "${files[@]}" | sort >"$work/theirs"
(cd "$set" && "$ASSAY" trust --no-default-roots --roots roots.pem --distrust distrusted.tsv --format jsonl "${files[@]}") | codes | sort >"$work/ours"
is 'Wine answers for each file' "$(wc -l <"$work/theirs")" "${#files[@]}"
join -t$'\t' "$work/ours" "$work/theirs" >"$work/both"
awk -F'\t' '!/^#/ { n = split($1, names, " "); for (i = 1; i <= n; i++) print names[i] "\t" $2 }' "$explained" | sort >"$work/known"
awk -F'\t' -v OFS='\t' '$2 != $4 { print $1, $4 }' "$work/both" | sort >"$work/found"
is "$(awk -F'\t' '$2 == $4' "$work/both" | wc -l) of ${#files[@]} answers are the same, the others explained" "$(comm -13 "$work/known" "$work/found")" ''
is 'no explanation is left over' "$(comm -23 "$work/known" "$work/found")" ''
# The oracle proper: a digest is bad for Wine where it is bad here, whatever else is wrong.
is 'a changed file is one for both' "$(awk -F'\t' '$4 == "80096010" { print $1 }' "$work/both")" \
    "$(awk -F'\t' '$3 == "digest-mismatch" && $1 != "wrong-message-digest" && $4 != "80096004" { print $1 }' "$work/both")"

if [[ -d $shared/corpora ]]; then
    mkdir "$work/real"
    find "$shared/corpora" -path '*npm-*' -prune -o -type f \( -iname '*.exe' -o -iname '*.dll' -o -iname '*.sys' -o -iname '*.node' \) -print |
        while IFS= read -r path; do "$ASSAY" trust --format jsonl "$path" 2>/dev/null | jq -e 'select(.source == "embedded")' >/dev/null &&
            cp "$path" "$work/real/$(sha256sum "$path" | cut -c1-12)"; done
    find "$shared"/corpora/npm-* -type f \( -iname '*.exe' -o -iname '*.dll' \) | while IFS= read -r path; do
        "$ASSAY" trust --format jsonl "$path" 2>/dev/null | jq -e 'select(.source == "embedded")' >/dev/null &&
            cp "$path" "$work/real/$(sha256sum "$path" | cut -c1-12)"
    done
    real=("$work"/real/*)
    real=("${real[@]##*/}")
    wine_says "$work/real" ../set/roots.pem "${real[@]}" | awk -F'\t' -v OFS='\t' '{ print $1, $2 == "80096010" ? "changed" : "same" }' | sort >"$work/theirs"
    (cd "$work/real" && "$ASSAY" trust --format jsonl "${real[@]}" 2>/dev/null) | codes |
        awk -F'\t' -v OFS='\t' '{ print $1, $3 == "digest-mismatch" ? "changed" : "same" }' | sort >"$work/ours"
    same "${#real[@]} real files: a digest that fits, or not, for both" "$work/theirs" "$work/ours"
else
    skip 'real files' 'the corpora are absent'
fi
finish
