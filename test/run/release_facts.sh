#!/usr/bin/env bash
# What `scan --release` keeps: nothing without it, the same digests as the published tlsh, and the same whoever worked.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3

mkdir "$work/evidence"
cp "$ASSAY" "$work/evidence/program"
cp "$top"/docs/*.md "$top"/src/cli/*.c "$work/evidence/"
"$make/makepe" "$work/evidence/small.dll" dll import=kernel32.dll\!Sleep export=One product=Small noise=5000 text=https://example.com/x
assay scan --hash --packages -o "$work/plain" "$work/evidence"
assay scan --release -o "$work/release" "$work/evidence"
for table in fuzzy data_shape pe_set pe_resource pe_text excerpt; do
    is "no $table without --release" "$(sqlite3 "$work/plain" "SELECT count(*) FROM $table")" 0
    unlike "$table with it" "$(sqlite3 "$work/release" "SELECT count(*) FROM $table")" '^0$'
done
is 'no digests of sections without --release' "$(sqlite3 "$work/plain" 'SELECT count(sha256) FROM pe_section')" 0
is 'digests of all sections with it' "$(sqlite3 "$work/release" 'SELECT count(*) - count(sha256), count(*) > 0 FROM pe_section')" '0|1'
is 'findings are the same' "$(sqlite3 "$work/release" 'SELECT detector, artifact FROM finding ORDER BY 1, 2')" \
    "$(sqlite3 "$work/plain" 'SELECT detector, artifact FROM finding ORDER BY 1, 2')"

if command -v tlsh_unittest >/dev/null; then
    # As printed: three bytes with their halves exchanged.
    sqlite3 -separator ' ' "$work/release" "SELECT a.name, hex(f.tlsh) FROM fuzzy f JOIN artifact a ON a.id = f.artifact WHERE a.size >= 256" |
        sed -E 's/ (.)(.)(.)(.)(.)(.)/ \2\1\4\3\6\5/' | sort >"$work/ours"
    tlsh_unittest -r "$work/evidence" 2>/dev/null | sed -nE 's,^([0-9A-F]{70})\s.*/([^/]*)$,\2 \1,p' | sort >"$work/theirs"
    unlike 'there is something to compare' "$(wc -l <"$work/theirs")" '^0$'
    same 'digests as tlsh has them' "$work/theirs" "$work/ours"
else
    skip 'digests as tlsh has them' 'tlsh_unittest is not installed'
fi
finish
