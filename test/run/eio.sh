#!/usr/bin/env bash
# A disk with bad places: what lies before, behind and beside them is read, and the places are told.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 mkntfs od jq comm
[[ -x $make/mkimage ]] || skip_all 'libntfs-3g is not installed'
[[ -f $make/eio.so ]] || skip_all 'eio.so is not built'
for i in {1..200}; do
    yes "this is file number $i" | head -c $((5000 + i * 13)) >"$work/file"
    cp "$work/file" "$work/$i" && printf 'file\t/file %d.bin\t%s\n' "$i" "$work/$i"
done | volume "$work/disk" 32
inode=$(stat -c %i "$work/disk")
# A sanitizer's runtime must be the first library: such a build refuses to start with another before it.
LD_PRELOAD=$make/eio.so "$ASSAY" --version >/dev/null 2>&1 || skip_all 'nothing can be preloaded into this build'
printf 'x' >"$work/probe"
EIO="$(stat -c %i "$work/probe"):0+1" LD_PRELOAD=$make/eio.so "$ASSAY" scan --fail-on never -o "$work/case" "$work/probe" >/dev/null 2>&1
is 'a file that cannot be read is told' "$(sqlite3 "$work/case" "SELECT count(*) > 0 FROM finding WHERE detector = 'damaged'")" 1

# bad OFFSET+SIZE: scans the disk with this place bad. hashed OFFSET+SIZE FILE: the digests of all files.
bad() {
    status=0
    EIO="$inode:$1" LD_PRELOAD=$make/eio.so "$ASSAY" scan --fail-on never -o "$work/case" --replace "$work/disk" >"$work/out" 2>"$work/err" || status=$?
}
hashed() {
    status=0
    EIO="$inode:$1" LD_PRELOAD=$make/eio.so "$ASSAY" list --hash --format jsonl "$work/disk" 2>"$work/err" >"$work/out" || status=$?
    jq -r 'select(.path? // "" | startswith("/file ")) | "\(.path)|\(.sha256)"' "$work/out" >"$2"
}
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
# Where a file begins on the disk, and a number at a place of the disk.
place() { grep -abo -m1 "this is file number $1\$" "$work/disk" | head -n1 | cut -d: -f1; }
number() { od -An -t u"$2" -j "$1" -N "$2" "$work/disk" | tr -d ' '; }
mft=$(($(number 48 8) * $(number 13 1) * $(number 11 2)))

hashed 1+0 "$work/whole"
is 'all is read where nothing is bad' "$(grep -c '|[0-9a-f]\{64\}$' "$work/whole") $status" '200 0'
is 'as it was written' "$(grep '^/file 17.bin|' "$work/whole")" "/file 17.bin|$(sha256sum "$work/17" | cut -d' ' -f1)"

# unread FILE NAME...: the files without digest; others must be as they were.
unread() {
    comm -13 <(sort "$work/whole") <(sort "$1") | sed 's/^.file \([0-9]*\).bin|null$/\1/' | sort -n | tr '\n' ' '
    wc -l <"$1"
}
at=$(place 100)
hashed "$((at + 4096))+512" "$work/got"
is 'one bad sector costs one file, and none of its neighbours' "$(unread "$work/got") $status" '100 200 0'
hashed "$((at + 100))+1" "$work/got"
is 'at the start of a file, too' "$(unread "$work/got") $status" '100 200 0'
hashed "$(place 30)+40000" "$work/got"
is 'a longer one costs those that it touches, and is a loss' "$(unread "$work/got") $status" '30 31 32 33 34 200 3'
bad "$(place 30)+40000"
is 'each whose head is bad is told, with the place' "$(ask "SELECT group_concat(a.name || '@' || f.offset || '+' || f.size, ' ') FROM finding f JOIN artifact a ON a.id = f.artifact WHERE f.detector = 'damaged'")" "$(printf 'file %d.bin@0+4096 ' {30..34} | sed 's/ $//')"
is 'and marked' "$(ask "SELECT count(*) FROM artifact WHERE state = 'damaged'") $status" '5 3'

hashed "$((mft + 102400))+8192" "$work/got"
is 'a part of $MFT: the other files are listed and read' "$(unread "$work/got") $status" '192 3'
bad "$((mft + 102400))+8192"
is 'the place is told, and what it cost' "$(ask "SELECT f.offset - $mft, f.size, f.summary, v.state FROM finding f JOIN volume v ON v.id = f.volume WHERE f.detector = 'damaged' AND f.size > 0")" '102400|8192|the system could not read the evidence here|torn'
is 'which is a loss' "$status" 3

hashed "$mft+1024" "$work/got"
is 'the first record of $MFT: its copy is used' "$(unread "$work/got") $status" '200 3'
like 'and that is told' "$(cat "$work/err")" 'copy in .MFTMirr is used'

hashed 0+512 "$work/got"
is 'the boot sector: its copy is used' "$(unread "$work/got") $status" '200 0'
like 'and that is told, too' "$(cat "$work/err")" 'copy at the end is used'
bad 0+512
like 'with the place' "$(ask "SELECT offset, size FROM finding WHERE detector = 'damaged' AND size > 0")" '^0\|(512|4096)$'
finish
