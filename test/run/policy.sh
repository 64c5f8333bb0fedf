#!/usr/bin/env bash
# Driver policies: each term decides, against drivers of a signer made here whose digests openssl computes; then the
# published policies, counted by grep, and clean files, which none of them denies.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 openssl
set=$work/set
"$make/policyset" "$set" || { fail 'the set is made'; finish; }
trust() { assay trust --no-default-roots --roots "$set/roots.pem" --format jsonl "$@"; }
# tbs CERTIFICATE ALGORITHM: digest of the TBSCertificate, its first inner value.
tbs() { openssl x509 -in "$1" -outform der | openssl asn1parse -inform der -strparse 4 -noout -out /dev/stdout | openssl dgst "-$2" -r | cut -d' ' -f1; }

ca=$(tbs "$set/ca.pem" sha256) leaf=$(tbs "$set/maker.pem" sha1)
attribute='FileName="hole.sys" ProductName="Hole" MinimumFileVersion="1.0.0.0" MaximumFileVersion="2.0.0.0"'
# policy SIGNER_TERMS ATTRIBUTE [FILE_RULES] [HEAD]: a policy with one denied signer and the given file rules.
policy() {
    cat <<XML
<?xml version="1.0" encoding="utf-8"?>
<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy">
  <VersionEx>1.2.3.4</VersionEx>${4-}
  <EKUs><EKU ID="HW" Value="010A2B0601040182370A0305" /><EKU ID="ELAM" Value="010A2B0601040182373D0401" /></EKUs>
  <FileRules><Allow ID="ALL" FileName="*" /><FileAttrib ID="F" $2 />${3-}</FileRules>
  <Signers><Signer ID="S" Name="the one">$1<FileAttribRef RuleID="F" /></Signer></Signers>
  <SigningScenarios><SigningScenario Value="131"><ProductSigners><DeniedSigners><DeniedSigner SignerId="S" /></DeniedSigners>
    <FileRulesRef><FileRuleRef RuleID="ALL" />$(grep -o ' ID="[^"]*"' <<<"${3-}" | sed 's/ ID=\(.*\)/<FileRuleRef RuleID=\1 \/>/')</FileRulesRef>
  </ProductSigners></SigningScenario></SigningScenarios>
  <Settings><Setting Provider="PolicyInfo" Key="Information" ValueName="Name"><Value><String>Test</String></Value></Setting></Settings>
</SiPolicy>
XML
}
root() { echo "<CertRoot Type=\"TBS\" Value=\"$1\" />"; }
signer="$(root "$ca")<CertPublisher Value=\"Maker\" /><CertEKU ID=\"HW\" />"
# denied NAME WANTED POLICY_ARGUMENTS...: the files that the policy denies.
denied() {
    local name=$1 wanted=$2
    shift 2
    policy "$@" >"$work/p.xml"
    trust --driver-policy "$work/p.xml" "$set"
    is "$name" "$(jq -r 'select(.denied_by) | .address | sub(".*/"; "")' "$work/out" | sort | paste -sd' ')" "$wanted"
}

denied 'all terms: one of six' 'hole.sys' "$signer" "$attribute"
is 'status 1' "$status" 1
is 'rejected for the kernel alone' "$(jq -r 'select(.denied_by) | [.state, .windows_default.verdict, .windows_kernel.verdict,
    .windows_kernel.code, .denied_by, (.flags | join(","))] | join(" ")' "$work/out")" \
    'trusted accepted rejected 0xC0E90002 Test 1.2.3.4, signer S with F cross-signed,driver-policy'
