#!/bin/bash
# assay trust as a user meets it: forms, exit status, roots, lists; and random damage.
. "$(dirname "$0")/lib.sh"

command -v jq >/dev/null || skip_all "jq is not there"
"$make/signedset" "$work/set"
set=$work/set
roots=(--no-default-roots --roots "$set/roots.pem")

assay trust "${roots[@]}" "$set/good-rsa"
is 'a trusted file: status 0' "$status" 0
like 'state and reason' "$out" '^ +trusted: the file is as it was signed'
like 'both verdicts' "$out" 'Windows +accepted; with EnableCertPaddingCheck accepted'
like 'the count' "$out" '^1 trusted, 0 not, 0 unknown$'
assay trust --quiet "${roots[@]}" "$set/good-rsa"
is 'quiet says only the count' "$out" '1 trusted, 0 not, 0 unknown'
assay trust "${roots[@]}" "$set/good-rsa" "$set/changed"
is 'one that is not: status 1' "$status" 1
like 'with its code' "$out" '0x80096010'
assay trust "${roots[@]}" "$set/good-rsa" "$set/unsigned"
is 'one that is unknown: status 3' "$status" 3
assay trust "${roots[@]}" "$set/matrix.tsv"
is 'nothing to judge: status 3' "$status" 3
assay trust "${roots[@]}" "$set/none"
is 'no such file: status 2' "$status" 2
assay trust
is 'no PATH: status 2' "$status" 2

assay trust "$set/good-rsa"
is 'unknown to the default roots: status 1' "$status" 1
like 'the missing issuer is named' "$out" 'Test Root'
assay trust --roots "$set/roots.pem" "$set/good-rsa"
is '--roots adds' "$status" 0
assay trust --no-default-roots "$set/good-rsa"
is 'no roots at all: status 1' "$status" 1
mkdir "$work/roots"
openssl x509 -in "$set/roots.pem" -outform der -out "$work/roots/a.der" 2>/dev/null &&
    { assay trust --no-default-roots --roots "$work/roots" "$set/good-rsa"; is 'a folder of roots, in DER' "$status" 0; }
for bad in 'no certificate' '-----BEGIN CERTIFICATE-----' $'-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----' \
    $'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'; do
    printf '%s\n' "$bad" >"$work/bad.pem"
    assay trust --roots "$work/bad.pem" "$set/good-rsa"
    is "roots that are none: status 2 ($(tr '\n' ' ' <<<"${bad:0:40}"))" "$status" 2
    like 'with file and line' "$err" 'bad\.pem:[0-9]+: '
done
printf 'a\tb\n' >"$work/bad.tsv"
assay trust --distrust "$work/bad.tsv" "$set/good-rsa"
is 'a damaged list: status 2' "$status" 2
like 'with file and line' "$err" 'bad\.tsv:1: '
ASSAY_INTEL=$work/nowhere assay trust --help
is 'help needs no roots' "$status" 0
mkdir "$work/program"
cp "$ASSAY" "$work/program/assay"
run env -u ASSAY_INTEL "$work/program/assay" trust "$set/good-rsa"
is 'a program without its roots: status 2' "$status" 2
like 'says where it looked' "$err" 'share/assay/intel'

assay trust "${roots[@]}" --at 2019-01-01T00:00:00Z "$set/good-rsa"
like '--at judges as of another time' "$out" 'expired-not-timestamped'
assay trust "${roots[@]}" --at yesterday "$set/good-rsa"
is '--at takes a time: status 2' "$status" 2

assay trust "${roots[@]}" --catalogs "$set/cat-v2" "$set/cat-v2/covered.exe"
is '--catalogs speak for a file' "$status" 0
like 'and are named' "$out" 'catalog .*list\.cat'
assay trust "${roots[@]}" "$set/cat-v2/covered.exe" "$set/cat-v2/list.cat"
is 'so does a catalog that is named itself' "$status" 0
assay trust "${roots[@]}" --format jsonl "$set/cat-v2"
is 'catalogs are judged, too' "$(jq -rs 'map(.state) | sort | join(" ")' <<<"$out")" 'trusted trusted'

for jobs in 1 2 4; do
    "$ASSAY" trust "${roots[@]}" --jobs $jobs --format jsonl "$set" >"$work/jobs-$jobs"
done
same 'one worker or two' "$work/jobs-1" "$work/jobs-2"
same 'one worker or four' "$work/jobs-1" "$work/jobs-4"
jq -e . "$work/jobs-1" >/dev/null && pass 'every line is JSON' || fail 'every line is JSON'

ok 'random damage: no crash, nothing good that is changed' "$make/mutate" "${MUTATIONS:-4000}" "${SEED:-1}"
finish
