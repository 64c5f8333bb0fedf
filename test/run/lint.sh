#!/usr/bin/env bash
# Every lint catches what it is for: a small tree with little of ours in it gets one violation at a time.
. "$(dirname "$0")/lib.sh"

copy=$work/tree
mkdir -p "$copy"/src/{judge,detect,format,engine,cli} "$copy"/{test/unit,fuzz,docs/format,build/release/src}
cp -r tools src/base src/model .clang-format "$copy"
mv "$copy/base" "$copy/model" "$copy/src"
: >"$copy/src/judge/judges.def"
: >"$copy/src/detect/detectors.def"
declare -A clean

# caught NAME LINT FILE WORDS: with the text on standard input appended to FILE, the lint complains in these words;
# without it, it does not.
caught() {
    local name=$1 lint=$2 file=$copy/$3 words=$4 said existed=
    [[ -n ${clean[$lint]:-} ]] || clean[$lint]=$("tools/lint/$lint.sh" "$copy")
    mkdir -p "$(dirname "$file")"
    [[ -f $file ]] && existed=1 && cp "$file" "$work/saved"
    cat >>"$file"
    said=$("tools/lint/$lint.sh" "$copy")
    if [[ -n $existed ]]; then cp "$work/saved" "$file"; else rm -f "$file"; fi
    if grep -qE -- "$words" <<<"${clean[$lint]}"; then
        fail "$lint: $name" "complains without cause" "${clean[$lint]}"
    elif ! grep -qE '^not ok' <<<"$said" || ! grep -qE -- "$words" <<<"$said"; then
        fail "$lint: $name" "did not say: $words" "$said"
    else
        pass "$lint: $name"
    fi
}

caught 'format does not see model' layers src/format/zz_planted.c 'zz_planted.c:1: format may not see model/' <<<'#include "model/finding.h"'
caught 'detect does not see judge' layers src/detect/zz_planted.c 'detect may not see judge/' <<<'#include "judge/judges.h"'
caught 'includes carry their folder' layers src/base/zz_planted.c 'write "folder/file.h"' <<<'#include "span.h"'
caught 'a new folder needs a row' layers src/zz/planted.c 'folder zz has no row' <<<'#include "base/span.h"'
caught 'libraries stay in their files' layers src/detect/zz_planted.c '<openssl/evp.h> is not for this file' <<<'#include <openssl/evp.h>'
printf 'JUDGE(zz_one)\nJUDGE(zz_two)\n' >>"$copy/src/judge/judges.def"
caught 'plug-ins do not see each other' layers src/judge/zz_one.c 'plug-in sees plug-in judge/zz_two' <<<'#include "judge/zz_two.h"'
: >"$copy/src/judge/judges.def"

caught 'no memory in format' banned src/format/zz_planted.c 'zz_planted.c:1' <<<'void *zz(void) { return malloc(1); }'
caught 'no memcpy in format' banned src/format/zz_planted.c 'zz_planted.c:2' <<<'/* memcpy( in a comment is fine */
void zz(void *a, void *b) { memcpy(a, b, 1); }'
caught 'no I/O in detect' banned src/detect/zz_planted.c 'zz_planted.c:1' <<<'int zz(void) { return open("x", 0); }'
caught 'nothing is executed' banned src/cli/zz_planted.c 'zz_planted.c:1' <<<'int zz(void) { return system("x"); }'
caught 'fork has one place' banned src/engine/zz_planted.c 'zz_planted.c:1' <<<'int zz(void) { return fork(); }'
caught 'no typedef of structs' banned src/base/zz_planted.h 'zz_planted.h:1' <<<'typedef struct zz zz_t;'

caught 'a function of 61 lines' length src/base/zz_planted.c '61 lines: zz_long' < <(echo 'int zz_long(int a) {'; yes '    a++;' | head -n 58; printf '    return a;\n}\n')
caught 'a file of 801 lines' length src/base/zz_planted.c '801 lines' < <(yes 'int zz_planted;' | head -n 801)

caught 'headers stand alone' headers src/base/zz_planted.h 'zz_planted.h' <<<'struct zz { struct span span; };'
caught 'headers are warning-free' headers src/base/zz_planted.h 'zz_planted.h' <<<'int zz();'

caught 'marks for later' tree src/base/zz_planted.c 'zz_planted.c:1' <<<"/* TO""DO: later */"
caught 'corpora belong to tests' tree src/base/zz_planted.c 'zz_planted.c:1' <<<"const char zz[] = \"..""/shared\";"
caught 'scripts parse' tree tools/zz_planted 'zz_planted' <<<'#!/usr/bin/env bash
if then'
if command -v clang-format >/dev/null; then
    caught 'formatting' tree src/base/zz_planted.c 'zz_planted.c:1' <<<'int   zz( void );'
else
    skip 'tree: formatting' 'clang-format is not installed'
fi

caught 'a detector has a file' registry src/detect/detectors.def 'zz_planted has no file' <<<'DETECTOR(zz_planted)'
caught 'a detector has a line' registry src/detect/zz_planted.c 'is not in src/detect/detectors.def' <<<'const struct detector detector_zz_planted = {0};'
caught 'cases belong to a detector' registry test/cases/zz_planted/x 'no such detector' <<<''
rm -rf "$copy/test/cases/zz_planted"
echo 'DETECTOR(zz_planted)' >>"$copy/src/detect/detectors.def"
caught 'a row has its texts' registry src/detect/zz_planted.c 'its row lacks .innocent' <<<'const struct detector detector_zz_planted = { .text = { .id = "zz_planted",'
caught 'a row has its own id' registry src/detect/zz_planted.c 'its row says another id' <<<'const struct detector detector_zz_planted = { .text = { .id = "zz_other",'
: >"$copy/src/detect/detectors.def"

caught 'a decoder has a page' docs src/format/zz_planted.c 'zz_planted.c:1: no page of docs/format names it' <<<'int zz;'
caught 'a decoder has tests' docs src/format/zz_planted.c 'zz_planted.c:1: no test/unit calls it' <<<'int zz;'
caught 'a decoder is fuzzed' docs src/format/zz_planted.c 'zz_planted.c:1: no fuzz target reaches it' <<<'int zz;'
caught 'a fuzz target has a corpus' docs fuzz/zz_planted.c 'fuzz/corpus/zz_planted is empty' <<<'int zz;'

mkdir -p "$copy/build/release/src/base"
echo 'int zz_planted_good; int stray;' >"$work/zz_planted.c"
gcc -c -o "$copy/build/release/src/base/zz_planted.o" "$work/zz_planted.c"
said=$(tools/lint/exports.sh "$copy")
like 'exports: a stray name' "$said" 'zz_planted.c:1: exports stray'
unlike 'exports: its own name is fine' "$said" 'exports zz_planted_good'
finish
