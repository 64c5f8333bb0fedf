#!/usr/bin/env bash
# Directory indexes ($I30): live entries equal the listing, deleted names come back from slack with their times, and copies of
# an index in a folder are known by their content.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
# Names and references in live entries, and those that the listing has: the folder's number, the record's, the name.
live="SELECT DISTINCT e.parent, e.file, e.name FROM index_entry e WHERE slack = 0 AND namespace <> 2 AND e.name <> '.' ORDER BY 1, 2, 3"
listed="WITH path(folder, name, record) AS (SELECT folder, name, record FROM artifact WHERE stream IS NULL AND flags & 2 = 0
    UNION SELECT p.folder, p.name, a.record FROM artifact_path p JOIN artifact a ON a.id = p.artifact WHERE a.flags & 2 = 0)
    SELECT DISTINCT d.record, p.record, p.name FROM path p JOIN folder f ON f.id = p.folder JOIN artifact d ON d.stream IS NULL
    AND d.flags & 3 = 1 JOIN folder o ON o.id = d.folder AND o.path || CASE d.name WHEN '' THEN '' ELSE '/' || d.name END = f.path
    WHERE p.name <> '' ORDER BY 1, 2, 3"
# agree NAME IMAGE COUNT
agree() {
    scan --keep-events --shadows none "$2"
    ask "$live" >"$work/live"
    ask "$listed" >"$work/listed"
    same "$1: live entries are the listing" "$work/listed" "$work/live"
    is "$1: and all are there" "$(wc -l <"$work/live")" "$3"
    is "$1: their times are the records'" "$(ask "SELECT count(*) FROM index_entry e JOIN artifact a ON a.record = e.file AND a.stream IS NULL
        WHERE slack = 0 AND e.file > 23 AND (e.created, e.modified) NOT IN (VALUES (a.si_created, a.si_modified), (a.fn_created, a.fn_modified))")" 0
    scan "$2"
    is "$1: so none is kept" "$(ask 'SELECT count(*) FROM index_entry WHERE slack = 0')" 0
}

if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    many() {
        local i
        printf 'dir\t/d\ndir\t/d/sub\ntext\t/d/sub/small.txt\tx\ndir\t/was\n'
        for i in {1..1000}; do printf 'text\t/d/a_file_called_%04d.txt\tcontent %d\n' "$i" "$i"; done
        for i in {1..100}; do printf 'text\t/was/here_%03d.exe\tMZ\n' "$i"; done
    }
    { many; } | volume "$work/image" 32
    agree 'a folder of 1,000 files' "$work/image" $((1000 + 2 + 100 + 2 + 11 + 3)) # 11: the volume's own in /, 3 in $Extend
    {
        many
        for i in $(seq 3 7 1000); do printf 'delete\t/d/a_file_called_%04d.txt\n' "$i"; done
        for i in {1..100}; do printf 'delete\t/was/here_%03d.exe\n' "$i"; done
        printf 'delete\t/was\n'
    } | volume "$work/image" 32
    scan "$work/image"
    ask "SELECT DISTINCT name FROM index_entry WHERE slack = 1 AND name NOT IN (SELECT name FROM artifact WHERE flags & 2 = 0) AND name LIKE 'a_file%' ORDER BY 1" >"$work/found"
    for i in $(seq 3 7 1000); do printf 'a_file_called_%04d.txt\n' "$i"; done >"$work/deleted"
    is 'no name comes back that was not deleted' "$(comm -23 "$work/found" "$work/deleted")" ''
    found=$(wc -l <"$work/found")
    ((found >= 10)) && pass "$found of $(wc -l <"$work/deleted") deleted names are in slack" || fail 'deleted names are in slack' "$found"
    is 'with the times they had' "$(ask "SELECT count(*) FROM index_entry e JOIN artifact a ON a.name = e.name AND a.flags & 2 <> 0
        WHERE slack = 1 AND e.created <> a.si_created AND e.created <> a.fn_created AND a.name LIKE 'a_file%'")" 0
    is 'they belong to their folder' "$(ask "SELECT DISTINCT a.name FROM index_entry e JOIN artifact a ON a.id = e.artifact WHERE e.name LIKE 'a_file%'")" d
    is 'slack names no other parent' "$(ask 'SELECT count(*) FROM index_entry e JOIN artifact a ON a.id = e.artifact WHERE e.parent <> a.record')" 0
    like 'a deleted folder tells of its files' "$(ask "SELECT count(DISTINCT e.name) FROM index_entry e JOIN artifact a ON a.id = e.artifact WHERE a.name = 'was' AND e.name LIKE 'here%'")" '^[1-9]'
    sqlite3 "$work/case" 'SELECT * FROM index_entry ORDER BY artifact, ordinal' >"$work/many"
    scan --jobs 1 "$work/image" && sqlite3 "$work/case" 'SELECT * FROM index_entry ORDER BY artifact, ordinal' >"$work/one"
    same 'one worker finds the same' "$work/many" "$work/one"
    before=$(sha256sum <"$work/image")
    "$ASSAY" list --hash --format csv "$work/image" >"$work/list"
    unlike 'list shows no index' "$(cut -d, -f1-20 "$work/list")" 'I30'
    is 'the image is as it was' "$(sha256sum <"$work/image")" "$before"
    # Both times of creation in a record are changed, and the folder is not told.
    printf 'dir\t/d\ntext\t/d/plain.txt\tx\ntext\t/d/stomped.txt\ty\n' | volume "$work/image" 16
    scan "$work/image"
    record=$(ask "SELECT record FROM artifact WHERE name = 'stomped.txt'")
    perl -e 'open my $f, "+<", $ARGV[0] or die; local $/; $_ = <$f>; my $n = $ARGV[1]; my $at = 0;
        while (($at = index($_, "FILE", $at)) >= 0) {
            if (unpack("V", substr($_, $at + 44, 4)) == $n && $at % 1024 == 0 && substr($_, $at, 1024) =~ /s\0t\0o\0m\0p/) {
                my $si = $at + unpack("v", substr($_, $at + 20, 2)) + 24; my $t = substr($_, $si, 8);
                my $r = substr($_, $at, 1024); $r =~ s/\Q$t\E/pack("VV", 0x12345678, 0x01c00000)/ge; substr($_, $at, 1024) = $r; }
            $at += 4; } seek $f, 0, 0; print $f $_;' "$work/image" "$record"
    scan "$work/image"
    is 'a record whose times were changed behind the back of its folder' "$(ask 'SELECT e.name, slack, e.created <> a.si_created FROM index_entry e JOIN artifact a ON a.record = e.file')" 'stomped.txt|0|1'
