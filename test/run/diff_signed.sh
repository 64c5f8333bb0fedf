#!/usr/bin/env bash
# Signatures of what releases come in: cabinets, installer databases, NuGet packages. osslsigncode signs, and says what matches.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 openssl osslsigncode gcab
[[ -x $make/ziptar ]] || skip_all 'ziptar is not built'
export XDG_DATA_HOME=$work/none
repository=$PWD
cd "$work" || exit 2

for who in Maker Other; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$who.key" -out "$who.pem" -subj "/C=US/O=$who/CN=$who" -days 3650 \
        -addext extendedKeyUsage=codeSigning 2>/dev/null
done
sign() { osslsigncode sign -certs "$1.pem" -key "$1.key" -h sha256 "${@:4}" -in "$2" -out "$3" >/dev/null; }

# Contents that can be compressed, so that one that is changed is told by its digest and not by damage.
seq 20000 >numbers.txt
gcab -c plain.cab numbers.txt >/dev/null
cp "$repository/fuzz/corpus/pack_msi/dummy.msi" plain.msi
chmod u+w plain.msi
sign Maker plain.cab signed.cab
sign Maker plain.msi signed.msi
sign Maker plain.msi named.msi -add-msi-dse

verdict() { # file
    rm -f case.assay
    "$ASSAY" scan --release --roots Maker.pem -o case.assay "$1" >/dev/null 2>&1
    sqlite3 case.assay "SELECT CASE seal WHEN 'match' THEN verdict ELSE 'mismatch' END || ' ' || subject FROM signature WHERE depth = 0"
}
for file in signed.cab signed.msi named.msi; do
    is "$file: its digest matches" "$(verdict "$file")" 'match /C=US/O=Maker/CN=Maker'
done
is 'a cabinet without a signature' "$(verdict plain.cab)" ''
is 'a database without one' "$(verdict plain.msi)" ''

# Bytes all over the files: what osslsigncode takes for changed is changed here, and nothing else.
# It does not read a database whose root has another name, which nothing signs.
theirs() {
    local said
    said=$(osslsigncode verify -CAfile Maker.pem -in "$1" 2>&1)
    case $said in
        *'Signature verification: ok'*) echo match ;;
        *'Signature verification'* | *'ecked'* | *'igest'*) echo mismatch ;;
        *) echo unread ;;
    esac
}
for file in signed.cab signed.msi named.msi; do
    size=$(stat -c %s "$file") differ=() ours=0
    for ((i = 1; i < 40; i++)); do
        at=$((size * i / 40)) copy=changed.${file##*.}
        cp "$file" "$copy"
        byte=$(od -An -tu1 -j"$at" -N1 "$copy")
        printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$copy" bs=1 seek="$at" conv=notrunc 2>/dev/null
        said=$(verdict "$copy")
        [[ $said == mismatch* ]] && ours=$((ours + 1))
        [[ $said == match* && $(theirs "$copy") == mismatch ]] && differ+=("$at: $said")
        [[ $said == mismatch* && $(theirs "$copy") == match ]] && differ+=("$at: $said")
    done
    is "$file: what is changed does not match, as osslsigncode has it" "${differ[*]}" ''
    [[ $ours -gt 3 ]] && pass "$file: $ours changes were seen" || fail "$file: $ours changes were seen"
done

told() { jq -r 'select(.rule == "diff_signature") | "\(.severity) \(.members | join(" "))"' <<<"$out" | sort | paste -sd';'; }
mkdir one two
for kind in cab msi; do
    printf 'more\n' >>numbers.txt
    gcab -c again.cab numbers.txt >/dev/null
    cp -f "$repository/fuzz/corpus/pack_msi/wixl.msi" again.msi
    sign Maker again.$kind next.$kind
    sign Other again.$kind other.$kind
    cp signed.$kind one/setup.$kind
    cp next.$kind two/setup.$kind
    assay diff -f jsonl --roots Maker.pem one two
    is "$kind: signed again by its maker" "$(told)" ''
    cp again.$kind two/setup.$kind
    assay diff -f jsonl --roots Maker.pem one two
    [[ $kind == cab ]] && like "$kind: it lost its signature" "$(told)" "high setup.$kind"
    cp other.$kind two/setup.$kind
    assay diff -f jsonl --roots Maker.pem one two
    is "$kind: by somebody else" "$(told)" "medium setup.$kind"
    rm one/* two/*
done
cp signed.msi one/setup.msi
cp plain.msi two/setup.msi
assay diff -f jsonl --roots Maker.pem one two
is 'msi: it lost its signature' "$(told)" 'high setup.msi'

# NuGet: the signature is a file in the package, over a text.
printf 'Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:AAAA\n\n' >text
openssl cms -sign -binary -nodetach -in text -signer Maker.pem -inkey Maker.key -outform DER -out .signature.p7s 2>/dev/null
printf 'file\tlib.txt\t%s\nfile\t.signature.p7s\t%s\n' "$work/text" "$work/.signature.p7s" | "$make/ziptar" old.zip -
printf 'file\tlib.txt\t%s\n' "$work/numbers.txt" | "$make/ziptar" new.zip -
mv old.zip app.1.2.3.nupkg
mv new.zip app.1.2.4.nupkg
assay diff -f jsonl app.1.2.3.nupkg app.1.2.4.nupkg
is 'a package that lost its signature' "$(jq -r 'select(.rule == "diff_signature") | "\(.severity) \(.details["signer before"])"' <<<"$out")" 'high /C=US/O=Maker/CN=Maker'
finish
