#!/usr/bin/env bash
# Censuses: what a case keeps of every program for a fleet, and a case that keeps little else.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3
for maker in makepe manyimages hivelines presences; do [[ -x $make/$maker ]] || skip_all "$make/$maker is not built"; done
export XDG_DATA_HOME=$work/data ASSAY_INTEL=$work/kept SECONDS_EACH=400
root=$work/c
system32=$root/Windows/System32
ask() { sqlite3 -readonly "$work/$1.case" "$2"; } # CASE SQL
dump() { ask "$1" "SELECT * FROM \"$2\""; }

# --- a host: a service, a driver, an autostart, software, and a file that a list knows ---
mkdir -p "$system32/config" "$system32/drivers" "$root/Program Files/Contoso" "$root/Users/alex/Downloads"
pe() { "$make/makepe" "$@"; }
pe "$system32/service.exe" exe import='KERNEL32.dll!Sleep' company=Contoso
pe "$system32/drivers/lone.sys" sys import='ntoskrnl.exe!MmMapIoSpace' company=Lone
pe "$root/Program Files/Contoso/sync.exe" exe import='KERNEL32.dll!Beep' product='Contoso Sync'
pe "$root/Users/alex/Downloads/evil.dll" dll export=Two export=One product='Contoso Phone' version=1.2.3
for i in {1..20}; do pe "$system32/part$i.dll" dll export="Part$i" product='Contoso Base' noise=3000; done
echo 'a script' >"$root/Users/alex/run.ps1"
lines() { # HIVE
    case $1 in
    SYSTEM) cat <<'LINES' ;;
Select|Current|dword|1
ControlSet001/Services/Contoso|Type|dword|16
ControlSet001/Services/Contoso|Start|dword|2
ControlSet001/Services/Contoso|ImagePath|sz|C:\Windows\System32\service.exe
ControlSet001/Services/Lone|Type|dword|1
ControlSet001/Services/Lone|Start|dword|1
ControlSet001/Services/Lone|ImagePath|sz|\SystemRoot\System32\drivers\lone.sys
LINES
    SOFTWARE) cat <<'LINES' ;;
Microsoft/Windows NT/CurrentVersion|ProductName|sz|Windows 10 Pro
Microsoft/Windows NT/CurrentVersion|CurrentBuildNumber|sz|19045
Classes/.txt|Content Type|sz|text/plain
Microsoft/Cryptography|MachineGuid|sz|3f2504e0-4f89-11d3-9a0c-0305e82c3301
Microsoft/Windows/CurrentVersion/Run|Sync|sz|"C:\Program Files\Contoso\sync.exe"
Microsoft/Windows/CurrentVersion/Uninstall/Sync|DisplayName|sz|Contoso Sync
Microsoft/Windows/CurrentVersion/Uninstall/Sync|DisplayVersion|sz|4.5
Microsoft/Windows/CurrentVersion/Uninstall/Sync|UninstallString|sz|C:\Windows\remove.exe
LINES
    esac
}
for hive in SYSTEM SOFTWARE; do
    lines $hive | tr '|' '\t' | "$make/hivelines" "$system32/config/$hive" >/dev/null || fail "$hive is made"
done
sha256sum <"$root/Users/alex/Downloads/evil.dll" | cut -d' ' -f1 >"$work/list.txt"
assay intel add "$work/list.txt"
is 'the list is taken' "$status" 0
scan() { # CASE OPTION...
    assay scan --fail-on never --no-default-roots --map "$root=C:" --host WS-1 -o "$work/$1.case" "${@:2}"
}
scan plain
is 'without the option there is no census' "$status $(ask plain 'SELECT count(*) FROM census') $(ask plain 'SELECT count(*) FROM census_make')" '0 0 0'
scan programs --census
is 'one row a program and driver' "$status $(ask programs "SELECT count(*), sum(flags & 2 = 2) FROM census c JOIN census_make m ON m.id = c.made")" '0 24|1'
is 'census: what it says is what other tables say' "$(ask programs "SELECT count(*) FROM census c JOIN artifact a ON a.id = c.id AND a.name = c.name AND a.folder = c.folder
    AND a.size = c.size AND a.si_created = c.created JOIN hashes h ON h.artifact = c.id AND h.sha256 = c.sha256 JOIN pe p ON p.artifact = c.id
    AND p.authentihash_sha256 = c.authentihash JOIN trust t ON t.artifact = c.id JOIN census_make m ON m.id = c.made
    AND m.volume = a.volume JOIN census_text s ON s.id = m.trust AND s.text = t.state LEFT JOIN census_text o ON o.id = m.product
    LEFT JOIN census_text g ON g.id = m.signer WHERE o.text IS p.product AND g.text IS t.signer AND m.version IS p.fixed_file_version AND (c.exports IS NULL) = (p.exports IS NULL)")" 24
is 'no make is there that no row has' "$(ask programs 'SELECT count(*) FROM census_make WHERE id NOT IN (SELECT made FROM census)')" 0
scan all --census=all --hash
is 'all: other files that were digested, too' "$status $(ask all "SELECT count(*), sum(flags & 1) FROM census c JOIN census_make m ON m.id = c.made WHERE name IN ('run.ps1', 'evil.dll', 'SYSTEM')")" '0 3|1'
scan none --census=none
is 'none' "$status $(ask none 'SELECT count(*) FROM census')" '0 0'
scan bad --census=some
is 'another word is refused' "$status" 2
scan bad --census-only --census=none
is 'a census of nothing is refused' "$status" 2

