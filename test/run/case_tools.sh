#!/usr/bin/env bash
# What is asked of cases: info, verify (nothing that was changed goes unnamed, and anybody can recompute it), merge, show, and
# explain, whose commands are run.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 mkntfs sha256sum xxd
[[ -x $make/mkimage && -x $make/makepe ]] || skip_all 'the makers are not built'
query() { sqlite3 "$1" "$2"; }

# Two hosts with files whose names are those of bad ones, and one that is bare.
mkdir "$work/e"
printf 'evil\n' >"$work/e/a.bin"
printf '%s\n' "$(sha256sum "$work/e/a.bin" | cut -d' ' -f1);the evil one" >"$work/evil.txt"
export XDG_DATA_HOME=$work/data
assay intel add "$work/evil.txt"
is 'a list that finds something' "$status" 0
image() { # NAME TEXT
    volume "$work/$1.img" 16 <<MANIFEST
dir	/Windows
dir	/Windows/System32
dir	/Users
dir	/Users/ada
dir	/Users/ada/Documents
file	/Windows/System32/evil.dll	$work/e/a.bin
file	/Users/ada/Documents/it's here.bin	$work/e/a.bin
text	/Users/ada/Documents/vault.kdbx	$2
text	/Users/ada/gone.txt	gone
delete	/Users/ada/gone.txt
MANIFEST
    "$make/disk" gpt "$work/$1.disk" "$work/$1.img"
    rm "$work/$1.img"
}
image one x
image two yy
for host in one two; do
    assay scan --hash --hash-evidence --host "$host" --fail-on never -o "$work/$host" "$work/$host.disk"
    is "host $host: findings" "$(query "$work/$host" "SELECT count(*) FROM finding WHERE detector = 'ioc_hash'")" 2
done

# --- info ---
assay case info "$work/one"
is 'info: status 0' "$status" 0
like 'its own digest' "$out" "^Case +.*/one, [0-9,]+ bytes, SHA-256 $(sha256sum "$work/one" | cut -c1-64)"
like 'what it is of' "$out" '^Examined +.*/one.disk \(disk-image.*host one'
like 'the disk inside' "$(tr -d '\n ' <<<"$out")" "SHA-256ofthediskinside$(sha256sum "$work/one.disk" | cut -c1-64)"
last=$(query "$work/one" 'SELECT lower(hex(digest)) FROM finding_chain ORDER BY finding DESC LIMIT 1')
like 'the digest to note down' "$out" "^Digest +$last"
like 'versions and counts' "$out" 'program: assay .*complete: yes'
for wrong in '' info 'info a b' frob 'merge a' 'merge a b' verify 'verify --digest abc x' 'verify a b'; do
    assay case $wrong
    is "wrong use: status 2 ($wrong)" "$status" 2
done
assay case info "$work/nothing"
is 'no case: status 2' "$status" 2
assay case info "$work/evil.txt"
is 'something else: status 2' "$status" 2

# --- the digests, by sqlite3 and sha256sum alone, as docs/case-integrity.md says ---
before=$(printf '0%.0s' $(seq 64))
for finding in $(query "$work/one" 'SELECT id FROM finding ORDER BY id'); do
    before=$({ echo "$before"; sqlite3 "$work/one" "SELECT hex(line || char(10)) FROM finding_form WHERE finding = $finding ORDER BY part, number" | xxd -r -p; } |
        sha256sum | cut -d' ' -f1)
done
is 'anybody can recompute them' "$before" "$last"

# --- verify ---
assay case verify "$work/one"
is 'verify: status 0' "$status" 0
like 'all is as it was' "$out" 'All that was compared is as it was'
assay case verify --digest "$last" "$work/one"
is 'and so is the last digest' "$status" 0
assay case verify --digest "${last//[0-9]/0}" "$work/one"
is 'another was noted down: status 1' "$status" 1
like 'which is said' "$out" 'not the one that was noted down'
bad=$(query "$work/one" "SELECT min(id) FROM finding WHERE detector = 'ioc_hash'")
changed() { # WHAT SQL REGEX
    cp "$work/one" "$work/changed"
    sqlite3 "$work/changed" "$2" || fail "$1: the change was made"
    assay case verify "$work/changed"
    is "$1: status 1" "$status" 1
    like "$1: it is named" "$out" "$3"
}
changed 'a summary' "UPDATE finding SET summary = 'It is fine' WHERE id = $bad" "finding $bad is not what it was"
changed 'a severity' "UPDATE finding SET severity = 0 WHERE id = $bad" "finding $bad is not what it was"
changed 'a detail' "UPDATE finding_detail SET value = 'x' WHERE finding = $bad" "finding $bad is not what it was"
changed 'a detail less' "DELETE FROM finding_detail WHERE rowid = (SELECT max(rowid) FROM finding_detail WHERE finding = $bad)" "finding $bad is not what it was"
changed 'a reference more' "INSERT INTO finding_reference VALUES ($bad, 1, 'twin')" "finding $bad is not what it was"
changed 'another file' "UPDATE artifact SET name = 'good.dll' WHERE id = (SELECT artifact FROM finding WHERE id = $bad)" "finding $bad is not what it was"
changed 'behind a zero byte, in a summary' "UPDATE finding SET summary = summary || char(0) || 'x' WHERE id = $bad" "finding $bad is not what it was"
changed 'or in a name' "UPDATE artifact SET name = name || char(0) || 'x' WHERE id = (SELECT artifact FROM finding WHERE id = $bad)" "finding $bad is not what it was"
changed 'a removed finding' "DELETE FROM finding WHERE id = $bad" "finding $bad is gone; its digest is still there"
changed 'a removed finding and its digest' "DELETE FROM finding WHERE id = $bad; DELETE FROM finding_chain WHERE finding = $bad;
    DELETE FROM finding_detail WHERE finding = $bad" "finding $bad is gone, with its digest"
