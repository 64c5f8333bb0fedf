#!/usr/bin/env bash
# assay overlap: what a case shares with known campaigns, with lists in each form, kept or named; what claims nothing.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 sha256sum md5sum
unset ASSAY_INTEL
export XDG_DATA_HOME=$work/data

for wrong in '' 'a b' '--format csv a' '--frob a'; do
    assay overlap $wrong
    is "wrong use: status 2 ($wrong)" "$status" 2
done
assay overlap "$work/nowhere"
is 'no such case: status 2' "$status" 2

# A host: two files that a list may name, domains of the 3CX campaign, a name that Windows has.
e=$work/e
mkdir -p "$e/Windows/System32/drivers/etc" "$e/Windows/System32/winevt/Logs" "$e/Users/a/AppData/Roaming/T" "$e/Tools"
printf 'one\n' >"$e/Tools/one.bin"
printf 'two\n' >"$e/Tools/two.bin"
printf 'three\n' >"$e/Users/a/AppData/Roaming/T/three.cfg"
printf '203.0.113.7 akamaicontainer.com\n203.0.113.7 msstorageazure.com\n0.0.0.0 journalide.org\n203.0.113.8 example.org\n' \
    >"$e/Windows/System32/drivers/etc/hosts"
printf 'own\n' >"$e/Windows/System32/wlbsctrl.dll"
one=$(sha256sum <"$e/Tools/one.bin" | cut -d' ' -f1)
two=$(md5sum <"$e/Tools/two.bin" | cut -d' ' -f1)
ffmpeg=7986bbaee8940da11ce089383521ab420c443ab7b15ed42aed91fd31ce833896

assay scan --hash -o "$work/c" "$e"
is 'the case says which campaigns it was compared with' \
    "$(sqlite3 "$work/c" "SELECT count(*) FROM run WHERE key = 'campaigns' AND value LIKE '3CX desktop client%'")" 1
assay overlap "$work/c"
is 'a ledger: status 0' "$status" 0
like 'the sentence' "$(head -n 3 <<<"$out" | paste -sd' ')" 'Overlap is not attribution'
like 'domains in the file hosts claim nothing' "$out" '^3CX desktop client, 2022-2023: confidence none, score 3[0-9]'
like 'one that is blocked is not counted' "$(paste -sd' ' <<<"$out")" 'weight +0 \(not counted\).{0,80}says little the file hosts leads it nowhere'
like 'nor a name that parts of Windows ask for' "$out" 'a name that parts of Windows ask for'
unlike 'no published overlap follows from nothing' "$out" 'Published overlap'
assay overlap --format jsonl "$work/c"
ok 'each line is JSON' jq -e . "$work/out"
# But for the titles of reports and the names of their lists.
named() { jq -r 'if .type == "overlap" then .what + .common + .instead else .name + .summary end' "$work/out"; }
unlike 'no actor is named' "$(named)" '[Ll]azarus|Chollima|Sleet'
is 'a line a campaign, then its rows' "$(jq -r 'select(.campaign == 1) | .type' "$work/out" | uniq | paste -sd' ')" 'campaign overlap'
is 'every row has report, source and another explanation' \
    "$(jq -r 'select(.type == "overlap") | select((.report and .source and .instead) | not)' "$work/out")" ''
assay report --format jsonl "$work/c"
is 'no finding comes of it' "$(jq -r 'select(.detector == "overlap") | .detector' "$work/out")" ''

