#!/usr/bin/env bash
# Real registry hives: every key and value, by the place of its cell, equals the answers of hivexml (times in seconds, types,
# names, values) and of reglookup (paths, types). Differences are in golden.differences.
. "$(dirname "$0")/lib.sh"
need_tools awk xzcat
dump=$make/hivedump golden=$shared/corpora/golden/registry
[[ -x $dump ]] || skip_all "$dump is not built"
[[ -d $golden ]] || skip_all 'the corpora are absent'

# hivexml's document as lines of hivedump without paths. Its string lists end with an empty string, which is their end.
flatten() {
    awk 'BEGIN { RS = "<"; OFS = "\t" }
    function plain(text) {
        gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/[\n\r\t\001-\037]/, " ", text)
        gsub(/&amp;/, "\\&", text); return text
    }
    function attribute(name,    at, rest) {
        at = index($0, " " name "=\""); if (!at) return ""
        rest = substr($0, at + length(name) + 3); return plain(substr(rest, 1, index(rest, "\"") - 1))
    }
    /^node / { what = "node"; name = attribute("name") }
    /^mtime>/ { time = substr($0, 7) }
    /^value / { what = "value"; type = attribute("type"); name = attribute("key"); content = attribute("value"); listed = 0
        if (/\/>/) { print "V", "-", type, name, content; what = "" } } # one without data has no place
    /^string>/ { content = content (listed++ ? " " : "") plain(substr($0, 8)) }
    /^byte_run / && what == "node" { print "K", attribute("file_offset"), time, name; what = "" }
    /^byte_run / && what == "value" { gsub(type ~ /^(binary|none|unknown)$/ ? " " : " +$", "", content); print "V", attribute("file_offset"), type, name, content; what = "" }' | sort
}
# The same of hivedump. Escapes of stored names are undone where hivexml has none.
ours() {
    awk -F'\t' 'BEGIN { OFS = "\t"
        split("REG_NONE none REG_SZ string REG_EXPAND_SZ expand REG_BINARY binary REG_DWORD int32 REG_MULTI_SZ string-list REG_QWORD int64", pair, " ")
        for (i = 1; i in pair; i += 2) word[pair[i]] = pair[i + 1] }
    function plain(text) { gsub(/\\u002F/, "/", text); gsub(/\\\\/, "\\", text); return text }
    $2 != "live" && $2 != "lost" { next }
    $1 == "K" { sub(/[.].*Z/, "Z", $4); n = split($5, part, "/"); print "K", $3, $4, plain(n > 1 ? part[n] : root) }
    $1 == "V" { content = substr($7, 2); sub(/ +$/, "", content)
        if ($4 == "REG_DWORD" && content + 0 >= 2147483648) content = content - 4294967296 # hivexml has signed numbers
        type = $4 in word ? word[$4] : "unknown"
        print "V", ($6 == 0 && type ~ /^(none|unknown)$/ ? "-" : $3), type, plain($5), content }' | sort
}
# Paths and types, as reglookup prints them: what is not printable in ASCII, and what delimits, as %HH.
lookup() {
    xzcat "$1" | awk -F, 'NR > 1 { print $2 == "KEY" ? "K" : "V" }' | sort | uniq -c | awk '{ print $2, $1 }'
}

for file in plaso/registry/NTUSER.DAT plaso/registry/NTUSER-WIN7.DAT plaso/registry/regf/100_sub_keys.hiv plaso/registry/regf/SAM \
    plaso/registry/winreg/Amcache.hve EricZimmerman-Registry/Hives/{BCD,SAM,SECURITY,UsrClassDeletedBags.dat}; do
    answer=$golden/${file//\//__}
    [[ -f $shared/corpora/$file && -f $answer.hivexml.xz ]] || { skip "$file" 'it is absent'; continue; }
    run "$dump" "$shared/corpora/$file"
    is "$file: read without damage" "$status $(grep -c ' at ' <<<"$err")" '0 0'
    xzcat "$answer.hivexml.xz" | flatten >"$work/theirs"
    ours <"$work/out" >"$work/ours"
    # The root's name is not part of paths.
    root=$(awk -F'\t' '$1 == "K" { print $2 "\t" $4 }' "$work/theirs" | sort -n | head -n 1 | cut -f2)
    awk -F'\t' -v root="$root" 'BEGIN { OFS = "\t" } $1 == "K" && $4 == "" { $4 = root } { print }' "$work/ours" | sort >"$work/named" && mv "$work/named" "$work/ours"
    differences "$(basename "$file")" hivexml
    is "$file: as many keys and values as reglookup" \
        "$(awk -F'\t' '$2 == "live" { print $1 }' "$work/out" | sort | uniq -c | awk '{ print $2, $1 }')" "$(lookup "$answer.reglookup.csv.xz")"
done

# A list of keys with a bad element: hivex gives none of its 100 keys, reglookup 8, libregf 100.
file=$shared/corpora/plaso/registry/regf/corrupt_sub_key_list.hiv
if [[ -f $file ]]; then
    run "$dump" "$file"
    is 'a bad element costs nothing: keys' "$(awk -F'\t' '$1 == "K"' "$work/out" | wc -l)" 101
    is 'nor values' "$(awk -F'\t' '$1 == "V" && $7 == "=String"' "$work/out" | wc -l)" 100
    is 'the key that it named is found without it' "$(awk -F'\t' '$2 == "lost" { print $1, $5 }' "$work/out")" $'K /16\nV Value'
    like 'and that is told' "$err" 'bad at 21632: a list of keys with what is none'
fi
finish
