#!/usr/bin/env bash
# What is at stake, over a whole volume: what is there, of whom, deleted too, and nothing that only looks like it; no byte is
# read for it, and nothing of what is in it reaches the case.
. "$(dirname "$0")/lib.sh"
need_program
need_tools jq sqlite3 mkntfs
[[ -x $make/hivelines && -x $make/mkimage ]] || skip_all 'the makers are not built'
query() { sqlite3 "$work/case" "$1"; }
secret=correct-horse-battery-staple

printf '%s\n' $'Software/SimonTatham/PuTTY/Sessions/prod%20db\tHostName\tsz\t'$secret $'Software/Martin Prikryl/WinSCP 2/Sessions/x\tPassword\tsz\t'$secret \
    $'Environment\tA\tsz\tb' >"$work/ntuser.lines"
printf '%s\n' $'Select\tCurrent\tdword\t1' $'ControlSet001/Enum/USB/VID_2C97&PID_0001/0001\tDeviceDesc\tsz\tx' \
    $'ControlSet001/Enum/USB/VID_1209&PID_2303/7\tDeviceDesc\tsz\tx' >"$work/system.lines"
printf '%s\n' $'Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-1-2-3-1001\tProfileImagePath\tsz\tC:\\Users\\ada' $'Classes/x\ta\tsz\tb' >"$work/software.lines"
for hive in ntuser system software; do "$make/hivelines" "$work/$hive" <"$work/$hive.lines" >/dev/null || fail "hive $hive"; done

