#!/usr/bin/env bash
# What ran and what was removed: hives and logs as other tools read them, a machine with a driver that came and went, its
# innocent twin, and real logs, of which nothing may be said that is not true.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 awk od xzcat
corpora=$shared/corpora
scan() { "$ASSAY" scan --fail-on never -o "$work/case" --replace "$@" >"$work/out" 2>"$work/err"; }
ask() { sqlite3 -separator '|' "$work/case" "$1"; }

# --- as others read them ---

# Values of reglookup as lines KEY<tab>NAME<tab>VALUE; %HH is undone, for data only if asked for.
lookup() { # file, pattern of keys, "raw" leaves the data
    xzcat "$corpora/golden/registry/$1" | awk -F, -v pattern="$2" -v raw="${3:-}" '
        BEGIN { for (i = 0; i < 256; i++) { h = sprintf("%02X", i); code[h] = sprintf("%c", i) } OFS = "\t" }
        function plain(text,    out, at) {
            while (at = index(text, "%")) { out = out substr(text, 1, at - 1) code[substr(text, at + 1, 2)]; text = substr(text, at + 3) }
            return out text
        }
        $2 != "KEY" && $1 ~ pattern { n = match($1, "/[^/]*$"); print substr($1, 1, n - 1), plain(substr($1, n + 1)), raw ? $3 : plain($3) }'
}
hive=$corpora/plaso/registry/winreg/Amcache.hve
if [[ -f $hive && -d $corpora/golden/registry ]]; then
    scan "$hive"
    lookup plaso__registry__winreg__Amcache.hve.reglookup.csv.xz '^/Root/File/[^/]+/[^/]+/(15|101|6|f|11)$' |
        awk -F'\t' '{ key[$1]; value[$1, $2] = $3 }
            END { for (k in key) print value[k, 15] "|" tolower(substr(value[k, 101], 5)) "|" value[k, 6] "|" value[k, "f"] "|" value[k, 11] }' | sort >"$work/theirs"
    ask "SELECT replace(path, '\\\\', '\\'), lower(hex(sha1)), iif(size IS NULL, '', printf('0x%08X', size)), iif(link_time IS NULL, '',
        printf('0x%08X', link_time / 10000000 - 11644473600)), iif(modified IS NULL, '', printf('0x%016X', modified)) FROM amcache
        WHERE kind = 'file' AND state = 'live' AND coalesce(path, sha1, size, link_time, modified) IS NOT NULL" | sort >"$work/ours"
    same 'Amcache: paths, digests, sizes and times as reglookup has them' "$work/ours" "$work/theirs"
    ok 'these are many' test "$(wc -l <"$work/ours")" -gt 1000
    is 'its paths are of the table execution, as present' "$(ask "SELECT group_concat(DISTINCT kind || ' ' || source) FROM execution")" 'present amcache'
    for name in NTUSER.DAT NTUSER-WIN7.DAT; do
        scan "$corpora/plaso/registry/$name"
        # Data of 16 or 72 bytes, but for the names of the counting itself.
        lookup "plaso__registry__$name.reglookup.csv.xz" '/UserAssist/[^/]+/Count/' raw |
            awk -F'\t' '{ data = $3; gsub(/%[0-9A-F][0-9A-F]/, "x", data) } length(data) == 16 || length(data) == 72 { print $2 }' |
            tr 'A-Za-z' 'N-ZA-Mn-za-m' | grep -v '^UEME_CTL' | sort >"$work/theirs"
        ask "SELECT replace(name, '\\\\', '\\') FROM userassist WHERE state = 'live'" | sort >"$work/ours"
        same "$name: what was started, as reglookup has the names" "$work/ours" "$work/theirs"
        ok 'there is some' test -s "$work/ours"
    done
    is 'numbers and times as Plaso expects them (7)' "$(ask "SELECT runs, focuses, focus_ms, datetime(last_run / 10000000 - 11644473600, 'unixepoch') FROM userassist
        WHERE name = 'Microsoft.Windows.GettingStarted'")" '14|21|420000|2010-11-10 07:49:37'
    scan "$corpora/plaso/registry/NTUSER.DAT"
    is 'and of XP' "$(ask "SELECT runs, datetime(last_run / 10000000 - 11644473600, 'unixepoch') FROM userassist WHERE name LIKE '%MSN.lnk'")" '14|2009-08-04 15:11:22'
else
    skip 'Amcache and UserAssist' 'the corpora are absent'
