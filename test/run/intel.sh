#!/usr/bin/env bash
# assay intel as a user meets it: lists come and go, damaged ones change nothing; what is listed is found.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 sha256sum md5sum sha1sum
unset ASSAY_INTEL
export XDG_DATA_HOME=$work/data
file=$XDG_DATA_HOME/assay/intel/lists.intel

assay intel list
is 'without a list of one'\''s own: status 0' "$status" 0
like 'the shipped ones are there' "$out" '^iocs\.tsv: .* 136 samples, 105 digests, 31 names.*\(shipped\)'
for wrong in '' 'frob' 'add' 'remove' 'list x' 'check' '--severity dire add x' '--name a add x y' '--name a list' '--known remove x' \
    '--severity low remove x'; do
    assay intel $wrong
    is "wrong use: status 2 ($wrong)" "$status" 2
done
assay intel remove nothing
is 'removing what is not there: status 2' "$status" 2
like 'and what it is' "$err" "no list is called 'nothing'"

# The shipped tables: digests as long as their types, every row with a source, nothing twice.
for table in iocs driver_loaders; do
    ok "$table.tsv: rows in order" awk -F'\t' '/^#/ { next } !n { n = NF; next }
        BEGIN { size["md5"] = 32; size["sha1"] = 40; size["sha256"] = size["authentihash_sha256"] = 64 }
        NF != n || $NF == "" || (($1 in size) && (length($2) != size[$1] || $2 !~ /^[0-9a-f]+$/)) { print; bad = 1 }
        ($1 in size) && seen[$1, $2]++ { print "twice: " $0; bad = 1 } END { exit bad }' "intel/$table.tsv"
done

mkdir "$work/e"
printf 'evil\n' >"$work/e/a.bin"
printf 'good\n' >"$work/e/b.bin"
: >"$work/e/empty"
sum() { "$1sum" "$2" | cut -d' ' -f1; }
{
    echo '# made here'
    echo "$(sum sha256 "$work/e/a.bin");the evil one"
    echo "$(sum sha256 "$work/e/empty");empty"
} >"$work/evil.txt"
assay intel add "$work/evil.txt"
is 'a list is added: status 0' "$status" 0
like 'and told' "$out" '^added: evil\.txt: digests of .*, 1 sample, 1 digest, 1 row without'
is 'only the user may read it' "$(stat -c %a "$file")" 600
assay intel list
like 'it is there' "$out" '^evil\.txt: .*lists\.intel\)$'
assay detectors
like 'detectors says so' "$out" '^  evil\.txt: '

found() { jq -r 'select(.detector == "ioc_hash") | .path' "$work/out" | sort | paste -sd' '; }
assay scan --format jsonl "$work/e"
is 'what is no program is not read by default' "$(found)" ''
assay scan --hash --format jsonl -o "$work/c" "$work/e"
is 'with --hash it is found, the empty one not' "$(found)" /a.bin
is 'status 1' "$status" 1
is 'the case knows its lists' "$(sqlite3 "$work/c" "SELECT count(*) FROM run WHERE key LIKE 'list\__' ESCAPE '\' AND value LIKE 'evil.txt: %'" 2>/dev/null)" 1
for kind in md5 sha1; do
    echo "$(sum $kind "$work/e/b.bin")" >"$work/$kind.txt"
    assay intel add "$work/$kind.txt"
    assay scan --hash --format jsonl "$work/e"
    is "by $kind" "$(found)" '/a.bin /b.bin'
    assay intel remove "$kind.txt"
    assay scan --hash --format jsonl "$work/e"
    is "and no more" "$(found)" /a.bin
done
cp "$file" "$work/elsewhere"
assay intel remove evil.txt
assay scan --hash --format jsonl "$work/e"
is 'removed' "$(found)" ''
assay scan --hash --format jsonl --intel "$work/elsewhere" "$work/e"
is 'a file from elsewhere' "$(found)" /a.bin

