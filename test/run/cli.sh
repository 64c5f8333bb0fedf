#!/usr/bin/env bash
# Help, versions, usage errors and exit statuses.
. "$(dirname "$0")/lib.sh"
need_program

assay --version
is '--version ends with 0' "$status" 0
like '--version says name and number' "$out" '^assay [0-9]+\.[0-9]+\.[0-9]+'
assay --help
is '--help ends with 0' "$status" 0
help=$out
for command in scan list explain detectors; do
    like "--help names $command" "$help" "\\b$command\\b"
    run "$ASSAY" "$command" --help
    is "$command --help ends with 0" "$status" 0
    like "$command --help shows usage on stdout" "$out" "assay $command"
done
longest=$("$ASSAY" --help | awk '{ if (length($0) > n) n = length($0) } END { print n + 0 }')
((longest <= 100)) && pass '--help fits a terminal' || fail '--help fits a terminal' "$longest columns"

assay
is 'no command ends with 2' "$status" 2
is 'and says nothing on stdout' "$out" ''
assay nonsense
is 'an unknown command ends with 2' "$status" 2
like 'and is named' "$err" nonsense
assay scna
like 'a mistyped command gets the nearest one' "$err" '\bscan\b'
assay scan
is 'scan without PATH ends with 2' "$status" 2
assay scan --nonsense .
is 'an unknown option ends with 2' "$status" 2
like 'and is named' "$err" '--nonsense'
assay scan --format nonsense "$work"
is 'an unknown format ends with 2' "$status" 2
for value in 0 -1 x 99999999999999999999; do
    assay scan --jobs "$value" "$work"
    is "--jobs $value ends with 2" "$status" 2
done
assay scan --fail-on nonsense "$work"
is 'an unknown severity ends with 2' "$status" 2
assay scan --max-file-size x "$work"
is 'a size that is none ends with 2' "$status" 2
assay explain no_such_thing
is 'explain of nothing ends with 2' "$status" 2

assay detectors
is 'detectors ends with 0' "$status" 0
detectors=$out
while read -r id; do
    like "detectors lists $id" "$detectors" "^$id\\b"
    run "$ASSAY" explain "$id"
    is "explain $id ends with 0" "$status" 0
done < <(sed -n 's/^[A-Z]*(\([a-z0-9_]*\)).*/\1/p' src/detect/detectors.def src/judge/judges.def)

mkdir "$work/plain"
echo hello >"$work/plain/a.txt"
assay scan "$work/plain"
is 'a clean folder ends with 0' "$status" 0
like 'and has a coverage line' "$out" '[0-9].*(seen|read|file)'
if [[ -n $signed && -x $make/forge ]]; then
    mkdir "$work/found"
    "$make/forge" slack "$signed" "$work/found/x.dll" 4096 1 >/dev/null
    assay scan "$work/found"
    is 'a finding ends with 1' "$status" 1
    assay scan "$work/found/x.dll"
    is 'a single file too' "$status" 1
    assay scan --fail-on critical "$work/found"
    is '--fail-on above it ends with 0' "$status" 0
    assay scan -o "$work/x.assay" "$work/found"
    is 'status is the same with -o' "$status" 1
    ok 'the case is there' test -s "$work/x.assay"
    cp "$work/x.assay" "$work/y.assay"
    assay scan -o "$work/x.assay" "$work/found"
    is 'an existing case is not overwritten' "$status" 2
    same 'and stays as it was' "$work/x.assay" "$work/y.assay"
else
    skip 'statuses with findings' 'no signed file or no forge'
fi
assay scan "$work/none"
is 'a missing PATH ends with 2' "$status" 2
like 'and is named' "$err$out" "$work/none"

# Streams: data on stdout, talk on stderr, nothing coloured when it is no terminal.
assay scan "$work/plain"
unlike 'no colour in a pipe' "$out$err" $'\e'
is 'no progress in a pipe' "$err" ''
run bash -c "exec 7>'$work/progress'; '$ASSAY' scan --progress-fd 7 '$work/plain'"
is '--progress-fd ends with 0' "$status" 0
ok '--progress-fd writes JSON lines' test -s "$work/progress"
like 'with counts' "$(tail -n 1 "$work/progress")" '"files":'
run bash -c "'$ASSAY' list '$work/plain' >/dev/full"
is 'a full stdout ends with 2' "$status" 2
like 'and is said' "$err" '[Nn]o space'
run bash -c "'$ASSAY' list / 2>'$work/err2' | head -n 1; exit \${PIPESTATUS[0]}"
is 'a reader that leaves is no news' "$(cat "$work/err2")" ''
run bash -c "'$ASSAY' scan '$work/plain' <&- >&- 2>&-"
((status < 126)) && pass 'closed streams do not crash' || fail 'closed streams do not crash' "$status"

# A device that is full: whatever says its word, and by whatever means.
for words in --version --help 'scan --help' detectors 'explain dll_phantom' 'intel list' "fleet add $work/full.store $work/plain" "fleet place $work/full.store $work/places.csv"; do
    printf 'host,site\nnobody,here\n' >"$work/places.csv"
    run bash -c "'$ASSAY' $words >/dev/full"
    like "assay ${words%% /*} on a full device" "$status $err" '^2 .*could not be written'
done

# What is installed.
ok 'make install' make -s install DESTDIR="$work/root" PREFIX=/usr
for file in bin/assay share/man/man1/assay.1 share/bash-completion/completions/assay; do
    ok "installs $file" test -s "$work/root/usr/$file"
done
completion=$work/root/usr/share/bash-completion/completions/assay
ok 'the completion loads' bash -n "$completion"
completed() { # WORD... CURRENT -> what is offered for the last of them
    bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _assay; printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$ASSAY" "$@" 2>/dev/null | sort | xargs
}
like 'it completes commands' "$(completed '')" 'diff.*fleet.*scan.*trust'
is 'and subcommands' "$(completed fleet s)" 'search singled-out stack'
is 'and options of subcommands' "$(completed fleet stack --r)" --rare
is 'and options with a value of their own' "$(completed scan --cen)" '--census --census-only'
is 'and what these are' "$(completed scan --census = p)" programs
is 'and formats' "$(completed fleet hosts --format '')" 'csv jsonl text'
is 'and detectors' "$(completed explain signature_sl)" signature_slack
subcommands() { "$ASSAY" ${1:-} --help | sed -nE 's/^  ([a-z][a-z-]*)  .*/\1/p'; }
missing=''
while read -r command; do
    for option in $("$ASSAY" $command --help | sed -nE 's/^  (-[a-zA-Z],|   ) (--[a-z-]+).*/\2/p'); do
        grep -q -- "${option//-/\\\\-}" docs/assay.1 || missing+="$command $option; "
    done
done < <(subcommands; subcommands fleet | sed 's/^/fleet /')
is 'the man page has each option of each command' "$missing" ''
finish
