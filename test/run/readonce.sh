#!/usr/bin/env bash
# No work twice: a scan and a hashing list of a 200 MB image read at most 1.05 times the bytes that have to be read. One
# exception: a scan reads the volume's own change journal twice, to know of which files events matter before it keeps any
# (src/detect/inspect_usn_choice.h); with --keep-events it does not.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq mkntfs sqlite3

volume "$work/volume.img" 240 <<MANIFEST
dir	/d
many	/d	4000	30000	1
fill	/d/large.bin	60000000	2
fill	/d/small.bin	3000000	3
fragments	/d/pieces.bin	2000	4
$(for i in $(seq 20); do [[ -n $signed ]] && printf 'file\t/d/copy%s.dll\t%s\n' "$i" "$signed"; done)
journal	8
MANIFEST
"$make/disk" gpt "$work/disk.img" "$work/volume.img"
rm "$work/volume.img"

# What has to be read to hash everything: the clusters (4,096 bytes) of all contents, \$MFT among them; but
# \$BadClus:\$Bad is a hole as large as the volume. A scan reads executables, \$MFT, \$LogFile, the change
# journal and the indexes of folders whole, of all else the head.
assay list --format jsonl "$work/disk.img"
cp "$work/out" "$work/listed"
contents='[.[] | select((.flags | (index("directory") or index("resident")) | not) and .stream != "$Bad" and .link == 0)
    | .size = ((.size + 4095) / 4096 | floor * 4096)]'
hashed=$(jq -s "$contents | map(.size) | add" "$work/out")
heads=$(jq -s "$contents"' | map(if (.path | test("^/d/copy|^/[$](MFT|LogFile)$")) or .stream == "$J" then .size else [.size, 4096] | min end) | add' "$work/out")
assay scan --keep-events --fail-on never -o "$work/case" "$work/disk.img"
heads=$((heads + $(sqlite3 "$work/case" "SELECT sum(size) FROM (SELECT (max(offset) / 4096 + 1) * 4096 AS size FROM index_entry WHERE node <> 'root' GROUP BY artifact)")))
journal=$(jq -s 'map(select(.stream == "$J") | .size) | add' "$work/listed")
((journal > 8000000)) && pass "the change journal has $journal bytes" || fail 'there is a change journal' "$journal"
((hashed > 120000000 && hashed < 260000000)) && pass "hashing needs $hashed bytes" || fail 'the image is large' "$hashed"
((heads > 15000000)) && pass "scanning needs $heads bytes" || fail 'there is enough to scan' "$heads"

assay scan --timings --format jsonl "$work/disk.img"
scanned=$(grep -oE '[0-9]+ bytes of evidence read' <<<"$err" | grep -oE '^[0-9]+')
if [[ $scanned =~ ^[0-9]+$ ]]; then
    ((scanned > 0 && (scanned - journal) * 100 <= heads * 105)) && pass "scan read $scanned bytes" || fail 'scan reads once' "$scanned of $heads and $journal"
    ((scanned > heads)) && pass 'and the journal twice' || fail 'the journal is read twice' "$scanned of $heads and $journal"
else
    fail '--timings says how much was read' "$err"
fi

# The same from outside, where strace is there.
if command -v strace >/dev/null; then
    for command in 'scan --keep-events --format jsonl' 'list --hash'; do
        run strace -f -qq -e trace=pread64,read,preadv -o "$work/calls" "$ASSAY" $command "$work/disk.img"
        # A call that another process interrupted ends in a line that says "resumed".
        outside=$(awk '/pread64|preadv/ && $NF ~ /^[0-9]+$/ { n += $NF } END { printf "%.0f", n }' "$work/calls")
        plan=$hashed
        [[ $command == scan* ]] && plan=$heads
        ((outside * 100 <= plan * 105)) && pass "$command: seen from outside: $outside bytes" || fail "$command reads once, seen from outside" "$outside of $plan"
        ((outside * 100 >= plan * 90)) && pass "$command: all of it was seen" || fail "$command: all of it was seen" "$outside of $plan"
    done
else
    skip 'the same from outside' 'strace is not installed'
fi
finish