denied "the signer's own certificate, by SHA-1 as it is signed" 'hole.sys' "$(root "$leaf")" "$attribute"
denied 'its SHA-256 is not what Windows would compute' '' "$(root "$(tbs "$set/maker.pem" sha256)")" "$attribute"
denied 'nor that of the CA by SHA-1' '' "$(root "$(tbs "$set/ca.pem" sha1)")" "$attribute"
denied 'the root, known to us alone' 'hole.sys' "$(root "$(tbs "$set/roots.pem" sha256)")<CertPublisher Value=\"Maker\" />" "$attribute"
denied 'TBS and attributes alone: the neighbour too' 'hole.sys neighbour.sys' "$(root "$ca")" "$attribute"
denied 'another CA' '' "${signer/$ca/${ca//0/1}}" "$attribute"
denied 'another publisher' '' "${signer/Maker/Makers}" "$attribute"
denied 'another usage' '' "${signer/HW/ELAM}" "$attribute"
denied 'a submitter that it does not have' '' "$signer<CertOemID Value=\"Vendor\" />" "$attribute"
denied 'another name' 'other.sys' "$signer" 'FileName="other.sys" MaximumFileVersion="65535.65535.65535.65535"'
denied 'a maximum alone: up to it' 'hole.sys' "$signer" 'FileName="hole.sys" MaximumFileVersion="2.0.0.0"'
denied 'a minimum alone: up to it, too' 'hole.sys' "$signer" 'FileName="hole.sys" MinimumFileVersion="2.0.0.0"'
denied 'any version' 'hole.sys newer.sys' "$signer" 'FileName="hole.sys" MaximumFileVersion="65535.65535.65535.65535"'

hash=$(trust "$set/hole.exe" && jq -r .digest "$work/out")
denied 'by digest: whatever it is' 'hole.exe hole.sys' "$signer" "$attribute" "<Deny ID=\"H\" Hash=\"${hash^^}\" />"
denied 'by name and version: drivers, signed or not' 'bare.sys hole.sys neighbour.sys' "$(root "${ca//0/1}")" "$attribute" \
    '<Deny ID="N" FileName="HOLE.sys" MaximumFileVersion="1.9.0.0" />'
denied 'of the list that comes with Windows' 'hole.sys' "$signer" "$attribute" '' \
    '<PolicyID>{D2BDA982-CCF6-4344-AC5B-0B44427B6816}</PolicyID>'
is 'the code that the kernel is seen to give for it' "$(jq -r 'select(.denied_by) | .windows_kernel.code' "$work/out")" 0xC0000603
denied 'a policy that only audits' 'hole.sys' "$signer" "$attribute" '' '<Rules><Rule><Option>Enabled:Audit Mode</Option></Rule></Rules>'
is 'rejects nothing' "$(jq -r 'select(.denied_by) | .windows_kernel.verdict' "$work/out")" accepted

# The finding, the case, the story.
policy "$signer" "$attribute" >"$work/p.xml"
scan() { assay scan --no-default-roots --roots "$set/roots.pem" --replace -o "$work/case" "$@"; }
scan --format jsonl --driver-policy "$work/p.xml" "$set"
is 'one finding' "$(jq -r 'select(.detector == "driver_blocked") | [.severity, (.path // .address | sub(".*/"; "")), .details.rule,
    .details["signer rule"], .details.certificate, .details["original name"]] | join(" ")' "$work/out")" \
    'high hole.sys S the one /O=Assay Test/CN=Test CA hole.sys'
like 'the run says which policy it was' "$(sqlite3 "$work/case" "SELECT value FROM run WHERE key = 'driver_policy_1'")" \
    'p\.xml: Test 1\.2\.3\.4: 0 denials of files, 1 file attributes, 1 signers; .*; 0 parts are not understood$'
scan --format jsonl "$set"
is 'none without a policy' "$(jq -r 'select(.detector == "driver_blocked") | .path' "$work/out")" ''
assay explain driver_blocked
like 'it is explained' "$out" 'T1068'

# Where it lies by itself.
cp -r intel "$work/intel"
cp "$work/p.xml" "$work/intel/driver-policy.xml"
export ASSAY_INTEL=$work/intel
trust "$set/hole.sys"
is 'driver-policy.xml of the intel place counts' "$status $(jq -r .windows_kernel.verdict "$work/out")" '1 rejected'
echo '<SiPolicy/>' >"$work/intel/driver-policy.xml"
trust "$set/hole.sys"
is 'a damaged one is not passed over' "$status" 2
like 'with file and line' "$err" 'intel/driver-policy\.xml:1: this is no SiPolicy'
rm "$work/intel/driver-policy.xml"
trust "$set/hole.sys"
is 'without it' "$status $err" '0 '
unset ASSAY_INTEL

