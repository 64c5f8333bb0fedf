#!/usr/bin/env bash
# Installers that makensis made, of each method that is read: what packlist says is what was packed.
. "$(dirname "$0")/lib.sh"

if ! command -v makensis >/dev/null; then
    skip 'installers of NSIS' 'makensis is not installed'
    finish
fi
cd "$work" || exit 2
head -c 50001 "$ASSAY" >code
gzip -9 <"$ASSAY" | head -c 150000 >tight
seq 1 9999 >text
sum() { sha256sum "$1" | cut -b1-64; }
cat >setup.nsi <<'END'
Name Demo
OutFile setup.exe
InstallDir "$PROGRAMFILES\Demo"
Section
    SetOutPath "$INSTDIR"
    File code
    File /oname=sub\renamed.txt text
    SetOutPath "$INSTDIR\deep"
    File text
    File tight
    InitPluginsDir
    File "/oname=$PLUGINSDIR\own" code
    WriteUninstaller "$INSTDIR\uninstall.exe"
    Exec '"$INSTDIR\code" /x'
    WriteRegStr HKLM "Software\Demo" "Path" "$INSTDIR"
SectionEnd
Section Uninstall
    Delete "$INSTDIR\code"
SectionEnd
END
wanted=$(printf '%s\n' "\$INSTDIR/code $(sum code)" "\$INSTDIR/deep/text $(sum text)" \
    "\$INSTDIR/deep/tight $(sum tight)" \
    "\$INSTDIR/sub/renamed.txt $(sum text)" "\$PLUGINSDIR/own $(sum code)" | LC_ALL=C sort)
# By `force` what cannot be packed is packed all the same: stored blocks.
for target in 'Unicode true' 'Unicode false' 'Target amd64-unicode'; do
    for method in lzma zlib bzip2 '/SOLID lzma' '/SOLID zlib' '/SOLID bzip2'; do
        name="$target, $method"
        { printf '%s\nSetCompress force\nSetCompressor %s\n' "$target" "$method" && cat setup.nsi; } >one.nsi
        makensis -V1 one.nsi >/dev/null
        "$make/packlist" setup.exe >list
        is "members: $name" "$(awk -F'\t' '$1 == "member" && $2 !~ /uninstall|script/ { print $2, $5 }' list | LC_ALL=C sort)" "$wanted"
        like "the uninstaller: $name" "$(cat list)" 'INSTDIR/uninstall.exe'
        like "what it runs: $name" "$(cat list)" 'INSTDIR\\\\code" /x'
        is "nothing is damaged: $name" "$(grep -c ^note list)" 0
    done
done
finish