# Damage.
assay intel add "$work/evil.txt"
before=$(sha256sum <"$file")
# damaged NAME WORDS: with the list on standard input nothing changes, whatever else is added with it.
damaged() {
    cat >"$work/bad"
    assay intel add "$work/md5.txt" "$work/bad"
    is "$1: status 2" "$status" 2
    like "$1: line and reason" "$err" "$2"
    is "$1: nothing changed" "$(sha256sum <"$file")" "$before"
}
damaged 'no digest' 'bad: line 2: a row without a digest' <<<"$(sum md5 "$work/e/a.bin")"$'\nxyz'
damaged 'a torn driver list' 'bad: line 4: JSON that ends too early' <<<$'[\n{"Id":"a",\n"KnownVulnerableSamples":['
damaged 'another JSON' 'bad: line 1: an object where' <<<'{"a":1}'
damaged 'XML' 'bad: this is XML: a driver policy is a file named' <<<'<SiPolicy/>'
damaged 'an empty file' 'bad: the file is empty' </dev/null
damaged 'zeros' 'bad: line 1: a NUL' < <(head -c 300 /dev/zero)
assay intel add "$work/nowhere"
is 'no such file: status 2' "$status" 2
assay intel add "$work"
like 'a folder' "$err" 'no file in it is named \*\.yar'
mkdir "$work/other"
cp "$work/evil.txt" "$work/other"
assay intel add "$work/evil.txt" "$work/other/evil.txt"
like 'two of one name' "$err" "two lists are called 'evil.txt'"
is 'still nothing changed' "$(sha256sum <"$file")" "$before"
assay intel add "$work/evil.txt"
is 'the same again is the same' "$(sha256sum <"$file")" "$before"
head -c 200 "$file" >"$work/torn"
assay scan --intel "$work/torn" "$work/e"
is 'a torn compiled file: status 2' "$status" 2
like 'says so' "$err" 'not whole'
chmod o+w "$file"
assay intel list
is 'a file that others may write: status 2' "$status" 2
like 'says so, too' "$err" 'others may write'
chmod o-w "$file"
if ((${#unprivileged[@]})); then
    mkdir -m 777 "$work/theirs" && cp "$file" "$work/theirs/" && chown 65533 "$work/theirs/lists.intel"
    ASSAY_INTEL=$work/theirs assay intel list
    like 'and one of somebody else' "$err" 'belongs to somebody else'
fi

# A driver on a volume: made, listed by its Authentihash, put into several folders.
if command -v mkntfs >/dev/null && [[ -x $make/mkimage && -x $make/policyset ]] && "$make/policyset" "$work/set"; then
    truncate -s 16M "$work/volume.img"
    mkntfs -F -Q -q "$work/volume.img" >/dev/null 2>&1
    {
        printf 'dir\t%s\n' /Windows /Windows/Temp /Windows/System32 /Windows/System32/drivers '/Program Files' '/Program Files/Hole'
        for folder in /Windows/Temp /Windows/System32/drivers '/Program Files/Hole'; do
            printf 'file\t%s/hole.sys\t%s\n' "$folder" "$work/set/hole.sys"
        done
        printf 'file\t/Windows/Temp/other.sys\t%s\n' "$work/set/newer.sys"
    } >"$work/manifest"
    "$make/mkimage" "$work/volume.img" "$work/manifest"
    assay scan --format jsonl -o "$work/first" "$work/volume.img"
    known() { jq -r 'select(.detector == "driver_known") | "\(.severity) \(.strength) \(.path)"' "$work/out" | sort; }
    is 'a driver that no list has is not known' "$(known)" ''
    hash=$(sqlite3 "$work/first" "SELECT lower(hex(authentihash_sha256)) FROM pe p JOIN artifact a ON a.id = p.artifact WHERE name = 'hole.sys' LIMIT 1")
    for category in 'vulnerable driver' malicious; do
        printf '[{"Id":"x","Category":"%s","KnownVulnerableSamples":[{"Authentihash":{"SHA256":"%s"}}]}]' "$category" "$hash" >"$work/drivers.json"
        assay intel add "$work/drivers.json"
        assay scan --format jsonl "$work/volume.img"
        is "a $category" "$(known)" "$(case $category in
            malicious) printf 'high strong %s\n' '/Program Files/Hole/hole.sys' /Windows/System32/drivers/hole.sys /Windows/Temp/hole.sys ;;
            *) printf '%s\n' 'high firm /Windows/Temp/hole.sys' 'low strong /Program Files/Hole/hole.sys' 'low strong /Windows/System32/drivers/hole.sys' ;;
        esac)"
    done
    assay intel remove drivers.json