fi
if [[ -d $corpora/Velocidex-regparser/appcompatcache ]]; then
    mkdir "$work/caches"
    for name in Win10 Win81 win7x64 WinXPx86; do
        printf 'ControlSet001/Control/Session Manager/AppCompatCache\tAppCompatCache\thex\t%s\nSelect\tCurrent\tdword\t1\n' \
            "$(od -An -v -tx1 "$corpora/Velocidex-regparser/appcompatcache/$name.bin" | tr -d ' \n')" | "$make/hivelines" "$work/caches/$name"
    done
    scan "$work/caches"
    is 'shimcache: entries of four versions of Windows' "$(ask 'SELECT a.name, layout, count(*) FROM shimcache s JOIN artifact a ON a.id = s.artifact GROUP BY 1 ORDER BY 1')" \
        $'Win10|10|350\nWin81|8.1|1024\nWinXPx86|xp|17\nwin7x64|7|304'
    is 'none of them is damaged' "$(ask "SELECT count(*) FROM finding WHERE detector = 'damaged'")" 0
else
    skip 'shimcache' 'the corpora are absent'
fi

mkdir "$work/named"
printf 'Select\tCurrent\tdword\t1\n' | "$make/hivelines" "$work/named/hosts"
printf '0.0.0.0 a.example.com\n' >"$work/named/Hosts"
scan "$work/named"
is 'a file hosts is text: a hive of that name is a hive' "$(ask 'SELECT (SELECT count(*) FROM hive), (SELECT count(*) FROM host_name)')" '1|1'

# --- real logs and hives ---

if [[ -d $corpora/omerbenamram-evtx/samples ]]; then
    scan "$corpora/omerbenamram-evtx" "$corpora/plaso/registry" "$corpora/plaso/prefetch" "$corpora/EricZimmerman-Registry/Hives"
    # Somebody cleared Sysmon's log twice while he tried it out: event 104, written by Windows itself.
    is 'real ones: nothing at low or above but a log that was cleared' "$(ask "SELECT f.detector, f.severity, a.name, d.value FROM finding f JOIN artifact a ON a.id = f.artifact
        JOIN finding_detail d ON d.finding = f.id AND d.key = 'log' WHERE f.severity > 0 UNION SELECT f.detector, f.severity, '', '' FROM finding f WHERE f.severity > 0 AND
        f.detector <> 'evidence_removed' ORDER BY 1")" 'evidence_removed|2|system.evtx|Microsoft-Windows-Sysmon/Operational'
else
    skip 'real logs' 'the corpora are absent'
fi

# --- a machine and its twin ---

command -v mkntfs >/dev/null || { skip 'machines' 'mkntfs is not installed' && finish; }
folders() {
    local path
    for path in /Windows /Windows/Temp /Windows/System32 /Windows/System32/{config,drivers,drivers/etc,winevt,winevt/Logs,LogFiles,LogFiles/Firewall} \
        /Windows/AppCompat /Windows/AppCompat/Programs '/Program Files' '/Program Files/Tool'; do
        printf 'dir\t%s\n' "$path"
    done
}
sha() { printf '0000%s' "$(sha1sum <"$1" | cut -c1-40)"; }
time=2024-05-06T07:08
# system NAME SERVICE IMAGE RUN: a hive with one driver, and one program that ran.
system() {
    {
        printf 'Select\tCurrent\tdword\t1\nSelect\tDefault\tdword\t1\n'
        printf 'ControlSet001/Services/%s\tType\tdword\t1\nControlSet001/Services/%s\tImagePath\tsz\t%s\n' "$2" "$2" "$3"
        printf 'ControlSet001/Services/bam/State/UserSettings/S-1-5-21-1\t%s\thex\t%s\n' "$4" 0080d6d8c9a0da0100000000000000000000000000000000
        printf 'ControlSet001/Control/Session Manager/Memory Management/PrefetchParameters\tEnablePrefetcher\tdword\t3\n'
    } | "$make/hivelines" "$work/$1.SYSTEM"
}
# amcache NAME PATH-IN-KEY FILE SIGNED
amcache() {
    printf 'Root/InventoryDriverBinary/%s\tDriverId\tsz\t%s\nRoot/InventoryDriverBinary/%s\tDriverSigned\tdword\t%s\n' "${2//\//%2F}" "$(sha "$3")" "${2//\//%2F}" "$4" |
        "$make/hivelines" "$work/$1.Amcache"
}
machine() { # NAME; further lines of the manifest on standard input
    {
        folders
        printf 'file\t/Windows/System32/config/SYSTEM\t%s\nfile\t/Windows/AppCompat/Programs/Amcache.hve\t%s\n' "$work/$1.SYSTEM" "$work/$1.Amcache"
        printf 'file\t/Windows/System32/winevt/Logs/%s\t%s\n' System.evtx "$work/$1.System" Sysmon.evtx "$work/$1.Sysmon"
        printf 'file\t/Windows/System32/drivers/etc/hosts\t%s\n' "$work/$1.hosts"
        printf 'file\t/Windows/System32/LogFiles/Firewall/pfirewall.log\t%s\n' "$work/$1.firewall"
        cat
    } | volume "$work/$1.image" 48 2>"$work/err"
}
firewall='#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n#Time Format: Local\r\n#Fields: date time action protocol src-ip dst-ip src-port dst-port path\r\n'
sysmon=Microsoft-Windows-Sysmon
channel=$sysmon/Operational
"$make/makepe" "$work/gone.sys" sys import=ntoskrnl.exe!IoCreateDevice time=1700000000
"$make/makepe" "$work/stays.sys" sys import=ntoskrnl.exe!IoCreateDevice text=other time=1700000001
"$make/makepe" "$work/tool.exe" exe company=Tool

