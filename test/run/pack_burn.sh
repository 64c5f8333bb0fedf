#!/usr/bin/env bash
# Bundles of WiX: what packlist says of a made one is what cabextract finds in its cabinets, and a scan opens it.
. "$(dirname "$0")/lib.sh"

cd "$work" || exit 2
head -c 50001 "$ASSAY" >one
seq 1 9999 >two
printf 'the interface' >ui
sum() { sha256sum "$1" | cut -b1-64; }
sha1() { sha1sum "$1" | cut -b1-40; }
cat >manifest <<END
<?xml version="1.0" encoding="utf-8"?>
<BurnManifest xmlns="http://schemas.microsoft.com/wix/2008/Burn">
  <UX UxDllPayloadId="u"><Payload Id="u" FilePath="ui.dll" FileSize="13" Hash="$(sha1 ui)" Packaging="embedded" SourcePath="u0" /></UX>
  <Container Id="WixAttachedContainer" FileSize="1" FilePath="setup.exe" AttachedIndex="1" Attached="yes" Primary="yes" />
  <Payload Id="a" FilePath="one.exe" FileSize="50001" Hash="$(sha1 one)" Packaging="embedded" SourcePath="a0" Container="WixAttachedContainer" />
  <Payload Id="b" FilePath="deep\\two.txt" FileSize="$(stat -c %s two)" Hash="$(sha1 two)" Packaging="embedded" SourcePath="a1" Container="WixAttachedContainer" />
  <Registration Id="{1b3dbc8c-0d3a-4f4f-9c6e-0f0d4a3cb2d1}" ExecutableName="setup.exe" PerMachine="yes" Version="4.5.6.7"><Arp DisplayName="Demo Suite" Publisher="Demo" /></Registration>
  <Chain><ExePackage Id="One" InstallArguments="/quiet"><PayloadRef Id="a" /></ExePackage></Chain>
</BurnManifest>
END
wanted=$(printf '%s\n' "[UX]/manifest.xml $(sum manifest)" "[UX]/ui.dll $(sum ui)" "deep/two.txt $(sum two)" \
    "one.exe $(sum one)" | LC_ALL=C sort)
for kind in '' signed; do
    # shellcheck disable=SC2086 # no word is one
    run "$make/burnmake" $kind setup.exe manifest ui one two
    is "a bundle is made: ${kind:-unsigned}" "$status $err" '0 '
    run "$make/packlist" setup.exe
    is "members: ${kind:-unsigned}" "$(awk -F'\t' '$1 == "member" { print $2, $5 }' <<<"$out" | LC_ALL=C sort)" "$wanted"
    like "what it runs: ${kind:-unsigned}" "$out" $'fact\trun\tExePackage One\tone.exe /quiet'
    like "what it is: ${kind:-unsigned}" "$out" $'fact\tproduct\tDisplayName\tDemo Suite'
    is "nothing is damaged: ${kind:-unsigned}" "$(grep -c ^note <<<"$out")" 0
    if command -v cabextract >/dev/null; then
        rm -rf there && mkdir there && cabextract -q -d there setup.exe >/dev/null 2>&1
        is "cabextract finds the same: ${kind:-unsigned}" "$(cd there && sha256sum 0 u0 a0 a1 | cut -b1-64)" \
            "$(sum manifest && sum ui && sum one && sum two)"
    else
        skip "cabextract finds the same: ${kind:-unsigned}" 'cabextract is not installed'
    fi
done
finish
