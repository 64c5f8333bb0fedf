#!/bin/sh
# tree: what holds for every file: no marks for later, corpora named by tests and benchmarks only, scripts that parse, one
# way of formatting.
set -u
. "$(dirname "$0")/common"
here='src test fuzz bench tools docs packaging web intel run Makefile .ci README.md HACKING.md SECURITY.md CHANGELOG.md'
present=$(for path in $here; do [ -e "$path" ] && echo "$path"; done)

if git rev-parse --git-dir >/dev/null 2>&1; then
    rule 'nothing stray lies beside the folders' "$(git ls-files | grep -v / | grep -vxE '\.clang-format|\.gitignore|run|Makefile|[A-Z]+(\.md)?')"
else
    skip 'nothing stray lies beside the folders' 'no git'
fi
rule 'nothing is left for later' "$(grep -rInwE 'TO[D]O|FIX[M]E|X[X]X' $present | cut -c1-160)"
rule 'only tests and benchmarks know the shared corpora' \
    "$(grep -rIn -e 'ASSAY_[S]HARED' -e '\.\./[s]hared' $present | grep -vE '^(test|bench)/' | cut -c1-160)"
rule 'scripts parse' "$(grep -rIlE '^#!(/usr/bin/env bash|/bin/bash)' run tools test bench packaging 2>/dev/null | while read -r script; do
    bash -n "$script" 2>&1
done; grep -rIl '^#!/bin/sh' tools test bench .ci 2>/dev/null | while read -r script; do sh -n "$script" 2>&1; done)"
if command -v clang-format >/dev/null; then
    rule 'formatted by .clang-format' "$(clang-format --dry-run -Werror $(files src/*/*.c src/*/*.h test/*/*.c test/*/*.h fuzz/*.c bench/*.c) 2>&1 |
        grep -E '(error|warning):' | awk -F: '!seen[$1]++ { print $1 ":" $2 ": not formatted" }')"
else
    skip 'formatted by .clang-format' 'clang-format is not installed'
fi
if command -v shellcheck >/dev/null; then
    rule 'shellcheck' "$(shellcheck -S warning -f gcc -e SC2046,SC2086,SC1091,SC2034,SC2154 $(grep -rIlE '^#!(/usr/bin/env bash|/bin/sh)' run tools test bench .ci 2>/dev/null) 2>&1)"
else
    skip 'shellcheck' 'shellcheck is not installed'
fi
finish
