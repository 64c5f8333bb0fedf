#!/usr/bin/env bash
# Files that NTFS compressed, from a volume that libntfs-3g wrote: hashes equal those of the files that were copied there.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
command -v mkntfs >/dev/null && [[ -x $make/mkimage ]] || skip_all 'mkntfs or libntfs-3g is not installed'

# Kinds of content, sizes around a unit (64 KiB) and around a cluster.
mkdir "$work/in"
find docs src -name '*.[mch]*' -type f -print0 | sort -z | xargs -0 cat >"$work/all"
for size in 1 700 4096 65535 65536 65537 131072 900001; do head -c "$size" "$work/all" >"$work/in/text$size"; done
head -c 1200003 "$ASSAY" >"$work/in/code"
head -c 200001 /dev/urandom >"$work/in/noise"
head -c 300000 /dev/zero >"$work/in/zeros"
for i in {1..20}; do
    head -c $((i * 977)) "$work/in/text900001"
    head -c $((i * 5311)) "$work/in/noise"
    head -c $((i * 7770)) "$work/in/zeros"
done >"$work/in/mixed"
for name in "$work"/in/*; do
    printf 'compress\t/%s\t%s\n' "${name##*/}" "$name"
done | volume "$work/v.img" 64
ok 'the volume is made' test -s "$work/v.img"
(cd "$work/in" && sha256sum -- * | awk '{ print "/" $2, $1 }' | sort) >"$work/truth"

hashes() { jq -r 'select(.sha256 and .stream == null and (.path | test("^/[a-z]"))) | [.path, .sha256] | join(" ")' "$work/out" | sort; }
assay list --hash --format jsonl "$work/v.img"
is 'every compressed file is read' "$status" 0
is 'and is what was copied there' "$(hashes)" "$(cat "$work/truth")"
is 'most are flagged as compressed' "$(jq -r 'select(.flags | index("compressed")) | .path' "$work/out" | grep -c 'text\|code\|mixed')" 10

# What is compressed is examined like anything else.
if [[ -n $signed ]]; then
    printf 'compress\t/signed.exe\t%s\n' "$signed" | volume "$work/w.img" 64
    assay trust --format jsonl "$work/w.img"
    is 'a compressed image has its signature' "$(jq -r .state "$work/out" | sort -u)" "$("$ASSAY" trust --format jsonl "$signed" | jq -r .state)"
else
    skip 'a compressed image has its signature' 'the package shim-signed could not be fetched'
fi

# Damage: a volume cut in the middle keeps what is before.
head -c 3000000 "$work/v.img" >"$work/cut.img"
assay list --hash --format jsonl "$work/cut.img"
is 'a cut volume is a loss' "$status" 3
hashes >"$work/some"
is 'and what is read of it is right' "$(grep -vxFf "$work/truth" "$work/some")" ''
like 'some is' "$(wc -l <"$work/some")" '^[1-9]'
like 'and the loss is said' "$err" 'damaged: [0-9]+'
finish
