#!/bin/bash
# The matrix of trust through osslsigncode: where it says otherwise, test/run/trust_peers.differences says why.
. "$(dirname "$0")/lib.sh"

command -v osslsigncode >/dev/null || skip_all "osslsigncode is not there"
"$make/signedset" "$work/set"
set=$work/set differences=test/run/trust_peers.differences
while IFS=$'\t' read -r file state user _; do
    [[ $file == '#'* || $file == */* || $state == unknown ]] && continue
    peer=rejected
    osslsigncode verify -CAfile "$set/roots.pem" -TSA-CAfile "$set/roots.pem" -ignore-crl -ignore-cdp -in "$set/$file" >"$work/said" 2>&1 && peer=accepted
    explained=$(awk -F'\t' -v file="$file" '$1 == file { print $2 }' "$differences")
    if [[ $explained ]]; then
        is "$file: differs as explained" "$peer, here $user" "$explained"
    else
        is "$file: the same answer" "$peer" "$user"
    fi
done <"$set/matrix.tsv"
finish
