#!/bin/sh
# docs: every decoder says what it relies on, has unit tests and is fuzzed. A file of a family (pe_imports.c) may be
# covered by the family's page, test or target (pe), if that names it.
set -u
. "$(dirname "$0")/common"
stems=$(files src/format/*.c | sed 's,.*/,,; s,\.c$,,')

# covered STEM FILE FAMILY_FILE WORD...: FILE exists, or FAMILY_FILE exists and has one of the words.
page() { [ -f "docs/format/$1.md" ] || grep -qsw "$1" docs/format/*.md; }
tested() { [ -f "test/unit/$1.c" ] || grep -qs "\"format/$1\\.h\"\\|[^a-z_]$1_[a-z]" test/unit/*.c; }
fuzzed() { [ -f "fuzz/$1.c" ] || grep -qs "\"format/$1\\.h\"" fuzz/*.c || reached "$1"; }
# Reached through another decoder that a target calls by name, or that is itself reached; `seen` ends circles.
reached() {
    case " ${seen:=} " in *" $1 "*) return 1 ;; esac
    seen="$seen $1"
    for other in $(grep -ls "\"format/$1\\.h\"" src/format/*.c src/format/*.h); do
        other=$(basename "${other%.*}")
        [ "$other" != "$1" ] || continue
        [ -f "fuzz/$other.c" ] || grep -qs "\"format/$other\\.h\"" fuzz/*.c || reached "$other" && return 0
    done
    return 1
}
each() { for stem in $stems; do seen=; "$1" "$stem" || echo "src/format/$stem.c:1: $2"; done; }

rule 'every decoder is described in docs/format' "$(each page 'no page of docs/format names it')"
rule 'every decoder has unit tests' "$(each tested 'no test/unit calls it')"
rule 'every decoder is fuzzed' "$(each fuzzed 'no fuzz target reaches it')"
rule 'every fuzz target has a corpus' "$(for target in $(files fuzz/*.c); do
    stem=$(basename "$target" .c)
    [ "$stem" = replay ] || [ -n "$(ls -A "fuzz/corpus/$stem" 2>/dev/null)" ] || echo "$target:1: fuzz/corpus/$stem is empty"
done)"
finish
