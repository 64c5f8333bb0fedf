#!/usr/bin/env bash
# Packages that bear the marks of a format and cannot be opened: told as such with the reason, in a scan and when they are new or changed in
# a comparison. Whole ones, and programs that only look a little like it, are not.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
cd "$work" || exit 2
head -c 90000 "$ASSAY" >code
"$make/makepe" program.exe exe time=1600000000 noise=6000
opened() { sqlite3 -separator ' ' case "SELECT coalesce(container, '-'), state, coalesce(reason, '') FROM evidence WHERE artifact IS NOT NULL"; }
# told NAME WHOLE DAMAGED FORMAT REASON: the whole one opens; the damaged one, under a name that says nothing, is told, new or changed
told() {
    rm -rf old new && mkdir old new
    cp "$2" old/data.bin && cp "$3" new/data.bin
    assay scan --release --fail-on never -o case --replace old
    like "$1: the whole one opens" "$(opened)" "^$4 read "
    assay scan --release --fail-on never -o case --replace new
    like "$1: the damaged one is told" "$(opened)" "^$4 (bad|torn|limit) .*($5)"
    like "$1: the scan was not of everything" "$out" 'NOT EVERYTHING WAS READ'
    run "$ASSAY" diff old new
    like "$1: changed, it is a finding" "$out" 'could not be opened'
    like "$1: with the reason" "$out" "$5"
    is "$1: which stops the release" "$((status & 1))" 1
    mv new/data.bin new/other.bin && cp old/data.bin new/data.bin
    run "$ASSAY" diff old new
    like "$1: new, it is one, too" "$out" 'other.bin'
    is "$1: and stops it, too" "$((status & 1))" 1
    cp new/other.bin old/other.bin
    run "$ASSAY" diff old new
    is "$1: the same as before, it stops nothing" "$((status & 1))" 0
}

tail -c +2 "$top/fuzz/corpus/archive/7z-copy" >small.7z
cat program.exe "$ASSAY" >plain
if command -v 7z >/dev/null; then
    7z a -mx=1 large.7z code >/dev/null
    cat program.exe large.7z >sfx
    size=$(stat -c %s sfx)
    head -c $((size - 10)) sfx >torn
    told '7z behind a program, cut' sfx torn 7z 'it is cut, or further volumes are'
    cp sfx changed && printf '\xff' | dd of=changed bs=1 seek=$((size - 5)) conv=notrunc status=none
    told '7z behind a program, changed' sfx changed 7z 'does not match its checksum'
else
    skip '7z behind a program' '7z is not installed'
fi
{ cat program.exe && cat "$top/fuzz/corpus/nsis/wide" && head -c 6000 /dev/zero; } >nsis
cp nsis changed && printf '\xff\xff\xff\x7f' | dd of=changed bs=1 seek=$(($(stat -c %s program.exe) + 20)) conv=notrunc status=none
told 'an installer of NSIS' nsis changed nsis 'larger than is read|cannot be unpacked'
head -c 3000 "$top/fuzz/corpus/pack_msi/wixl.msi" >torn
told 'an installer database, cut' "$top/fuzz/corpus/pack_msi/wixl.msi" torn msi ''
seq 1 50000 >data && "$make/cabmake" mszip one.cab data
head -c 60 one.cab >changed
told 'a cabinet' one.cab changed cab ''
mkdir made && "$make/hostile" make made
head -c 13000 made/bundle.exe >torn
told 'a .NET bundle, cut' made/bundle.exe torn dotnet 'ends before its manifest'

# A program with other things behind it, and a compound file that is none of an installer.
mkdir clean
cp plain clean/program.exe
{ cat program.exe && printf '7z\xbc\xaf\x27' && head -c 5000 /dev/zero; } >clean/almost.exe
assay scan --release --fail-on never -o case --replace clean
is 'what carries no package is not told' "$(opened)" ''
finish
