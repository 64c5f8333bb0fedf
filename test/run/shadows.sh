#!/usr/bin/env bash
# Volume shadow copies of a real volume: found with their times and names, listed and read as The Sleuth Kit reads what they hold.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 jq awk
corpora=$shared/corpora
[[ -f $corpora/plaso/ntfs/vsstest.qcow2 ]] || skip_all 'the corpora are absent'
golden=$(realpath "$corpora/golden/ntfs/vsstest")
image=$work/vsstest.qcow2
ln "$corpora/plaso/ntfs/vsstest.qcow2" "$image" 2>/dev/null || cp "$corpora/plaso/ntfs/vsstest.qcow2" "$image"
cd "$work" || exit 2
ask() { sqlite3 -separator '|' "$work/case" "$1"; }
list() { "$ASSAY" list --format jsonl "$@" 2>"$work/err"; }

# A listing as lines of a body file without modes: path, record, size, times of access, content, record, birth; those of $FILE_NAME, too.
lines() {
    jq -r 'def t: .[0:19] + "Z" | fromdate; select((.flags | index("directory") | not) and (.flags | index("deleted") | not)) |
        ([.path + (if .stream then ":" + .stream else "" end), .record, .size, (.si_accessed | t), (.si_modified | t), (.si_changed | t), (.si_created | t)],
        (if .stream then empty else [.path + " ($FILE_NAME)", .record, "-", (.fn_accessed | t), (.fn_modified | t), (.fn_changed | t), (.fn_created | t)] end)) |
        map(tostring) | join("|")' "$@" | sort -u
}
# Files that have no $DATA without a name: fls lists what has content.
no_content='/^\/\$Extend\/\$\(ObjId\|Quota\|Reparse\)|/d; /^\/\$Secure|/d'
# The same of fls; folders, their indexes and what fls invents are left out.
theirs() {
    awk -F'|' -v OFS='|' '{ split($3, a, "-"); name = $2 ~ / \(\$FILE_NAME\)$/ }
        $4 !~ /^r/ || a[2] == 144 || $2 ~ /\(deleted/ { next }
        { print $2, a[1], name ? "-" : $7, $8, $9, $10, $11 }' "$@" | sort -u
}

list --shadows none "$image" >none
list --shadows changed "$image" >changed
list --shadows all --hash "$image" >all
is 'rows of the volume and of each copy' "$(for f in none changed all; do jq -r '.shadow // 0' $f | sort | uniq -c | awk '{ printf "%s:%s ", $2, $1 }'; done)" \
    '0:34 0:34 1:10 2:9 0:34 1:31 2:33 '
theirs "$golden.bodyfile" | grep -v '^/\$OrphanFiles' >golden
lines none >ours
sed -i "$no_content" ours
same 'the live volume is as the golden body file has it' golden ours
jq -r 'select(.shadow == null and .sha256 and .stream == null and (.flags | index("directory") | not)) | [.record, .size, .sha256] | join(" ")' all | sort -u >ours
awk -F'\t' '$4 !~ /:/ { sub(/-.*/, "", $1); print $1, $2, $3 }' "$golden.sha256.tsv" | sort -u >golden
is 'and its contents' "$(comm -23 ours golden | grep -v '^8 ')" '' # $BadClus
awk -F'\t' 'NR > 1 { line = $1; for (i = 3; i <= 10; i++) { t = $i; sub(/ /, "T", t); sub(/00$/, "Z", t); line = line " " t } print line }' "$golden.si_fn.tsv" | sort -u >golden
jq -r 'select(.stream == null and .link == 0 and (.flags | index("deleted") | not)) | [(.record | tostring), .si_created, .si_modified, .si_changed,
    .si_accessed, .fn_created, .fn_modified, .fn_changed, .fn_accessed] | join(" ")' none | sort -u >ours
is 'and all eight times to the last digit' "$(comm -13 ours golden)" ''
jq -c 'select(.shadow == null) | del(.sha256)' all >live
same 'the volume is the same with its copies' none live

