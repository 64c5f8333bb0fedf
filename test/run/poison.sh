#!/usr/bin/env bash
# The makers of poisoned releases: each product is what it claims to be, and one that does not fit is refused.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 objdump jq
# Whatever is signed by somebody: the first good one of the fixtures.
"$make/signedfew" "$work/few" >/dev/null
image=$work/image.dll
"$make/makepe" "$image" dll import=kernel32.dll\!Sleep export=One text=first product=Part version=1.2.3 noise=4096
poison() { run "$make/poison" "$@"; }
# anew [FILE]: a fresh copy to change.
anew() { cp "${1:-$image}" "$work/changed.dll"; }
trust_of() {
    assay trust --roots "$work/few/roots.pem" "$work/changed.dll"
    sed -nE '2s/^ *([a-z-]+):.*/\1/p' <<<"$out"
}
fact() {
    rm -f "$work/facts.assay"
    assay scan --release -o "$work/facts.assay" "$work/changed.dll"
    sqlite3 "$work/facts.assay" "$1"
}

anew "$work/few/good.dll"
is 'signed before' "$(trust_of)" trusted
before=$(stat -c %s "$work/changed.dll")
poison payload "$work/changed.dll" 32768
is 'payload: the signature holds, and what is behind it is seen' "$(trust_of)" trusted-but-altered-slack
grown=$(($(stat -c %s "$work/changed.dll") - before))
ok "payload: the file has grown by it: $grown" test "$grown" -ge 32768 -a "$grown" -lt 32784
if command -v osslsigncode >/dev/null; then
    run osslsigncode verify -in "$work/changed.dll"
    is 'payload: as osslsigncode sees it, digest as signed' \
        "$(sed -n 's/^Current message digest *: //p' <<<"$out")" "$(sed -n 's/^Calculated message digest *: //p' <<<"$out")"
    like 'payload: there is such a digest' "$out" '^Current message digest *: [0-9A-F]{40}'
else
    skip 'payload: as osslsigncode sees it' 'osslsigncode is not installed'
fi

anew "$work/few/good.dll"
poison strip "$work/changed.dll"
is 'strip: no signature is left' "$(trust_of)" unknown
is 'strip: what is left is the image' "$(cmp -n 512 "$work/changed.dll" "$work/few/good.dll" 2>&1 | grep -c differ)" 1
anew "$work/few/good.dll"
poison resign "$work/changed.dll" Another
is 'resign: the digest is right, the signer unknown' "$(trust_of)" untrusted-root
assay trust "$work/changed.dll"
like 'resign: by that name' "$out" 'Another'
anew "$work/few/changed.dll"
is 'a changed one is told from these' "$(trust_of)" digest-mismatch

anew
poison import "$work/changed.dll" winhttp.dll WinHttpOpen
is 'import: a reader of imports comes from the old one to the new one' "$(fact 'SELECT imphash FROM pe')" \
    "$(printf kernel32.sleep,winhttp.winhttpopen | md5sum | cut -d' ' -f1)"
like 'import: in a section of its own' "$(objdump -h "$work/changed.dll")" ' \.idata2 '
anew
poison cave "$work/changed.dll"
entry() { objdump -p "$1" | sed -nE 's/^AddressOfEntryPoint[[:space:]]+0*//p'; }
unlike 'cave: the entry point moved' "$(entry "$work/changed.dll")" "^$(entry "$image")\$"
like 'cave: code there does nothing and returns' "$(objdump -d "$work/changed.dll" | grep -E '\s(nop|ret)\s*$' | awk '{ print $NF }' | uniq | paste -sd' ')" 'nop ret'
anew
poison name "$work/changed.dll" neighbour.dll
is 'name: the text is there, and the size as before' "$(grep -c neighbour.dll "$work/changed.dll") $(stat -c %s "$work/changed.dll")" "1 $(stat -c %s "$image")"
anew
poison append "$work/changed.dll" 4096
ok 'append: that much behind the end' test "$(stat -c %s "$work/changed.dll")" -eq $(($(stat -c %s "$image") + 4096))

printf 'one\n' >"$work/one.js"
cp "$work/one.js" "$work/two.js"
poison line "$work/two.js" 'two'
is 'line: one more' "$(diff "$work/one.js" "$work/two.js" | tail -n 1)" '> two'
poison asar "$work/app.asar" index.js="$work/two.js" other.js="$work/one.js"
header=$(tail -c +17 "$work/app.asar" | head -c "$(od -An -tu4 -j12 -N4 "$work/app.asar" | tr -d ' ')")
is 'asar: the header says what the script digests to' "$(jq -r '.files["index.js"].integrity.hash' <<<"$header")" "$(sha256sum <"$work/two.js" | cut -d' ' -f1)"
size=$(od -An -tu4 -j4 -N4 "$work/app.asar" | tr -d ' ')
offset=$(jq -r '.files["other.js"].offset' <<<"$header")
is 'asar: members lie where it says' "$(tail -c +$((8 + size + offset + 1)) "$work/app.asar" | head -c 4)" one

poison msi "$work/old.msi" 1.0.1
poison msi "$work/new.msi" 1.0.2 '[APP]helper.exe'
if command -v msiinfo >/dev/null; then
    is 'msi: no action that runs something, before' "$(msiinfo export "$work/old.msi" CustomAction | grep -c helper)" 0
    like 'msi: the action is there, after' "$(msiinfo export "$work/new.msi" CustomAction)" $'^Prepare\t3106\tAPP\t\\[APP\\]helper.exe'
else
    skip 'msi: the action is there' 'msiinfo (msitools) is not installed'
fi

for kind in payload\ 100 strip cave 'name x' 'import a.dll B' 'resign X'; do
    cp "$work/one.js" "$work/no.js"
    # shellcheck disable=SC2086 # words
    read -r -a words <<<"$kind"
    poison "${words[0]}" "$work/no.js" "${words[@]:1}"
    is "${words[0]}: a text is refused and stays as it is" "$status $(<"$work/no.js")" '1 one'
done
finish
