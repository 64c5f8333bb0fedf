#!/usr/bin/env bash
# A $MFT of its own is known by its content, whatever its name, also if it lost its start.
. "$(dirname "$0")/lib.sh"
need_program
need_tools od
[[ -x $make/genmft ]] || skip_all 'genmft is not built'
"$make/genmft" 20000 "$work/mft" >/dev/null
rows() { "$ASSAY" list --format csv "$1" 2>"$work/err" | cut -d, -f2-; }
entries() { cut -d, -f2,3 | sort -n; }
rows "$work/mft" >"$work/whole"
like 'a $MFT is listed' "$(wc -l <"$work/whole")" '^199[0-9][0-9]$'
for name in 'C_$MFT' '%24MFT' 'mft.txt' 'no name at all'; do
    cp "$work/mft" "$work/$name"
    rows "$work/$name" >"$work/got"
    same "also as $name" "$work/whole" "$work/got"
done

tail -c +$((5000 * 1024 + 1)) "$work/mft" >"$work/cut"
rows "$work/cut" | tail -n +2 | entries >"$work/got"
tail -n +2 "$work/whole" | awk -F, '$2 >= 5000' | entries >"$work/wanted"
same 'without its first records, the others keep their numbers' "$work/wanted" "$work/got"
like 'what lies in the root lies in the root' "$(rows "$work/cut" | grep -c '"\?/[^/$]*"\?,,')" '^[1-9]'
head -c 3072 "$work/cut" >"$work/three"
is 'three records are enough' "$(rows "$work/three" | tail -n +2 | cut -d, -f2 | sort -nu | tr '\n' ' ')" '5000 5001 5002 '

# Holes cost neither time nor memory, and what lies behind the data is no loss; data behind a hole of terabytes is one, and told.
cp "$work/mft" "$work/tail" && truncate -s 4T "$work/tail"
rows "$work/tail" >"$work/got"
same 'a tail of terabytes that is a hole is none' "$work/whole" "$work/got"
cp "$work/tail" "$work/far" && head -c 2048 "$work/mft" | dd of="$work/far" bs=1024 seek=$((4 * 1024 * 1024 * 1024 - 100)) conv=notrunc status=none
assay list --format csv "$work/far"
is 'what lies behind such a hole is a loss' "$status $(wc -l <"$work/out")" "3 $(wc -l <"$work/whole")"
like 'which is told' "$err" 'nearly all hole'
rm -f "$work/tail" "$work/far"

if command -v mkntfs >/dev/null; then
    truncate -s 64M "$work/large" && mkntfs -F -Q -q -s 4096 -p 2048 "$work/large" >/dev/null 2>&1
    at=$(($(od -An -t u8 -j 48 -N 8 "$work/large") * $(od -An -t u1 -j 13 -N 1 "$work/large") * $(od -An -t u2 -j 11 -N 2 "$work/large")))
    head -c $((at + 24 * 4096)) "$work/large" | tail -c $((24 * 4096)) >"$work/4096"
    is 'records of 4096 bytes' "$(rows "$work/4096" | grep -cE '/\$(MFT|MFTMirr|LogFile|Volume|AttrDef|Bitmap|Boot|BadClus|Secure|UpCase|Extend)",,')" 11
    tail -c +$((4 * 4096 + 1)) "$work/4096" >"$work/4096 cut"
    is 'and a part of them' "$(rows "$work/4096 cut" | grep -cE '^1,[0-9]+,.*/\$(AttrDef|Bitmap|Boot|BadClus|Secure|UpCase|Extend)",,')" 7
else
    skip 'records of 4096 bytes' 'mkntfs is not installed'
fi
yes 'FILE0 is how this text begins' | head -c 100000 >"$work/text"
head -c 100000 /dev/zero >"$work/zeros"
tr '\0' '\377' <"$work/zeros" >"$work/ones"
{ printf 'FILE0\0\3\0' && head -c 100000 /dev/urandom; } >"$work/noise"
for name in text zeros ones noise; do
    is "$name is none" "$(rows "$work/$name" | tail -n +2 | wc -l)" 1
done
finish
