#!/bin/sh
# length: no function over 60 lines, no .c file over 800. Counts on code as clang-format leaves it: a function begins at
# the left margin and ends with a brace there.
set -u
. "$(dirname "$0")/common"
sources=$(files src/*/*.c src/*/*.h test/*/*.c test/*/*.h fuzz/*.c bench/*.c)

rule 'no function is longer than 60 lines' "$(awk -v most=60 '
    FNR == 1 { open = 0; head = "" }
    open {
        if ($0 ~ /^}/) {
            if (FNR - start + 1 > most) print FILENAME ":" start ": " FNR - start + 1 " lines: " name
            open = 0; head = ""
        }
        next
    }
    /^[ \t]*$/ || /^#/ || /^ \*/ || /^\/\*/ { head = ""; next }
    /^[^ \t{}]/ { head = $0; start = FNR }
    /^[ \t]/ { head = head $0 }
    /\{[ \t]*$/ {
        if (head ~ /\(/ && head !~ /=[ \t]*\{[ \t]*$/) { open = 1; name = head; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
        else { open = 2; name = "(data)"; start = FNR + 100000 }
    }
    /;[ \t]*$/ && !open { head = "" }' $sources)"

rule 'no .c file is longer than 800 lines' "$(awk '
    FNR == 1 && last != "" && lines > 800 { print last ":1: " lines " lines" }
    { last = FILENAME; lines = FNR }
    END { if (lines > 800) print last ":1: " lines " lines" }' $sources | grep '\.c:')"
finish