# Events that hosts of 3CX were looked up: it ranks first, and the published overlap is told, which this case has not.
if [[ -x $make/mkevtx ]]; then
    mkdir -p "$work/h/Windows/System32/winevt/Logs"
    sysmon='2023-03-29T07:08:%02dZ\tMicrosoft-Windows-Sysmon\t22\tMicrosoft-Windows-Sysmon/Operational\tHOST\tQueryName=%s\tQueryResults=203.0.113.7;\n'
    {
        printf "$sysmon" 1 msstorageazure.com 2 cdn.officeaddons.com 3 azuredeploystore.com 4 example.org
    } | "$make/mkevtx" "$work/h/Windows/System32/winevt/Logs/Microsoft-Windows-Sysmon%4Operational.evtx"
    assay scan -o "$work/ch" "$work/h"
    assay overlap --format jsonl "$work/ch"
    is '3CX first' "$(jq -r 'select(.type == "campaign") | "\(.source):\(.confidence):\(.items)"' "$work/out" | paste -sd' ')" \
        '3cx.tsv:low:3 gopuram.tsv:none:0 simplextea.tsv:none:0 applejeus.tsv:none:0'
    is 'each row names its finding' "$(jq -r 'select(.type == "overlap") | .finding' "$work/out" | sort -un | paste -sd' ')" '1 2 3'
    is 'the published overlap: exactly two hashes' \
        "$(jq -r 'select(.type == "relation" and .kind != "domain") | "\(.name | split(",")[0])+\(.other | split(",")[0]):\(.value[0:8]):\(.here)"' "$work/out" | paste -sd' ')" \
        '3CX desktop client+Gopuram:b5627913:0 Gopuram+AppleJeus:fe948451:0'
    assay overlap "$work/ch"
    like 'in words' "$out" '^Published overlap of these campaigns, whether or not this case has it:$'
else
    skip '3CX first' 'mkevtx is not built'
fi

# Lists in each form, for a case that is there: nothing is changed, and it is compared with all lists anew.
before=$(sha256sum <"$work/c")
cat >"$work/misp.json" <<END
{"Event": {"info": "Made up", "Orgc": {"name": "Nobody"}, "Attribute": [
  {"type": "filename|sha256", "value": "one.bin|$one", "comment": "the first"},
  {"type": "md5", "value": "$two"}, {"type": "sha256", "value": "$ffmpeg"}],
 "Galaxy": [{"type": "threat-actor", "GalaxyCluster": [{"type": "threat-actor", "value": "Lazarus Group"}]}]}}
END
cat >"$work/stix.json" <<END
{"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": [
  {"type": "threat-actor", "name": "Lazarus Group"},
  {"type": "campaign", "name": "Made up as well", "external_references": [{"source_name": "x", "url": "https://example.org/report"}]},
  {"type": "indicator", "name": "the first", "pattern_type": "stix", "pattern": "[file:hashes.'SHA-256' = '$one']"}]}
END
printf 'type\tvalue\treport\nsha256\t%s\tr1\nmd5\t%s\tr2\npath\t%%APPDATA%%\\T\\three.cfg\tr2\n' "$one" "$two" >"$work/table.tsv"
printf '# https://example.org/lines\n%s;the first\nevil[.]com\n' "$one" >"$work/lines.txt"
top() { jq -r 'select(.type == "campaign") | "\(.source) \(.name): \(.confidence)"' "$work/out" | head -n 1; }
assay overlap --campaign "$work/misp.json" --format jsonl "$work/c"
is 'an event of MISP, to be compared anew' "$(top)" 'misp.json Made up: low'
is 'what is shared' "$(jq -r 'select(.type == "overlap" and .source == "misp.json") | "\(.kind):\(.weight):\(.place)"' "$work/out" | paste -sd' ')" \
    'sha256:100:/Tools/one.bin path:0:/Tools/one.bin'
is 'an MD5 that was not computed is said not to be tested' \
    "$(jq -r 'select(.type == "campaign" and .name == "Made up") | .summary | contains("1 by MD5 (not computed)")' "$work/out")" true
is 'published overlap with the shipped lists, which this case has not' \
    "$(jq -r 'select(.type == "relation" and .name == "Made up") | "\(.other):\(.here)"' "$work/out")" '3CX desktop client, 2022-2023:0'
is 'and from there on exactly one hash each' \
    "$(jq -r 'select(.type == "relation" and (.kind == "sha256") and .name != "Made up") | "\(.name)+\(.other):\(.value[0:8])"' "$work/out" | paste -sd' ')" \
    '3CX desktop client, 2022-2023+Gopuram, 2020-2023:b5627913 Gopuram, 2020-2023+AppleJeus, 2018-2022:fe948451'
