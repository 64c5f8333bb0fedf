#!/bin/bash
# Page hashes as another signer makes them.
. "$(dirname "$0")/lib.sh"

command -v osslsigncode >/dev/null || skip_all "osslsigncode is not there"
command -v openssl >/dev/null || skip_all "openssl is not there"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -subj /CN=pages -days 30 2>/dev/null
"$make/signedset" "$work/set"
# Pages of osslsigncode are as large as SectionAlignment says: 64 KiB instead of the usual 4.
header=$(od -An -tu4 -j60 -N4 "$work/set/unsigned" | tr -d ' ')
cp "$work/set/unsigned" "$work/set/unsigned-64k"
printf '\0\0\1\0' | dd of="$work/set/unsigned-64k" bs=1 seek=$((header + 56)) conv=notrunc status=none
tested=0
for digest in sha1 sha256; do
    for file in "$work/set/unsigned" "$work/set/unsigned-64k" "$shared"/corpora/npm-electron-winstaller-5.4.4/Setup.exe; do
        [[ -f $file ]] || continue
        out=$work/$digest-$(basename "$file")
        osslsigncode sign -ph -h $digest -certs "$work/cert.pem" -key "$work/key.pem" -in "$file" -out "$out" >/dev/null 2>&1 || continue
        tested=$((tested + 1))
        "$ASSAY" scan -o "$out.assay" "$out" >/dev/null
        is "$digest over $(basename "$file")" \
            "$(sqlite3 "$out.assay" 'SELECT page_hashes, verdict FROM signature')" 'match|match'
    done
done
((tested > 0)) || skip 'page hashes of another signer' 'it made none'
finish