system bad evil '\\??\\C:\\Windows\\Temp\\evil.sys' '\\Device\\HarddiskVolume3\\Program Files\\Tool\\tool.exe'
amcache bad c:/windows/temp/gone.sys "$work/gone.sys" 0
{
    printf '%s:09Z\tService Control Manager\t7045\tSystem\tHOST\tServiceName=gone\tImagePath=C:\\Windows\\Temp\\gone.sys\tServiceType=kernel mode driver\n' "$time"
    printf '%s:10Z\tService Control Manager\t7040\tSystem\tHOST\tparam1=IKE\tparam2=demand start\tparam3=auto start\tparam4=IKEEXT\n' "$time"
    printf '%s:11Z\tNoise\t1\tSystem\tHOST\tText=a\n%s:12Z\tNoise\t1\tSystem\tHOST\tText=a\t@gap=9\n' "$time" "$time"
} | "$make/mkevtx" "$work/bad.System"
{
    printf "%s:09Z\\t$sysmon\\t6\\t$channel\\tHOST\\tImageLoaded=C:\\\\Windows\\\\Temp\\\\gone.sys\\tHashes=SHA1=%s\\tSigned=false\\n" "$time" "$(sha1sum <"$work/gone.sys" | cut -c1-40)"
    printf "%s:10Z\\t$sysmon\\t22\\t$channel\\tHOST\\tQueryName=cdn.akamaicontainer.com\\tImage=C:\\\\Program Files\\\\Tool\\\\tool.exe\\n" "$time"
    printf "%s:11Z\\t$sysmon\\t1\\t$channel\\tHOST\\tImage=C:\\\\Windows\\\\System32\\\\vssadmin.exe\\tCommandLine=vssadmin delete shadows /all\\n" "$time"
} | "$make/mkevtx" "$work/bad.Sysmon"
printf '10.9.8.7 visualstudiofactory.com\r\n' >"$work/bad.hosts"
printf "${firewall}2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 192.0.2.66 1000 443 SEND\r\n" >"$work/bad.firewall"

system good tool '\\??\\C:\\Program Files\\Tool\\tool.sys' '\\Device\\HarddiskVolume3\\Program Files\\Tool\\tool.exe'
amcache good 'c:/program files/tool/tool.sys' "$work/stays.sys" 1
{
    printf '%s:09Z\tService Control Manager\t7045\tSystem\tHOST\tServiceName=tool\tImagePath=C:\\Program Files\\Tool\\tool.exe\tServiceType=user mode service\n' "$time"
    printf '%s:10Z\tService Control Manager\t7040\tSystem\tHOST\tparam1=BITS\tparam2=auto start\tparam3=demand start\tparam4=BITS\n' "$time"
    printf '%s:11Z\tNoise\t104\tSystem\tHOST\tText=a\n' "$time"
} | "$make/mkevtx" "$work/good.System"
{
    printf "%s:09Z\\t$sysmon\\t6\\t$channel\\tHOST\\tImageLoaded=C:\\\\Program Files\\\\Tool\\\\tool.sys\\tSigned=true\\tSignatureStatus=Valid\\tSignature=Tool\\n" "$time"
    printf "%s:10Z\\t$sysmon\\t22\\t$channel\\tHOST\\tQueryName=akamaicontainer.com.example.org\\tImage=C:\\\\Program Files\\\\Tool\\\\tool.exe\\n" "$time"
    printf "%s:11Z\\t$sysmon\\t1\\t$channel\\tHOST\\tImage=C:\\\\Windows\\\\System32\\\\vssadmin.exe\\tCommandLine=vssadmin list shadows\\n" "$time"
} | "$make/mkevtx" "$work/good.Sysmon"
printf '# 10.9.8.7 visualstudiofactory.com\r\n0.0.0.0 akamaicontainer.com\r\n' >"$work/good.hosts"
printf "${firewall}2024-05-06 07:08:09 DROP TCP 192.0.2.66 10.0.0.1 1000 443 RECEIVE\r\n" >"$work/good.firewall"

