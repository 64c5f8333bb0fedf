#!/bin/sh
# registry: for detectors and judges the word is written once: file stem = line in the .def = id of the row = its tests.
set -u
. "$(dirname "$0")/common"

lines() { sed -n 's/^[A-Z]*(\([a-z0-9_]*\)).*/\1/p' "$1"; }

check() { # folder, list, kind
    [ -f "src/$1/$2" ] || return 0
    for id in $(lines "src/$1/$2"); do
        file=src/$1/$id.c
        if [ ! -f "$file" ]; then
            echo "src/$1/$2:1: $id has no file $file"
            continue
        fi
        grep -q "const struct $3 $3_$id\\b" "$file" || echo "$file:1: has no row $3_$id"
        grep -q "\\.id = \"$id\"" "$file" || echo "$file:1: its row says another id"
        [ -f "test/unit/$id.c" ] || [ -d "test/cases/$id" ] || echo "$file:1: has neither test/unit/$id.c nor test/cases/$id"
        for field in title why innocent verify attack severity; do
            grep -q "\\.$field =" "$file" || echo "$file:1: its row lacks .$field"
        done
    done
    grep -lE "^const struct $3 $3_" $(files src/"$1"/*.c) /dev/null | while read -r file; do
        lines "src/$1/$2" | grep -qx "$(basename "$file" .c)" || echo "$file:1: is not in src/$1/$2"
    done
}
rule 'every detector is one file and one line' "$(check detect detectors.def detector)"
rule 'every judge is one file and one line' "$(check judge judges.def judge)"
rule 'test cases belong to a detector or judge' "$(for folder in test/cases/*/; do
    [ -d "$folder" ] || continue
    id=$(basename "$folder")
    [ -f "src/detect/$id.c" ] || [ -f "src/judge/$id.c" ] || echo "$folder: no such detector or judge"
done)"
finish
