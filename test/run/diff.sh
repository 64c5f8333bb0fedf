#!/usr/bin/env bash
# assay diff as a user meets it: forms of the answer, statuses, what is kept, what is held against a release, and bad input.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 sha256sum
[[ -x $make/makepe && -x $make/ziptar ]] || skip_all 'makepe or ziptar is not built'
export XDG_DATA_HOME=$work/none

# A release as a folder: a program, a library, a script with its manifest, a picture.
release() { # folder version; what follows goes to the library
    local to=$work/$1 version=$2
    shift 2
    mkdir -p "$to/lib"
    "$make/makepe" "$to/app.exe" exe import='kernel32.dll!CreateFileW' time=1600000000 version="$version" product=App original=app.exe
    "$make/makepe" "$to/lib/codec.dll" dll import='kernel32.dll!ReadFile' time=1600000000 export=Decode export=Encode export=Close "$@"
    printf '{"name":"app","version":"%s"}\n' "$version" >"$to/package.json"
    printf 'start();\nrun("%s");\n' "$version" >"$to/main.js"
    printf 'notes\n' >"$to/notes.txt"
}
release one 1.2.3
release two 1.2.4
release bad 1.2.4 import='ws2_32.dll!connect'
assay diff "$work/one" "$work/two"
is 'an honest step: status 0' "$status" 0
like 'and says so' "$out" 'This release: nothing that stops it'
like 'with the step' "$out" '^step    patch'
like 'and the lines of scripts' "$out" 'run."1.2.4".'
assay diff "$work/one" "$work/bad"
is 'a capability in a patch: status 1' "$status" 1
like 'and why' "$out" 'network: ws2_32\.dll'
assay diff --fail-on critical "$work/one" "$work/bad"
is 'the gate is the user'\''s' "$status" 0
assay explain diff_capability
is 'rules are explained' "$status" 0

# Forms.
assay diff -f jsonl "$work/one" "$work/bad"
is 'JSON Lines: the first line sums up' "$(jq -r 'select(.type == "diff") | "\(.step) \(.changed) \(.same)"' <<<"$out")" 'patch 4 1'
is 'JSON Lines: a finding names rule and member' "$(jq -r 'select(.type == "finding") | "\(.rule) \(.members[0])"' <<<"$out" | sort | head -1)" \
    'diff_capability lib/codec.dll'
assay diff -f sarif "$work/one" "$work/bad"
is 'SARIF: version, rules and results belong together' \
    "$(jq -r '.version, (.runs[0] | .tool.driver.rules as $r | [.results[] | $r[.ruleIndex].id == .ruleId] | all), (.runs[0].results | all(.message.text and .locations[0].physicalLocation.artifactLocation.uri and (.level | IN("error", "warning", "note")))) ' <<<"$out" | paste -sd' ')" '2.1.0 true true'
assay diff -f markdown "$work/one" "$work/bad"
like 'Markdown: a table' "$out" '\| high \| a program gained a capability \| `lib/codec.dll`'
assay diff -f html "$work/one" "$work/bad"
like 'HTML: asks nobody for anything' "$out" "default-src 'none'"
is 'HTML: no script' "$(grep -c '<script' <<<"$out")" 0
hex=$(sed -n '/<style>/,/<\/style>/p' "$work/out" | sed '1s/.*<style>//; s/<\/style>$//' | head -c -1 | sha256sum | cut -d' ' -f1)
# shellcheck disable=SC2059
is 'HTML: the policy names its one style' "$(grep -o "style-src 'sha256-[^']*'" "$work/out")" "style-src 'sha256-$(printf "$(sed 's/../\\x&/g' <<<"$hex")" | base64)'"

# Names that are markup, and control characters, stay text.
cp -a "$work/two" "$work/odd"
printf 'x\n' >"$work/odd/<b>|\`@me\`"$'\e'"[31m.txt"
assay diff -a -f html "$work/one" "$work/odd"
is 'HTML: names of evidence are no markup' "$(grep -c '<b>|' <<<"$out")" 0
assay diff -a -f markdown "$work/one" "$work/odd"
is 'Markdown: no control characters' "$(tr -d '\n' <<<"$out" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
assay diff -a "$work/one" "$work/odd"
is 'text: the same' "$(tr -d '\n' <<<"$out" | LC_ALL=C grep -c '[[:cntrl:]]')" 0

# A baseline is as good as the release.
assay diff -b "$work/two.assay" "$work/one" "$work/two"
is 'a baseline is kept' "$status $(test -f "$work/two.assay" && echo there)" '0 there'
assay diff -f jsonl "$work/two.assay" "$work/bad"
kept=$(jq -c 'select(.type != "diff")' <<<"$out")
assay diff -f jsonl "$work/two" "$work/bad"
is 'and answers the same' "$kept" "$(jq -c 'select(.type != "diff")' <<<"$out")"
assay diff -b "$work/two.assay" "$work/one" "$work/two"
is 'it is not overwritten' "$status" 2
assay diff -b "$work/two/x.assay" "$work/one" "$work/two"
is 'nor put into a release' "$status" 2

