#!/usr/bin/env bash
# SARIF 2.1.0 is what its published schema says (tools/sarif_schema), whatever the names in a release are.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq python3
[[ -x $make/makepe && -x $make/ziptar ]] || skip_all 'makepe or ziptar is not built'
schema=$(realpath -m "${ASSAY_SARIF_SCHEMA:-build/sarif/sarif-2.1.0.json}")
[[ -f $schema ]] || skip_all "the schema is not there: tools/sarif_schema $schema fetches it"
python3 -c 'import jsonschema' 2>/dev/null || skip_all 'python3-jsonschema is not installed'
export XDG_DATA_HOME=$work/none

# Says nothing if a text is what the schema asks for, and its URIs are none that a reader could take apart otherwise.
cat >"$work/check.py" <<'PYTHON'
import json, re, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
log = json.load(open(sys.argv[2]))
for error in jsonschema.Draft4Validator(schema).iter_errors(log):
    print("/".join(map(str, error.absolute_path)), error.message[:200])
for result in log["runs"][0].get("results", []):
    for location in result.get("locations", []):
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        if not re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", uri):
            print("no URI reference:", ascii(uri))
PYTHON
valid() { # name; in $out what was said
    printf '%s' "$out" >"$work/log.sarif"
    is "$1" "$(python3 -W ignore "$work/check.py" "$schema" "$work/log.sarif" 2>&1)" ''
}

# A check that cannot fail is none.
out='{"version":"2.1.0","runs":[{"tool":{"driver":{}}}]}'
printf '%s' "$out" >"$work/log.sarif"
isnt() { [[ $2 ]] && pass "$1" || fail "$1"; }
isnt 'the schema refuses what is none' "$(python3 -W ignore "$work/check.py" "$schema" "$work/log.sarif" 2>&1)"

mkdir -p "$work/one/lib" "$work/two/lib"
"$make/makepe" "$work/one/lib/codec.dll" dll import='kernel32.dll!ReadFile' time=1600000000 export=Decode
"$make/makepe" "$work/two/lib/codec.dll" dll import='kernel32.dll!ReadFile' import='ws2_32.dll!connect' time=1600000000 export=Decode
printf '{"name":"app","version":"1.2.3"}' >"$work/one/package.json"
printf '{"name":"app","version":"1.2.4","scripts":{"preinstall":"x"}}' >"$work/two/package.json"
printf 'x' >"$work/one/odd ä%20#?\\name.js"
printf 'eval(fetch(x)); // \x01\xff"' >"$work/two/odd ä%20#?\\name.js"
printf 'PK\3\4broken' >"$work/two/"$'new\x80\n.zip'
printf 'rule r { meta: score = 85 description = "\xff\\"<b>" strings: $a = "eval" condition: $a }' >"$work/rules.yar"
assay diff -f sarif "$work/one" "$work/one"
valid 'nothing to tell'
assay diff -f sarif "$work/one" "$work/two"
valid 'findings about odd names'
is 'of several rules' "$(jq '[.runs[0].results[].ruleId] | unique | length' <<<"$out")" 3
assay diff -a -f sarif --rules "$work/rules.yar" "$work/one" "$work/two"
valid 'everything, with rules of YARA'
(cd "$work/two" && printf 'file\tdeep/a b.js\t%s\n' "$work/two/package.json") | "$make/ziptar" "$work/inner.zip" -
printf 'file\tinner.zip\t%s\n' "$work/inner.zip" | "$make/ziptar" "$work/app-1.2.3.zip" -
printf 'file\tinner.zip\t%s\nfile\ttop.js\t%s\n' "$work/inner.zip" "$work/two/odd ä%20#?\\name.js" | "$make/ziptar" "$work/app-1.2.4.zip" -
assay diff -a -f sarif "$work/app-1.2.3.zip" "$work/app-1.2.4.zip"
valid 'members of containers'
finish
