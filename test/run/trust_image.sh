#!/bin/bash
# Catalogs inside a disk image: they speak for the volume if they lie where Windows looks, and for nothing else.
. "$(dirname "$0")/lib.sh"

command -v mkntfs >/dev/null && [[ -x $make/mkimage ]] || skip_all "mkntfs or mkimage is not there"
command -v jq >/dev/null || skip_all "jq is not there"
"$make/signedset" "$work/set"
set=$work/set
truncate -s 32M "$work/volume.img"
mkntfs -F -Q -q "$work/volume.img" >/dev/null 2>&1
app='/Program Files/WindowsApps/Maker.App_1.0_x64' app2='/Program Files/WindowsApps/Maker.App_2.0_x64'
root='/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}'
{
    for folder in /Windows /Windows/System32 /Windows/System32/CatRoot "$root" /Windows/WinSxS /Windows/WinSxS/amd64 /Users /app \
        '/Program Files' '/Program Files/WindowsApps' "$app" "$app/lib" "$app2" "$app2/lib"; do
        printf 'dir\t%s\n' "$folder"
    done
    printf 'file\t%s\t%s\n' "$root/one.cat" "$set/cat-v2/list.cat" /Windows/System32/one.dll "$set/cat-v2/covered.exe" \
        /Users/two.cat "$set/cat-v1/list.cat" /app/two.exe "$set/cat-v1/covered.exe" /app/changed.exe "$set/changed" \
        "$root/broken.cat" "$set/cat-broken/list.cat" /app/broken.exe "$set/cat-broken/covered.exe" /app/good.exe "$set/good-rsa"
    for package in "$app" "$app2"; do # files of the first are whole, of the second exchanged
        from=$set/package
        [[ $package == "$app2" ]] && from=$set/package-file
        for name in app.exe lib/part.dll AppxSignature.p7x AppxBlockMap.xml; do
            printf 'file\t%s\t%s\n' "$package/$name" "$from/$name"
        done
    done
    printf 'link\t%s\t%s\n' /Windows/System32/one.dll /Windows/WinSxS/amd64/one.dll
} >"$work/manifest"
"$make/mkimage" "$work/volume.img" "$work/manifest" || fail 'the image is made'
assay trust --no-default-roots --roots "$set/roots.pem" --format jsonl "$work/volume.img"
state() { jq -r --arg name "$1" 'select(.address | endswith($name)) | [.state, .source // "-"] | join(" ")' <<<"$out"; }
is 'a file that a catalog of CatRoot covers' "$(state System32/one.dll)$(state WinSxS/amd64/one.dll)" 'trusted catalog'
like 'the catalog is named by its path' "$(jq -r '.catalog // empty' <<<"$out")" 'CatRoot.*one\.cat'
is 'a catalog in a home folder says nothing' "$(state app/two.exe)" 'unknown -'
is 'nor does a broken one' "$(state app/broken.exe)" 'unknown -'
is 'embedded ones count as ever' "$(state app/good.exe)" 'trusted embedded'
is 'changed ones, too' "$(state app/changed.exe)" 'digest-mismatch embedded'
is 'files of a package are covered by its signature' "$(state _1.0_x64/app.exe)$(state _1.0_x64/lib/part.dll)" 'trusted packagetrusted package'
is 'and told if they are others' "$(state _2.0_x64/app.exe)$(state _2.0_x64/lib/part.dll)" 'digest-mismatch packagedigest-mismatch package'
is 'one of them is not trusted: status 1' "$status" 1
for jobs in 1 3; do
    "$ASSAY" scan --no-default-roots --roots "$set/roots.pem" --fail-on never -j $jobs -o "$work/$jobs.assay" "$work/volume.img" >/dev/null
    sqlite3 "$work/$jobs.assay" '.dump trust' '.dump certificate' '.dump signature' '.dump catalog_digests' '.dump package_file' '.dump package' >"$work/$jobs.sql"
done
is 'the exchange is a finding' "$(sqlite3 "$work/1.assay" "SELECT count(*) FROM finding WHERE detector = 'package_changed'")" 1
is 'blocks are digested in packages only' "$(sqlite3 "$work/1.assay" 'SELECT count(*) FROM pe WHERE blocks IS NOT NULL')" 4
same 'the same facts with one worker and three' "$work/1.sql" "$work/3.sql"
finish
