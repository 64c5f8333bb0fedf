#!/bin/bash
# The matrix of trust: a test signer makes one file for every case, and the answer must be what the rule says.
. "$(dirname "$0")/lib.sh"

command -v jq >/dev/null || skip_all "jq is not there"
set=$work/set
"$make/signedset" "$set" || { fail "the set is made"; finish; }
mapfile -t folders < <(find "$set" -mindepth 1 -maxdepth 1 -type d | sort)
trust() { "$ASSAY" trust --no-default-roots --roots "$set/roots.pem" --distrust "$set/distrusted.tsv" --format jsonl "$@"; }
{
    find "$set" -maxdepth 1 -type f ! -name '*.tsv' ! -name '*.pem' -print0 | sort -z | xargs -0 "$ASSAY" trust --no-default-roots \
        --roots "$set/roots.pem" --distrust "$set/distrusted.tsv" --format jsonl
    for folder in "${folders[@]}"; do trust "$folder"; done
} >"$work/answers.jsonl" 2>"$work/err"
jq -r '[.address, .state, .windows_default.verdict, .windows_strict.verdict, .windows_kernel.verdict] | @tsv' "$work/answers.jsonl" |
    sed "s|^$set/||; s|!/|/|" | sort -u >"$work/answers.tsv"
while IFS=$'\t' read -r file state user strict kernel why; do
    [[ $file == '#'* ]] && continue
    got=$(awk -F'\t' -v file="$file" '$1 == file { print $2, $3, $4, $5 }' "$work/answers.tsv")
    is "$file: $why" "$got" "$state $user $strict $kernel"
done <"$set/matrix.tsv"

flagged() { jq -r --arg file "$set/$1" 'select(.address == $file) | .flags | tostring | [scan("other-[a-z]*")] | join(" ")' "$work/answers.jsonl"; }
is "a nested signature of another file is flagged" "$(flagged nested-wrong-digest)" other-mismatch
is "a nested signature of a distrusted certificate is flagged" "$(flagged nested-distrusted)" other-distrusted
is "a good nested signature is not" "$(flagged dual)$(flagged nested-twice)" ""
all_flags() { jq -r --arg file "$set/$1" 'select(.address == $file) | .flags | tostring' "$work/answers.jsonl"; }
for kind in 3161 pkcs9; do
    like "a stamp of another signature does not hide that the certificate expired ($kind)" "$(all_flags expired-stamp-of-another-$kind)" 'expired.*bad-stamp'
    like "a stamp without its usage is there and does not count ($kind)" "$(all_flags stamp-tsa-no-usage-$kind)" 'expired.*stamp-untrusted'
done
like "the hardware program is seen" "$(all_flags driver-whql)" 'whql'
unlike "not under any root" "$(all_flags driver-whql-elsewhere)" 'whql'
found() { "$ASSAY" scan --no-default-roots --roots "$set/roots.pem" --distrust "$set/distrusted.tsv" --format jsonl "$set/$1" | jq -r 'select(.detector == "signature_broken" or .detector == "signature_distrusted") | .detector' | sort -u; }
is "and found" "$(found nested-wrong-digest) $(found nested-distrusted)" "signature_broken signature_distrusted"
reason=$(jq -r --arg file "$set/stamp-names-another" 'select(.address == $file) | .reason' "$work/answers.jsonl")
is "the reason says that the stamp names another" "$reason" "the time stamp names another certificate than the one it was signed with"
finish
