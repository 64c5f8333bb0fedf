#!/usr/bin/env bash
# Every address that is told is taken back, in both forms, and gives that artifact: in images, in collections, in folders, and in
# what lies inside them. What names nothing is an error.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
cd "$work" || exit 2
MOST=24

# canonical EVIDENCE, eyes EVIDENCE: addresses of the rows of `assay list --format jsonl`, one a line
canonical() {
    jq -r --arg evidence "$1" --argjson volumes "$2" 'def escaped: @uri | gsub("!"; "%21") | gsub("\\*"; "%2A") | gsub("\u0027"; "%27") | gsub("\\("; "%28") | gsub("\\)"; "%29");
        ($evidence | split("/") | map(escaped) | join("/")) + (if .volume and $volumes[.volume | tostring] then "!vol\($volumes[.volume | tostring][0])" else "" end) + (if .shadow then "@\(.shadow)" else "" end) +
        "!" + (.path | split("/") | map(escaped) | join("/")) + (if .stream then ":" + (.stream | escaped) else "" end)'
}
eyes() {
    jq -r --arg evidence "$1" --argjson volumes "$2" 'select(.path + (.stream // "") | test("[\\\\:\u0000-\u001f\u007f-\u009f\u061c\u200e-\u206f\ufeff]") | not) |
        $evidence + ((if .volume then $volumes[.volume | tostring] else null end) as $v | if $v then (if $v[2] == "collected" then "" else " ▸ part \($v[0])" end) + " ▸ " + $v[1] + (.path | gsub("/"; "\\")) else (if $evidence | test("[.](zip|gz)$") then " ▸ " else "" end) + .path end) + (if .stream then ":" + .stream else "" end)'
}
# back NAME LIST ADDRESSES: each address of the file gives the row of the same line in LIST, and nothing else but streams of that file
# and what is below that folder
back() {
    local name=$1 list=$2 addresses=$3
    mapfile -t each <"$addresses"
    run "$ASSAY" list --shadows none --format jsonl "${each[@]}"
    is "$name: ${#each[@]} addresses are taken" "$status" 0
    jq -c '[.path, .stream, .size, .record]' "$list" >want
    jq -s -c --slurpfile want want 'group_by(.evidence) | map(. as $rows | ($rows[0].evidence - 1) as $i | $want[$i] as $w |
        select(($rows | map(select([.path, .stream, .size, .record] == $w)) | length != 1) or
               ($rows | map(select(.path != $w[0] and (.path | startswith($w[0] + "/") | not) or ($w[1] != null and .stream != $w[1]))) | length > 0) or
               ($rows | map([.volume, .shadow]) | unique | length > 1))) | .[] | .[0]' out >wrong
    is "$name: each gives its artifact" "$(head -n 3 wrong)$(jq .evidence out | sort -u | wc -l)" "${#each[@]}"
}
# round NAME EVIDENCE VOLUMES [GIVEN]: both forms for some rows of the evidence; VOLUMES: {"id": [ordinal, drive, kind]}
round() {
    "$ASSAY" list --shadows none --format jsonl "${4:-$2}" 2>/dev/null | jq -c 'select(.path != "/" and .link == 0)' >all
    jq -c 'select((.path | test("[Oo]dd|System32|:")) or .stream)' all | head -n $MOST >some
    jq -c . all | awk -v n=$MOST 'NR % (int(NR / n) + 1) == 0' | head -n $((MOST - $(wc -l <some) > 8 ? MOST - $(wc -l <some) : 8)) >>some
    canonical "$2" "$3" <some >addresses
    back "$1" some addresses
    eyes "$2" "$3" <some >addresses
    jq -c 'select(.path + (.stream // "") | test("[\\\\:\u0000-\u001f\u007f-\u009f\u061c\u200e-\u206f\ufeff]") | not)' some >seen
    back "$1, for eyes" seen addresses
}
# findings NAME EVIDENCE: addresses of findings, each scanned again, tell the same findings
findings() {
    "$ASSAY" scan --shadows none --fail-on never --format jsonl "$2" >told 2>/dev/null
    local line address wrong=''
    while IFS= read -r line; do
        address=$(jq -r .address <<<"$line")
        "$ASSAY" scan --shadows none --fail-on never --format jsonl "$address" 2>/dev/null | jq -c '[.detector, .summary, .address, .sha256]' |
            grep -qxF "$(jq -c '[.detector, .summary, .address, .sha256]' <<<"$line")" || wrong+="$address "
    done < <(jq -c 'select(.detector == "signed_then_changed" or .detector == "signature_broken" or .detector == "damaged")' told | head -n 3)
    is "$1: findings again by their addresses" "$wrong" ''
    like "$1: there are some" "$(jq -r .address told | head -n 1)" .
}

