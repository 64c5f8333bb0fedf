#!/usr/bin/env bash
# Installer packages and compound files: members as msiextract and msiinfo have them, streams as olecfinfo has them.
. "$(dirname "$0")/lib.sh"

corpora=$shared/corpora

if [[ -f $corpora/relic/dummy.msi ]]; then
    got=$("$make/packlist" "$corpora/relic/dummy.msi")
    like 'the file of dummy.msi' "$got" $'^member\tProgramFilesFolder/dummy/ClassLibrary1.dll\t4608\t0\t9842031d9f433466'
    like 'its product' "$got" $'^fact\tproduct\tProductName\tdummy$'
    like 'its writer' "$got" $'^fact\twriter\t\tWindows Installer XML Toolset \(3.10.3.3007\)$'
    unlike 'nothing is damaged in it' "$got" '^note'
else
    skip 'dummy.msi' 'the corpora are not here'
fi

# tables FILE: each table that has rows as msiinfo exports it, without its heads and in our order
tables() {
    local table
    : >"$work/wanted" && : >"$work/got"
    while read -r table; do
        case $table in _SummaryInformation | _ForceCodepage | Binary | Icon) continue ;; esac
        msiinfo export "$1" "$table" 2>/dev/null | tr -d '\r' | sed '2,3d' >"$work/table"
        (($(wc -l <"$work/table") > 1)) || continue
        echo "$table" | tee -a "$work/got" >>"$work/wanted"
        head -n 1 "$work/table" >>"$work/wanted"
        tail -n +2 "$work/table" | LC_ALL=C sort >>"$work/wanted"
        "$make/packlist" -x "[Tables]/$table" "$1" | sed 's/\\\\/\\/g' >>"$work/got"
    done < <(msiinfo tables "$1" 2>/dev/null)
    is "tables of ${1##*/}: $(grep -c . "$work/wanted") lines" "$(cat "$work/got")" "$(cat "$work/wanted")"
    ok "there are tables in ${1##*/}" grep -q '^File$' "$work/wanted"
}
if ! command -v msiinfo >/dev/null; then
    skip 'tables as msiinfo has them' 'msitools is not installed'
elif [[ -f $corpora/relic/dummy.msi ]]; then
    tables "$corpora/relic/dummy.msi"
fi

# as_installer FILE: a copy whose root has the class of an installer; others are no packages
as_installer() {
    local shift directory
    shift=$(od -An -tu2 -j30 -N2 "$1") directory=$(od -An -tu4 -j48 -N4 "$1")
    cp "$1" "$work/as.msi" && chmod u+w "$work/as.msi"
    printf '\x84\x10\x0c\0\0\0\0\0\xc0\0\0\0\0\0\0\x46' |
        dd of="$work/as.msi" bs=1 seek=$((((directory + 1) << shift) + 80)) conv=notrunc status=none
}
# Names and sizes as upstream's answers have them.
for file in "$corpora"/yara-x/olecf/*.in; do
    if [[ ! -f $file ]]; then
        skip 'compound files of yara-x' 'the corpora are not here'
        continue
    fi
    wanted=$(awk '/name:/ { split($0, part, "\""); name = part[2] } /type:/ { type = $2 }
        /size:/ { if (type == "STREAM") print name, $2 }' "${file%.in}.out")
    like "a compound file alone is none: ${file##*/}" "$("$make/packlist" "$file")" 'no installer'
    as_installer "$file"
    got=$("$make/packlist" "$work/as.msi" | awk -F'\t' '$1 == "member" { sub(/^\[[A-Za-z]*\]\//, "", $2); print $2 }')
    is "the stream of ${file##*/}" "$got" "${wanted% *}"
    size=$("$make/packlist" "$work/as.msi" | awk -F'\t' '$1 == "member" { print $3 }')
    case ${file##*/} in
    *cycle* | incomplete*) like "${file##*/}: damage is told" "$("$make/packlist" "$work/as.msi")" '^note' ;;
    *) is "${file##*/}: all of it" "$size" "${wanted##* }" ;;
    esac
done

if ! command -v wixl >/dev/null || ! command -v msiextract >/dev/null; then
    skip 'a package of wixl' 'msitools or wixl is not installed'
    finish
fi
cd "$work" || exit 2
head -c 300001 "$ASSAY" >code
cat "$top"/src/format/[a-j]*.c >text
: >empty
cat >t.wxs <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="*" Name="Test" Language="1033" Version="1.2.3" Manufacturer="Vendor" UpgradeCode="A9C9A3FB-AF3C-4A5C-9818-BC9BE1EDCD51">
<Package InstallerVersion="200" Compressed="yes"/>
<Media Id="1" Cabinet="one.cab" EmbedCab="yes"/>
<Binary Id="Helper" SourceFile="code"/>
<CustomAction Id="DoIt" BinaryKey="Helper" DllEntry="Entry" Execute="deferred" Impersonate="no"/>
<InstallExecuteSequence><Custom Action="DoIt" After="InstallFiles">NOT Installed</Custom></InstallExecuteSequence>
<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="V" Name="Vendor">
<Component Id="C1" Guid="D0A3FB1A-AF3C-4A5C-9818-BC9BE1EDCD51"><File Id="F1" Name="long name file.exe" Source="code" KeyPath="yes"/></Component>
<Component Id="C2" Guid="D0A3FB1B-AF3C-4A5C-9818-BC9BE1EDCD51"><File Id="F2" Name="text.txt" Source="text"/><File Id="F4" Name="empty" Source="empty"/></Component>
</Directory></Directory></Directory>
<Feature Id="F" Level="1"><ComponentRef Id="C1"/><ComponentRef Id="C2"/></Feature>
</Product></Wix>
XML
wixl -o t.msi t.wxs 2>/dev/null
mkdir out && msiextract -C out t.msi >/dev/null 2>&1
wanted=$(cd out && find . -type f | sed 's,^\./,,; s,^Program Files/,ProgramFilesFolder/,' | LC_ALL=C sort)
got=$("$make/packlist" t.msi)
is 'paths as msiextract has them' "$(cut -f2 <<<"$got" | grep '^ProgramFilesFolder/' | LC_ALL=C sort)" "$wanted"
is 'bytes as msiextract has them' "$(awk -F'\t' '$2 ~ /^ProgramFilesFolder/ { print $5 }' <<<"$got" | LC_ALL=C sort)" \
    "$(find out -type f -exec sha256sum {} + | cut -c1-64 | LC_ALL=C sort)"
like 'its binary' "$got" $'^member\t\\[Binary\\]/Helper\t300001\t64\t'
like 'its custom action' "$got" 'DoIt.type 3073: calls a DLL in a stream, deferred, without impersonation; source Helper; target Entry; InstallExecuteSequence [0-9]+ if NOT Installed'
unlike 'nothing is damaged in it' "$got" '^note'
tables t.msi
finish
