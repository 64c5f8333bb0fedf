#!/usr/bin/env bash
# Real PE files: what a scan writes into the case equals the answers of independent tools; no slack is found in any.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3
golden=$shared/corpora/golden/pe_survey.jsonl
[[ -f $golden ]] || skip_all 'the corpora are absent'

mkdir "$work/evidence"
jq -r .path "$golden" | while read -r path; do
    [[ -f $shared/corpora/$path ]] && cp "$shared/corpora/$path" "$work/evidence/${path//\//@}"
done
assay scan --format jsonl -o "$work/case" "$work/evidence"
is 'something is found (putty_modified.exe)' "$status" 1
is 'no signature_slack above info' "$(jq -r 'select(.detector == "signature_slack" and .severity != "info") | .path' "$work/out")" ''
is 'only putty_modified.exe is broken' \
    "$(jq -r 'select(.detector == "signature_broken") | .path' "$work/out" | sed 's/.*@//' | sort -u)" putty_modified.exe
is 'nothing above info about the others' \
    "$(jq -r 'select(.severity and .severity != "info") | .path' "$work/out" | grep -v putty_modified)" ''

query() { sqlite3 -separator ' ' "$work/case" "$1" | sort; }
# Only the files that the survey could read.
survey() { jq -r --slurpfile have <(ls "$work/evidence" | sed 's,@,/,g' | jq -R . | jq -s .) \
    "select(.error == null and (.path as \$p | \$have[0] | index(\$p))) | $1" "$golden" | sort; }

query "SELECT replace(a.name, '@', '/'), lower(hex(h.sha256)), a.size FROM artifact a JOIN hashes h ON h.artifact = a.id" |
    grep -F "$(survey '.path')" >"$work/ours"
survey '[.path, .sha256, (.size | tostring)] | join(" ")' >"$work/theirs"
same 'SHA-256 and size' "$work/theirs" "$work/ours"
query "SELECT replace(a.name, '@', '/'), coalesce(p.imphash, ''), printf('0x%x', p.machine), p.timestamp FROM artifact a JOIN pe p ON p.artifact = a.id" |
    grep -F "$(survey '.path')" >"$work/ours"
survey '[.path, .imphash // "", .machine, (.timestamp | tostring)] | join(" ")' >"$work/theirs"
same 'imphash, machine, time stamp' "$work/theirs" "$work/ours"
query "SELECT replace(a.name, '@', '/'), s.ordinal, s.algorithm, hex(s.digest), hex(s.computed), s.verdict FROM artifact a
    JOIN signature s ON s.artifact = a.id" >"$work/ours"
survey '.path as $p | (.signatures // []) | to_entries[] | [$p, (.key | tostring), (.value.alg | ascii_downcase),
    .value.digest, .value.calc, (if .value.digest_match then "match" else "mismatch" end)] | join(" ")' >"$work/theirs"
same 'signatures: order, algorithm, digests, verdict' "$work/theirs" "$work/ours"
query "SELECT replace(a.name, '@', '/'), s.ordinal, s.serial FROM artifact a JOIN signature s ON s.artifact = a.id
    WHERE s.verdict = 'match'" >"$work/ours"
survey '.path as $p | (.signatures // []) | to_entries[] | select(.value.serial) | [$p, (.key | tostring), .value.serial] | join(" ")' >"$work/theirs"
same 'signatures: serial number of the signer' "$work/theirs" "$work/ours"
finish
