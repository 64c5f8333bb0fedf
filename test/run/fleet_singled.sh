#!/usr/bin/env bash
# Who was singled out, in invented fleets: from cases to the answer. FLEET_HOSTS: hosts of a large fleet (none); FLEET_SEEDS: fleets
# of 200 hosts without an implant in which nobody may be called (none). tools/tap --full asks for both.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
for maker in fleetmake fleettrial; do [[ -x $make/$maker ]] || skip_all "$make/$maker is not built"; done
SECONDS_EACH=500

# The hosts of $work/truth that are among the first ten of $work/out.
found() { jq -r 'select(.type == "host" and .rank <= 10) | .host' "$work/out" | sort | comm -12 - <(cut -d' ' -f1 "$work/truth" | sort) | wc -l; }
answer() { jq -r 'select(.type == "answer") | .answer' "$work/out"; }

# 200 hosts, as cases.
mkdir "$work/cases"
"$make/fleetmake" --things 25 --seed 7 "$work/cases" >"$work/truth"
assay fleet add "$work/store" "$work/cases"
like 'two hundred cases are added' "$out" '^200 added'
is 'an inventory lies beside them' "$(wc -l <"$work/cases/inventory.csv")" 201
assay fleet singled-out -f jsonl "$work/store"
is 'somebody was singled out' "$status $(answer)" '1 somebody'
is 'all seven are in the first ten' "$(found)" 7
is 'nobody else is called' "$(jq -r 'select(.singled_out == true and .type == "host") | .host' "$work/out" | sort | comm -23 - <(cut -d' ' -f1 "$work/truth" | sort))" ''
is 'each host has its reasons and innocent causes' "$(jq -r 'select(.type == "host") | .evidence | length > 0 and all(.why != "" and .innocent != "" and .hosts > 0)' "$work/out" | sort -u)" true
called=$(jq 'select(.type == "answer") | .singled_out' "$work/out")
is 'most of the seven are called' "$((called >= 5))" 1
is 'one style has no finding at all' "$(for host in $(sed -n 's/ 3$//p' "$work/truth"); do
    jq --arg host "$host" 'select(.host == $host) | .evidence | all(has("detector") | not)' "$work/out"
done | sort -u)" true
jq -c 'del(.verdict)' "$work/out" >"$work/by-cases"

# The same fleet straight in a store: what cases say becomes the same rows.
"$make/fleetmake" --store --things 25 --seed 7 "$work/straight" >/dev/null
assay fleet singled-out -f jsonl "$work/straight"
jq -c 'del(.verdict)' "$work/out" >"$work/by-rows"
same 'cases and rows give the same answer' "$work/by-cases" "$work/by-rows"

assay fleet singled-out "$work/store"
like 'text: the answer' "$out" 'hosts with the element were singled out'
like 'text: a host' "$out" '^ +1 +[0-9.]+ +[a-z]+-[0-9]{5}\.example\.org  SINGLED OUT  element 2023-03-'
like 'text: an innocent cause' "$out" 'It could be: '
assay fleet singled-out -f csv "$work/store"
like 'CSV' "$(head -n 2 "$work/out" | tr -d '\r')" '^1,[a-z]+-[0-9]+,example.org,'
assay fleet singled-out --limit 1 "$work/store"
like 'whoever is called is told, whatever the limit' "$(grep -c 'SINGLED OUT' <<<"$out")" "^$called$"
assay fleet singled-out --limit 0 -f jsonl "$work/store"
is '--limit 0: all' "$(jq 'select(.type == "answer") | .with_evidence' "$work/out")" "$(grep -c '"type":"host"' "$work/out")"
iconv -t UTF-16 <<<'pc-00001' >"$work/wide"
assay fleet singled-out --targets "$work/wide" "$work/store"
is 'a list in UTF-16 is none' "$status" 2
assay fleet singled-out -e name:nothing.dll "$work/store"
is 'an element that nobody has' "$status" 3
assay fleet singled-out -e nothing.dll "$work/store"
is 'an element that is none' "$status" 2
printf '# known campaign\n%s\nws-nobody\n' "$(cut -d' ' -f1 "$work/truth" | head -n 1)" >"$work/targets"
assay fleet singled-out --targets "$work/targets" "$work/store"
like 'a target list is told beside' "$out" 'On the target list, as (pc|srv)-'
like 'and how much of it is met' "$out" '2 lines, of which 1 name a host with the element'
assay fleet singled-out --targets "$work/none" "$work/store"
is 'a list that is not there' "$status" 2

# A few hosts; then without implants, with oddities that nobody had in mind.
"$make/fleetmake" --store --hosts 40 --things 25 "$work/few" >/dev/null
assay fleet singled-out -f jsonl "$work/few"
is 'too small to say' "$status $(answer)" '3 too-small'
"$make/fleetmake" --store --implant 0 --things 25 --foreign --noise 200 "$work/clean" >/dev/null
assay fleet singled-out -f jsonl "$work/clean"
is 'without implants nobody is called' "$status $(answer)" '0 nobody'

if [[ -n ${FLEET_SEEDS:-} ]]; then
    for kind in --noise=100 --noise=300 --foreign; do
        "$make/fleettrial" ${kind/=/ } --implant 0 "$FLEET_SEEDS" >"$work/trial"
        is "$FLEET_SEEDS fleets without implants ($kind): called wrongly in at most one of a hundred" \
            "$(awk -v most=$((FLEET_SEEDS / 100)) '/^# fleets/ { n = $(NF - 1); print (n <= most ? "yes" : "no, in " n) }' "$work/trial")" yes
    done
fi
if [[ -n ${FLEET_HOSTS:-} ]]; then
    "$make/fleetmake" --store --hosts "$FLEET_HOSTS" "$work/large" >"$work/truth"
    assay fleet singled-out -f jsonl "$work/large"
    is "all seven are in the first ten of $FLEET_HOSTS hosts" "$status $(found)" '1 7'
    "$make/fleetmake" --store --implant 0 --hosts "$FLEET_HOSTS" "$work/large-clean" >/dev/null
    assay fleet singled-out -f jsonl "$work/large-clean"
    is 'and without implants nobody is called' "$status $(answer)" '0 nobody'
fi
finish
