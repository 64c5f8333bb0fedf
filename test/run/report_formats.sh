#!/usr/bin/env bash
# Forms of `assay report`: each is what it says it is, whatever names the evidence has, and the same case gives the same bytes.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3

# --- a folder of files that a list knows, under names that hope to be more than text ---
mkdir "$work/evil"
overlong=$(printf 'n%.0s' {1..240}).exe
# shellcheck disable=SC2016
names=(
    "=cmd|' C calc'!A0.exe" '+1+1.dll' '-2.dll' '@SUM(1).dll' '<script>alert(1)<!-- .dll' '"><img src=x onerror=alert(1)>.dll' "'; DROP TABLE finding;--.exe"
    $'\e[31mred\e]0;title\a.exe' $'rtl\u202egnp.exe' $'line\u2028sep\u2029.exe' $'new\nline.exe' $'tab\tand\rreturn.exe' $'invalid\xff\xfe.exe' $'\ufeffbom.exe'
    '%n%s%x.exe' '${jndi:ldap:x}.exe' 'a,b;c"d.exe' "$overlong" '|0|0|.exe' '\\u0041.exe'
)
number=0
for name in "${names[@]}"; do
    number=$((number + 1))
    printf 'known content %d' "$number" >"$work/evil/$name"
    sha256sum <"$work/evil/$name" | cut -d' ' -f1
done >"$work/list.txt"
export ASSAY_INTEL=$work/kept XDG_DATA_HOME=$work/data
assay intel add "$work/list.txt"
is 'the list is taken' "$status" 0
assay scan --hash -o "$work/case" "$work/evil"
is 'and everything is found' "$status $(sqlite3 "$work/case" "SELECT count(*) FROM finding WHERE detector = 'ioc_hash'")" "1 ${#names[@]}"
total=$(sqlite3 "$work/case" 'SELECT count(*) FROM finding')

# --- every form ---
forms=$(sed -n 's/^EXPORT(\(.*\))/\1/p' src/report/exports.def | wc -l)
assay report --format nonsense "$work/case"
is 'a form that there is not is refused' "$status" 2
listed=$(sed -n 's/.*by the ending of FILE: \(.*\)"},$/\1/p' src/cli/report.c)
is 'all are listed' "$(wc -w <<<"$listed")" "$forms"
for form in $listed; do
    assay report --format "$form" "$work/case"
    is "$form: is made" "$status $err" '0 '
    cp "$work/out" "$work/$form"
    assay report --format "$form" "$work/case"
    same "$form: twice the same" "$work/out" "$work/$form"
    is "$form: is UTF-8" "$(iconv -f UTF-8 -t UTF-8 "$work/$form" >/dev/null 2>&1 && echo yes)" yes
    # What a terminal would act on, and what turns reading round. In JSON and tables of quoted cells line ends are data's own.
    is "$form: no control characters, no bidirectional controls" \
        "$(tr -d '\n\r\t' <"$work/$form" | grep -acP '[\x00-\x1f\x7f]|\x{202e}|\x{2028}|\x{2029}|\x{feff}' || true)" 0
done

# --- tables ---
sqlite3 ':memory:' ".import --csv $work/csv t" "SELECT count(*) FROM t" >"$work/rows" 2>"$work/err"
is 'csv: a table of all findings' "$(cat "$work/rows" "$work/err")" "$total"
columns=$(head -n 1 "$work/csv" | tr -d '\r' | tr ',' '\n')
bad=
for column in $columns; do
    bad+=$(sqlite3 ':memory:' ".import --csv $work/csv t" "SELECT '$column: ' || $column FROM t WHERE $column GLOB '[=+@-]*' OR $column GLOB char(9) || '*' OR $column GLOB char(13) || '*'")
done
is 'csv: no cell is a formula' "$bad" ''
is 'csv: names are whole' "$(sqlite3 ':memory:' ".import --csv $work/csv t" "SELECT count(*) FROM t WHERE path LIKE '%/' || 'a,b;c\"d.exe' OR path LIKE '%$overlong'")" 2
sqlite3 ':memory:' ".import --csv $work/timesketch-csv t" "SELECT count(*) > 0, sum(message GLOB '[=+@-]*') FROM t" >"$work/rows" 2>&1
is 'timesketch-csv: a table without formulas' "$(cat "$work/rows")" '1|0'