if printf 'file\t/Windows/Temp/evil.sys\t%s\nfile\t/Program Files/Tool/tool.exe\t%s\nfile\t/Windows/Temp/drop.sys\t%s\ndelete\t/Windows/Temp/drop.sys\n' \
    "$work/stays.sys" "$work/tool.exe" "$work/gone.sys" | machine bad &&
    printf 'file\t/Program Files/Tool/tool.sys\t%s\nfile\t/Program Files/Tool/tool.exe\t%s\n' "$work/stays.sys" "$work/tool.exe" | machine good; then
    scan "$work/bad.image"
    told="SELECT severity || '/' || strength FROM finding WHERE detector"
    like 'a driver that is gone: once, high' "$(ask "SELECT severity, summary FROM finding WHERE detector = 'driver_ephemeral' AND severity > 1")" '^3\|A driver whose signature Windows did not accept.* is gone$'
    like 'with all that tells of it' "$(ask "SELECT group_concat(value, ' ') FROM finding_detail d JOIN finding f ON f.id = d.finding WHERE detector = 'driver_ephemeral' AND severity > 1")" \
        'gone\.sys.*installed as a service.*7045'
    is 'hosts: a name below a listed one, and one that is redirected' "$(ask "SELECT d.value, severity, strength FROM finding f JOIN finding_detail d ON d.finding = f.id AND d.key = 'host' WHERE detector = 'ioc_network' ORDER BY 1")" \
        $'cdn.akamaicontainer.com|3|1\nvisualstudiofactory.com|3|1'
    is 'records are missing, and shadow copies were deleted' "$(ask "SELECT summary FROM finding WHERE detector = 'evidence_removed' AND severity > 1 ORDER BY 1")" \
        $'Records are missing inside of an event log\nShadow copies were deleted by a command'
    is 'what ran, was loaded and was there' "$(ask "SELECT kind, source, path, a.name FROM execution x LEFT JOIN artifact a ON a.id = x.artifact WHERE path LIKE '%tool.exe' OR path LIKE '%gone.sys' ORDER BY 2")" \
        $'present|amcache|/windows/temp/gone.sys|\nexecuted|bam|/Program Files/Tool/tool.exe|tool.exe\npresent|event 7045|/Windows/Temp/gone.sys|\nloaded|sysmon 6|/Windows/Temp/gone.sys|'
    is 'IKEEXT was changed: history, no finding' "$(ask "SELECT detail FROM execution WHERE kind = 'changed'")" 'IKEEXT: demand start, now auto start'
    is 'an address is listed by whoever brings it' "$(printf 'type,value,name\nip,192.0.2.66,C2\n' >"$work/net.csv" && ASSAY_INTEL=$work/intel "$ASSAY" intel add "$work/net.csv" >/dev/null &&
        ASSAY_INTEL=$work/intel scan "$work/bad.image" && ask "SELECT severity, strength FROM finding f JOIN artifact a ON a.id = f.artifact WHERE detector = 'ioc_network' AND name = 'pfirewall.log'")" '2|0'
    scan "$work/good.image"
    is 'the innocent twin: nothing at medium or above' "$(ask "SELECT detector, severity, summary FROM finding WHERE severity > 1 ")" ''
    is 'what blocks a listed host is told as that' "$(ask "$told = 'ioc_network'")" '0/1'
    scan --jobs 1 "$work/bad.image" && cp "$work/case" "$work/one" && scan --jobs 2 "$work/bad.image"
    for table in execution connection host_name amcache bam finding_detail; do
        is "the same rows by one worker: $table" "$(sqlite3 "$work/one" "SELECT * FROM $table" | sha256sum)" "$(ask "SELECT * FROM $table" | sha256sum)"
    done
else
    fail 'machines' "$(cat "$work/err")"
fi
finish