else
    skip 'a driver on a volume' 'mkntfs, mkimage or policyset is not there'
fi

# Driver policies: kept as they are, and used without being named.
set=$work/policyset policies=$XDG_DATA_HOME/assay/intel/policies
kept() { ls "$policies" 2>/dev/null | paste -sd' '; }
deny() { # deny RULES SIGNERS: a policy with these file rules, and with these signers for the kernel
    cat <<XML
<?xml version="1.0" encoding="utf-8"?>
<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy">
  <VersionEx>1.2.3.4</VersionEx>
  <FileRules>$1</FileRules>
  <Signers><Signer ID="S" Name="one"><CertRoot Type="TBS" Value="${2:-$(printf %064d 0)}" /></Signer></Signers>
  <SigningScenarios><SigningScenario Value="131"><ProductSigners><DeniedSigners><DeniedSigner SignerId="S" /></DeniedSigners>
    <FileRulesRef><FileRuleRef RuleID="H" /><FileRuleRef RuleID="N" /></FileRulesRef></ProductSigners></SigningScenario></SigningScenarios>
  <Settings><Setting Provider="PolicyInfo" Key="Information" ValueName="Name"><Value><String>Test</String></Value></Setting></Settings>
</SiPolicy>
XML
}
if [[ -x $make/policyset ]] && "$make/policyset" "$set"; then
    trust() { assay trust --no-default-roots --roots "$set/roots.pem" --format jsonl "$@" "$set"; }
    denied() { jq -r 'select(.denied_by) | "\(.address | sub(".*/"; "")) \(.denied_by)"' "$work/out" | sort | paste -sd'|'; }
    trust
    is 'nothing is denied without a policy' "$(denied)" ''
    hash=$(jq -r 'select(.address | endswith("/bare.sys")) | .digest' "$work/out")
    deny "<Deny ID=\"H\" Hash=\"$hash\" /><Deny ID=\"N\" FileName=\"other.sys\" MaximumFileVersion=\"9.0.0.0\" /><Deny ID=\"U\" Hash=\"${hash//[0-9]/0}\" />" >"$work/p.xml"
    touch -d 2024-05-06 "$work/p.xml"
    assay intel check "$work/p.xml"
    told='p\.xml: driver policy Test 1\.2\.3\.4 of 2024-05-06, 3 Deny rules, 2 by hash and 1 by name and version, 1 denied signers; for the kernel 2 and 1'
    like 'a policy is checked' "$out" "^good: $told\$"
    is 'and not kept' "$status $(kept)" '0 '
    trust --driver-policy "$work/p.xml"
    named=$(denied)
    assay intel add "$work/p.xml" "$work/sha1.txt"
    like 'added, beside a list' "$out" "^added: $told\$"
    is 'for the user alone, as it was' "$(stat -c %a "$policies/p.xml.policy") $(cmp "$work/p.xml" "$policies/p.xml.policy")" '600 '
    assay intel remove sha1.txt
    assay intel list
    like 'listed' "$out" "^$told \($policies/p\.xml\.policy\)\$"
    assay detectors
    like 'detectors says so' "$out" "^  $told\$"
    trust
    is 'what is named by it' "$(denied)" 'bare.sys Test 1.2.3.4, rule H|other.sys Test 1.2.3.4, rule N'
    is 'is what is denied with --driver-policy' "$named" "$(denied)"
    assay scan --format jsonl --replace -o "$work/case" "$set"
    is 'a scan finds it' "$(jq -r 'select(.detector == "driver_blocked") | .details.rule' "$work/out" | sort | paste -sd' ')" 'H N'
    like 'and says what it was read from' "$(sqlite3 "$work/case" "SELECT value FROM run WHERE key = 'driver_policy_1'")" '^/.*/policies/p\.xml\.policy: Test 1\.2\.3\.4: 3 denials'

    before=$(sha256sum "$policies"/* "$file")
    # no_policy NAME WORDS: the policy on standard input is refused, and nothing changes.
    no_policy() {
        cat >"$work/bad.xml"
        assay intel add "$work/md5.txt" "$work/bad.xml"
        is "$1: status 2" "$status" 2
        like "$1: line and reason" "$err" "^assay: .*bad\.xml:$2"
        is "$1: nothing changed" "$(sha256sum "$policies"/* "$file")" "$before"
        assay intel check "$work/p.xml" "$work/bad.xml"
        is "$1: checked beside a good one, which alone is good" "$status $(sed 's/ of 20.*//' <<<"$out")" \
            '2 good: p.xml: driver policy Test 1.2.3.4'
    }
    no_policy 'other XML' '1: this is no SiPolicy' <<<'<Objs Version="1.1.0.1"/>'
    no_policy 'a torn policy' '5: ' < <(head -c 400 "$work/p.xml")
    no_policy 'no XML' '1: ' <<<'xyz'
    no_policy 'an empty file named *.xml' '1: no element' </dev/null
    no_policy 'entities' '1: a document type declaration' <<<'<!DOCTYPE SiPolicy [<!ENTITY a "b">]><SiPolicy/>'
    no_policy 'too large' ' is too large' < <(head -c 34000000 /dev/zero)
    assay intel add "$work/p.xml" "$work/nowhere.xml"
    is 'no such file: status 2, nothing changed' "$status $(kept)" '2 p.xml.policy'
    assay intel add --name ../q "$work/p.xml"
    is 'a name is no path: status 2, nothing changed' "$status $(kept)" '2 p.xml.policy'
    cp "$work/p.xml" "$work/other"
    assay intel add "$work/p.xml" "$work/other/p.xml"
    like 'two of one name' "$err" "two driver policies are called 'p\.xml'"
    for i in {1..32}; do cp "$work/p.xml" "$work/other/p$i.xml"; done
    assay intel add "$work/md5.txt" "$work/other"/p[0-9]*.xml
    like 'more than there is room for' "$err" 'more than 32 driver policies are not kept'
    is 'then none, nor a list beside them' "$(sha256sum "$policies"/* "$file")" "$before"
    deny '<Deny ID="H" FileName="x" Colour="red" />' >"$work/p.xml"
    assay intel add --name mine "$work/p.xml"
    like 'what is not understood is told' "$err" 'line 4: rule H: Colour="red" is not understood'
    like 'and counted' "$out" '; 2 parts are not understood$'
    assay intel add "$work/p.xml"
    is 'one of the same name takes its place' "$(kept) $(cmp "$work/p.xml" "$policies/p.xml.policy")" 'mine.policy p.xml.policy '
    assay intel remove mine nothing
    is 'removing what is not there changes nothing' "$status $(kept)" '2 mine.policy p.xml.policy'
    truncate -s 300 "$policies/mine.policy"
    rm -f "$work/case"
    assay scan -o "$work/case" "$set"
    is 'a damaged one: status 2, no case' "$status $(ls "$work/case" 2>/dev/null)" '2 '
    like 'line, reason and what to do' "$err" "mine\.policy:[0-9]+: .*; 'assay intel remove mine' takes it away"
    assay intel list
    is 'list says so, too' "$status $(grep -cE 'mine\.policy:[0-9]+: ' <<<"$err")" '2 1'
    assay intel remove mine
    is 'which works' "$status $(kept)" '0 p.xml.policy'
    chmod g+w "$policies/p.xml.policy"
    trust
    is 'what others may write to is not believed' "$status $(grep -c 'others may write to it' <<<"$err")" '2 1'
    assay intel remove p.xml
    trust
    is 'removed' "$(kept) $(denied)" ' '
