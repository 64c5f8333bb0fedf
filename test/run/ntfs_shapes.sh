#!/usr/bin/env bash
# Shapes that NTFS volumes have: cluster sizes, sectors of 4,096 bytes, names that differ in case only, crowded folders, hard links,
# valid data that ends early, attribute lists, reparse points. Contents equal what was put in.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 mkntfs perl
[[ -x $make/mkimage ]] || skip_all 'libntfs-3g is not installed'

# made MEGABYTES MKNTFS-OPTION... < MANIFEST
made() {
    local size=$1
    shift
    rm -f "$work/image"
    truncate -s "${size}M" "$work/image" && mkntfs -F -Q -q -p 2048 "$@" "$work/image" >"$work/said" 2>&1 && "$make/mkimage" "$work/image" -
}
# hashes PATTERN: path and SHA-256 of what matches
hashes() {
    "$ASSAY" list --hash --format jsonl "$work/image" >"$work/list" 2>"$work/err" || cat "$work/err"
    jq -r --arg p "$1" 'select((.flags | index("deleted")) | not) | (.path + (if .stream then ":" + .stream else "" end)) as $n
        | select($n | test($p)) | $n + " " + (.sha256 // "-")' "$work/list" | sort
}
sha() { sha256sum | cut -d' ' -f1; }

for n in 1 2 3; do head -c $((n * 70001)) /dev/urandom >"$work/content$n"; done
head -c 300 /dev/urandom >"$work/small"
sums="/1.bin $(sha <"$work/content1")
/2.bin $(sha <"$work/content2")
/3.bin $(sha <"$work/content3")
/d/small $(sha <"$work/small")"
contents() { printf 'dir\t/d\n'; for n in 1 2 3; do printf 'file\t/%s.bin\t%s\n' $n "$work/content$n"; done; printf 'file\t/d/small\t%s\nfragments\t/pieces\t40\t1\n' "$work/small"; }

shape() {
    local name=$1
    shift
    if ! contents | made "$@"; then
        fail "$name" "$(head -n 3 "$work/said")"
        return
    fi
    is "$name" "$(hashes '^/(d/|.[.]bin)')" "$sums"
    [[ $name =~ (1024|2048|8192|16384|32768|131072|262144|524288|1048576)\ bytes ]] && return
    "$ASSAY" scan --keep-events --fail-on never --replace -o "$work/case" "$work/image" >/dev/null 2>"$work/err"
    is "$name: index" "$(sqlite3 "$work/case" "SELECT count(*) FROM index_entry WHERE name IN ('1.bin', '2.bin', '3.bin', 'small', 'd', 'pieces') AND slack = 0;
        SELECT count(*) FROM finding")" $'6\n0'
}
for cluster in 512 1024 2048 4096 8192 16384 32768 65536 131072 262144 524288 1048576 2097152; do
    shape "clusters of $cluster bytes" $((cluster > 100000 ? 160 : 24)) -s 512 -c $cluster
done
shape 'sectors and records of 4,096 bytes' 32 -s 4096 -c 4096
is 'records are as large as such sectors' "$(sqlite3 "$work/case" 'SELECT record_size FROM volume')" 4096
shape 'sectors of 4,096 bytes, large clusters' 64 -s 4096 -c 65536
shape 'sectors of 2,048 bytes' 32 -s 2048 -c 4096

printf 'dir\t/d\ntext\t/d/Name.txt\tupper\ntext\t/d/name.txt\tlower\ntext\t/d/NAME.TXT\tloud\n' | made 16 -s 512
is 'names that differ in case only' "$(hashes '^/d/')" "/d/NAME.TXT $(printf loud | sha)
/d/Name.txt $(printf upper | sha)
/d/name.txt $(printf lower | sha)"

printf 'dir\t/d\ncrowd\t/d\t100000\n' | made 300 -s 512
"$ASSAY" list --format csv "$work/image" >"$work/list"
is 'a folder of 100,000 files' "$(grep -c '/d/file_' "$work/list")" 100000

links=$(for n in {1..300}; do printf 'link\t/d/first.bin\t/d/link_with_a_longer_name_%03d.bin\n' "$n"; done)
printf 'dir\t/d\nfile\t/d/first.bin\t%s\n%s\n' "$work/content1" "$links" | made 24 -s 512
is 'hard links, in an attribute list: every path has the content' "$(hashes '^/d/' | cut -d' ' -f2 | sort | uniq -c | sed 's/^ *//')" "301 $(sha <"$work/content1")"
is 'and it is one content' "$("$ASSAY" scan --fail-on never --replace -o "$work/case" "$work/image" >/dev/null; sqlite3 "$work/case" "SELECT count(*), (SELECT count(*) FROM artifact_path) FROM artifact WHERE name = 'first.bin'")" '1|300'

{ printf 'text\t/many\tmain\n'; for n in {1..300}; do printf 'stream\t/many\tstream number %d\t=content %d\n' "$n" "$n"; done; } | made 24 -s 512
is 'many streams, in an attribute list' "$(hashes '^/many:' | sha)" "$(for n in {1..300}; do printf '/many:stream number %d %s\n' "$n" "$(printf 'content %d' "$n" | sha)"; done | sort | sha)"
printf 'dir\t/d\ntext\t/d/one\tmain\nstream\t/d/one\tads\t=hidden\nlink\t/d/one\t/two\n' | made 24 -s 512
for path in /d/one:ads /two:ads; do
    is "a stream is found by each name of its file: $path" "$("$ASSAY" list --hash --format csv "$work/image!vol1!$path" | grep -c "$(printf hidden | sha)")" 1
done

printf 'fragments\t/a\t300\t7\nfragments\t/b\t6000\t8\n' | made 160 -s 512
if command -v ntfscat >/dev/null; then
    is 'hundreds and thousands of fragments, lists resident and not' "$(hashes '^/[ab]$')" \
        "$(for f in a b; do echo "/$f $(ntfscat -f "$work/image" /$f 2>/dev/null | sha)"; done)"
else
    skip 'hundreds and thousands of fragments, lists resident and not' 'ntfscat is absent'
fi

printf 'text\t/gap\tbeginning\nextend\t/gap\t100000000\n' | made 160 -s 512
is 'valid data ends early: zeros behind' "$(hashes '^/gap$')" "/gap $({ printf beginning && head -c $((100000000 - 9)) /dev/zero; } | sha)"
read=$("$ASSAY" list --hash --progress-fd 3 "$work/image" 3>&1 >/dev/null 2>&1 | jq -s 'last | .bytes // empty' 2>/dev/null)
if [[ $read =~ ^[0-9]+$ ]] && ((read < 60000000)); then pass "and are not read ($read bytes)"; else fail 'and are not read' "$read"; fi

printf 'dir\t/target\ntext\t/target/inside\tx\ndir\t/junction\njunction\t/junction\t\\??\\C:\\target\n' | sed 's/??\\C:/??\\\\C:/' | made 16 -s 512
"$ASSAY" list --format jsonl "$work/image" >"$work/list"
is 'a reparse point is told, and not followed' "$(jq -r 'select(.path | test("^/junction|inside")) | .path + " " + (.flags | index("reparse") != null | tostring)' "$work/list")" $'/target/inside false\n/junction true'
is 'files of $Extend' "$(jq -r 'select(.path | startswith("/$Extend/")) | .path' "$work/list" | sort | tr '\n' ' ')" '/$Extend/$ObjId /$Extend/$Quota /$Extend/$Reparse '

# Two files that claim one cluster: the run of the second is bent to the first's.
printf 'fill\t/first.bin\t40000\t1\nfill\t/second.bin\t40000\t2\n' | made 16 -s 512
record() { "$ASSAY" list --format jsonl "$work/image" | jq "select(.path == \"/$1\") | .record"; }
a=$(record first.bin) b=$(record second.bin)
perl -e 'open my $f, "+<", $ARGV[0] or die; local $/; $_ = <$f>; my ($run, $to); my $at = 0;
    while (($at = index($_, "FILE", $at)) >= 0) { if ($at % 1024 == 0) { my $r = substr($_, $at, 1024); my $p = unpack("v", substr($r, 20, 2));
        while ($p < 1000 && (my $t = unpack("V", substr($r, $p, 4))) != 0xffffffff) { my $l = unpack("V", substr($r, $p + 4, 4)); last if !$l;
            if ($t == 0x80 && ord(substr($r, $p + 8, 1))) { my $q = $at + $p + unpack("v", substr($r, $p + 32, 2));
                $run = substr($_, $q, 4) if $r =~ /f\0i\0r\0s\0t\0/; $to = $q if $r =~ /s\0e\0c\0o\0n\0d\0/; } $p += $l; } } $at += 4; }
    substr($_, $to, 4) = $run; seek $f, 0, 0; print $f $_;' "$work/image"
"$ASSAY" scan --fail-on never --replace -o "$work/case" "$work/image" >/dev/null
like 'clusters with two owners' "$(sqlite3 "$work/case" 'SELECT summary FROM finding')" "^records $a and $b both claim cluster [0-9]+"
finish
