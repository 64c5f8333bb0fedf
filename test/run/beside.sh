#!/usr/bin/env bash
# What a package keeps in files beside it is found there: in a folder, in an archive, and for a package that is given alone. What it takes in is
# not told again as a container of its own, and what is missing or damaged is told with the reason.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 zip
cd "$work" || exit 2
head -c 300000 "$ASSAY" >one.bin
seq 1 40000 >two.txt
sha() { sha256sum "$1" | cut -b1-64; }
sha1() { sha1sum "$1" | cut -b1-40; }
ask() { sqlite3 -separator ' ' case "$1"; }
open() { assay scan --release --fail-on never -o case --replace "$@"; }
opened() { ask "SELECT group_concat(kind || ' ' || coalesce(container, '-') || ' ' || state, ', ') FROM (SELECT * FROM evidence WHERE artifact IS NOT NULL ORDER BY id)"; }
# content NAME: digests of all that have this name in what was opened
content() { ask "SELECT group_concat(DISTINCT CASE WHEN h.sha256 IS NULL THEN a.reason ELSE lower(hex(h.sha256)) END) FROM artifact a LEFT JOIN hashes h ON h.artifact = a.id WHERE a.name = '$1' AND a.evidence > 1"; }

# Cabinets of a set are read from each other.
mkdir set
"$make/cabmake" set:4:lzx18m set/d.cab two.txt one.bin
open set
is 'a set of cabinets in a folder' "$(content one.bin) $(content two.txt)" "$(sha one.bin) $(sha two.txt)"
is 'each is opened' "$(opened)" 'package cab read, package cab read, package cab read, package cab read'
(cd set && zip -q ../set.zip ./*)
open set.zip
is 'a set of cabinets in an archive' "$(content one.bin) $(content two.txt)" "$(sha one.bin) $(sha two.txt)"
open set/d.1.cab
is 'the first of a set alone as evidence' "$(content two.txt)" "$(sha two.txt)"
mkdir three && cp set/d.[134].cab three
open three
like 'one is missing' "$(content one.bin)" 'which is not here'
rm three/d.4.cab && ln -s ../set/d.4.cab three/d.4.cab && ln -s ../set/d.2.cab three/d.2.cab
open three
like 'symbolic links are not followed' "$(content one.bin)" 'which is not here'

# An installer database with a cabinet beside it.
if command -v wixl >/dev/null; then
    mkdir msi
    cat >p.wxs <<'END'
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" UpgradeCode="DADAA9FC-54F7-4977-9EA1-8BDF6DC73C7A" Name="Demo" Version="1.0.0" Manufacturer="Demo" Language="1033">
    <Package InstallerVersion="200" Compressed="yes" Comments="d"/>
    <Media Id="1" Cabinet="Data1.CAB" EmbedCab="no"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="INSTALLDIR" Name="Demo">
      <Component Id="C1" Guid="BF2F8C3B-4C5A-4B1E-9C52-3A8C0C0F6E0A"><File Id="F1" Source="one.bin"/><File Id="F2" Source="two.txt"/></Component>
    </Directory></Directory></Directory>
    <Feature Id="F" Level="1"><ComponentRef Id="C1"/></Feature>
  </Product>
</Wix>
END
    wixl -o msi/p.msi p.wxs >/dev/null 2>&1
    rm -f msi/*.[cC][aA][bB]
    open msi
    like 'without its cabinet' "$(content one.bin)" 'its cabinet is another file, which is not here'
    cp one.bin F1 && cp two.txt F2 && "$make/cabmake" mszip msi/data1.cab F1 F2
    open msi
    is 'a cabinet beside an installer database' "$(content one.bin) $(content two.txt)" "$(sha one.bin) $(sha two.txt)"
    is 'it is a part, and no container of its own' "$(opened)" 'package msi read, part - read'
    open msi/p.msi
    is 'the database alone as evidence' "$(content one.bin) $(opened)" "$(sha one.bin) package msi read"
    (cd msi && zip -q ../msi.zip ./*)
    open msi.zip
    is 'both in an archive' "$(content one.bin) $(opened)" "$(sha one.bin) package msi read, part - read"
    cp -r msi msi2 && sed 's/^7$/8/' two.txt >F2 && "$make/cabmake" mszip msi2/data1.cab F1 F2
    assay diff msi msi2
    like 'a change in it is a change of the package' "$out" 'p.msi!/ProgramFilesFolder/Demo/two.txt'
    unlike 'and is not told of the cabinet as such' "$out" 'could not be opened|data1.cab!'
    rm -rf msi2 && cp -r msi msi2 && head -c 9000 /dev/urandom >>msi2/data1.cab
    assay diff msi msi2
    like 'bytes behind a cabinet that is a part are told' "$out" 'a container grew while nothing in it changed'
    # What is no cabinet is not taken in, and is opened as what it is.
    7z a -t7z msi/x.7z one.bin >/dev/null 2>&1 && mv msi/x.7z msi/data1.cab
    open msi
    like 'something else in its place is opened alone' "$(opened)" 'package 7z read'
    like 'its files are missing' "$(content two.txt)" 'which is not here'
else
    skip 'installer databases' 'wixl is not installed'
fi

# A bundle of WiX with payloads and a container beside it.
mkdir bundle
cp two.txt a9 && "$make/cabmake" mszip bundle/extra.cab a9
seq 1 9999 | gzip -n >bundle/more.msu
printf 'the interface' >ui
cat >manifest <<END
<?xml version="1.0" encoding="utf-8"?>
<BurnManifest xmlns="http://schemas.microsoft.com/wix/2008/Burn">
  <UX UxDllPayloadId="u"><Payload Id="u" FilePath="ui.dll" FileSize="13" Hash="$(sha1 ui)" Packaging="embedded" SourcePath="u0" /></UX>
  <Container Id="WixAttachedContainer" FileSize="1" FilePath="setup.exe" AttachedIndex="1" Attached="yes" Primary="yes" />
  <Container Id="Extra" FileSize="1" FilePath="extra.cab" Attached="no" />
  <Payload Id="a" FilePath="one.bin" FileSize="300000" Hash="$(sha1 one.bin)" Packaging="embedded" SourcePath="a0" Container="WixAttachedContainer" />
  <Payload Id="b" FilePath="more.msu" FileSize="$(stat -c %s bundle/more.msu)" Hash="$(sha1 bundle/more.msu)" Packaging="external" SourcePath="more.msu" />
  <Payload Id="d" FilePath="two.txt" FileSize="$(stat -c %s two.txt)" Hash="$(sha1 two.txt)" Packaging="embedded" SourcePath="a9" Container="Extra" />
  <Chain><ExePackage Id="One" InstallArguments="/quiet"><PayloadRef Id="a" /></ExePackage></Chain>
</BurnManifest>
END
"$make/burnmake" bundle/setup.exe manifest ui one.bin
open bundle
is 'a container beside a bundle' "$(content two.txt)" "$(sha two.txt)"
is 'a payload beside a bundle' "$(ask "SELECT lower(hex(h.sha256)) FROM artifact a JOIN hashes h ON h.artifact = a.id WHERE a.name = 'more.msu' AND a.evidence = 2")" "$(sha bundle/more.msu)"
is 'both are parts' "$(ask "SELECT count(*) FROM evidence WHERE kind = 'part'")" 2
is 'nothing is damaged in it' "$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" 0

# Slices of an installer of Inno Setup.
inno=$(realpath -m "${ASSAY_INNO_SET:-$top/build/inno}")
if [[ -f $inno/members.tsv ]]; then
    mkdir slices && cp "$inno"/6.2.0/slices* slices
    open slices
    is 'slices of an installer' "$(content code.dll)" "$(awk -F'\t' '/code.dll/ { print $2 }' "$inno/members.tsv")"
    is 'a slice is no container of its own' "$(opened)" 'package inno read, part - read'
    cp -r slices slices2
    run "$ASSAY" diff slices slices2
    unlike 'in a comparison, too' "$out" 'could not be opened'
    mv slices/slices.exe slices/other.exe
    rm slices2/*.exe
    open slices2
    like 'a slice alone is told' "$(opened)" 'file - unsupported'
else
    skip 'slices of an installer' "installers of real compilers are not there: tools/inno_set $inno makes them"
fi
finish
