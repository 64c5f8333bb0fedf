#!/usr/bin/env bash
# Real NTFS volumes: names, live and deleted, sizes, SHA-256 and the eight times equal the answers of independent tools.
# Where they do not, golden.differences says so line by line, with the reason.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
[[ -d $shared/corpora/golden/ntfs ]] || skip_all 'the corpora are absent'
# fsntfsinfo FILE: what fsntfsinfo -E says, one line a name that is not DOS-only (the times of the record and of the name:
# created, modified, accessed, changed) and one a $DATA that has a name or bytes.
fsntfsinfo() {
    awk 'function when(text, t) {
            if (text ~ /Not set/) return "1601-01-01T00:00:00.0000000Z"
            split(text, t, /[ ,]+/)
            return sprintf("%s-%02d-%sT%sZ", t[3], (index("JanFebMarAprMayJunJulAugSepOctNovDec", t[1]) + 2) / 3, t[2], substr(t[4], 1, 16))
        }
        function tell() {
            if (type == "STANDARD_INFORMATION") si = times
            if (type == "FILE_NAME" && space != 2) print record si times, name
            if (type == "DATA" && (size > 0 || name != "")) print record, "data", size, name
            type = times = name = ""
        }
        { sub(/\r$/, ""); value = $0; sub(/^[^:]*: /, "", value) }
        /^MFT entry: / { tell(); si = "" }
        /^\tFile reference\t/ { record = value }
        /^Attribute: / { tell() }
        /^\tType\t/ { type = substr($3, 2); size = 0 }
        /^\t(Creation|Modification|Access|Entry modification) time\t/ { times = times " " when(value) }
        /^\tName space\t/ { space = value; gsub(/[^0-9]/, "", space) }
        /^\tName\t/ { name = value }
        /^\tData size\t/ { size = value + 0 }
        END { tell() }' "$1" | sort -u
}
# Our list in the same words.
as_fsntfsinfo() {
    jq -r '"\(.record)-\(.sequence)" as $r | (.flags | index("directory")) as $d |
        (select(.stream == null and .fn_created) | [$r, "", .si_created, .si_modified, .si_accessed, .si_changed, .fn_created, .fn_modified, .fn_accessed, .fn_changed, (if .path == "/" then "." else .path | sub(".*/"; "") end)]),
        (select(.link == 0 and (.stream != null or .size > 0)) | [$r, "data", .size, .stream // ""]) | map(tostring) | join(" ") | sub("  "; " ")' "$1" | sort -u
}

# image NAME PATH [OPTION...]: compares one volume.
image() {
    local golden=$shared/corpora/golden/ntfs/$1
    assay list --hash --format jsonl "${@:3}" "$2"
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

    # Names as fls walks them: record, size of a file, times in whole seconds (accessed, modified, changed, created), path.
    jq -r 'select(.link == 0 and .si_created) | def seconds: sub("[.][0-9]+Z$"; "Z") | fromdate | tostring;
        (.flags | index("directory")) as $d | [(.record | tostring), (if $d and .stream == null then "-" else (.size | tostring) end),
        (.si_accessed | seconds), (.si_modified | seconds), (.si_changed | seconds), (.si_created | seconds), .path + (if .stream then ":" + .stream else "" end) +
        (if .flags | index("deleted") then " (deleted)" else "" end)] | join(" ")' "$work/list" | sort -u >"$work/ours"
    awk -F'|' '$2 !~ /[(][$]FILE_NAME[)]$|[/][.]:/ { n = split($3, id, "-"); print id[1], (id[2] == 144 && $2 !~ /:/ ? "-" : $7), $8, $9, $10, $11, $2 }' "$golden.bodyfile" |
        sort -u >"$work/theirs"
    differences "$1" names

    as_fsntfsinfo "$work/list" >"$work/ours"
    fsntfsinfo "$golden.fsntfsinfo-E.txt" >"$work/theirs"
    differences "$1" records
}
image grr.ntfs_img "$shared/corpora/google-grr/ntfs_img.dd"
image testfs1 "$shared/corpora/ColinFinck-ntfs/testfs1"
vsstest=$shared/corpora/plaso/ntfs/vsstest.qcow2
image vsstest "$vsstest" --shadows none

# Its two shadow copies: as vshadowinfo tells of them. What a record that did not change since holds is what it holds now, and what
# was packed after the first copy was made is there as it was.
need_tools sqlite3
assay list --hash --shadows all --format jsonl "$vsstest"
((status == 0)) && pass 'vsstest: listed with its shadows' || fail 'vsstest: listed with its shadows' "$status" "$err"
cp "$work/out" "$work/list"
assay scan --fail-on never --shadows all --replace -o "$work/case" "$vsstest"
awk -F': ' '/^\tIdentifier/ { id = $2 } /^\tCreation time/ { print id, $2 }' "$shared/corpora/golden/ntfs/vsstest.vshadowinfo.txt" |
    sed -E 's/ Dec ([0-9]+), (2013) ([0-9:.]+)00 UTC/ \2-12-\1T\3Z/' >"$work/theirs"
sqlite3 -separator ' ' "$work/case" "SELECT shadow_id, strftime('%Y-%m-%dT%H:%M:%S', shadow_created / 10000000 - 11644473600, 'unixepoch') || printf('.%07dZ', shadow_created % 10000000)
    FROM volume WHERE shadow IS NOT NULL ORDER BY shadow" >"$work/ours"
same 'vsstest: shadow copies as vshadowinfo tells of them' "$work/theirs" "$work/ours"
told() { jq -r "select(.stream == null and .record > 23 and .sha256 and $1) | \"\(.record)-\(.sequence) \(.si_changed) \(.size) \(.sha256) \(.path)\"" "$work/list" | sort; }
told '.shadow == null' >"$work/now"
for copy in 1 2; do
    told ".shadow == $copy" >"$work/then"
    join -j 1 <(sed 's/ /@/' "$work/now") <(sed 's/ /@/' "$work/then") | awk '$2 != $(NF / 2 + 1.5) || $3 != $(NF / 2 + 2.5) { print }' >"$work/changed"
    # Stores of shadow copies and the log of transactions are written to without their records being touched.
    is "vsstest: shadow $copy: $(join -j 1 <(sed 's/ /@/' "$work/now") <(sed 's/ /@/' "$work/then") | wc -l) unchanged records, and their content" "$(grep -vE '[{][0-9a-f-]+[}]|[$]Txf' "$work/changed")" ''
done
is 'vsstest: each record as it was at that time' "$(jq -r 'select(.record > 34 and .stream == null and (.path | startswith("/System") | not)) | "\(.shadow // 0) \(.record)-\(.sequence) \(.path) \(.size)"' "$work/list")" \
    $'0 35-2 /syslog.gz 540\n0 39-1 /another_file 22\n0 41-1 /password.txt 116\n1 35-1 /syslog 1247\n2 35-2 /syslog.gz 540\n2 39-1 /another_file 22'
if command -v icat >/dev/null && command -v qemu-img >/dev/null; then
    qemu-img convert -O raw "$vsstest" "$work/raw"
    is 'vsstest: /syslog of the first is what was packed later' "$(jq -r 'select(.path == "/syslog").sha256' "$work/list")" "$(icat "$work/raw" 35 | gzip -dc | sha256sum | cut -d' ' -f1)"
else
    skip 'vsstest: /syslog of the first is what was packed later' 'sleuthkit or qemu-img is not installed'
fi

# A $MFT of its own: NIST's DFR-16, read by libfsntfs.
assay list --format jsonl "$shared/corpora/EricZimmerman-MFT/TestFiles/NIST/DFR-16/\$MFT"
is 'DFR-16: listed' "$status" 0
as_fsntfsinfo "$work/out" >"$work/ours"
fsntfsinfo "$shared/corpora/golden/mft/EZ-DFR-16.fsntfsinfo-E.txt" >"$work/theirs"
differences DFR-16 records

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
