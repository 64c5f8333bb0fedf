#!/usr/bin/env bash
# Single records and sectors of real volumes that other projects test with, against what they say of them: Velocidex/go-ntfs
# (sectors at their offsets, and the image that they are from), omerbenamram/mft (records), EricZimmerman/MFT ($Boot). Differences
# are in golden.differences. Run lists and indexes are compared in test/unit/ntfs_runs_golden.c and i30_golden.c.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq awk
go=$shared/corpora/Velocidex-go-ntfs records=$shared/corpora/omerbenamram-mft
[[ -d $go && -d $records ]] || skip_all 'the corpora are absent'

# The sectors of a volume with attribute lists in which two streams have the same number.
same=$go/tests/ads_with_same_ids
truncate -s 41878016 "$work/sectors"
for sector in "$same"/0x*.bin; do
    at=$(basename "$sector" .bin)
    dd if="$sector" of="$work/sectors" bs=512 seek=$((at / 512)) conv=notrunc status=none
done
assay list --hash --format jsonl "$work/sectors"
is 'sectors: listed' "$status" 0
cp "$work/out" "$work/list"
# What lies in the root, as go-ntfs lists it: record, size, time of modification, folder, name. Wrapped cells are joined.
awk -F'|' 'function trim(text) { gsub(/^ +| +$/, "", text); return text }
    /^[|] +[0-9]+-/ { if (line != "") print line; split(trim($2), id, "-"); line = id[1] " " trim($4) " " trim($5) " " trim($6) " " trim($7) }
    END { print line }' "$same/fixtures/ls.golden" | sort -u >"$work/theirs"
jq -r 'select(.path | test("^/[^/]*$")) | (.flags | index("directory")) as $d |
    [(.record | tostring), (.size | tostring), (.si_modified | sub("T"; " ") | sub("[.]?0*Z$"; "")), (if $d then "true" else "false" end),
    (if .path == "/" then "." else .path[1:] end) + (if .stream then ":" + .stream else "" end)] | join(" ")' "$work/list" | sort -u >"$work/ours"
differences ads_with_same_ids names
jq -r '[.MFTID, .SequenceNumber, .SI_Times.CreateTime, .SI_Times.FileModifiedTime, .SI_Times.MFTModifiedTime, .SI_Times.AccessedTime,
    (.Filenames[0] | .Times.CreateTime, .Times.FileModifiedTime, .Times.MFTModifiedTime, .Times.AccessedTime, .Name)] | map(tostring) | join(" ")' \
    "$same/fixtures/stat.golden" >"$work/theirs"
jq -r 'select(.record == 38 and .stream == null) | def short: sub("0+Z$"; "Z"); [(.record, .sequence | tostring), (.si_created, .si_modified, .si_changed, .si_accessed,
    .fn_created, .fn_modified, .fn_changed, .fn_accessed | short), .path[1:]] | join(" ")' "$work/list" >"$work/ours"
same 'sectors: eight times of a record with an attribute list' "$work/theirs" "$work/ours"
jq -r '.Attributes[] | select(.Type == "$DATA") | "\(.Name) \(.Size) \(.Resident)"' "$same/fixtures/stat.golden" | sort >"$work/theirs"
jq -r 'select(.record == 38) | "\(.stream // "") \(.size) \(.flags | index("resident") != null)"' "$work/list" | sort >"$work/ours"
same 'sectors: its streams' "$work/theirs" "$work/ours"

# The image that they are from, a VHD of fixed size that is cut before its end.
if command -v bzip2 >/dev/null && bzip2 -dc "$same/charlie.dd.bz2" >"$work/image"; then
    assay list --hash --format jsonl "$work/image"
    jq -c 'select(.record > 35 and .record != 37) | del(.evidence)' "$work/out" >"$work/whole"
    jq -c 'select(.record > 34) | del(.evidence)' "$work/list" >"$work/part"
    same 'the whole image has the same files with the same content' "$work/part" "$work/whole"
    if command -v fls >/dev/null; then
        jq -r '.record as $r | select(.stream != null or (.flags | index("directory") | not)) | .path + (if .stream then ":" + .stream else "" end)' "$work/out" | sort >"$work/ours"
        fls -rpF "$work/image" | sed 's/^[^\t]*\t/\//' | grep -v '^/[$]OrphanFiles' | sort >"$work/theirs"
        differences charlie fls
        bad=
        while read -r id name; do
            [[ $(jq -r --arg name "$name" 'select(.path == "/Nine.txt" and (.stream // "") == $name).sha256' "$work/out") == $(icat "$work/image" "$id" | sha256sum | cut -d' ' -f1) ]] || bad+=" $id"
        done < <(fls -p "$work/image" | awk '/Nine.txt/ { sub(":$", "", $2); n = $3; sub("Nine.txt:?", "", n); print $2, n }')
        is 'the whole image: content as icat reads it' "$bad" ''
    else
        skip 'the whole image: names as fls walks them' 'sleuthkit is not installed'
    fi
else
    skip 'the whole image has the same files with the same content' 'bzip2 is not installed'
fi

# Records of their own.
told() {
    assay list --format jsonl "$records/$1"
    jq -r '[(.record, .sequence, .size | tostring), (.flags | join(",")), (.path | sub(".*/"; "")), .stream // ""] | join(" ")' "$work/out"
}
is 'a record with a named stream' "$(told testdata/entry_long_name_and_res_ads_002)" $'46 1 24 orphan,resident longname_res_with_ads.txt \n46 1 37 orphan,resident longname_res_with_ads.txt res.ads'
is 'a name of 200 letters and more' "$(told testdata/entry_super_long_name_001 | awk '{ print $1, $2, $3, (length($5) > 200) }')" '47 1 31 1'
is 'a folder whose index lies in its record' "$(told samples/entry_multiple_index_root_entries)" '26359 1 0 directory,orphan test '
is 'one file' "$(told samples/entry_single_file)" '26370 1 8072 orphan test_cfuncs.py '
told samples/entry_data_run_at_offset >/dev/null
is 'a record that continues another is told, not listed' "$(wc -l <"$work/out") $(grep -c 'extension record' <<<"$err")" '0 1'
is 'a record whose sectors do not match is no $MFT by itself' "$(told samples/entry_102130_fixup_issue | awk '{ print $3, $NF }')" '1024 entry_102130_fixup_issue'

# $Boot: what the boot sector says of the volume (MFT at cluster 786432 of 8 sectors), and that it is not here.
boot=$shared/corpora/EricZimmerman-MFT/TestFiles/Boot/\$Boot
assay scan --fail-on never --format jsonl "$boot"
like '$Boot: $MFT is looked for where it says' "$out" '"offset":3221225472,.*|the evidence ends before [$]MFT'
is '$Boot: that is a loss' "$status" 3
mkdir "$work/collected" && cp "$boot" "$work/collected/"
assay scan --fail-on never --format jsonl "$work/collected"
is '$Boot: as a collected file it is one, and no volume' "$status $(tail -n 1 "$work/out" | jq .volumes_not_read)" '0 0'
finish