else
    skip 'driver policies' 'policyset is not there'
fi
for xml in "$shared"/corpora/MSFT_DriverBlockList/*.xml "$shared/corpora/LOLDrivers/DenyPolicy.xml"; do
    [[ -f $xml ]] || { skip "${xml##*/}" 'the corpora are not there'; continue; }
    case ${xml##*/} in # what the corpora's own table says
        10_0_22621_2070.xml) wanted=922 ;;
        10_0_22631_3447.xml) wanted=1238 ;;
        *) wanted=2820 ;;
    esac
    assay intel add "$xml"
    hashes=$(grep -c '<Deny .*Hash=' "$xml")
    is "${xml##*/}: Deny rules by hash, by name, by signer" \
        "$status $(tr -d , <<<"$out" | sed -n 's/.* \([0-9]*\) Deny rules \([0-9]*\) by hash and \([0-9]*\) by name and version \([0-9]*\) denied signers;.*/\1 \2 \3 \4/p')" \
        "0 $wanted $hashes $(($(grep -c '<Deny ' "$xml") - hashes)) $(grep -c '<DeniedSigner ' "$xml")"
    assay intel remove "${xml##*/}"
done

# The published lists.
drivers=$shared/corpora/LOLDrivers/drivers.from_yaml.json
if [[ -f $drivers ]]; then
    assay intel --name drivers add "$drivers"
    like 'LOLDrivers: 661 entries, 2,213 samples' "$out" '^added: drivers: LOLDrivers of 2026-08-12, 661 entries, 2,213 samples, '
    is 'every digest that is one' "$(sed -n 's/.* \([0-9,]*\) digests.*/\1/p' <<<"$out" | tr -d ,)" \
        "$(jq '[.[].KnownVulnerableSamples[] | .MD5, .SHA1, .SHA256, (.Authentihash? // {} | .SHA1, .SHA256), .AuthentihashSHA1, .AuthentihashSHA256 |
            strings | select(test("^[0-9a-fA-F]{32,64}$"))] | length' "$drivers")"
    ok 'it loads at once' timeout 1 "$ASSAY" intel list
    ok 'it is small' test "$(stat -c %s "$file")" -lt 1000000
    head -c 1000000 "$drivers" >"$work/half.json"
    assay intel --name drivers add "$work/half.json"
    like 'half of it: the line' "$err" 'half\.json: line [0-9]+: JSON that ends too early'
    assay intel list
    like 'the whole one stands' "$out" '^drivers: LOLDrivers .* 661 entries'
