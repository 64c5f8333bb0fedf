#!/usr/bin/env bash
# Installers of Inno Setup: those that we make, as innoextract has them; those of real compilers, against what was packed; and
# what becomes of them in a comparison.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3

inno=$(realpath -m "${ASSAY_INNO_SET:-build/inno}")

# members FILE: path and digest of what an installer installs
members() { awk -F'\t' '$1 == "member" && $2 !~ /^\[Inno\]/ && $4 % 2 == 0 { print $2 "\t" $5 }' "$1" | LC_ALL=C sort; }

versions=(5.1.0 5.1.2 5.1.7 5.1.10 5.1.13 5.2.0 5.2.1 5.2.3 5.2.5 5.2.5u 5.3.0u 5.3.3 5.3.5u 5.3.6 5.3.7u 5.3.8 5.3.9u 5.3.10
    5.3.10u 5.4.2 5.4.2u 5.5.0 5.5.0u 5.5.6 5.5.6u 5.5.7 5.5.7u 5.6.0 5.6.0u 5.6.2u 6.0.0u 6.1.0u)
# peer VERSION PACKING [solid]: nothing if innoextract has the same files and no complaint
peer() {
    "$make/innomake" "$@" >"$work/setup.exe"
    rm -rf "$work/theirs"
    innoextract --silent --extract --output-dir "$work/theirs" "$work/setup.exe" 2>&1 || echo "innoextract fails"
    "$make/packlist" "$work/setup.exe" >"$work/list"
    grep ^note "$work/list"
    diff <(cd "$work/theirs" && find app -type f -exec sha256sum {} + | awk '{ print $2 "\t" $1 }' | LC_ALL=C sort) \
        <(members "$work/list" | sed -n 's/^{app}/app/p' | LC_ALL=C sort)
}
if ! command -v innoextract >/dev/null; then
    skip 'files as innoextract has them' 'innoextract is not installed'
elif [[ ! -x $make/innomake ]]; then
    skip 'files as innoextract has them' "$make/innomake is not built"
else
    for version in "${versions[@]}"; do
        is "files of data $version as innoextract has them" "$(peer "$version" lzma; peer "$version" zlib solid)" ''
    done
    for packing in stored bzip2 lzma2; do
        is "files packed by $packing as innoextract has them" "$(peer 6.0.0u $packing; peer 5.5.0 $packing solid)" ''
    done
fi

# What real compilers packed.
if [[ ! -f $inno/members.tsv ]]; then
    skip 'installers of real compilers' "they are not there: tools/inno_set $inno makes them"
else
    for file in "$inno"/[0-9]*/*.exe "$inno"/[0-9]*/*-0.bin; do
        name=${file#"$inno/"}
        "$make/packlist" "$file" >"$work/list"
        case $name in
            */noloader.exe) is "$name: a program without data" "$(grep -c ^member "$work/list")" 0 && continue ;;
            */secret.exe) is "$name: files are named as encrypted" "$(grep -c 'encrypted (Inno Setup)$' "$work/list")" 5 ;;
            *) is "$name: files" "$(members "$work/list")" "$(cat "$inno/members.tsv")" ;;
        esac
        is "$name: nothing is damaged" "$(grep -c ^note "$work/list")" 0
        like "$name: what it runs" "$(cat "$work/list")" $'^fact\trun\tRun\t{app}\\\\\\\\code.exe /first$'
    done
fi

# In a comparison.
[[ -x $make/innomake ]] || finish
cd "$work" || exit 2
mkdir old new
"$make/innomake" 6.1.0u stored >old/setup.exe
"$make/innomake" 6.1.0u lzma solid >new/setup.exe
assay diff old new
like 'the same files, packed in another way, are the same' "$out" '12 the same'
unlike 'nothing is said of them' "$out" 'member +setup.exe!'
sed 's/nameless/Nameless/' old/setup.exe >new/setup.exe
assay diff old new
like 'bytes that do not match their sum are damage' "$out" 'is not what its container says of it'
sed 's/(6\.1\.0)/(6.7.0)/' old/setup.exe >new/setup.exe
assay diff old new
like 'a version that is not read is told' "$out" 'headers of a version of Inno Setup that is not read'
assay scan --release -o "$work/case" new/setup.exe
like 'and named' "$(sqlite3 "$work/case" 'SELECT kind, value FROM package_fact')" 'writer.6\.7\.0 \(u\)'
finish