"$make/signedfew" few
"$make/genmft" 1500 mft >/dev/null
odd='odd !@%:#&*()[]{}~+=x'
mkdir -p "tree here/C/Windows/System32" "tree here/C/\$Extend"
cp few/changed.dll "tree here/C/Windows/System32/" && cp mft 'tree here/C/$MFT'
echo x >"tree here/own.txt"
echo x >"tree here/C/Windows/$odd"
echo x >"tree here/C/Windows/"$'odd \x01\xff\xe2\x80\xae\\y'
cp few/good.dll "tree here/C/Windows/System32/%5C.dll"
{
    printf 'file\tC/Windows/System32/changed.dll\tfew/changed.dll\nfile\tC/$MFT\tmft\ntext\town.txt\tx\n'
    printf 'text\tC/Windows/%s\tx\ntext\tC/Windows/odd \x01\xff\xe2\x80\xae.txt\tx\ntext\tD/Windows/System32/x.dll\ty\ntext\tC/$Extend/$J\tz\n' "$odd"
} >zip.list
"$make/ziptar" 'kape it!.zip' zip.list
"$make/ziptar" 'kape it.tar.gz' zip.list
collected='{"1": [1, "C:", "collected"], "2": [2, "D:", "collected"]}'
round 'collection' 'kape it!.zip' "$collected"
round 'packed TAR' 'kape it.tar.gz' "$collected"
round 'folder' 'tree here' "$collected"
findings 'collection' 'kape it!.zip'
findings 'folder' 'tree here'
mft='{"1": [1, "", "ntfs"]}'
round '$MFT in a folder' 'tree here/C/$MFT' "$mft"
round '$MFT in a ZIP' 'kape it!.zip!/C/$MFT' "$mft" 'kape%20it%21.zip%21/C/%24MFT'
round '$MFT in a packed TAR' 'kape it.tar.gz!/C/$MFT' "$mft" 'kape%20it.tar.gz%21/C/%24MFT'
assay list --format jsonl 'kape%20it%21.zip%21/C/%24MFT' mft
is 'the same rows as alone' "$(jq -c 'select(.evidence == 1) | del(.evidence, .volume)' out | sha256sum)" "$(jq -c 'select(.evidence == 2) | del(.evidence, .volume)' out | sha256sum)"
"$ASSAY" scan --fail-on never -o case 'kape%20it%21.zip%21/C/%24MFT!vol1' >/dev/null 2>&1
is 'its row of evidence' "$(command -v sqlite3 >/dev/null && sqlite3 case "SELECT e.path, e.kind, e.artifact, v.drive FROM evidence e JOIN volume v ON v.evidence = e.id")" 'kape it!.zip!/C/$MFT|mft||C:'

if command -v mkntfs >/dev/null && [[ -x $make/mkimage ]]; then
    {
        printf 'dir\t/Windows\ndir\t/Windows/System32\ndir\t/Windows/System32/config\nfile\t/Windows/System32/changed.dll\tfew/changed.dll\n'
        printf 'stream\t/Windows/System32/changed.dll\thid!den@1\tfew/good.dll\nstream\t/Windows\tdir stream\t=x\n'
        printf 'text\t/odd !@%%&#*x.txt\tx\ntext\t/odd \\uD800.txt\tx\ntext\t/odd \\x01 \\u202e.txt\tx\nlink\t/Windows/System32/changed.dll\t/Windows/link.dll\n'
    } >manifest
    for n in 1 2; do
        truncate -s 5M volume$n
        mkntfs -F -Q -q -s 512 -c 4096 -p 2048 volume$n >/dev/null 2>&1 && "$make/mkimage" volume$n manifest || fail "volume $n is made"
    done
    "$make/disk" gpt 'disk.img' volume1 volume2
    "$make/ewf" disk.img host 2
    parts='{"1": [1, "C:", "ntfs"], "2": [2, "C:", "ntfs"]}'
    round 'disk' disk.img "$parts"
    round 'E01' host.E01 "$parts"
    findings 'disk' disk.img
    findings 'E01' host.E01
    printf 'file\tcases/1/host.E01\thost.E01\nfile\tcases/1/disk.img\tdisk.img\n' | "$make/ziptar" images.zip -
    round 'disk in a ZIP' 'images.zip!/cases/1/disk.img' "$parts" 'images.zip%21/cases/1/disk.img'
    assay list --format jsonl 'disk.img ▸ C:\Windows\System32\changed.dll'
    is 'a drive without a part' "$status $(jq -r .volume out | sort -u | tr '\n' ' ')" '0 1 2 '
else
    skip 'disks' 'mkntfs or libntfs-3g is not installed'
fi

# --- what names nothing ---
for address in 'kape it!.zip!/nothing' 'tree here!/nothing' 'tree here!vol9' 'tree here ▸ D:\Windows' 'few/good.dll!/x' 'few/good.dll:x' 'kape it.tar.gz!vol1!/windows' \
    'kape%20it%21.zip%21/C/%24MFT!vol1!/nothing' 'kape%20it%21.zip%21/nothing' 'nothing%21/C/%24MFT' 'mft!vol2' 'mft ▸ part 1 ▸ C:\nothing'; do
    assay list "$address"
    like "nothing is at $address" "$status $err" '^2 assay: .*(nothing (lies )?at this address|no such member|No such file|not there)'
done
run "$ASSAY" scan --fail-on never -o case --replace 'tree here!/nothing'
is 'a scan of nothing is no clean answer' "$status" 2
like 'and says so' "$(tr -s ' \n' ' ' <<<"$out")" 'NOT EVERYTHING WAS READ: nothing lies at an address that was given'
like 'and that is not everything' "$out" 'NOT EVERYTHING WAS READ'
finish
