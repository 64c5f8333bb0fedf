#!/usr/bin/env bash
# --hash-evidence: digests of the disk inside an image, compared with those that the image stores about itself.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 md5sum sha1sum sha256sum
cd "$work" || exit 2
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
scan() { run "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@"; }
digests='SELECT lower(hex(stored_md5)), lower(hex(stored_sha1)), lower(hex(media_md5)), lower(hex(media_sha1)), lower(hex(media_sha256)) FROM evidence'

{ head -c 512 /dev/zero; seq 100000; head -c 700000 /dev/zero; head -c 1200000 "$(command -v bash)"; } >disk
truncate -s $((5000 * 512)) disk
printf '\125\252' | dd of=disk bs=1 seek=510 conv=notrunc status=none # a partition table without partitions
printf '\0\0\0\0\007\0\0\0\001\0\0\0\377\017\0\0' | dd of=disk bs=1 seek=446 conv=notrunc status=none
md5=$(md5sum disk | cut -d' ' -f1) sha1=$(sha1sum disk | cut -d' ' -f1) sha256=$(sha256sum disk | cut -d' ' -f1)

"$make/ewf" disk host 3
scan host.E01
is 'without the option: what it says of itself' "$(ask "$digests")" "$md5|$sha1|||"
like 'the story says that nobody looked' "$(tr -s ' \n' ' ' <out)" "stored MD5 $md5 \(not verified\)"
scan --hash-evidence host.E01
is 'three segments' "$(ask "$digests")" "$md5|$sha1|$md5|$sha1|$sha256"
is 'nothing is damaged' "$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" 0
like 'the story says that it was verified' "$(tr -s ' \n' ' ' <out)" "stored MD5 $md5 \(verified\); stored SHA-1 $sha1 \(verified\)"
scan --hash-evidence --jobs 1 host.E01
is 'with one worker, too' "$(ask "$digests")" "$md5|$sha1|$md5|$sha1|$sha256"

"$make/ewf" disk forged 1 forged
scan --hash-evidence forged.E01
wrong=${md5:0:10}$(printf %02x $((0x${md5:10:2} ^ 1)))${md5:12}
is 'a stored digest that is another' "$(ask "$digests")" "$wrong|$sha1|$md5|$sha1|$sha256"
is 'is a finding about the evidence' "$(ask "SELECT evidence, artifact, summary FROM finding WHERE detector = 'damaged'")" '1||the content of this image is not what its stored digest says'
like 'the story tells both' "$(tr -s ' \n' ' ' <out)" "stored MD5 $wrong \(its content has another: $md5\)"
scan forged.E01
is 'and nothing without the option' "$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" 0

"$make/ewf" disk cut 1 plain
cp cut.E01 bad.E01
printf '\377\377' | dd of=bad.E01 bs=1 seek=300000 conv=notrunc status=none
scan --hash-evidence bad.E01
is 'where not all can be read there is no digest of it' "$(ask "$digests")" "$md5|$sha1|||"
like 'and that is told' "$(ask "SELECT summary FROM finding WHERE detector = 'damaged' AND evidence = 1")" 'checksum'
scan --hash-evidence disk
is 'raw bytes have digests, and none stored' "$(ask "$digests")" "||$md5|$sha1|$sha256"
mkdir folder && mv host.E0? forged.E01 folder
scan --hash-evidence folder
is 'those in a folder, too' "$(ask "SELECT path, stored_md5 = media_md5 FROM evidence WHERE id > 1 ORDER BY id")" $'folder/forged.E01|0\nfolder/host.E01|1'
run "$ASSAY" list --hash-evidence folder/forged.E01
like 'list says it, too' "$status $err" 'stored digest'
if command -v qemu-img >/dev/null; then
    for kind in qcow2 vhdx vmdk; do
        qemu-img convert -O $kind disk disk.$kind
        scan --hash-evidence disk.$kind
        is "$kind" "$(ask "$digests" | cut -c1-71)" "||$md5|$(cut -c1-36 <<<"$sha1")"
    done
else
    skip 'other formats' 'qemu-img is not installed'
fi
finish
