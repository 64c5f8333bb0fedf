#!/usr/bin/env bash
# Items of log2timeline/plaso: a change journal, the $LogFile and the $MFT of a volume as copies and in their place, disk images
# of file systems that are not read. Counts are those of independent scans (corpora, README.md) and of the bytes themselves.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 jq awk
plaso=$shared/corpora/plaso
[[ -d $plaso/ntfs ]] || skip_all 'the corpora are absent'
scan() { assay scan --fail-on never --replace -o "$work/case" "$@"; }
ask() { sqlite3 -separator ' ' "$work/case" "$1"; }

scan "$plaso/ntfs/UsnJrnl.raw"
is 'UsnJrnl.raw: 19 records of version 2, USN 0 to 1664' "$(ask 'SELECT count(*), sum(version = 2), min(usn), max(usn) FROM usn')" '19 19 0 1664'
# Each record once more from its bytes: length, USN, reason, name.
perl -e 'local $/; open my $f, "<", $ARGV[0] or die; $_ = <$f>; for (my $at = 0; $at + 60 <= length; ) { my $n = unpack("V", substr($_, $at, 4)) or last;
    my ($size, $start) = unpack("vv", substr($_, $at + 56, 4)); my $name = substr($_, $at + $start, $size); $name =~ s/(.)\0/$1/gs;
    printf "%d %d %d %d %s\n", unpack("Q<", substr($_, $at + 24, 8)), unpack("Q<", substr($_, $at + 8, 8)) & 0xffffffffffff, unpack("Q<", substr($_, $at + 16, 8)) & 0xffffffffffff,
    unpack("V", substr($_, $at + 40, 4)), $name; $at += $n }' "$plaso/ntfs/UsnJrnl.raw" >"$work/theirs"
ask 'SELECT usn, file, parent, reason, name FROM usn ORDER BY usn' >"$work/ours"
same 'UsnJrnl.raw: what each says' "$work/theirs" "$work/ours"

scan "$plaso/ntfs/vsstest.extracted.LogFile"
is 'LogFile: 112 pages of records, 2 restart pages' "$(ask 'SELECT good_pages, restart_pages, bad_pages FROM log_summary')" \
    "$(perl -e 'local $/; open my $f, "<", $ARGV[0]; $_ = <$f>; my %n; $n{substr($_, $_[0] = $p * 4096, 4)}++, $p++ while $p * 4096 < length; print "$n{RCRD} $n{RSTR} 0"' "$plaso/ntfs/vsstest.extracted.LogFile")"
is 'LogFile: as its README counts' "$(ask 'SELECT good_pages FROM log_summary')" 112

# The extracted $MFT and the volume it is from: the same records, but for what was written to the volume later.
assay list --format jsonl "$plaso/ntfs/vsstest.extracted.MFT"
is 'MFT: listed' "$status" 0
listed() { jq -c '[.record, .sequence, .path, .stream, .size, .si_created, .si_modified, .si_changed, .si_accessed, .fn_created, .fn_modified, .fn_changed, .fn_accessed]' "$work/out" | sort; }
listed >"$work/theirs"
assay list --shadows none --format jsonl "$plaso/ntfs/vsstest.qcow2"
listed >"$work/ours"
same 'MFT: as in its volume' "$work/theirs" "$work/ours"
assay list --hash --shadows none --format jsonl "$plaso/ntfs/vsstest.qcow2"
is 'MFT and LogFile: the bytes of the volume' "$(jq -r 'select(.record == 0 or .record == 2).sha256' "$work/out" | tr '\n' ' ')" \
    "$(sha256sum "$plaso"/ntfs/vsstest.extracted.{MFT,LogFile} | cut -d' ' -f1 | tr '\n' ' ')"

# coverage: reasons of the last line.
coverage() { tail -n 1 "$work/out" | jq -r '[.volumes_not_read, (.counts[] | .class + ": " + .reason)] | map(tostring) | join("; ")'; }
assay scan --fail-on never --format jsonl -o "$work/q" "$plaso/containers/image.qcow2"
is 'image.qcow2: the file system is named' "$(coverage)" '1; unsupported: file system not read yet: ext2'
is 'image.qcow2: and the container' "$(sqlite3 "$work/q" "SELECT container FROM evidence")" QCOW2
assay list "$plaso/containers/image.qcow2"
like 'image.qcow2: list says so, too' "$err" 'ext2'
# Only the first segment is here.
assay scan --fail-on never --format jsonl --hash-evidence -o "$work/e" "$plaso/containers/image-split.E01"
like 'image-split.E01: a missing segment is told' "$out" 'later segments of the image are missing'
is 'image-split.E01: the file systems of its two partitions are named' "$(coverage)" '2; unsupported: file system not read yet: ext2; unsupported: file system not read yet: unknown'
is 'image-split.E01: the container' "$(sqlite3 "$work/e" "SELECT container FROM evidence")" E01
is 'image-split.E01: no digest is claimed for a disk that is not whole' "$(sqlite3 "$work/e" "SELECT count(*) FROM evidence WHERE media_sha256 IS NOT NULL")" 0
if command -v qemu-img >/dev/null; then
    qemu-img convert -O raw "$plaso/containers/image.qcow2" "$work/ext2"
    assay scan --fail-on never --hash-evidence -o "$work/h" "$plaso/containers/image.qcow2"
    is 'image.qcow2: its disk is what qemu-img reads' "$(sqlite3 "$work/h" 'SELECT lower(hex(media_sha256)) FROM evidence')" "$(sha256sum "$work/ext2" | cut -d' ' -f1)"
    if command -v ewfacquirestream >/dev/null; then
        (cd "$work" && ewfacquirestream -q -t whole -f encase6 <ext2 >log 2>&1)
        assay scan --fail-on never --hash-evidence -o "$work/w" "$work/whole.E01"
        is 'as E01: the stored MD5 is the one that is computed' "$(sqlite3 "$work/w" 'SELECT lower(hex(stored_md5)), lower(hex(media_md5)) FROM evidence')" "$(md5sum "$work/ext2" | sed 's/\([0-9a-f]*\).*/\1|\1/')"
    else
        skip 'as E01: the stored MD5 is the one that is computed' 'ewf-tools is not installed'
    fi
else
    skip 'image.qcow2: its disk is what qemu-img reads' 'qemu-img is not installed'
fi
finish
