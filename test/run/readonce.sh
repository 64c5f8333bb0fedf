#!/usr/bin/env bash
# No work twice: a scan and a hashing list of a 200 MB image read at most 1.05 times the bytes that have to be read.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq mkntfs

volume "$work/volume.img" 240 <<MANIFEST
dir	/d
many	/d	4000	30000	1
fill	/d/large.bin	60000000	2
fill	/d/small.bin	3000000	3
fragments	/d/pieces.bin	2000	4
$(for i in $(seq 20); do [[ -n $signed ]] && printf 'file\t/d/copy%s.dll\t%s\n' "$i" "$signed"; done)
MANIFEST
"$make/disk" gpt "$work/disk.img" "$work/volume.img"
rm "$work/volume.img"

# What has to be read to hash everything: the contents that lie in clusters, \$MFT once, a few metadata files.
assay list --format jsonl "$work/disk.img"
plan=$(jq -s '[.[] | select((.directory // false) | not) | .size // 0] | add' "$work/out")
((plan > 150000000)) && pass "the plan is $plan bytes" || fail 'the plan is large' "$plan"

assay scan --timings --format jsonl "$work/disk.img"
scanned=$(grep -oE '[0-9]+ bytes of evidence read' <<<"$err" | grep -oE '^[0-9]+')
if [[ $scanned =~ ^[0-9]+$ ]]; then
    ((scanned > 0 && scanned * 100 <= plan * 105)) && pass "scan read $scanned bytes" || fail 'scan reads once' "$scanned of $plan"
else
    fail '--timings says how much was read' "$err"
fi

# The same from outside, where strace is there.
if command -v strace >/dev/null; then
    for command in 'scan --format jsonl' 'list --hash'; do
        run strace -f -qq -e trace=pread64,read,preadv -o "$work/calls" "$ASSAY" $command "$work/disk.img"
        outside=$(awk '/pread64\(|preadv\(/ && $NF ~ /^[0-9]+$/ { n += $NF } END { printf "%.0f", n }' "$work/calls")
        ((outside * 100 <= plan * 105)) && pass "$command: seen from outside: $outside bytes" || fail "$command reads once, seen from outside" "$outside of $plan"
        ((outside > 0)) && pass "$command: pread was seen" || fail "$command: pread was seen"
    done
else
    skip 'the same from outside' 'strace is not installed'
fi
finish