# The same in an archive, in an archive: paths are those inside.
pack() { (cd "$work/$1" && find . -type f | sed "s|^\./\(.*\)|file\t\1\t$work/$1/\1|") | "$make/ziptar" "$work/$1.zip" -; }
pack one && pack bad
printf 'file\tin/app.zip\t%s\n' "$work/one.zip" | "$make/ziptar" "$work/outer-1.2.3.zip" -
printf 'file\tin/app.zip\t%s\n' "$work/bad.zip" | "$make/ziptar" "$work/outer-1.2.4.zip" -
assay diff -f jsonl "$work/outer-1.2.3.zip" "$work/outer-1.2.4.zip"
is 'containers in containers' "$(jq -r 'select(.rule == "diff_capability") | .members[0]' <<<"$out")" 'in/app.zip!/lib/codec.dll'

# What nobody opens does not pass.
cp -a "$work/two" "$work/closed"
head -c 60 "$work/one.zip" >"$work/closed/data.zip"
assay diff -f jsonl "$work/one" "$work/closed"
is 'a container that is cut off is told' "$status $(jq -r 'select(.rule == "diff_unopened") | "\(.severity) \(.members[0])"' <<<"$out")" '1 medium data.zip'

# Links and pipes of a folder are no members that could not be read.
cp -a "$work/two" "$work/linked"
ln -s main.js "$work/linked/link.js"
mkfifo "$work/linked/pipe"
assay diff "$work/one" "$work/linked"
is 'links and pipes are no members' "$status $(grep -c 'link.js\|pipe' <<<"$out")" '0 0'

# Programs with bytes behind their image that are no container: however many, they are programs.
mkdir "$work/many" "$work/many2"
head -c 4096 /dev/zero | tr '\0' x >"$work/tail"
for i in $(seq 1100); do cat "$work/two/app.exe" "$work/tail" >"$work/many/$i.exe"; done
cp -al "$work/many/." "$work/many2"
printf x >"$work/many2/new.txt"
assay diff "$work/many" "$work/many2"
is 'more programs with data behind them than containers are opened: status 0' "$status" 0

# A member that is not what its container says of it, and was before.
head -c 50000 /dev/zero | tr '\0' a >"$work/plain.txt"
printf 'file\tplain.txt\t%s\n' "$work/plain.txt" | "$make/ziptar" "$work/whole-1.2.3.zip" -
cp "$work/whole-1.2.3.zip" "$work/whole-1.2.4.zip"
printf '\xff' | dd of="$work/whole-1.2.4.zip" bs=1 seek=60 conv=notrunc 2>/dev/null
assay diff -f jsonl "$work/whole-1.2.3.zip" "$work/whole-1.2.4.zip"
is 'a member that came to be damaged is told' "$(jq -r 'select(.rule == "diff_unopened") | "\(.severity) \(.members[0])"' <<<"$out")" \
    'medium plain.txt'

# Without an earlier release: what was built, what was published.
assay diff --unsigned "$work/two" "$work/one" "$work/two"
is 'what was built is what is shipped' "$status" 0
assay diff -f jsonl --unsigned "$work/one" "$work/two" "$work/bad"
like 'another library than was built' "$out" '"rule":"diff_built","severity":"high"'
(cd "$work/one" && sha256sum lib/codec.dll) >"$work/published"
assay diff --upstream "$work/published" "$work/one" "$work/two"
is 'a published component' "$status" 0
assay diff -f jsonl --upstream "$work/published" "$work/one" "$work/bad"
like 'one that nobody published' "$out" '"rule":"diff_upstream","severity":"high"'
printf '%064d  x\nnonsense\n' 0 >"$work/broken"
assay diff --upstream "$work/broken" "$work/one" "$work/two"
is 'a list with a bad line' "$status" 2
like 'names the line' "$err" 'line 2'

# Wrong use, and nothing to compare.
for wrong in '' one 'one nowhere' '-f xml one two' '--fail-on dire one two'; do
    # shellcheck disable=SC2086 # words
    (cd "$work" && "$(realpath "$OLDPWD/$ASSAY" 2>/dev/null || echo "$ASSAY")" diff $wrong) >/dev/null 2>&1
    is "wrong use: status 2 ($wrong)" "$?" 2
done
mkdir "$work/empty"
assay diff "$work/empty" "$work/two"
is 'an empty release: status 2' "$status" 2
finish