# Misuse.
trust --driver-policy "$work/none.xml" "$set/hole.sys"
is 'no such file: status 2' "$status" 2
trust --driver-policy "$set" "$set/hole.sys"
is 'a folder: status 2' "$status" 2
printf '<?xml version="1.0"?>\n<!DOCTYPE SiPolicy [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<SiPolicy xmlns="urn:schemas-microsoft-com:sipolicy">&a;</SiPolicy>\n' >"$work/bad.xml"
trust --driver-policy "$work/bad.xml" "$set/hole.sys"
is 'entities: status 2' "$status" 2
like 'refused where they are declared' "$err" 'bad\.xml:2: a document type declaration is not accepted'
head -c 700 "$work/p.xml" >"$work/bad.xml"
trust --driver-policy "$work/bad.xml" "$set/hole.sys"
is 'a torn file: status 2' "$status" 2
like 'with file and line' "$err" 'bad\.xml:[0-9]+: '
truncate -s 40M "$work/bad.xml"
trust --driver-policy "$work/bad.xml" "$set/hole.sys"
like 'too large' "$err" 'bad\.xml: is too large'
denied 'a rule with a part that is not understood is not applied' '' "$signer<CertColour Value=\"red\" />" "$attribute"
like 'and told with its line' "$err" 'p\.xml: Test 1\.2\.3\.4: .*; 1 parts are not understood, .* line 6: element CertColour is not known here'

# The published ones.
for xml in "$shared"/corpora/MSFT_DriverBlockList/*.xml "$shared/corpora/LOLDrivers/DenyPolicy.xml"; do
    name=${xml##*/}
    [[ -f $xml ]] || { skip "$name" 'the corpora are absent'; continue; }
    elements() { grep -c "<$1 " "${2:-$xml}"; }
    sed -n '/<SigningScenario [^>]*Value="131"/,/<\/SigningScenario>/p' "$xml" >"$work/kernel"
    sed -n '/<SigningScenario [^>]*Value="12"/,/<\/SigningScenario>/p' "$xml" >"$work/user"
    unused=$(comm -23 <(grep -E '<(Deny|Signer) ' "$xml" | grep -oE ' ID="[^"]*"' | cut -d'"' -f2 | sort) \
        <(grep -oE '(RuleID|SignerId)="[^"]*"' "$work/kernel" "$work/user" | cut -d'"' -f2 | sort -u) | wc -l)
    wanted="$(elements Deny) denials of files, $(elements FileAttrib) file attributes, $(elements Signer) signers; for the kernel"
    wanted+=" $(elements FileRuleRef "$work/kernel") file rules and $(elements DeniedSigner "$work/kernel") denied signers, for user mode"
    wanted+=" $(elements FileRuleRef "$work/user") and $(elements DeniedSigner "$work/user"); $unused denials and signers are in no scenario; 0 parts are not understood"
    scan --driver-policy "$xml" "$set/hole.sys"
    is "$name: what grep counts" "$(sqlite3 "$work/case" "SELECT value FROM run WHERE key = 'driver_policy_1'" | sed 's/.*[0-9]\.[0-9]*: //')" "$wanted"
    is "$name: nothing to tell" "$err" ''
    given+=(--driver-policy "$xml")
done

golden=$shared/corpora/golden/pe_survey.jsonl
if [[ -f $golden && -n ${given+x} ]]; then
    mkdir "$work/evidence"
    jq -r .path "$golden" | while read -r path; do
        [[ -f $shared/corpora/$path ]] && cp "$shared/corpora/$path" "$work/evidence/${path//\//@}"
    done
    scan "${given[@]}" "$work/evidence" "$shared/corpora/google-grr/winpmem-amd64.sys"
    query() { sqlite3 "$work/case" "$1"; }
    ok 'clean files are looked at, a driver among them' test "$(query 'SELECT count(*) FROM trust')" -gt 20 -a \
        "$(query 'SELECT count(*) FROM pe WHERE subsystem = 1')" -gt 0
    is 'none of them is denied' "$(query 'SELECT artifact, denied_by FROM trust WHERE denied_by IS NOT NULL')" ''
    # Its SHA-384 digest stands in a list of Microsoft, with another publisher: the signer of PuTTY is another customer.
    ca=$(query "SELECT DISTINCT hex(tbs_sha384) FROM certificate WHERE name = 'COMODO RSA Code Signing CA' AND digest = 'sha384'")
    ok 'though a chain holds a certificate that a policy names: every term counts' grep -q "Value=\"${ca:-none}\"" "$shared"/corpora/MSFT_DriverBlockList/*.xml
else
    skip 'clean files' 'the corpora are absent'
fi
finish
