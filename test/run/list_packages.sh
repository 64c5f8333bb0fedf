#!/usr/bin/env bash
# assay list --packages: members of whatever is opened, with the path of what they lie in.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq
[[ -x $make/ziptar ]] || skip_all 'ziptar is not built'
repository=$PWD
cd "$work" || exit 2
printf 'one\n' >one.txt
printf 'file\tdeep/one.txt\t%s\n' "$work/one.txt" | "$make/ziptar" inner.zip -
cp "$repository/fuzz/corpus/pack_msi/dummy.msi" dummy.msi
tail -c +2 "$repository/fuzz/corpus/archive/7z-encrypted" >locked.7z
printf 'file\tinner.zip\t%s\nfile\tsetup.msi\t%s\nfile\tlocked.7z\t%s\n' "$work/inner.zip" "$work/dummy.msi" "$work/locked.7z" | "$make/ziptar" outer.zip -
assay list --packages -f jsonl outer.zip
paths() { jq -r .path <<<"$out"; }
like 'a member of an archive in an archive' "$(paths)" '^/outer.zip!/inner.zip!/deep/one.txt$'
like 'a table of an installer in it' "$(paths)" '^/outer.zip!/setup.msi!/\[Tables\]/Property$'
is 'its size' "$(jq -r 'select(.path | endswith("one.txt")).size' <<<"$out")" 4
is 'why one cannot be read' "$(jq -r 'select(.path | endswith("text.txt")).reason' <<<"$out")" 'encrypted (AES-256)'
is 'no digests unless they are asked for' "$(jq -c 'select(.sha256)' <<<"$out")" ''
assay list --packages --hash -f jsonl outer.zip
is 'with them' "$(jq -r 'select(.path | endswith("one.txt")).sha256' <<<"$out")" "$(sha256sum <one.txt | cut -d' ' -f1)"
assay list --packages dummy.msi
like 'an installer that was named itself' "$out" '/dummy.msi!/\[Tables\]/Property$'
assay list dummy.msi
is 'not unless it is asked for' "$(grep -c '!' <<<"$out")" 0
mkdir folder
cp outer.zip folder
assay list --packages -f csv folder
like 'in a folder' "$out" 'folder/outer.zip!/inner.zip!/deep/one.txt'
finish
