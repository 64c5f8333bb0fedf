#!/usr/bin/env bash
# A volume with files of all kinds, a fifth of them in one folder, is listed and hashed as its maker says; and the same
# inside VMDK, VHDX, QCOW2 and E01. BIG_FILES: how many files; tools/tap --full has 500,000, in an image of 16 GB.
. "$(dirname "$0")/lib.sh"
need_program
need_tools mkntfs
files=${BIG_FILES:-5000}
big=$work/big
((files > 5000)) && big=$top/build/bench/in/big$files
SECONDS_EACH=900
mkdir -p "$(dirname "$big")"
run bench/bigimage "$files" "$big"
((status == 0)) || { fail 'the image is made' "$out" "$err"; finish; }
pass "an image of $(($(stat -c %s "$big/disk.img") >> 20)) MiB"

# The columns of the truth from CSV; the files of NTFS itself are left out.
as_truth() {
    awk -F, -v OFS='\t' -v hash="$1" 'NR > 1 {
        gsub(/^"|"$/, "", $6)
        if ($6 !~ /^\/($|\$)/) print $6, $7, $8, $9 ~ /directory/ ? "dir" : $9 ~ /deleted/ ? "deleted" : hash ? $19 : "file"
    }' "$work/out" | LC_ALL=C sort >"$work/got"
}
cp "$big/truth" "$work/truth"
awk -F'\t' -v OFS='\t' 'length($4) == 64 { $4 = "file" } { print }' "$big/truth" | LC_ALL=C sort >"$work/names"
assay list --format csv "$big/disk.img"
is 'list: nothing to complain about' "$status $err" '0 '
as_truth ''
same "list: $(wc -l <"$work/names") names and streams" "$work/names" "$work/got"
assay list --hash --format csv "$big/disk.img"
is 'list --hash: nothing to complain about' "$status $err" '0 '
as_truth hash
same 'list --hash: the content of all of them' "$work/truth" "$work/got"
is 'what was deleted last is recoverable' "$(grep -c 'deleted.*recoverable' "$work/out")" "$(grep -c 'deleted$' "$work/truth")"

assay list --hash --format jsonl "$big/disk.img"
cp "$work/out" "$work/wanted"
# in_container NAME FILE: the same bytes come out, and the container goes.
in_container() {
    assay list --hash --format jsonl "$2"
    is "$1: nothing to complain about" "$status $err" '0 '
    same "$1: the same list" "$work/wanted" "$work/out"
    rm -f "${2%.*}".*
}
if command -v qemu-img >/dev/null; then
    for kind in vmdk vhdx qcow2; do
        run qemu-img convert -f raw -O $kind "$big/disk.img" "$work/disk.$kind"
        in_container $kind "$work/disk.$kind"
    done
else
    skip 'VMDK, VHDX, QCOW2' 'qemu-img is not installed'
fi
if command -v ewfacquire >/dev/null; then
    run ewfacquire -u -q -f encase6 -c empty-block -S 7EiB -t "$work/ewf" "$big/disk.img"
    in_container E01 "$work/ewf.E01"
else
    skip 'E01' 'ewfacquire is not installed'
fi
finish
