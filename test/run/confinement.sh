#!/usr/bin/env bash
# A confined process can read what it holds and nothing else: test/make/confined.c tries the rest and is refused.
. "$(dirname "$0")/lib.sh"
[[ -x $make/confined ]] || skip_all 'build/release/make/confined is not built'
cp "$make/confined" "$work/confined"
run "$work/confined"
sed 's/^ok \([0-9]*\) - /&as started: /; s/^not ok \([0-9]*\) - /&as started: /' "$work/out" | grep -vE '^1\.\.' | tee "$work/first"
count=$(grep -c '^ok\|^not ok' "$work/first")
failures=$(grep -c '^not ok' "$work/first")
is 'the attempts were all made' "$status" 0
if [[ $(id -u) == 0 ]]; then
    run "${unprivileged[@]}" "$work/confined"
    is 'the same without root rights' "$status" 0
    [[ $status == 0 ]] || sed 's/^/# /' "$work/out"
else
    skip 'the same without root rights' 'not started as root'
fi
# The attempts are real ones: without confinement many of them succeed.
run "${unprivileged[@]}" "$work/confined" bare
like 'unconfined, attempts succeed' "$(grep -c '^not ok' "$work/out")" '^(1[0-9]|2[0-9]|3[0-9])$'
finish