else
    skip 'LOLDrivers' 'the corpora are not there'
fi
iocs=$shared/corpora/signature-base/iocs
if [[ -d $iocs ]]; then
    assay intel add "$iocs/hash-iocs.txt" "$iocs/filename-iocs.txt"
    is 'signature-base: digests' "$(sed -n 's/^added: hash.* \([0-9,]*\) samples.*/\1/p' <<<"$out" | tr -d ,)" \
        "$(grep -cvE '^(#|\s*$)' "$iocs/hash-iocs.txt")"
    is 'signature-base: names' "$(sed -n 's/^added: file.* \([0-9,]*\) names.*/\1/p' <<<"$out" | tr -d ,)" \
        "$(grep -cvE '^(#|\s*$)' "$iocs/filename-iocs.txt")"
    assay intel add "$iocs/c2-iocs.txt"
    is 'signature-base: domains and addresses' "$(sed -n 's/^added: c2.*domains and addresses.* \([0-9,]*\) names.*/\1/p' <<<"$out" | tr -d ,)" \
        "$(grep -cvE '^(#|\s*$)' "$iocs/c2-iocs.txt")"
    mkdir -p "$work/n/System32"
    echo >"$work/n/System32/wshnetc.dll"
    echo >"$work/n/wshnetc.dll"
    assay scan --format jsonl "$work/n"
    is 'a name at its place is a note' "$(jq -r 'select(.detector == "ioc_name") | [.severity, .strength, .path] | join(" ")' "$work/out")" \
        'info weak /System32/wshnetc.dll'
    is 'and no verdict' "$status" 0
