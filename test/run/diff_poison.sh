#!/usr/bin/env bash
# Releases that were poisoned, a line of test/poison.tsv each: found, as severely as it says, and about the member that was changed.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq 7z
pairs=${ASSAY_RELEASE_PAIRS:-build/pairs}
[[ -f $pairs/complete ]] || skip_all "the pairs are not there: tools/release_pairs $pairs fetches them"
"$ASSAY" diff --help >/dev/null 2>&1 || skip_all 'there is no assay diff'
pairs=$(realpath "$pairs")

# Of one severity, or a higher one.
declare -A at_least=([low]='low medium high critical' [medium]='medium high critical' [high]='high critical' [critical]='critical')
while IFS=$'\t' read -r name _ _ old new member severity _; do
    if ! MAKERS=$make test/make/poisoned "$pairs" "$name" "$work/$name" >"$work/said" 2>&1; then
        fail "$name: is made" "$(<"$work/said")"
        continue
    fi
    assay diff --format jsonl "$work/$name/old/$old" "$work/$name/new/$new"
    found=$(jq -r --arg wanted "${at_least[$severity]}" --arg member "${member%% *}" 'select(.type == "finding" and
        (.severity | IN($wanted | split(" ")[])) and (.rule == "diff_removed" or any(.members[]; startswith($member)
            )) ) | .rule' <<<"$out" | sort -u | paste -sd' ')
    all=$(jq -r 'select(.type == "finding") | "\(.severity) \(.rule) \(.members | join(" "))"' <<<"$out")
    reason=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' test/run/diff_poison.differences)
    stops=$([[ $severity == low || $status == [13] ]] && echo yes || echo no)
    if [[ $reason && (! $found || $stops == no) ]]; then
        skip "$name: $severity or above" "not found: $reason"
    elif [[ $reason ]]; then
        fail "$name: is found, so that its explanation is left over"
    elif [[ $found ]]; then
        pass "$name: $severity or above: $found"
        is "$name: stops the release" "$stops" yes
    else
        fail "$name: $severity or above" "status $status" "$all" "$err"
    fi
    rm -rf "${work:?}/$name"
done < <(grep -v '^#' test/poison.tsv)
finish
