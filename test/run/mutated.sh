#!/usr/bin/env bash
# Damaged evidence from end to end: volumes, disks, images of every format, a $MFT of its own and collections, each with damage that
# a number decides. Never a crash, never a stop, every loss counted. MUTATED: how many (60). SEED: the first number (1).
# A failure names maker and number; KEEP=FOLDER keeps such evidence.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
command -v mkntfs >/dev/null && [[ -x $make/mkimage && -x $make/mutate_image ]] || skip_all 'mkntfs or libntfs-3g is not installed'
base=$work/base
mkdir "$base"

# contents LARGE: what lies in the volumes; a large one has a file with an attribute list.
contents() {
    printf 'dir\t/docs\ndir\t/docs/deep\ntext\t/docs/a.txt\tx\ntext\t/docs/deep/b.exe\tMZ\nstream\t/docs/a.txt\tads\t=hidden\nstream\t/docs/a.txt\tZone.Identifier\t=[ZoneTransfer]\\r\\nZoneId=3\\r\\n\n'
    printf 'file\t/code.exe\t%s\ncompress\t/packed.txt\t%s\nsparse\t/sparse\t3000000\nlink\t/docs/a.txt\t/second.txt\nshort\t/docs/deep/b.exe\tB~1.EXE\n' "$base/code" "$base/text"
    printf 'dir\t/way\njunction\t/way\t\\\\??\\\\C:\\\\docs\nmany\t/docs/deep\t%d\t300\t1\ndir\t/gone\n' "$((60 * $1))"
    for i in {1..20}; do printf 'text\t/gone/%d.exe\tMZ\n' "$i"; done
    for i in {1..20}; do printf 'delete\t/gone/%d.exe\n' "$i"; done
    (($1 > 1)) && printf 'dir\t/docs/parts\nfragments\t/docs/parts/f\t250\t1\n'
    printf 'text\t/$Extend/$UsnJrnl\t\nstream\t/$Extend/$UsnJrnl\t$J\t%s\n' "$base/J"
}
# with_log IMAGE: puts a log that tells something into the place of the empty one.
with_log() {
    local at size
    at=$(LC_ALL=C grep -obUaP '\xff{4096}' "$1" | head -n 1 | cut -d: -f1)
    size=$("$ASSAY" list --format jsonl "$1" | jq 'select(.record == 2).size')
    "$make/ntfslog" "$size" 300 1 "$base/LogFile"
    dd if="$base/LogFile" of="$1" bs=512 seek=$((at / 512)) conv=notrunc status=none
}
head -c 60000 "$ASSAY" >"$base/code"
cat docs/*.md | head -c 90000 >"$base/text"
"$make/usnjournal" 400 0 "$base/J"
contents 1 | volume "$base/small" 2 && with_log "$base/small"
contents 4 | volume "$base/large" 6 && with_log "$base/large"
"$make/genmft" 600 "$base/mft" >/dev/null
collected=("C/\$MFT=$base/mft" "C/\$Extend/\$J=$base/J" "C/\$LogFile=$base/LogFile" "C/Windows/System32/code.exe=$base/code" "C/Users/a/text.txt=$base/text" "disk.img=$base/small")

# made MAKER NUMBER: evidence in $work/evidence/e
makers=(none-small none-large mft mbr gpt ewf vmdk stream vhd vhdx qcow zip tar)
mkdir "$work/evidence"
made() {
    local out=$work/evidence/e
    case $1 in
    none-*) "$make/mutate_image" none "$2" "$out" "$base/${1#none-}" ;;
    mft) "$make/mutate_image" none "$2" "$out" "$base/mft" ;;
    mbr | gpt) "$make/mutate_image" "$1" "$2" "$out" "$base/large" ;;
    zip | tar) "$make/mutate_image" "$1" "$2" "$out" "${collected[@]}" ;;
    *) "$make/mutate_image" "$1" "$2" "$out" "$base/small" ;;
    esac
}
# bad: what is wrong with the run before, if anything; STATUSES as in 0|1
bad() {
    [[ $status =~ ^($1)$ ]] || echo "status $status"
    [[ $status != 2 || -n $err || $out == *'"paths_not_read":'[1-9]* ]] || echo 'status 2 without a reason'
    grep -aoE 'the worker (crashed|was lost|stood still|gave up|made|stopped|was killed|was ended|sent)[^"]*|(Address|UndefinedBehavior|Leak)Sanitizer.*|runtime error.*' "$work/out" "$work/err" | head -n 2
    jq -rn '[inputs] as $l | ($l[-1].counts // []) as $c | ([$c[] | select(.class == "seen").files] | add // 0) as $seen
        | ([$c[] | select(.class != "seen").files] | add // 0) as $rest | if ($l | all(type == "object") | not) then "not an object"
        elif $l[-1].schema != "assay.coverage/1" then "no coverage" elif $seen != $rest then "\($seen) seen, \($rest) accounted for"
        elif ($l | length) != ($lines | tonumber) then "not an object a line" else empty end' --arg lines "$(wc -l <"$work/out")" "$work/out" 2>&1
}
scan_() { SECONDS_EACH=20 assay scan --format jsonl --stall 5 --jobs $((n % 2 + 1)) --replace -o "$work/case" "$work/evidence/e"; }

n=1
for maker in "${makers[@]}"; do
    made "$maker" 0
    scan_
    is "$maker: whole" "$(bad '0|1')" ''
done
count_all=${MUTATED:-60} first=${SEED:-1}
declare -A wrong tried
for ((n = first; n < first + count_all; n++)); do
    maker=${makers[n % ${#makers[@]}]}
    made "$maker" "$n" || { wrong[$maker]+="$n: not made "; continue; }
    scan_
    said=$(bad '0|1|2|3')
    tried[$maker]=$((${tried[$maker]:-0} + 1))
    [[ -z $said ]] && continue
    wrong[$maker]+="$n: $said"$'\n'
    [[ -n ${KEEP:-} ]] && cp "$work/evidence/e" "$KEEP/$maker.$n"
done
for maker in "${makers[@]}"; do
    is "$maker: ${tried[$maker]:-0} damaged ones" "${wrong[$maker]:-}" ''
done
finish
