#!/usr/bin/env bash
# Adjacent releases of real packages: nothing above low, and all of them could be read.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
pairs=${ASSAY_RELEASE_PAIRS:-build/pairs}
[[ -f $pairs/complete ]] || skip_all "the pairs are not there: tools/release_pairs $pairs fetches them"
"$ASSAY" diff --help >/dev/null 2>&1 || skip_all 'there is no assay diff'
export SECONDS_EACH=120

members=0
while IFS=$'\t' read -r _ package old new step _; do
    folder=$pairs/${package//\//+}
    assay diff --fail-on never --format jsonl "$folder/$old" "$folder/$new"
    name="$package $old, $new ($step)"
    cp "$work/out" "$work/told"
    members=$((members + $(jq -s '[.[] | select(.type == "diff")][0].after.members' "$work/told")))

    is "$name: nothing above low" "$(jq -r 'select(.type == "finding" and (.severity | IN("medium", "high", "critical"))) |
        "\(.severity) \(.rule) \(.members | join(" "))"' "$work/told" | sort)" ''
done < <(grep -v '^#' test/release_pairs.tsv)
echo "# $members members"
finish
