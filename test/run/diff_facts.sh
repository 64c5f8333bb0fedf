#!/usr/bin/env bash
# assay diff on what is not form: rules of YARA, switches of Electron, texts of programs and scripts.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
[[ -x $make/makepe && -x $make/ziptar ]] || skip_all 'makepe or ziptar is not built'
export XDG_DATA_HOME=$work/home
mkdir -p "$work/one" "$work/two"
cd "$work" || exit 2

# RULE:SEVERITY:STRENGTH MEMBERS of each finding of one rule.
told() { jq -r --arg rule "$1" 'select(.type == "finding" and .rule == $rule) | "\(.severity):\(.strength) \(.members | join(" "))"' <<<"$out" | sort | paste -sd';'; }

# Rules: what both match is no difference; what one says of itself counts.
printf 'hello\n' >one/main.js
printf 'hello\nbeacon scored\n' >two/main.js
printf 'a beacon\n' >two/new.txt
cat >rules.yar <<'YARA'
rule plain { strings: $a = "beacon" condition: $a }
rule scored { meta: score = 85 strings: $a = "scored" condition: $a }
rule both { strings: $a = "hello" condition: $a }
YARA
assay diff -f jsonl --rules rules.yar one two
is 'rules that came to match' "$status $(told diff_yara)" '1 high:firm main.js;medium:firm main.js new.txt'
assay diff -f jsonl --rules rules.yar two one
is 'rules that no longer match are a change and no finding' \
    "$status $(jq -r 'select(.type == "member" and .after.path == "main.js") | .changes[] | select(.group == "rules") | .before' <<<"$out")" '0 plain and scored'
for format in text markdown sarif html; do
    assay diff -f "$format" --rules rules.yar one two
    like "$format tells them" "$out" 'scored'
done
assay scan --release --rules rules.yar -o with.assay two
assay scan --release -o without.assay one
assay diff -f jsonl with.assay two
is 'a case knows which rules were tried on it' "$(jq -r 'select(.rule == "diff_yara").strength' <<<"$out" | sort -u)" ''
assay diff -f jsonl --rules rules.yar with.assay two
is 'the same rules on the same release' "$(told diff_yara)" ''
assay diff -f jsonl --rules rules.yar without.assay two
is 'rules that were not tried before: weak, so that they stop nothing' "$status $(told diff_yara)" '0 high:weak main.js;medium:weak main.js;medium:weak main.js new.txt'
assay intel add rules.yar
assay diff -f jsonl one two
is 'sets that are kept are tried' "$(told diff_yara)" 'high:firm main.js;medium:firm main.js new.txt'
printf 'rule broken {' >broken.yar
assay diff --rules broken.yar one two
is 'rules that do not compile: status 2' "$status" 2
assay intel remove rules

finish
