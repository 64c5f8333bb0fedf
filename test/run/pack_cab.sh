#!/usr/bin/env bash
# Cabinets of every method, alone and as sets: what packlist says of them is what was packed, and cabextract
# agrees. Cabinets of other programs: what cabextract finds.
. "$(dirname "$0")/lib.sh"

mkdir "$work/in" && cd "$work/in" || exit 2
head -c 600001 "$ASSAY" >code
cat "$top"/src/format/*.c | head -c 300000 >text
openssl rand 100001 2>/dev/null >noise || head -c 100001 /dev/urandom >noise
head -c 70000 /dev/zero >zeros
: >empty
sha256sum code text noise zeros empty | LC_ALL=C sort >"$work/wanted"

# hashes FILE: as sha256sum writes them; a member with a reason, and each note, is a line that fits nothing.
hashes() {
    "$make/packlist" "$1" | awk -F'\t' '$1 == "member" && $7 == "" { print $5 "  " $2; next }
        $1 == "member" || $1 == "note" || $1 == "none" { print }' | LC_ALL=C sort
}
# peers NAME FILE
peers() {
    if command -v cabextract >/dev/null; then
        ok "cabextract agrees: $1" cabextract -q -t "$2"
    else
        skip "cabextract agrees: $1" 'cabextract is not installed'
    fi
}

for method in stored mszip quantum10 quantum15 quantum18 quantum21 lzx15v lzx16a lzx17s lzx18m lzx19m lzx20a lzx21m; do
    "$make/cabmake" $method $method.cab code text noise zeros empty
    is "what is packed comes back: $method" "$(hashes $method.cab)" "$(cat "$work/wanted")"
    peers $method $method.cab
done
for method in stored mszip quantum18 lzx18m; do
    "$make/cabmake" set:4:$method set.$method code text noise zeros empty
    got=$(for i in 1 2 3 4; do hashes set.$method.$i; done | LC_ALL=C sort -u)
    is "a set of four cabinets: $method" "$got" "$(cat "$work/wanted")"
    peers "a set, $method" set.$method.1
done
mkdir alone && cp set.mszip.2 alone/
like 'a cabinet without its neighbours says so' "$("$make/packlist" alone/set.mszip.2)" 'begins in another cabinet'

# extracted FILE: hashes of all files that cabextract takes out
extracted() {
    rm -rf "$work/out" && mkdir "$work/out"
    cabextract -q -d "$work/out" "$1" >/dev/null 2>&1
    (cd "$work/out" && find . -type f -exec sha256sum {} + | sed "s,^[^0-9a-f]*,," | cut -b1-64 | LC_ALL=C sort)
}
for cab in "$shared"/corpora/libarchive/*.cab "$shared"/corpora/relic/*.cab; do
    name="as cabextract has it: ${cab##*/}"
    if [[ ! -f $cab ]]; then
        skip "$name" 'the corpora are not here'
    elif ! command -v cabextract >/dev/null; then
        skip "$name" 'cabextract is not installed'
    else
        is "$name" "$(hashes "$cab" | sed 's/  .*//' | LC_ALL=C sort)" "$(extracted "$cab")"
    fi
done
finish
