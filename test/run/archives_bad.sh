#!/usr/bin/env bash
# Archives made to harm, and damaged ones: nothing is written, nothing hangs, each loss is counted and told with its place. The same
# for disk images in folders and archives. ENTRIES: members of the largest one.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
cd "$work" || exit 2
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
scan() { run "$ASSAY" scan --fail-on never --no-default-roots -o "$work/case" --replace "$@"; }
pack() { "$make/ziptar" "$@" || fail "$1 is made"; }
state() { ask "SELECT a.state, a.reason FROM artifact a WHERE name = '$1'"; }
damage() { ask "SELECT coalesce(a.name, 'all'), f.summary FROM finding f LEFT JOIN artifact a ON a.id = f.artifact WHERE f.detector = 'damaged' ORDER BY 1, 2"; }
counted() { # NAME: what was seen is the sum of what became of it
    is "$1: every member is counted" "$(ask "SELECT (SELECT coalesce(sum(files), 0) FROM coverage WHERE class = 'seen') = (SELECT coalesce(sum(files), 0) FROM coverage WHERE class <> 'seen')")" 1
}
"$make/signedfew" few
"$make/genmft" 40 mft >/dev/null && head -c 3072 mft >three
ls -R "$work" >before

# --- bombs ---
{ printf 'text\tkernel\tAAAAAAAA\ttimes=13000000\n'; for i in $(seq 400); do printf 'text\tcopy%s\tx\tsame=1\n' "$i"; done; } | pack overlap.zip -
scan --max-file-size 1M overlap.zip
is 'members that share bytes: a loss' "$status" 3
is 'beyond 16 GiB nothing is unpacked' "$(ask "SELECT sum(files) FROM coverage WHERE reason LIKE 'not unpacked: members that share%'")" 236
counted 'shared bytes'
like 'they are told' "$(damage)" 'all\|members? (that|whose|with).*(share|bytes)'
printf 'text\tgrows\tAAAAAAAA\ttimes=1000\tsize=4000000000\ntext\tgood\tx\n' | pack ratio.zip -
scan ratio.zip
like 'a member that claims to grow beyond measure is told' "$(damage)" 'all\|member that grows beyond measure'
counted 'growing'
{ printf 'text\tzeros\t0\ttimes=300000000\n'; } | pack deep.tar.gz -
scan --max-file-size 1M deep.tar.gz
((status == 0 || status == 3)) && pass '300 MB out of 300 KB end' || fail '300 MB out of 300 KB end' "$status"
counted 'a TAR that grows'

# --- members that are not what they say ---
{
    printf 'text\t%s\tx\n' /etc/absolute ../../../tmp/dots 'C:\Windows\drive.txt' a/../../within
    printf 'text\tdup\tone\ntext\tdup\ttwo\nfile\tsecret.dll\tfew/good.dll\tflags=1\ntext\tlzma\tx\tcall=14\ntext\timplode\tx\tcall=6\n'
    printf 'file\tcrc.dll\tfew/good.dll\tcrc=5\ntext\tlong\tabc\tmethod=0\tsize=100\nfile\tshort.dll\tfew/good.dll\tsize=1000\nfile\tlast.dll\tfew/changed.dll\n'
} | pack odd.zip -
scan odd.zip
is 'paths that lead out stay inside the evidence' "$(ask "SELECT o.path || '/' || name FROM artifact a JOIN folder o ON o.id = a.folder WHERE o.path <> '' ORDER BY 1")" $'/../../../tmp/dots\n/C:/Windows/drive.txt\n/a/../../within\n/etc/absolute'
is 'the same name twice are two' "$(ask "SELECT count(*) FROM artifact WHERE name = 'dup'")" 2
is 'encrypted ones are named' "$(state secret.dll)" 'skipped|encrypted (traditional ZIP encryption)'
is 'so is a method that is not read' "$(state implode)" 'skipped|packed by imploding, which is not read'
is 'a wrong checksum is damage' "$(state crc.dll | cut -d'|' -f1)$(damage | grep -c "^crc.dll|the member's bytes do not match its CRC-32")" damaged1
like 'sizes that lie are, too' "$(damage)" 'long\|the member is stored in fewer bytes'
like 'and' "$(damage)" 'short.dll\|the member holds more bytes'
is 'what follows is read' "$(ask "SELECT summary LIKE 'The file was changed%' FROM finding f JOIN artifact a ON a.id = f.artifact WHERE a.name = 'last.dll' AND detector = 'signature_broken'")" 1
like 'the archive is told of' "$(damage)" 'all\|member with a path that is absolute or leads out'
counted 'odd members'
is 'the finding names the place' "$("$ASSAY" scan --fail-on never --no-default-roots --format jsonl odd.zip 2>/dev/null | grep -c '"detector":"damaged".*"address":"odd.zip!/crc.dll"')" 1
printf 'file\tsecret.dll\tfew/good.dll\tflags=1\ntext\timplode\tx\tcall=6\n' | pack known.zip -
scan known.zip
is 'what is known and not read is no loss' "$status" 0

