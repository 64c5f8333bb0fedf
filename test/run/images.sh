#!/usr/bin/env bash
# Disk images that qemu-img and ewfacquirestream make hold the bytes that went in, read confined as workers read.
. "$(dirname "$0")/lib.sh"
cat_=$make/imagecat
[[ -x $cat_ ]] || skip_all 'imagecat is not built'
cd "$work" || exit 2

# A disk with zeros, text, machine code and noise, of an odd number of sectors.
{ head -c 3000000 "$(command -v bash)"; head -c 2000000 /dev/zero; seq 200000; head -c 700000 /dev/urandom; } >disk.raw
truncate -s $((12345 * 512)) disk.raw
sum=$(sha256sum disk.raw | cut -d' ' -f1)

# holds NAME FILE [SUM] [SIZE]: the disk in FILE is the one that went in
holds() {
    run "$cat_" -c -r 5 "$2"
    is "$1" "$status $(grep -E '^(sha256|random|noted)' <<<"$out" | tr '\n' ' ')" "0 sha256 ${3:-$sum} random agrees noted 0 "
}
# refuses NAME FILE REGEX
refuses() {
    run "$cat_" -c "$2"
    like "$1" "$status $out" "^1 .*$3"
}

split -b 2500000 -d -a 3 --numeric-suffixes=1 disk.raw split.
holds 'raw' disk.raw
holds 'three parts of raw bytes' split.001

if command -v qemu-img >/dev/null; then
    make_() { qemu-img convert -O "$1" -o "$2" disk.raw "$3" 2>"$work/err" || fail "qemu-img makes $3" "$(cat "$work/err")"; }
    for kind in monolithicSparse streamOptimized twoGbMaxExtentSparse monolithicFlat twoGbMaxExtentFlat; do
        make_ vmdk subformat=$kind $kind.vmdk
        holds "VMDK $kind" $kind.vmdk
    done
    rm twoGbMaxExtentSparse-s001.vmdk
    refuses 'an extent that is missing is named' twoGbMaxExtentSparse.vmdk 'wanted twoGbMaxExtentSparse-s001.vmdk'
    make_ vpc subformat=fixed,force_size=on fixed.vhd
    holds 'VHD fixed' fixed.vhd
    make_ vpc subformat=dynamic,force_size=on dynamic.vhd
    holds 'VHD dynamic' dynamic.vhd
    make_ vhdx subformat=dynamic disk.vhdx
    holds 'VHDX' disk.vhdx
    make_ vhdx subformat=fixed fixed.vhdx
    holds 'VHDX fixed' fixed.vhdx
    for options in compat=0.10 compat=1.1 compat=1.1,cluster_size=512 compat=1.1,cluster_size=2M; do
        make_ qcow2 $options "$options.qcow2"
        holds "QCOW2 $options" "$options.qcow2"
        qemu-img convert -c -O qcow2 -o $options disk.raw packed.qcow2
        holds "QCOW2 $options compressed" packed.qcow2
    done
    qemu-img convert -O qcow disk.raw old.qcow && holds 'QCOW version 1' old.qcow
    qemu-img convert -c -O qcow disk.raw old.qcow && holds 'QCOW version 1 compressed' old.qcow

    # Zeros over old data: what libqcow and libvmdk get wrong.
    make_ vmdk zeroed_grain=on zeroed.vmdk
    for image in compat=1.1.qcow2 zeroed.vmdk disk.vhdx; do
        qemu-io -c 'write -z 1M 1M' -c 'write -P 7 3M 5k' -c 'write -z 128k 64k' $image >/dev/null 2>&1
        qemu-img convert -O raw $image changed
        holds "$image with zeroed clusters" $image "$(sha256sum changed | cut -d' ' -f1)"
    done
    qemu-img create -q -f qcow2 -b disk.raw -F raw child.qcow2
    refuses 'a backing file' child.qcow2 'backing file'
    make_ qcow2 extended_l2=on sub.qcow2
    refuses 'subclusters' sub.qcow2 'subclusters'
    make_ vdi static=off disk.vdi
    refuses 'VDI' disk.vdi 'VDI'
else
    skip 'images of qemu-img' 'qemu-img is not installed'
fi

if command -v ewfacquire >/dev/null; then
    md5=$(md5sum disk.raw | cut -d' ' -f1)
    for kind in smart ftk encase1 encase2 encase5 encase6 linen6 ewfx; do
        for level in none best; do
            rm -f x.*
            ewfacquire -u -q -f $kind -c $level -S 1100000 -t x disk.raw >/dev/null 2>&1
            first=$(ls x.*01)
            holds "EWF $kind, compression $level, $(ls x.* | wc -l) segments" "$first"
            like 'and its MD5 is told' "$out" "^md5 $md5\$"
        done
    done
    ewfacquire -u -q -f encase6 -c none -S 1100000 -t y disk.raw >/dev/null 2>&1
    rm "$(ls y.E* | tail -n 1)"
    run "$cat_" y.E01
    like 'without the last segment' "$out" '^note torn 0 later segments'
    like 'the rest is read' "$out" '^note torn [1-9][0-9]{6} this chunk'
else
    skip 'images of ewfacquire' 'ewfacquire is not installed'
fi

real=$top/$shared/corpora/plaso
[[ $shared = /* ]] && real=$shared/corpora/plaso
if [[ -f $real/ntfs/vsstest.qcow2 ]]; then
    "$cat_" -o volume "$real/ntfs/vsstest.qcow2" >/dev/null
    run "$cat_" -c -s volume
    is 'shadow copies of a real volume, confined' "$(grep ^shadow <<<"$out")" 'shadow 130305261097363787 1073741824 readable 512 NTFS id 690b0f60df5be3119d6c005056c00008
shadow 130305262689190583 1073741824 readable 512 NTFS id 6d0b0f60df5be3119d6c005056c00008'
    run "$cat_" "$real/containers/image-split.E01"
    like 'a real E01 without its second segment' "$out" '^note torn 0 later segments'
else
    skip 'shadow copies of a real volume' 'the corpus is absent'
fi
finish