unlike 'the event names an actor, the ledger does not' "$(named)" 'Lazarus'
assay overlap --campaign "$work/stix.json" --format jsonl "$work/c"
is 'a bundle of STIX' "$(top)" 'stix.json Made up as well: low'
is 'its report' "$(jq -r 'select(.source == "stix.json" and .type == "overlap") | .report' "$work/out")" https://example.org/report
unlike 'an actor names no campaign' "$(named)" 'Lazarus'
assay overlap --campaign "$work/table.tsv" --campaign "$work/lines.txt" --format jsonl "$work/c"
is 'a table and lines' "$(jq -r 'select(.type == "campaign") | select(.source | endswith(".tsv") or endswith(".txt")) |
    select(.confidence != "none") | "\(.source):\(.items):\(.score)"' "$work/out" | paste -sd' ')" table.tsv:2:70
is 'the same file in two lists weighs half in each' "$(jq -r 'select(.type == "overlap" and .value == "'"$one"'") | "\(.weight)/\(.holders)"' "$work/out" | paste -sd' ')" \
    '50/1 50/1'
is 'the case is as it was' "$(sha256sum <"$work/c")" "$before"

# Named with a scan: MD5 is computed then. Kept, it counts in every scan.
assay scan --hash --campaign "$work/misp.json" --format jsonl -o "$work/c2" "$e"
assay overlap --format jsonl "$work/c2"
is 'with a scan' "$(top)" 'misp.json Made up: low'
is 'MD5 counts' "$(jq -r 'select(.type == "overlap" and .kind == "md5") | .weight' "$work/out")" 70
assay intel add "$work/misp.json"
is 'kept: status 0' "$status" 0
like 'and told' "$out" '^added: misp\.json: campaigns of .*: Made up: campaign, 4 items$'
assay intel add --campaign --name mine "$work/table.tsv"
like 'any list is one, if the user says so' "$out" '^added: mine: campaigns of .*3 items$'
assay intel list
like 'they are listed' "$out" '^mine: campaigns of .*campaigns/mine\.campaign\)$'
assay scan --hash -o "$work/c3" "$e"
is 'and count' "$(sqlite3 "$work/c3" "SELECT group_concat(source || ':' || confidence, ' ') FROM (SELECT * FROM campaign WHERE score > 60 ORDER BY source)")" \
    'mine:low misp.json:low'
assay intel remove mine misp.json
is 'removed' "$(ls "$XDG_DATA_HOME/assay/intel/campaigns")" ''

# Damage.
# damaged NAME WORDS: standard input is no list of a campaign, and nothing is kept of it.
damaged() {
    cat >"$work/bad.json"
    assay intel add --campaign "$work/bad.json"
    is "$1: status 2" "$status" 2
    like "$1: the reason" "$err" "$2"
    assay overlap --campaign "$work/bad.json" "$work/c"
    is "$1, named: status 2" "$status" 2
}
damaged 'a torn event' 'bad\.json: line 3: JSON that ends too early' <<<$'{"Event":{\n"info":"x",'
damaged 'another JSON' 'neither an event of MISP nor a bundle of STIX' <<<'{"a":1}'
damaged 'a bundle without indicators' 'nothing in it can be compared' <<<'{"type":"bundle","id":"bundle--1","objects":[{"type":"campaign","name":"C"}]}'
damaged 'zeros' 'a NUL' < <(head -c 300 /dev/zero)
is 'nothing was kept' "$(ls "$XDG_DATA_HOME/assay/intel/campaigns")" ''
printf 'kind\tvalue\n' >"$XDG_DATA_HOME/assay/intel/campaigns/own.campaign"
assay scan "$e"
is 'a damaged list that is kept ends a scan: status 2' "$status" 2
like 'and says how it is removed' "$err" "assay intel remove own"
assay intel remove own
is 'which works' "$status" 0

# Hostile names reach no terminal.
printf 'type\tvalue\tname\nsha256\t%s\t\033[31mred\xe2\x80\xae<b>\n' "$one" >"$work/nasty.tsv"
mv "$work/nasty.tsv" "$work/"$'nas\033ty.tsv'
assay overlap --campaign "$work/"$'nas\033ty.tsv' "$work/c"
is 'hostile texts: status 0' "$status" 0
unlike 'no control character passes' "$(LC_ALL=C tr -d '\n' <"$work/out")" $'[\001-\037\177]|\xe2\x80\xae'
finish