# --- cut ---
for i in $(seq 40); do printf 'file\tC/Windows/System32/f%s.dll\tfew/good.dll\tmethod=0\n' "$i"; done >list
for kind in zip tar tar.gz; do pack whole.$kind list; done
is 'a whole archive' "$(scan whole.zip; echo "$status") $(ask 'SELECT count(*) FROM pe')" '0 40'
for cut in 300 600 996 999; do
    for kind in zip tar tar.gz; do
        size=$(stat -c %s whole.$kind)
        head -c $((size * cut / 1000)) whole.$kind >cut.$kind
        scan cut.$kind
        told=$(ask 'SELECT state FROM evidence')
        if [[ $kind == zip ]]; then
            is "zip cut at $cut of 1000" "$status $told $(damage)" '2 torn all|the ZIP has no end record: its end is missing'
        elif [[ $kind == tar && $cut -ge 999 ]]; then
            is "tar cut in its end mark, at $cut" "$status $told" '0 read'
        else
            is "$kind cut at $cut of 1000" "$status $told" '3 torn'
            like "$kind cut at $cut: told" "$(damage)" 'ends? (too early|before|in the middle)'
        fi
        [[ $kind == zip ]] || counted "$kind cut at $cut"
    done
done
gzip -dc whole.tar.gz | head -c 100000 | gzip -c >one.gz
{ cat one.gz; head -c 5000 /dev/urandom; } >garbage.tar.gz
scan garbage.tar.gz
is 'a TAR that was cut before it was packed' "$status $(ask 'SELECT state FROM evidence')" '3 torn'
cp whole.tar.gz flip.tar.gz && printf '\377\377\377\377' | dd of=flip.tar.gz bs=1 seek=$(($(stat -c %s flip.tar.gz) / 2)) conv=notrunc status=none
scan flip.tar.gz
like 'packed bytes that make no sense are a loss of what follows' "$status $(ask "SELECT state IN ('bad', 'torn') FROM evidence")" '^3 1'
cp whole.zip flip.zip && printf '\377' | dd of=flip.zip bs=1 seek=900 conv=notrunc status=none
scan flip.zip
is 'one bit in one member costs that member' "$(ask "SELECT state, count(*) FROM artifact WHERE name LIKE 'f%' GROUP BY 1")" $'damaged|1\nread|39'

# --- very many members ---
entries=${ENTRIES:-400000}
"$make/zipmany" "$entries" many.zip
SECONDS_EACH=300 scan many.zip
is "$entries members" "$status $(ask "SELECT count(*) FROM artifact WHERE flags & 1 = 0")" "0 $entries"
rm many.zip case

