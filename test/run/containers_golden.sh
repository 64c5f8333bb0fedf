#!/usr/bin/env bash
# Real containers of others: every member has the name and the bytes that 7-Zip takes out. Where not, why: a line a difference.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
[[ -d $shared/corpora/libarchive ]] || skip_all 'the corpora are not here (ASSAY_SHARED)'
command -v 7z >/dev/null || skip_all '7z is not installed'
cd "$work" || exit 2

# taken FILE: "SHA-256  path" of all that 7-Zip takes out
taken() {
    rm -rf taken && mkdir taken
    7z x -y -otaken -p "$1" >/dev/null 2>&1
    (cd taken && find . -type f -printf './%P\0' | xargs -0r sha256sum | sed 's,  \./,  ,') | LC_ALL=C sort
}
# read_of FILE: the same of what a scan reads, with a reason or a state instead of a digest
read_of() {
    run "$ASSAY" scan --release --fail-on never --no-default-roots -o case --replace "$1"
    sqlite3 case "SELECT coalesce(nullif(lower(hex(h.sha256)), ''), nullif(a.reason, ''), nullif(a.state, ''), 'a link') || '  ' || ltrim(o.path || '/', '/') || a.name
        FROM artifact a JOIN folder o ON o.id = a.folder LEFT JOIN hashes h ON h.artifact = a.id WHERE a.flags & 1 = 0
        AND a.evidence = (SELECT min(id) FROM evidence WHERE kind IN ('archive', 'package')) ORDER BY 1" | LC_ALL=C sort
}
# Names that are known to be other than 7-Zip has them, with the same bytes.
declare -A why=(
    [test_read_format_cab_filename_cp932.cab]='names are bytes without a code page: kept as \xHH'
    [test_read_format_zip_7075_utf8_paths.zip]='names: the Unicode field, which 7-Zip passes over'
    [test_read_format_zip_filename_cp866.zip]='names: code page 437, as no flag says otherwise'
    [test_read_format_zip_filename_koi8r.zip]='names: code page 437, as no flag says otherwise'
)
hidden() { # what 7-Zip makes of encrypted members is an empty file
    like "encrypted ones are named: $1" "$(read_of "$2")" 'encrypt'
}
for file in "$shared"/corpora/libarchive/*.* "$shared"/corpora/relic/*.{appx,apk,cab,xap,jar}; do
    name=${file##*/}
    case $name in
    *_bz2_hang.zip | *_lzma_alone_leak.zipx | *_malformed1.zip)
        is "none, for 7-Zip neither: $name" "$(7z l "$file" >/dev/null 2>&1 && 7z l -slt "$file" | grep -c '^Type = [zZ]ip'; read_of "$file")" ''
        ;;
    *_traditional_encryption_data.zip | *_winzip_aes128.zip)
        hidden "$name" "$file"
        ;;
    *_ppmd8_multi.zipx) # PPMd of variant I
        is "what is not undone is named: $name" "$(read_of "$file" | grep -c '^packed with PPMd, which is not read')" 3
        ;;
    *_encryption_header.zip)
        run "$ASSAY" scan --release --fail-on never --no-default-roots "$file"
        like "a directory that is encrypted is named: $name" "$out" 'encrypt'
        ;;
    *_zip_7z_lzma.zip) # one is a link, which 7-Zip does not make without its target
        is "as 7-Zip has it, and a link: $name" "$(read_of "$file" | cut -c1-64 | grep -c '^[0-9a-f]*$')" "$(taken "$file" | grep -vc e3b0c44298fc1c14)"
        ;;
    *)
        got=$(read_of "$file") wanted=$(taken "$file")
        if [[ -n ${why[$name]:-} ]]; then
            is "as 7-Zip has it, but ${why[$name]}: $name" "$(cut -c1-64 <<<"$got")" "$(cut -c1-64 <<<"$wanted")"
            is "which is why: $name" "$([[ $got != "$wanted" ]] && echo differs)" differs
        else
            is "as 7-Zip has it: $name" "$got" "$wanted"
        fi
        ;;
    esac
done
finish
