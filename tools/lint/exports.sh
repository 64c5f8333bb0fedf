#!/bin/sh
# exports: foo.c exports foo and foo_* only; a plug-in exports its row, such as detector_foo. Files of one family, such as
# ntfs_runs.c and ntfs_record.c, may share the family's name. Reads the objects of the ordinary build.
set -u
. "$(dirname "$0")/common"
built=$(files build/release/src/*/*.o)
if [ -z "$built" ]; then
    skip 'a file exports its own name only' 'nothing is built'
    finish
fi
rule 'a file exports its own name only' "$(nm -g -A --defined-only $built | awk '
    BEGIN { row["detect"] = "detector"; row["judge"] = "judge"; row["source"] = "source"; row["report"] = "report"; row["cli"] = "command" }
    {
        file = $1; sub(/:[0-9a-f]*$/, "", file); symbol = $NF
        n = split(file, part, "/"); folder = part[n - 1]; stem = part[n]; sub(/\.o$/, "", stem)
        family = stem; sub(/_.*/, "", family)
        members[folder, family, stem] = 1
        key[NR] = folder SUBSEP family; if (!((folder, family, stem) in seen)) { seen[folder, family, stem] = 1; size[folder, family]++ }
        source[NR] = "src/" folder "/" stem ".c"; stems[NR] = stem; families[NR] = family; folders[NR] = folder; symbols[NR] = symbol
    }
    function starts(symbol, name) { return symbol == name || index(symbol, name "_") == 1 }
    END {
        for (i = 1; i <= NR; i++) {
            symbol = symbols[i]
            if (starts(symbol, stems[i])) continue
            if (size[key[i]] > 1 && starts(symbol, families[i])) continue
            if ((folders[i] in row) && symbol == row[folders[i]] "_" stems[i]) continue
            if (source[i] == "src/cli/main.c" && symbol == "main") continue
            if (symbol ~ /^__(asan|odr|gcov|llvm)/) continue
            print source[i] ":1: exports " symbol
        }
    }')"
finish
