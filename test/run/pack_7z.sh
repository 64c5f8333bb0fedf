#!/usr/bin/env bash
# 7z archives by methods that real ones have, and in volumes: what comes out is what 7-Zip packed.
. "$(dirname "$0")/lib.sh"

if ! command -v 7z >/dev/null; then
    skip '7z archives' '7z is not installed'
    finish
fi
mkdir "$work/in" && cd "$work/in" || exit 2
head -c 1500001 "$ASSAY" >code
cat "$top"/src/format/*.c | head -c 300000 >text
gzip -9 <"$ASSAY" | head -c 100000 >tight
: >empty
wanted=$(sha256sum code text tight empty | LC_ALL=C sort)
hashes() {
    "$make/packlist" "$1" | awk -F'\t' '$1 == "member" && $7 == "" { print $5 "  " $2; next }
        $1 == "member" || $1 == "note" || $1 == "none" { print }' | LC_ALL=C sort
}

# Small models are full after some hundred KiB, and begin anew.
for method in PPMd PPMd:o=2:mem=16 PPMd:o=32:mem=16 PPMd:o=6:mem=18 PPMd:o=32:mem=24 Deflate64 Deflate64:fb=257 LZMA BZip2; do
    rm -f one.7z
    7z a -mf=off -m0=$method one.7z code text tight empty >/dev/null
    is "what is packed comes back: $method" "$(hashes one.7z)" "$wanted"
    rm -f one.7z
    7z a -m0=BCJ -m1=$method one.7z code text tight empty >/dev/null
    is "behind a filter: $method" "$(hashes one.7z)" "$wanted"
done
cut=$(hashes one.7z | wc -l)
head -c 100000 one.7z >cut.7z
like 'a cut one says so' "$(hashes cut.7z)" 'goes on behind its end'
is 'the whole one has all members' "$cut" 4

7z a -m0=PPMd -v150k all.7z code text tight empty >/dev/null
volumes=(all.7z.*)
assay scan --release -o all.case all.7z.001
is 'volumes are joined' "$(sqlite3 all.case "SELECT lower(hex(h.sha256)) || '  ' || a.name FROM artifact a
    JOIN hashes h ON h.artifact = a.id JOIN evidence e ON e.id = a.evidence WHERE e.container = '7z'" | LC_ALL=C sort)" "$wanted"
is 'there were several' "$((${#volumes[@]} > 3))" 1
mkdir last first && cp all.7z.* last && cp all.7z.* first && rm "last/${volumes[-1]}" first/all.7z.002
for part in last first; do
    assay scan --release -o "$part.case" "$part/all.7z.001"
    like "one is missing: $part" "$out" 'NOT EVERYTHING WAS READ'
done

# ZIP has them, too.
for method in Deflate64 BZip2 LZMA; do
    rm -f one.zip one.case
    7z a -tzip -mm=$method one.zip code text tight empty >/dev/null
    assay scan --release -o one.case one.zip
    is "ZIP: $method" "$(sqlite3 one.case "SELECT lower(hex(h.sha256)) || '  ' || a.name FROM artifact a
        JOIN hashes h ON h.artifact = a.id WHERE a.evidence = 1" | LC_ALL=C sort)" "$wanted"
done
finish