else
    skip 'a folder of 1,000 files' 'mkntfs or libntfs-3g is not installed'
fi

corpora=$shared/corpora
if [[ -f $corpora/ColinFinck-ntfs/testfs1 ]]; then
    agree testfs1 "$corpora/ColinFinck-ntfs/testfs1" "$("$ASSAY" list --format csv "$corpora/ColinFinck-ntfs/testfs1" >"$work/l"; scan --keep-events "$corpora/ColinFinck-ntfs/testfs1"; ask "$listed" | wc -l)"
    is 'testfs1: its 512 folders' "$(scan --keep-events "$corpora/ColinFinck-ntfs/testfs1"; ask "SELECT count(*), min(length(node)), count(DISTINCT name) FROM index_entry e WHERE slack = 0 AND artifact = (SELECT id FROM artifact WHERE name = 'many_subdirs')")" '512|4|512'
else
    skip testfs1 'the corpora are absent'
fi
if [[ -f $corpora/plaso/ntfs/vsstest.qcow2 ]] && command -v qemu-img >/dev/null; then
    qemu-img convert -O raw "$corpora/plaso/ntfs/vsstest.qcow2" "$work/vss" # Windows wrote this one
    scan --keep-events --shadows none "$work/vss"
    ask "$listed" | wc -l >"$work/count"
    agree vsstest "$work/vss" "$(<"$work/count")"
else
    skip vsstest 'the corpora or qemu-img are absent'
fi
if [[ -d $corpora/EricZimmerman-MFT ]]; then
    mkdir "$work/triage"
    cp "$corpora/EricZimmerman-MFT/TestFiles/\$I30/Start/\$I30" "$work/triage/before"
    cp "$corpora/EricZimmerman-MFT/TestFiles/\$I30/FirstDelete/\$I30" "$work/triage/after the deletion.bin"
    scan "$work/triage"
    is 'copies are known by their content' "$(ask 'SELECT a.name, sum(slack = 0), sum(slack = 1), count(DISTINCT parent) FROM index_entry e JOIN artifact a ON a.id = e.artifact GROUP BY 1')" \
        $'after the deletion.bin|20|81|1\nbefore|50|51|1'
    is 'names that were live before and are in slack after' "$(ask "WITH e AS (SELECT a.name AS copy, e.name, slack FROM index_entry e JOIN artifact a ON a.id = e.artifact),
        gone AS (SELECT DISTINCT name FROM e WHERE copy = 'before' AND slack = 0 AND name NOT IN (SELECT name FROM e WHERE copy <> 'before' AND slack = 0))
        SELECT count(*), sum(name IN (SELECT name FROM e WHERE copy <> 'before' AND slack = 1)) FROM gone")" '30|16'
else
    skip 'copies are known by their content' 'the corpora are absent'
fi
finish
