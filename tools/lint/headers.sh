#!/bin/sh
# headers: each header compiles alone, with every warning, with gcc and with clang where it is present.
set -u
. "$(dirname "$0")/common"
flags='-std=c17 -D_GNU_SOURCE -Isrc -include src/base/banned.h -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror'

# A translation unit of one include, so that the header is judged as others see it; two at a time.
one='printf "#include \"%s\"\n#include \"%s\"\ntypedef int not_empty;\n" "${3#src/}" "${3#src/}" |
    "$1" $2 -x c - 2>&1 | grep -m 1 -E "error|warning" | sed "s,^,$3: ,"'
alone() {
    files src/*/*.h | xargs -n 1 -P 2 sh -c "$one" sh "$1" "$flags"
}
for compiler in gcc clang; do
    if command -v $compiler >/dev/null; then
        rule "every header compiles alone with $compiler" "$(alone $compiler)"
    else
        skip "every header compiles alone with $compiler" "$compiler is not installed"
    fi
done
finish