changed 'an added finding' "INSERT INTO finding SELECT 100, artifact, volume, evidence, detector, severity, strength, offset, size, summary, excerpt FROM finding WHERE id = $bad" \
    'finding 100 has no digest'
changed 'two exchanged' "UPDATE finding SET id = -1 WHERE id = $bad; UPDATE finding SET id = $bad WHERE id = $((bad + 1)); UPDATE finding SET id = $((bad + 1)) WHERE id = -1" \
    "finding $((bad + 1)) is not what it was"
cp "$work/one" "$work/changed"
sqlite3 "$work/changed" 'CREATE TABLE x(y)'
assay case verify "$work/changed"
is 'another table: it is no case any more' "$status" 2
cp "$work/one" "$work/changed"
printf 'xxxx' | dd of="$work/changed" bs=1 seek=8200 conv=notrunc status=none
assay case verify "$work/changed"
((status == 1 || status == 2)) && pass 'a damaged page is told' || fail 'a damaged page is told' "$status" "$out"

assay case verify --evidence "$work/one.disk" "$work/one"
is 'the evidence is as it was: status 0' "$status" 0
like 'the disk and two files were compared' "$out" '^evidence +3 contents as they were, 0 changed, 0 not found'
cp "$work/one.disk" "$work/bent.disk"
at=$(grep -abo evil "$work/bent.disk" | head -n 1 | cut -d: -f1)
printf 'EVIL' | dd of="$work/bent.disk" bs=1 seek="$at" conv=notrunc status=none
assay case verify --evidence "$work/bent.disk" "$work/one"
is 'changed evidence: status 1' "$status" 1
like 'the disk' "$out" '^EVIDENCE +the disk inside .*: SHA-256 was [0-9a-f]{64}, is'
is 'and one file' "$(grep -c '^EVIDENCE.*\(evil.dll\|here.bin\)' "$work/out")" 1
assay case verify --evidence "$work/nothing" "$work/one"
is 'no evidence there: status 3' "$status" 3
like 'and it is said' "$out" 'not all could be compared'

# --- merge ---
assay case merge "$work/both" "$work/one" "$work/two"
is 'merge: status 0' "$status" 0
assay case verify "$work/both"
is 'its digests are its own' "$status" 0
is 'all findings, in one order' "$(query "$work/both" 'SELECT count(*), max(id), count(DISTINCT artifact) FROM finding')" \
    "$(for h in one two; do query "$work/$h" 'SELECT count(*), count(DISTINCT artifact) FROM finding'; done | awk -F'|' '{ n += $1; d += $2 } END { print n "|" n "|" d }')"
is 'findings go with their files' "$(query "$work/both" "SELECT path || ' ' || evidence FROM story WHERE detector = 'ioc_hash' ORDER BY 1")" \
    "$(for h in one two; do query "$work/$h" "SELECT path || ' ' || evidence FROM story WHERE detector = 'ioc_hash'"; done | sort)"
is 'their details, too' "$(query "$work/both" 'SELECT count(*), count(DISTINCT finding) FROM finding_detail')" \
    "$(for h in one two; do query "$work/$h" 'SELECT count(*), count(DISTINCT finding) FROM finding_detail'; done | awk -F'|' '{ n += $1; d += $2 } END { print n "|" d }')"
is 'what is at stake, by host' "$(query "$work/both" 'SELECT e.host || s.size FROM stake s JOIN evidence e ON e.id = s.evidence JOIN artifact a ON a.id = s.artifact AND a.evidence = e.id ORDER BY 1')" $'one1\ntwo2'
is 'nothing is lost' "$(query "$work/both" 'SELECT (SELECT count(*) FROM artifact), (SELECT count(*) FROM volume), (SELECT count(*) FROM evidence), (SELECT count(*) FROM coverage)')" \
    "$(for h in one two; do query "$work/$h" 'SELECT (SELECT count(*) FROM artifact), (SELECT count(*) FROM volume), (SELECT count(*) FROM evidence), (SELECT count(*) FROM coverage)'; done |
        awk -F'|' '{ for (i = 1; i <= 4; i++) n[i] += $i } END { print n[1] "|" n[2] "|" n[3] "|" n[4] }')"