# --- images inside ---
for i in $(seq 1100); do printf 'file\tm/%s\tthree\n' "$i"; done | pack nest.zip -
run "$ASSAY" scan --fail-on never -o case --replace nest.zip
is 'more images than are opened are told one by one' "$(ask "SELECT count(*) FROM evidence WHERE kind = 'mft'") $(ask "SELECT count(*), min(a.name + 0) FROM finding f JOIN artifact a ON a.id = f.artifact WHERE summary LIKE 'more images inside%'")" '1024 76|1025'
is 'and are a loss' "$status" 3
mkdir images
head -c 3000000 /dev/urandom >disk.raw
if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    truncate -s 5M volume && mkntfs -F -Q -q -s 512 -c 4096 -p 2048 volume >/dev/null 2>&1
    printf 'file\t/good.dll\tfew/good.dll\n' | "$make/mkimage" volume -
    "$make/disk" gpt disk.raw volume volume
fi
"$make/ewf" disk.raw images/host 3
"$make/ewf" disk.raw images/cut 1 plain
truncate -s $(($(stat -c %s images/cut.E01) / 2)) images/cut.E01
printf '<<< Oracle VM VirtualBox Disk Image >>>\n%0.s' 1 >images/box.vdi
{ head -c 64 images/box.vdi | head -c 40; head -c 24 /dev/zero; printf '\177\020\332\276\001\000\001\000'; head -c 4000 /dev/zero; } >images/virtual.vdi
rm images/box.vdi
qemu=
if command -v qemu-img >/dev/null; then
    qemu=1
    qemu-img convert -O vmdk -o subformat=twoGbMaxExtentSparse disk.raw images/split.vmdk
    qemu-img convert -O vmdk -o subformat=monolithicFlat disk.raw images/flat.vmdk
    qemu-img convert -O vmdk -o subformat=twoGbMaxExtentSparse disk.raw images/lone.vmdk && rm images/lone-s001.vmdk
fi
scan images
is 'segments in a folder are one image' "$(ask "SELECT count(*), max(parts) FROM evidence WHERE path LIKE '%host.E0%'")" '1|3'
is 'a format that is not read is named' "$(ask "SELECT state, container FROM evidence WHERE path LIKE '%.vdi'")" 'unsupported|VDI'
is 'a cut image is torn' "$(ask "SELECT state FROM evidence WHERE path LIKE '%cut.E01'")" torn
is 'and a loss' "$status" 3
if [[ -n $qemu ]]; then
    is 'descriptor and extents are one image' "$(ask "SELECT replace(path, rtrim(path, replace(path, '/', '')), ''), parts, state FROM evidence WHERE path LIKE '%.vmdk' AND path NOT LIKE '%lone%' ORDER BY 1")" $'flat.vmdk|2|read\nsplit.vmdk|2|read'
    like 'an extent that is not there is named' "$(ask "SELECT state, reason FROM evidence WHERE path LIKE '%lone.vmdk'")" 'lone-s001\.vmdk'
else
    skip 'descriptor and extents are one image' 'qemu-img is not installed'
fi
rm images/cut.E01 images/lone.vmdk
scan images
is 'without the damaged ones all is well' "$status" 0
run "$ASSAY" scan --jobs 1 --fail-on never --no-default-roots -o one --replace images
run "$ASSAY" scan --jobs 4 --fail-on never --no-default-roots -o four --replace images
for n in one four; do sqlite3 $n '.dump evidence' '.dump volume' '.dump artifact' >$n.sql; done
same 'the same order with one worker and four' one.sql four.sql
printf 'file\ta/host.E01\timages/host.E01\nfile\ta/host.E02\timages/host.E02\nfile\tb/virtual.vdi\timages/virtual.vdi\n' | pack packed.zip -
scan packed.zip
like 'a segment alone, out of an archive, is told' "$(ask "SELECT state, reason FROM evidence WHERE path LIKE '%host.E01'")" 'torn|segment'
is 'a refused one in an archive is named' "$(ask "SELECT path, state FROM evidence WHERE path LIKE '%.vdi'")" 'packed.zip!/b/virtual.vdi|unsupported'

# --- nothing was written ---
find "$work" -newer before -name 'dots' -o -newer before -name 'absolute' -o -name 'drive.txt' >stray
is 'nothing is written outside' "$(cat stray)$(ls /tmp/dots /etc/absolute 2>/dev/null)" ''
finish
