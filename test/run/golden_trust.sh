#!/bin/bash
# Real signed files: times as osslsigncode read them, states as they must be although certificates have expired since.
. "$(dirname "$0")/lib.sh"

golden=$shared/corpora/golden/pe_survey.jsonl
[[ -r $golden ]] || skip_all "the corpora are not there"
command -v jq >/dev/null || skip_all "jq is not there"
jq -r 'select(.signatures) | (.file // .path) as $f | .signatures[] | select(.timestamp) | [$f, (.index | tostring | split(" ")[0]), .timestamp] | @tsv' \
    "$golden" >"$work/stamps"
while IFS=$'\t' read -r file ordinal stamp; do
    path=$shared/corpora/$file
    [[ -r $path ]] || { skip "$file" 'not in the corpora'; continue; }
    [[ -r $work/$(tr / _ <<<"$file").assay ]] || "$ASSAY" scan --fail-on never -o "$work/$(tr / _ <<<"$file").assay" "$path" >/dev/null
    got=$(sqlite3 "$work/$(tr / _ <<<"$file").assay" "SELECT stamp_time / 10000000 - 11644473600 FROM signature WHERE ordinal = $ordinal")
    is "$file, signature $ordinal: $stamp" "$got" "$(date -u -d "$stamp" +%s)"
done <"$work/stamps"

# state FILE EXPECTED
state() {
    local path
    path=$(find "$shared/corpora" -path "*/$1" -print -quit)
    [[ $path ]] || { skip "$1" 'not in the corpora'; return; }
    is "$1" "$("$ASSAY" trust --format jsonl "$path" | jq -r '[.state, .source, .windows_default.verdict, .windows_kernel.verdict] | join(" ")')" "$2"
}
state conpty-1.20.240626001/win10-x64/conpty.dll 'trusted embedded accepted unknown'
state conpty-1.23.251008001/win10-x64/OpenConsole.exe 'trusted embedded accepted unknown'
state putty-0.73/putty.exe 'trusted nested accepted unknown'
state putty-0.73/putty_modified.exe 'digest-mismatch embedded rejected unknown'
state google-grr/winpmem-amd64.sys 'trusted embedded accepted accepted'
shim=$(compgen -G "$top/build/shim/usr/lib/shim/shim*.efi.signed" | head -n 1)
if [[ $shim ]]; then
    is 'shim, signed for firmware' "$("$ASSAY" trust --format jsonl "$shim" | jq -r '[.state, (.flags | index("firmware") != null)] | join(" ")')" 'trusted true'
else
    skip 'shim, signed for firmware' 'it has not been fetched'
fi
finish