is 'every number leads somewhere' "$(query "$work/both" "SELECT (SELECT count(*) FROM artifact a LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume AND v.evidence = a.evidence
    WHERE o.id IS NULL OR v.id IS NULL), (SELECT count(*) FROM hashes h LEFT JOIN artifact a ON a.id = h.artifact WHERE a.id IS NULL)")" '0|0'
like 'where it is from' "$(query "$work/both" "SELECT value FROM run WHERE key = '1 digest'")" "^$last$"
assay case merge "$work/again" "$work/one" "$work/two"
same 'the same cases give the same bytes' "$work/both" "$work/again"
assay report "$work/both"
is 'the whole is told' "$status" 0
assay case merge "$work/both" "$work/one" "$work/two"
is 'what is there is not overwritten' "$status" 2
assay case merge --replace "$work/both" "$work/two" "$work/one"
is 'unless asked to' "$status" 0
assay case merge "$work/twice" "$work/one" "$work/two" "$work/one"
is 'the same evidence twice is refused' "$status" 2
like 'and named' "$err" 'the same evidence is in .*/one and in .*/one: .*/one.disk'
ok 'and nothing is left' test ! -e "$work/twice" -a ! -e "$work/twice.partial"
assay case merge "$work/three" "$work/both" "$work/two"
is 'also within a merged case' "$status" 2

# --- show ---
assay show "$work/one"
is 'show: status 0' "$status" 0
like 'files that findings are about' "$out" '^#[0-9]+ +high +[0-9]+  .*evil.dll$'
number=$(grep 'evil.dll' "$work/out" | sed 's/^#\([0-9]*\).*/\1/')
assay show "$work/one" 'c:\WINDOWS\system32\evil.dll'
is 'one of them, by its path' "$status" 0
like 'times' "$out" '^[$]FN +created 20'
like 'digest' "$out" "SHA-256 $(sha256sum "$work/e/a.bin" | cut -c1-64)"
like 'findings' "$out" "^findings +\[$bad\] high, ioc_hash: "
cp "$work/out" "$work/by_path"
address=$(awk '$1 == "address" { print $2 }' "$work/out")
for name in "$number" "#$number" "$address" /Windows/System32/evil.dll; do
    assay show "$work/one" "$name"
    same "the same by $name" "$work/by_path" "$work/out"
done
like 'neighbours' "$(<"$work/by_path")" '^in time +#[0-9]+ /'
assay show "$work/both" /Windows/System32/evil.dll
is 'of several it tells which' "$status $(grep -c '^#' "$work/out")" '2 2'
assay show "$work/one" /no/such
is 'of none: status 2' "$status" 2
for wrong in '' "$work/evil.txt" "$work/one a b"; do
    assay show $wrong
    is "wrong use: status 2 (${wrong##*/})" "$status" 2
done

# --- explain: its commands give what it says ---
assay explain "$work/one" "$bad"
is 'explain: status 0' "$status" 0
for word in read rule tried digest 'by hand' 'in the case'; do like "it has what was $word" "$out" "^$word +"; done
like 'with the sector' "$out" 'istat -o 2048 '
like 'and the bytes of the record' "$out" "xxd -s $((1024 * $(query "$work/one" "SELECT record FROM artifact WHERE id = $number"))) -l 1024"
commands() { sed -n '/^by hand/,$p' <<<"$out" | cut -c15- >"$work/commands"; }
commands
if command -v icat istat >/dev/null; then
    ok 'the commands run' bash -euc "cd '$work' && . ./commands"
    is 'and give the file' "$(sha256sum <"$work/file1")" "$(sha256sum <"$work/e/a.bin")"
    other=$(query "$work/one" "SELECT f.id FROM finding f JOIN artifact a ON a.id = f.artifact WHERE a.name LIKE 'it%' LIMIT 1")
    assay explain "$work/one" "$other"
    commands
    ok 'also of a name with a quote' bash -euc "cd '$work' && . ./commands"
else
    skip 'the commands run' 'icat is not installed'
fi
assay explain "$work/one" 999
is 'a finding that is not there: status 2' "$status" 2

# A file in a folder and one in an archive.
mkdir "$work/tree" && cp "$work/e/a.bin" "$work/tree/it's.bin"
assay scan --hash --fail-on never -o "$work/folder" "$work/tree"
assay explain "$work/folder" 1
commands
rm -f "$work/file1"
ok 'in a folder: the commands run' bash -euc "cd '$work' && . ./commands && cmp file1 e/a.bin"
assay case verify --evidence "$work/tree" "$work/folder"
is 'in a folder: evidence is as it was' "$status" 0
echo good >"$work/tree/it's.bin"
assay case verify --evidence "$work/tree" "$work/folder"
is 'in a folder: changed' "$status" 1
finish