# --- JSON ---
is 'jsonl: a line each, and one of coverage' "$(jq -r 'select(.schema == "assay.finding/1" or .schema == "assay.coverage/1") | .schema' "$work/jsonl" | wc -l)" "$((total + 1))"
is 'ecs: a document each, with time, version and event' "$(jq -c 'select(."@timestamp" and .ecs.version and .event.kind and .event.id and .rule.id)' "$work/ecs" | wc -l)" "$total"
is 'ecs: ids are different' "$(jq -r .event.id "$work/ecs" | sort -u | wc -l)" "$total"
is 'ecs: names are whole' "$(jq -r 'select(.file.name == "a,b;c\"d.exe") | .file.name' "$work/ecs")" 'a,b;c"d.exe'
is 'sarif: a result each' "$(jq '.runs[0].results | length' "$work/sarif")" "$total"
is 'sarif: every rule is there' "$(jq '[.runs[0].results[].ruleId] - [.runs[0].tool.driver.rules[].id] | length' "$work/sarif")" 0
is 'sarif: places are URIs' "$(jq -r '.runs[0].results[].locations[].physicalLocation.artifactLocation.uri' "$work/sarif" | grep -cvE "^[A-Za-z0-9._~!$&'()*+,;=:@/%-]+$")" 0
is 'stix: ids are different, and of their types' "$(jq '.objects | length == (map(.id) | unique | length) and all(.id | startswith("x") | not)' "$work/stix"; jq '[.objects[] | select((.id | split("--")[0]) != .type)] | length' "$work/stix")" 'true
0'
is 'stix: what is referred to is there' "$(jq '[.objects[] | to_entries[] | select(.key | test("_refs?$")) | .value | if type == "array" then .[] else . end] - [.objects[].id] | length' "$work/stix")" 0
is 'stix: an indicator and a sighting each' "$(jq -c '[.objects[] | .type] | [(map(select(. == "indicator")) | length), (map(select(. == "sighting")) | length), (map(select(. == "file")) | length)]' "$work/stix")" "[${#names[@]},${#names[@]},${#names[@]}]"
is 'stix: patterns are of digests alone' "$(jq -r '.objects[] | select(.type == "indicator") | .pattern' "$work/stix" | grep -cvE "^\[file:hashes\.'SHA-256' = '[0-9a-f]{64}'\]$")" 0
is 'stix: nothing is sure' "$(jq '[.objects[].confidence // 0] | max <= 85' "$work/stix")" true
is 'misp: an object each' "$(jq '.Event.Object | length' "$work/misp")" "${#names[@]}"
is 'misp: not published, for nobody else' "$(jq -r '.Event | [.published, .distribution] | join(" ")' "$work/misp")" 'false 0'
# What MISP's schema (PyMISP, pymisp/data/schema.json) asks for: these keys, texts but for two.
is 'misp: keys and types of the schema' "$(jq -c '.Event | (["date", "threat_level_id", "info", "published", "analysis", "distribution", "Attribute"] - keys == []) and
    (to_entries | all(if .key == "published" then .value | type == "boolean" elif .key == "Attribute" or .key == "Object" then .value | type == "array" else .value | type == "string" end)) and
    ([.Attribute[], .Object[].Attribute[]] | all(to_entries | all(if .key == "to_ids" then .value | type == "boolean" else .value | type == "string" end)))' "$work/misp")" true
is 'misp: content of a known digest is for detection' "$(jq '[.Event.Object[].Attribute[] | select(.to_ids) | .type] | unique | join(" ")' "$work/misp" | tr -d '"' | tr ' ' '\n' | grep -c sha256)" 1
is 'timesketch: each line has what it needs' "$(jq -c 'select((.message and .datetime and .timestamp_desc) | not)' "$work/timesketch" | wc -l)" 0
is 'bodyfile: eleven fields a line' "$(awk -F'|' 'NF != 11' "$work/bodyfile" | wc -l)" 0

# --- a case of a stranger, whose rows say nothing ---
if [[ -x $make/reportcase ]]; then
    "$make/reportcase" "$work/empty" >/dev/null
    for table in verdict chain chain_step chain_link chain_gap chain_finding campaign overlap campaign_relation stake finding_detail finding_reference; do
        columns=$(sqlite3 "$work/empty" "SELECT group_concat('\"' || name || '\" = NULL') FROM pragma_table_info('$table') WHERE NOT \"notnull\" AND pk = 0 AND name <> 'chain'")
        sqlite3 "$work/empty" "UPDATE \"$table\" SET $columns"
    done
    for form in jsonl sarif stix misp ecs timesketch; do
        assay report --format "$form" "$work/empty"
        is "$form: rows without anything in them leave JSON behind" "$status $(jq -c . "$work/out" 2>&1 >/dev/null | head -n 1)" '0 '
    done
    assay report --format html "$work/empty"
    is 'html: and a page' "$status $(tail -c 8 "$work/out")" '0 </html>'
else
    skip 'rows without anything in them' 'reportcase is not built'
fi

# --- where it goes ---
assay report "$work/case" -o "$work/made.csv"
same 'the form follows the ending' "$work/made.csv" "$work/csv"
assay report "$work/case" -o "$work/made.csv"
is 'nothing is overwritten' "$status" 2
like 'and that is said' "$err" 'exists already'
assay report "$work/case" --severity critical --format csv
is 'severities below are left out' "$(wc -l <"$work/out")" 1
assay report "$work/evil"
is 'what is no case is refused' "$status" 2
run sh -c "'$ASSAY' report '$work/case' --format stix >/dev/full"
is 'a full disk is told' "$status" 2
finish
