#!/usr/bin/env bash
# Decompressors against other programs: what libntfs-3g compressed with LZNT1 and wimlib with XPRESS and LZX comes back.
. "$(dirname "$0")/lib.sh"

# Contents of several kinds: text, code, noise, zeros, all of them in turn.
mkdir "$work/in"
find docs src -name '*.[mch]*' -type f -print0 | sort -z | xargs -0 cat >"$work/all"
head -c 900001 "$work/all" >"$work/in/text"
cat "$ASSAY" "$make"/mkimage 2>/dev/null | head -c 1200003 >"$work/in/code"
openssl rand 200001 2>/dev/null >"$work/in/noise" || head -c 200001 /dev/urandom >"$work/in/noise"
head -c 300000 /dev/zero >"$work/in/zeros"
{
    for i in {1..30}; do
        head -c $((i * 977)) "$work/in/text"
        head -c $((i * 531)) "$work/in/noise"
        head -c $((i * 777)) "$work/in/zeros"
        tail -c $((i * 1931)) "$work/in/code"
    done
    cat "$work/in/noise" "$work/in/code"
} >"$work/in/mixed"
for i in {1..40}; do head -c "$i" "$work/in/text"; done >"$work/in/steps"
[[ -n $signed ]] && cp "$signed" "$work/in/signed"

lznt1() {
    if ! command -v mkntfs >/dev/null || [[ ! -x $make/mkunits ]]; then
        skip 'LZNT1 of libntfs-3g' 'mkntfs or libntfs-3g is not installed'
        return
    fi
    local name
    for name in "$work"/in/*; do
        printf 'compress\t/%s\t%s\n' "${name##*/}" "$name"
    done >"$work/manifest"
    volume "$work/v.img" 64 <"$work/manifest" || {
        fail 'a volume with compressed files is made'
        return
    }
    for name in text code noise zeros mixed; do
        run "$make/mkunits" "$work/v.img" "/$name" "$work/in/$name"
        is "LZNT1 of libntfs-3g: $name" "$status $err" '0 '
        case $name in
        noise) like 'noise is stored whole, up to its end' "$out" '^1 compressed, 3 whole, 0 ' ;;
        zeros) like 'zeros are absent' "$out" '^0 compressed, 0 whole, [1-9]' ;;
        *) like "$name is compressed" "$out" '^[1-9]' ;;
        esac
    done
}

wim() { # NAME CHUNK
    run wimlib-imagex capture "$work/in" "$work/$1$2.wim" --compress="$1" --chunk-size="$2" --threads=1
    ((status == 0)) || {
        fail "wimlib packs $1 with chunks of $2" "$err"
        return
    }
    run "$make/wimcheck" "$work/$1$2.wim"
    is "$1 of wimlib with chunks of $2 bytes" "$status $err" '0 '
    like "$1, $2: there were coded chunks and stored ones" "$out" \
        ' [1-9][0-9]* resources, [1-9][0-9]+ chunks, [1-9][0-9]* of them stored, [0-9]+ bytes, 0 wrong$'
    cp "$work/$1$2.wim" "$work/broken.wim"
    printf 'not what wimlib wrote' | dd of="$work/broken.wim" bs=1 seek=3000 conv=notrunc status=none
    run "$make/wimcheck" "$work/broken.wim"
    is "$1, $2: a changed byte is seen" "$status" 1
}

lznt1
if command -v wimlib-imagex >/dev/null && [[ -x $make/wimcheck ]]; then
    for chunk in 4096 8192 16384; do wim XPRESS $chunk; done
    wim LZX 32768
else
    skip 'XPRESS and LZX of wimlib' 'wimlib-imagex (wimtools) is not installed'
fi
finish
