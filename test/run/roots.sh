#!/bin/bash
# The shipped certificates are what their list says, and what their sources hold where those are at hand.
. "$(dirname "$0")/lib.sh"

list=intel/roots/roots.tsv
rows=$(grep -vc '^#' "$list")
files=$(find intel/roots -name '*.pem' | wc -l)
is 'one line a file' "$rows" "$files"
ok 'a day, nine fields, known purposes' awk -F'\t' '/^#/ { next } NF != 9 || $5 !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/ || $7 !~ /^(code|time|kernel|uefi)(,(code|time|kernel|uefi))*$/ || $8 == "" { print; bad = 1 } END { exit bad }' "$list"

if command -v openssl >/dev/null; then
    wrong=
    while IFS=$'\t' read -r file name sha1 sha256 from to _; do
        [[ $file == '#'* ]] && continue
        said=$(openssl x509 -in "intel/roots/$file" -noout -fingerprint -sha1 -startdate -enddate -subject -nameopt sep_multiline,utf8 2>&1)
        other=$(openssl x509 -in "intel/roots/$file" -noout -fingerprint -sha256)
        got1=$(sed -n 's/.*Fingerprint=//p' <<<"$said" | tr -d :)
        got256=$(sed -n 's/.*Fingerprint=//p' <<<"$other" | tr -d :)
        got_from=$(date -u -d "$(sed -n 's/notBefore=//p' <<<"$said")" +%F)
        got_to=$(date -u -d "$(sed -n 's/notAfter=//p' <<<"$said")" +%F)
        [[ $got1 == "$sha1" && $got256 == "$sha256" && $got_from == "$from" && $got_to == "$to" ]] &&
            grep -qF -- "$name" <<<"$said" || wrong+="$file: $got1 $got_from $got_to; "
    done <"$list"
    is 'names, thumbprints and dates' "$wrong" ''
else
    skip 'names, thumbprints and dates' 'openssl is not there'
fi

# Microsoft's roots as Wine carries them.
wine=${ASSAY_WINE:-/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/crypt32.dll}
if [[ -r $wine ]]; then
    missing=
    while IFS=$'\t' read -r file _ _ _ _ _ _ origin _; do
        [[ $origin == Wine* ]] || continue
        hex=$(grep -v -- '-----' "intel/roots/$file" | base64 -d | od -An -v -tx1 | tr -d ' \n')
        od -An -v -tx1 "$wine" | tr -d ' \n' | grep -qF "$hex" || missing+="$file "
    done <"$list"
    is "the bytes that Wine carries" "$missing" ''
else
    skip 'the bytes that Wine carries' 'Wine is not there'
fi

bundle=/etc/ssl/certs/ca-certificates.crt
if [[ -r $bundle ]]; then
    tr -d '\n' <"$bundle" >"$work/bundle"
    found=0 total=0
    while IFS=$'\t' read -r file _ _ _ _ _ _ origin _; do
        [[ $origin == ca-certificates* ]] || continue
        total=$((total + 1))
        grep -qF "$(grep -v -- '-----' "intel/roots/$file" | tr -d '\n')" "$work/bundle" && found=$((found + 1))
    done <"$list"
    # Mozilla drops some with the years.
    ok "most of those that ca-certificates has ($found of $total)" test "$((found * 10))" -ge "$((total * 8))"
else
    skip 'those that ca-certificates has' 'it is not installed'
fi
finish