# --- each copy, by tools of others over its bytes ---
if command -v fls >/dev/null && command -v icat >/dev/null; then
    "$make/imagecat" -o volume "$image" >/dev/null
    for copy in 1 2; do
        "$make/imagecat" -k $copy -o copy volume
        jq -c "select(.shadow == $copy)" all >copy.rows
        fls -r -p -m / copy 2>/dev/null | sed 's,|//,|/,' | theirs >wanted
        lines copy.rows | grep -v '^/\$Orphan' | sed "$no_content" >ours
        same "copy $copy: names, sizes and times are those that fls sees: $(wc -l <wanted) lines" wanted ours
        while IFS=$'\t' read -r record sum; do
            [[ $(icat copy "$record-128" 2>/dev/null | sha256sum | cut -d' ' -f1) == "$sum" ]] || echo "$record"
        done < <(jq -r 'select(.sha256 and .stream == null and .size < 2000000 and .record != 8 and (.flags | index("directory") | not)) | [.record, .sha256] | @tsv' copy.rows) >differ
        is "copy $copy: contents are those of icat" "$(cat differ)" ''
        is "copy $copy: addressed by itself" "$(list "$image!vol1@$copy" | jq -cS 'del(.evidence, .volume, .sha256)' | sort | sha256sum)" \
            "$(jq -cS 'del(.evidence, .volume, .sha256)' copy.rows | sort | sha256sum)"
    done
else
    skip 'copies by tools of others' 'The Sleuth Kit is not installed'
fi
# What is left out under `changed` is on the live volume with the same record, to the byte.
jq -c 'select(.shadow) | [.shadow, .path, .stream // "", .link]' changed | sort >few
jq -c 'select(.shadow) | [.shadow, .path, .stream // "", .link]' all | sort >many
is 'what changed is some of all' "$(comm -23 few many)" ''
key='[.record, .sequence, .path, .stream // "", .size, .si_created, .si_modified, .si_changed, .si_accessed, .sha256]'
jq -c "select(.shadow == null) | $key" all | sort -u >live
comm -13 few many | jq -r '"\(.[0]) \(.[1]) \(.[2])"' >left
jq -c --rawfile left left '($left | split("\n")) as $l | select(.shadow) | select("\(.shadow) \(.path) \(.stream // "")" as $k | $l | index($k)) | select(.record > 26) | '"$key" all | sort -u >left.rows
is "what is left out is on the volume as it is: $(wc -l <left.rows) files" "$(comm -23 left.rows live | jq -r 'select(.[4] > 0) | .[2]' | sort -u)" ''
is 'what differs is kept, and the log, which changes without its record' "$(jq -r 'select(.shadow and (.path | test("^/(another_file|syslog|.LogFile|syslog.gz)$"))) | "\(.shadow)\(.path)"' changed | sort | tr '\n' ' ')" '1/$LogFile 1/syslog 2/$LogFile 2/another_file '

# --- in a case ---
run "$ASSAY" scan --shadows all --fail-on never -o case "$image"
like 'the story tells copies apart' "$out" 'shadow copy 1 of 2013-12-03T06:35:09Z'
is 'copies, their times and names' "$(ask "SELECT shadow, shadow_of, strftime('%Y-%m-%d %H:%M:%S', shadow_created / 10000000 - 11644473600, 'unixepoch') || printf('.%07d', shadow_created % 10000000), shadow_id FROM volume WHERE shadow")" \
    "$(awk -F': ' '/Identifier/ { id = $2 } /Creation time/ { split($2, t, /[ ,]+/); printf "%d|1|2013-12-%s %s|%s\n", ++n, t[2], substr(t[4], 1, 16), id }' "$golden.vshadowinfo.txt")"
is 'counts of each in the coverage' "$(ask "SELECT v.shadow, sum(files) > 20 FROM coverage c JOIN volume v ON v.id = c.volume WHERE class = 'seen' GROUP BY v.id")" $'|1\n1|1\n2|1'
assay list --shadows sometimes "$image"
is 'a word that is none' "$status" 2
assay list "$image!vol1@3"
like 'a copy that is not there' "$status $err" '^2 .*no shadow copy of that number'

# Damage to what keeps the copies costs the copies alone. The catalog's place stands in the volume's VSS header.
if [[ -f volume ]]; then
    at=$(od -An -t u8 -j $((0x1e00 + 48)) -N 8 volume)
    printf '\245%.0s' {1..16384} | dd of=volume bs=512 seek=$((at / 512)) conv=notrunc status=none
    list --shadows all volume >broken
    ((${PIPESTATUS[0]} <= 3)) && pass 'a broken catalog of copies ends nothing' || fail 'a broken catalog of copies ends nothing' "$(cat err)"
    jq -c 'select(.shadow == null)' broken >live
    same 'the live volume is read all the same' none live
    like 'and it is told' "$(cat err)" 'shadow'
fi
finish
