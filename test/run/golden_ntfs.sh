#!/usr/bin/env bash
# Real NTFS volumes: names, sizes, SHA-256 and the eight times equal the answers of independent tools. Where they do not,
# golden_ntfs.differences says so line by line, with the reason; a line that no difference needs any more is an error too.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
[[ -d $shared/corpora/golden/ntfs ]] || skip_all 'the corpora are absent'
explained=test/run/golden_ntfs.differences

# differences IMAGE KIND: compares $work/ours and $work/theirs, both sorted lines; - is only theirs, + only ours.
differences() {
    {
        comm -13 "$work/ours" "$work/theirs" | sed 's/^/- /'
        comm -23 "$work/ours" "$work/theirs" | sed 's/^/+ /'
    } >"$work/found"
    awk -F'\t' -v image="$1" -v kind="$2" '!/^#/ && $1 == image && $2 == kind { print $3 }' "$explained" >"$work/known"
    local unexplained unused
    unexplained=$(while IFS= read -r line; do
        local is_known=
        while IFS= read -r pattern; do [[ $line =~ $pattern ]] && is_known=1 && break; done <"$work/known"
        [[ -n $is_known ]] || printf '%s\n' "$line"
    done <"$work/found")
    unused=$(while IFS= read -r pattern; do grep -qE -- "$pattern" "$work/found" || printf '%s\n' "$pattern"; done <"$work/known")
    is "$1: $2: $(wc -l <"$work/theirs") answers, $(wc -l <"$work/found") differences, all explained" "$unexplained" ''
    is "$1: $2: no explanation is left over" "$unused" ''
}

# image NAME PATH: compares one volume.
image() {
    local golden=$shared/corpora/golden/ntfs/$1
    assay list --hash --format jsonl "$2"
    ((status == 0 || status == 3)) && pass "$1: listed" || fail "$1: listed" "$status" "$err"
    cp "$work/out" "$work/list"
    jq -r '(.flags | index("directory")) as $d | select(($d and .stream == null) | not) | select(.sha256) |
        [(.record | tostring), (.size | tostring), .sha256, (.path[1:] + (if .stream then ":" + .stream else "" end))] | join(" ")' \
        "$work/list" | sort -u >"$work/ours"
    awk -F'\t' '{ sub(/-.*/, "", $1); print $1, $2, $3, $4 }' "$golden.sha256.tsv" | sort -u >"$work/theirs"
    differences "$1" content

    jq -r 'select(.stream == null and .link == 0 and (.flags | index("deleted") | not) and .fn_created) |
        [(.record | tostring), .si_created, .si_modified, .si_changed, .si_accessed, .fn_created, .fn_modified, .fn_changed,
        .fn_accessed] | join(" ")' "$work/list" | sort -u >"$work/ours"
    awk -F'\t' 'NR > 1 { line = $1; for (i = 3; i <= 10; i++) { t = $i; sub(/ /, "T", t); sub(/00$/, "Z", t); line = line " " t } print line }' \
        "$golden.si_fn.tsv" | sort -u >"$work/theirs"
    differences "$1" times
}
image grr.ntfs_img "$shared/corpora/google-grr/ntfs_img.dd"
image testfs1 "$shared/corpora/ColinFinck-ntfs/testfs1"

# Each way of printing tells of the same rows.
assay list --format jsonl "$shared/corpora/google-grr/ntfs_img.dd"
rows=$(wc -l <"$work/out")
for format in csv text; do
    assay list --format $format "$shared/corpora/google-grr/ntfs_img.dd"
    is "as many rows as $format" "$(($(wc -l <"$work/out") - 1))" "$rows"
done
assay list --format csv "$shared/corpora/google-grr/ntfs_img.dd"
is 'CSV has as many fields in each row' "$(awk -F, '!/"[^"]*,[^"]*"/ { print NF }' "$work/out" | sort -u | wc -l)" 1
assay list --format bodyfile "$shared/corpora/google-grr/ntfs_img.dd"
is 'body file lines have 11 fields' "$(awk -F'|' '{ print NF }' "$work/out" | sort -u)" 11
if command -v mactime >/dev/null; then
    ok 'mactime takes the body file' bash -c "mactime -b '$work/out' -d -z UTC | grep -q notes.txt"
else
    skip 'mactime takes the body file' 'mactime is not installed'
fi

# The address that list gives is taken back.
assay list "$shared/corpora/google-grr/ntfs_img.dd!vol1!/adstest/dir"
is 'an address is an operand' "$status" 0
unlike 'and bounds the listing' "$out" 'notes\.txt'
like 'to what lies there' "$out" 'b\.txt'
finish