else
    skip 'signature-base' 'the corpora are not there'
fi

# HijackLibs as its repository is packed: its files one behind the other.
if [[ -x $make/ziptar ]]; then
    rm -f "$file"
    library() { printf '%s\n' --- "Name: $1.dll" 'Created: 2025-03-04' 'Vendor: Reader' ExpectedLocations: "  - '%PROGRAMFILES%\\Reader'" \
        VulnerableExecutables: "  - Path: '%PROGRAMFILES%\\Reader\\$1.exe'" '    Type: Sideloading' >"$work/$1.yml"; }
    library one
    library two
    printf -- '---\nName: x\nVendor: &a x\n' >"$work/bad.yml"
    packed() { sed "s|@|$work|" | "$make/ziptar" "$work/$1.zip" - || fail "$1 is packed"; }
    printf '%s\n' 'file	H-main/yml/a/two.yml	@/two.yml' 'file	H-main/yml/one.yml	@/one.yml' 'text	H-main/template.yml	no' 'text	H-main/.github/yml/x.yml	no' | packed libs
    cat "$work/two.yml" "$work/one.yml" >"$work/libs.yml"
    assay intel check --name libs "$work/libs.yml"
    plain=$out
    like 'a file of libraries' "$plain" '^good: libs: HijackLibs of 2025-03-04, 2 entries, '
    assay intel add --name libs "$work/libs.zip"
    is 'a package of them is the same' "$status $out" "0 added: ${plain#good: }"
    before=$(sha256sum <"$file")
    printf '%s\n' 'file	yml/a.yml	@/one.yml' 'file	yml/b.yml	@/bad.yml' 'file	yml/c.yml	@/two.yml' | packed wrong
    printf '%s\n' 'file	yml/a.yml	@/one.yml' 'file	yml/b.yml	@/two.yml	flags=1' | packed closed
    printf '%s\n' 'file	a.yml	@/one.yml' | packed other
    head -c 300 "$work/libs.zip" >"$work/torn.zip"
    while IFS=: read -r name words; do
        assay intel add --name libs "$work/$name.zip"
        is "$name: refused" "$status $(sha256sum <"$file")" "2 $before"
        like "$name: why" "$err" "$name\.zip: $words"
    done <<'END'
wrong:line 3. yml/b\.yml. 
closed:yml/b\.yml. it is encrypted
other:this is a ZIP of other things
torn:.*its end is missing
END
else
    skip 'a package of libraries' 'ziptar is not built'
fi

# One name is one thing.
export XDG_DATA_HOME=$work/kinds
printf 'rule a { condition: true }\n' >"$work/one.yar"
printf '%s;x\n' "$(sum sha256 "$work/e/a.bin")" >"$work/one.txt"
assay intel add --name one "$work/one.yar"
is 'rules are kept' "$status" 0
assay intel add --name one "$work/one.txt"
is 'a list of that name is refused' "$status $(test -e "$work/kinds/assay/intel/lists.intel" && echo kept)" '2 '
like 'and why' "$err" "'one' would be the name of things of two kinds"
assay intel add --name two "$work/one.txt"
assay intel add --name two "$work/one.yar"
is 'and the other way round' "$status" 2
assay intel add --known "$work/one.yar"
is 'what rules have no use for is refused' "$status" 2
like 'and said' "$err" 'are for lists'

# What is shipped: every row of every table is whole and has its source; IDs of extensions are such.
for table in intel/iocs.tsv intel/driver_loaders.tsv intel/phantom_dlls.tsv intel/stakes.tsv; do
    is "$table: every row has all its fields" "$(awk -F'\t' '/^#/ { next } !n { n = NF; next } NF != n' "$table")" ''
    is "$table: and a source" "$(awk -F'\t' '/^#/ { next } !n { n = NF; next } length($NF) < 8' "$table")" ''
done
is 'extensions of browsers: 32 letters from a to p' "$(awk -F'\t' '$3 == "extension" && (length($4) != 32 || $4 !~ /^[a-p]+$/)' intel/stakes.tsv)" ''
finish