# --- only the census ---
scan only --census-only
is 'only: it is made, and the rows are the same' "$status $(ask only 'SELECT * FROM census' | sha256sum)" "0 $(ask programs 'SELECT * FROM census' | sha256sum)"
like 'only: the story says so' "$out" 'A census'
for table in census_make census_text finding finding_detail finding_reference finding_chain verdict chain chain_step chain_finding chain_link chain_gap campaign overlap \
    stake service autostart execution posture coverage collected evidence volume hive event_log detector known; do
    dump programs $table >"$work/whole"
    dump only $table >"$work/left"
    same "only: $table is whole ($(wc -l <"$work/whole"))" "$work/whole" "$work/left"
done
is 'there is something to compare' "$(ask only "SELECT (SELECT count(*) FROM service) > 1, (SELECT count(*) FROM autostart) > 0, (SELECT count(*) FROM finding) > 0,
    (SELECT count(*) FROM posture) > 0")" '1|1|1|1'
for case in programs only; do
    ask $case "SELECT p.*, hex(h.sha256), t.state, a.* FROM pe p JOIN artifact a ON a.id = p.artifact JOIN hashes h ON h.artifact = a.id JOIN trust t ON t.artifact = a.id
        WHERE a.name = 'evil.dll'" >"$work/$case.cited"
    # shellcheck disable=SC2016
    ask $case "SELECT path FROM story ORDER BY id" >"$work/$case.story"
done
same 'only: what a finding cites is whole' "$work/programs.cited" "$work/only.cited"
like 'only: and there is such' "$(<"$work/only.cited")" evil
same 'only: findings have their places' "$work/programs.story" "$work/only.story"
is 'only: what starts has its signature and digest' "$(ask only "SELECT count(*) FROM service s JOIN hashes h ON h.artifact = s.image_artifact JOIN trust t ON t.artifact = h.artifact")" 2
is 'only: nothing else' "$(ask only "SELECT (SELECT count(*) FROM pe) = (SELECT count(DISTINCT artifact) FROM finding JOIN pe USING (artifact)),
    (SELECT count(*) FROM artifact WHERE name LIKE 'part%'), (SELECT count(*) FROM hive_value WHERE name = 'UninstallString')")" '1|0|0'
is 'only: sound' "$(ask only 'PRAGMA integrity_check')" ok
is 'only: no free pages' "$(ask only 'PRAGMA freelist_count')" 0

# --- a store takes the same things from each ---
for case in plain programs only all; do
    assay fleet add "$work/$case.store" "$work/$case.case"
    is "fleet add $case" "$status" 0
    plain_store "$work/$case.store" "$work/$case.plain"
    sqlite3 -readonly "$work/$case.plain" 'SELECT t.thing, t.kind, t.path, t.name, t.sha256, t.authentihash, t.signer, t.exports, t.version, t.product, t.built, p.time FROM thing t JOIN presence p ON p.thing = t.thing ORDER BY t.thing' >"$work/$case.things"
    sqlite3 -readonly "$work/$case.store" 'SELECT thing, stage, severity, strength, detector, time, summary FROM mark ORDER BY 1, 5' >>"$work/$case.things"
done
for case in programs only all; do same "fleet: $case says the same" "$work/plain.things" "$work/$case.things"; done
is 'fleet: things of all kinds' "$(cut -d'|' -f2 "$work/only.things" | sort -u | wc -l | awk '{ print ($1 > 3) }')" 1

# --- other commands ---
for command in 'report' 'report --format jsonl' 'report --format sarif' 'timeline' 'explain'; do
    # shellcheck disable=SC2086
    if [[ $command == explain ]]; then assay explain "$work/only.case" 1; else assay $command "$work/only.case"; fi
    is "$command: works" "$status" 0
    like "$command: says that it is a census" "$err" 'is a census'
done
assay report "$work/programs.case"
unlike 'a whole case is none' "$err$out" 'is a census|A census'
assay time "$work/only.case" evil.dll
like 'time: says so' "$err" 'is a census'
assay diff "$work/only.case" "$work/programs.case"
is 'diff: refuses it' "$status $(grep -c 'is a census' <<<"$err")" '2 1'
cp "$work/only.case" "$work/first"
scan only --census-only --replace
is 'twice the same, but for table run' "$(diff <(sqlite3 -readonly "$work/first" .dump | grep -v 'INTO run') <(sqlite3 -readonly "$work/only.case" .dump | grep -v 'INTO run'))" ''

# --- a host with 50,000 programs ---
number=${IMAGES:-50000}
# In memory where there is room for it: so many small files take minutes on a busy disk.
if (($(df --output=avail /dev/shm 2>/dev/null | tail -n 1) > 600000)); then
    swift=$(mktemp -d /dev/shm/assay-test.XXXXXX)
    cleanup() { rm -rf "$swift"; }
    cp -r "$root" "$swift/c"
    root=$swift/c
fi
"$make/makepe" "$work/template" dll export=MarkMarkMarkMark export=DllMain import='KERNEL32.dll!Sleep' product='Microsoft Windows Operating System' company=Contoso
"$make/manyimages" "$work/template" "$root" "$number"
scan many --census-only
size=$(stat -c %s "$work/many.case")
is "many: $number programs more" "$status $(ask many 'SELECT count(*), count(DISTINCT authentihash), count(DISTINCT exports) FROM census')" "0 $((number + 24))|$((number + 24))|$((number + 21))"
is "many: its case has $size bytes, below 8 MB" "$((size < 8000000))" 1
assay fleet add "$work/many.store" "$work/many.case"
is 'many: a store takes them' "$status" 0
finish
