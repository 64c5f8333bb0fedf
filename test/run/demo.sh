#!/usr/bin/env bash
# The demo's image: the story names path, MFT entry, byte range and bytes; the clean twin gives nothing above info.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq mkntfs od
[[ -n $signed ]] || skip_all 'the package shim-signed could not be fetched'

ok 'the demo ends well' tools/demo --quiet
here=build/demo
bad='d3dcompiler_47.dll'
run jq -c 'select(.detector == "signature_slack")' "$here/findings.jsonl"
is 'one signature_slack' "$(wc -l <"$work/out")" 1
finding=$out
like 'it names the path' "$finding" "$bad"
story=$(<"$here/story.txt")
like 'the story names the path' "$story" "[\\]Program Files[\\]Contoso Phone[\\]app[\\]$bad"
unlike 'the story does not blame the clean twin first' "$(head -n 12 <<<"$story")" 'shimx64'

# The range is where the bytes really are, by the file's own certificate table.
offset=$(jq -r .offset <<<"$finding")
size=$(jq -r .size <<<"$finding")
wanted=$(od -An -v -tx1 -j "$offset" -N 16 "$here/files/payload.dll" | tr -d ' \n')
like 'its bytes are those of the file' "$(jq -r '.excerpt // .excerpt_hex // empty' <<<"$finding" | tr -d ' \n' | tr A-Z a-z)" "^${wanted:-none}"
((size >= 4096 && size < 4096 + 16)) && pass 'it is 4 KiB long, and padding' || fail 'it is 4 KiB long, and padding' "$size"
grouped=$(sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$offset")
like 'the story gives the range' "$story" "($offset|$grouped|0x$(printf '%x' "$offset"))"
like 'the story shows the bytes' "$story" "$(sed -E 's/(..)/\1 /g; s/ $//' <<<"${wanted:0:8}")"
like 'the story gives the innocent cause' "$story" '[Ii]nnocent'
like 'the story says how to check' "$story" '([Cc]heck|[Vv]erify)'
record=$(jq -r '.record' <<<"$finding")
listed=$("$ASSAY" list --format jsonl "$here/disk.img" | jq -r --arg n "$bad" 'select(.path | endswith($n)) | .record // .entry' | head -n 1)
is 'it names the MFT entry' "$record" "$listed"
like 'so does the story' "$story" "(MFT|mft|entry|record)[^0-9]{0,12}$record\\b"
if command -v fls >/dev/null; then
    is 'the MFT entry is that of another tool' "$(fls -r -p -o 2048 "$here/disk.img" | awk -v n="$bad" 'index($0, n) { split($2, p, "-"); print p[1] }' | head -n 1)" "$record"
else
    skip 'the MFT entry is that of another tool' 'fls is not installed'
fi
is 'nothing above info about the clean twin' "$(jq -r 'select(.detector and .severity != "info") | .path' "$here/findings.jsonl" | grep -c shimx64)" 0
is 'twins are told, firmly' "$(jq -r 'select(.detector == "authentihash_twins") | .strength' "$here/findings.jsonl" | sort -u)" firm
like 'coverage is the last line' "$(tail -n 1 "$here/findings.jsonl")" 'coverage'

# The case is a SQLite file with our mark.
need_sqlite=$(command -v sqlite3 || true)
if [[ -n $need_sqlite ]]; then
    is 'the case has our application id' "$(sqlite3 "$here/host.assay" 'PRAGMA application_id')" 1095979865
    is 'the case is sound' "$(sqlite3 "$here/host.assay" 'PRAGMA integrity_check')" ok
    is 'the case is complete' "$(sqlite3 "$here/host.assay" "SELECT value FROM meta WHERE key = 'complete'")" 1
else
    skip 'the case is a database' 'sqlite3 is not installed'
fi
assay explain "$here/host.assay" "$(jq -r '.finding // .id' <<<"$finding")"
is 'explain tells of a finding in the case' "$status" 0
like 'with its path' "$out" "$bad"
like 'and the innocent cause' "$out" '[Ii]nnocent'
finish
