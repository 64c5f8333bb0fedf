#!/usr/bin/env bash
# A package that osslsigncode signed: the digest of the block map is found where that program writes it, and the package's files are
# covered. (osslsigncode 2.9 writes a wrong checksum for one member, which unzip tells and survives.)
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq openssl
for tool in osslsigncode zip unzip; do command -v $tool >/dev/null || skip_all "$tool is not there"; done
"$make/signedset" "$work/set"
mkdir -p "$work/in/lib" "$work/unpacked"
cp "$work/set/package/AppxBlockMap.xml" "$work/set/package/app.exe" "$work/in"
cp "$work/set/package/lib/part.dll" "$work/in/lib"
printf '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override ContentType="application/vnd.ms-appx.blockmap+xml" PartName="/AppxBlockMap.xml"/></Types>' >"$work/in/[Content_Types].xml"
printf '<Package/>' >"$work/in/AppxManifest.xml"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/root.pem" -days 30 -subj /CN=Packager \
    -addext extendedKeyUsage=codeSigning 2>/dev/null
(cd "$work/in" && zip -q -0 -X -D -r "$work/x.appx" .)
run osslsigncode sign -certs "$work/root.pem" -key "$work/key" -in "$work/x.appx" -out "$work/y.appx"
is 'osslsigncode signs the package' "$status" 0
(cd "$work/unpacked" && unzip -q -o "$work/y.appx" >/dev/null 2>&1)
assay trust --no-default-roots --roots "$work/root.pem" --format jsonl "$work/unpacked"
is 'its signature and its files are trusted' "$(jq -r '[(.address | sub(".*/"; "")), .state, .source] | join(" ")' <<<"$out" | sort)" \
    $'AppxSignature.p7x trusted embedded\napp.exe trusted package\npart.dll trusted package'
printf x | dd of="$work/unpacked/app.exe" bs=1 seek=2000 conv=notrunc status=none
assay trust --no-default-roots --roots "$work/root.pem" --format jsonl "$work/unpacked"
is 'a changed file is told' "$(jq -r 'select(.address | endswith("app.exe")) | .state' <<<"$out")" digest-mismatch
finish