chrome='/Users/ada/AppData/Local/Google/Chrome/User Data'
manifest() {
    local -A made=()
    put() { # PATH: its folders, and a file that holds the secret
        local folder=${1%/*} part=
        IFS=/ read -ra names <<<"${folder#/}"
        for name in "${names[@]}"; do
            part+=/$name
            [[ -n ${made[$part]:-} ]] || printf 'dir\t%s\n' "$part"
            made[$part]=1
        done
        if [[ -n ${2:-} ]]; then printf 'file\t%s\t%s\n' "$1" "$2"; else printf 'text\t%s\t%s\n' "$1" "$secret"; fi
    }
    put /Windows/System32/config/SYSTEM "$work/system"
    put /Windows/System32/config/SOFTWARE "$work/software"
    put /Users/ada/NTUSER.DAT "$work/ntuser"
    put "$chrome/Default/Login Data"
    put "$chrome/Default/Login Data-journal"
    put "$chrome/Profile 2/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn/000003.log"
    put '/Users/ada/AppData/Roaming/Opera Software/Opera Stable/Extensions/bfnaelmomeimhlpmgjnjophhpkkoljpa/1/m.js'
    put /Users/ada/AppData/Roaming/Bitcoin/wallet.dat
    put /Users/ada/AppData/Roaming/Zcash/wallet.dat
    put /Users/ada/.ssh/id_ed25519
    put /Users/ada/.ssh/id_ed25519.pub
    put /Users/ada/Documents/Bitcoin/wallet.dat
    put /Users/ada/Documents/Bitcoin/tax.docx
    put /Users/ada/Documents/passwords.kdbx
    put /Users/ada/src/app/node_modules/tls/test-key.pfx
    put /Users/ada/src/app/test/fixture.kdbx
    put '/Program Files/App/cert.pem'
    put '/Program Files/App/server.pfx'
    printf 'delete\t/Users/ada/AppData/Roaming/Zcash/wallet.dat\n'
}
manifest | volume "$work/disk.img" 32 || fail 'the volume was made'

assay scan --timings --fail-on never -o "$work/case" "$work/disk.img"
is 'the scan ends well' "$status" 0
read_with=$(grep -oE '[0-9]+ bytes of evidence read' <<<"$err")
is 'what is there, and nothing else' "$(query "SELECT kind || ': ' || name || ' (' || state || ') ' || path FROM stake WHERE kind NOT LIKE 'signing%' ORDER BY id")" \
    "wallet: Bitcoin Core (present) /Users/ada/AppData/Roaming/Bitcoin/wallet.dat
wallet: Zcash (deleted) /Users/ada/AppData/Roaming/Zcash/wallet.dat
wallet_extension: MetaMask (present) $chrome/Profile 2/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn
wallet_extension: Phantom (present) /Users/ada/AppData/Roaming/Opera Software/Opera Stable/Extensions/bfnaelmomeimhlpmgjnjophhpkkoljpa
hardware_wallet: Ledger (present) /Enum/USB/VID_2C97&PID_0001/0001
key: SSH key (present) /Users/ada/.ssh/id_ed25519
browser_credentials: Chrome: saved passwords (present) $chrome/Default
password_manager: KeePass (present) /Users/ada/Documents/passwords.kdbx
remote_access: PuTTY (present) /Software/SimonTatham/PuTTY/Sessions
remote_access: WinSCP (present) /Software/Martin Prikryl/WinSCP 2/Sessions"
is 'no key of tests, packages and programs' "$(query "SELECT count(*) FROM stake WHERE kind = 'signing_key'")" 0
is 'of whom' "$(query "SELECT DISTINCT user || ' ' || owner FROM stake WHERE user IS NOT NULL")" '/Users/ada S-1-5-21-1-2-3-1001'
is 'two files are one store, with their bytes' "$(query "SELECT files, size FROM stake WHERE name = 'Chrome: saved passwords'")" "2|$((2 * ${#secret}))"
is 'no host is compromised, so nothing was exposed' "$(query 'SELECT count(*) FROM stake WHERE exposed_since IS NOT NULL')" 0
is 'every row has a source and a file that is there' "$(query "SELECT count(*) FROM stake s LEFT JOIN artifact a ON a.id = s.artifact WHERE a.id IS NULL OR s.source IS NULL")" 0
unlike 'none of what is in it is in the case' "$(tr -d '\0' <"$work/case" | grep -ac "$secret")" '^[1-9]'

# No byte is read for it: a table without a rule gives the same count.
mkdir "$work/intel"
cp -r intel/. "$work/intel"
head -n 8 intel/stakes.tsv >"$work/intel/stakes.tsv"
ASSAY_INTEL=$work/intel assay scan --timings --fail-on never -o "$work/none" "$work/disk.img"
is 'without rules nothing is told' "$(sqlite3 "$work/none" 'SELECT count(*) FROM stake')" 0
is "and as much is read: $read_with" "$(grep -oE '[0-9]+ bytes of evidence read' <<<"$err")" "$read_with"

assay report "$work/case"
like 'the story tells it' "$out" '^At stake +2 wallets \(Bitcoin Core, Zcash\); 2 wallets in browsers \(MetaMask, Phantom\)'
like 'each, with --all' "$out" 'Bitcoin Core, keys: /Users/ada/AppData/Roaming/Bitcoin/wallet.dat, 28 B'
assay report -f jsonl "$work/case"
is 'and as records' "$(jq -r 'select(.schema == "assay.stake/1") | .kind' "$work/out" | sort | uniq -c | awk '{ print $2 "=" $1 }' | tr '\n' ' ')" \
    'browser_credentials=1 hardware_wallet=1 key=1 password_manager=1 remote_access=2 wallet=2 wallet_extension=2 '
like 'coverage is still the last line' "$(tail -n 1 "$work/out")" 'assay.coverage/1'
head -n 3 intel/stakes.tsv >"$work/intel/stakes.tsv"
printf 'wallet\tx\n' >>"$work/intel/stakes.tsv"
ASSAY_INTEL=$work/intel assay scan -o "$work/bad" "$work/disk.img"
is 'a damaged table ends a scan before it begins' "$status" 2
like 'and is named with its line' "$err" 'stakes.tsv:4: the line does not have seven fields'
finish
