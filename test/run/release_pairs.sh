#!/usr/bin/env bash
# The table of real pairs, and how they are fetched: by digest, once, and what is not what the table says is not kept.
. "$(dirname "$0")/lib.sh"
need_tools openssl tar

rows=$(grep -v '^#' test/release_pairs.tsv)
ok 'at least 45 pairs' test "$(wc -l <<<"$rows")" -ge 45
is 'each is told once' "$(cut -f1-4 <<<"$rows" | sort | uniq -d)" ''
is 'each line is whole' "$(grep -vP '^npm(\t[^\t ]+){3}\t(major|minor|patch)(\tsha512-[A-Za-z0-9+/]{86}==){2}$' <<<"$rows")" ''
is 'the two of a pair are not the same' "$(awk -F'\t' '$6 == $7' <<<"$rows")" ''
is 'a step is what the versions say' "$(awk -F'\t' '{ split($3, a, "."); split($4, b, ".")
    if ($5 != (a[1] != b[1] ? "major" : a[2] != b[2] ? "minor" : "patch")) print }' <<<"$rows")" ''
is 'a version has one digest' "$(awk -F'\t' '{ print $2, $3, $6; print $2, $4, $7 }' <<<"$rows" | sort -u | cut -d' ' -f1,2 | uniq -d)" ''
is 'releases that are poisoned are of the table' "$(grep -v '^#' test/poison.tsv | cut -f3-5 | sort -u | comm -23 - <(cut -f2-4 <<<"$rows" | sort -u))" ''
is 'what is not found yet is of the table of poisons' "$(grep -v '^#' test/run/diff_poison.differences | cut -f1 | sort | comm -23 - <(cut -f1 test/poison.tsv | sort))" ''

# A registry of one package, which counts what it is asked for.
mkdir -p "$work/bin" "$work/served/package"
cat >"$work/bin/npm" <<NPM
#!/usr/bin/env bash
echo "\$*" >>"$work/asked"
for last; do :; done
echo "\${last##*@}" >"$work/served/package/version"
tar -C "$work/served" --sort=name --mtime=@0 --owner=0 --group=0 -cf - package | gzip -n >made.tgz
NPM
chmod +x "$work/bin/npm"
digest() {
    (cd "$work" && bin/npm pack "part@$1" && openssl dgst -sha512 -binary made.tgz | base64 -w 0)
}
printf 'npm\t@a/part\t1.0.0\t1.0.1\tpatch\tsha512-%s\tsha512-%s\n' "$(digest 1.0.0)" "$(digest 1.0.1)" >"$work/table"
fetch() { run env PATH="$work/bin:$PATH" RELEASE_PAIRS="$work/table" tools/release_pairs "$work/pairs"; }
: >"$work/asked"
fetch
is 'fetched: both, and marked as complete' "$status $(cat "$work"/pairs/@a+part/*/package/version | paste -sd' ') $(ls "$work/pairs")" $'0 1.0.0 1.0.1 @a+part\ncomplete'
is 'asked for once each, and nothing else' "$(paste -sd' ' "$work/asked")" 'pack --silent @a/part@1.0.0 pack --silent @a/part@1.0.1'
fetch
is 'not fetched again' "$status $(wc -l <"$work/asked")" '0 2'
sed -i 's/sha512-....\(.*sha512-\)..../sha512-AAAA\1BBBB/' "$work/table"
rm -rf "$work/pairs"
fetch
is 'not what the table says: refused' "$status" 3
like 'and said' "$err" '@a/part 1.0.1 is not what the table says'
is 'and not kept' "$(find "$work/pairs" -type f)" ''
finish
