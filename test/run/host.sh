#!/usr/bin/env bash
# What the registry of a host says: an implant's machine, its innocent twin, and the hives alone, whole and damaged.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 mkntfs
for maker in mkimage makepe mkcat hivelines disk mkwmi; do [[ -x $make/$maker ]] || skip_all "$make/$maker is not built"; done
system32=/Windows/System32
catalogs="$system32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}"
class='{42aedc87-2188-41fd-b9a3-0c966feabec1}'
local=/Users/alex/AppData/Local

# --- files: what Microsoft, Contoso, a tool's maker and COMODO signed, and what nobody did. The parts of Windows make the set of
# catalogs complete, so that a lack of a signature can be told. ---

mkdir "$work/files"
pe() { "$make/makepe" "$work/files/$1" "${@:2}"; }
for i in {1..60}; do pe "part$i.dll" dll export="Part$i" company='Microsoft Corporation' product='Microsoft Windows Operating System'; done
pe nlb.dll dll export=Wlbs company='Microsoft Corporation'
pe ikeext.dll dll export=Ike company='Microsoft Corporation'
pe cmd.exe exe import='KERNEL32.dll!Sleep' company='Microsoft Corporation'
pe real.dll dll export=Real company='Microsoft Corporation'
pe guard64.dll dll export=Guard company=COMODO
pe cpuz.exe exe import='KERNEL32.dll!Beep' company=CPUID
pe cpuz.sys sys import='ntoskrnl.exe!MmMapIoSpace' company=CPUID
pe lone.sys sys import='ntoskrnl.exe!MmMapIoSpace' company=Lone
pe sync.exe exe import='KERNEL32.dll!Sleep' company=Contoso
pe sync.dll dll export=Sync company=Contoso
for name in evil.exe free.exe; do pe $name exe import="KERNEL32.dll!Get$name"; done
for name in phantom net load appinit com; do pe $name.dll dll export="$name"; done
pe task.exe exe import='KERNEL32.dll!GetTask'
pe startup.exe exe import='KERNEL32.dll!GetStartup'
pe evil.sys sys import='ntoskrnl.exe!MmMapIoSpace' noise=9000
catalogs() {
    cd "$work/files" && "$make/mkcat" "$work/certificates" '@Microsoft Corporation' part*.dll nlb.dll ikeext.dll cmd.exe real.dll \
        @COMODO guard64.dll @CPUID cpuz.exe cpuz.sys @Contoso sync.exe sync.dll @Lone lone.sys
}
ok 'catalogs of the vendors' catalogs

# A task's file as Windows writes it: what it does is the inside of Actions.
task() { # FILE ACTIONS
    printf '<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo><URI>\\%s</URI></RegistrationInfo><Actions Context="Author">%s</Actions></Task>' \
        "$1" "$2" | iconv -f UTF-8 -t UTF-16LE | { printf '\xff\xfe' && cat; } >"$work/files/$1.task"
}
task Refresh '<Exec><Command>C:\Users\Public\task.exe</Command></Exec>'
task Sync '<Exec><Command>C:\ProgramData\Contoso\sync.exe</Command><Arguments>/update</Arguments></Exec>'
task Real "<ComHandler><ClassId>$class</ClassId></ComHandler>"
# A link, [MS-SHLLINK]: a header and LinkInfo with a volume and a local path.
shell_link() { # FILE PATH
    local size=$((28 + 17 + ${#2} + 2))
    local at
    printf -v at '\\x%02x\\x00\\x00\\x00' "$size" 28 1 28 45 0 $((size - 1))
    { printf '\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46\x02\0\0\0' && head -c 52 /dev/zero && printf "${at:0:16}${at:16:16}${at:32:16}${at:48:16}${at:64:16}${at:80:16}${at:96}" &&
        printf '\x11\0\0\0\x03\0\0\0\0\0\0\0\x10\0\0\0\0%s\0\0' "$2"; } >"$work/files/$1"
}
shell_link sync.lnk 'C:\ProgramData\Contoso\sync.exe'
"$make/mkwmi" "$work/files/implant.wmi" command Updater 'powershell.exe -nop -w hidden -enc AAAA' Boot 'SELECT * FROM __InstanceModificationEvent WITHIN 60'
"$make/mkwmi" "$work/files/windows.wmi" command BVTConsumer 'cscript KernCap.vbs' BVTFilter 'SELECT * FROM __InstanceModificationEvent WITHIN 60'

# --- hives: lines are HIVE KEY NAME TYPE VALUE ---

service() { # NAME TYPE START [IMAGE [LIBRARY]]; the key is of a day on which no file was made
    local key="SYSTEM|ControlSet001/Services/$1"
    printf '%s|Type|dword|%s\n%s|Start|dword|%s\n%s|@time|2021-05-14T09:20:00Z\n' "$key" "$2" "$key" "$3" "$key"
    [[ -z ${4-} ]] || printf '%s|ImagePath|sz|%s\n' "$key" "$4"
    [[ -z ${5-} ]] || printf '%s/Parameters|ServiceDll|sz|%s\n' "$key" "$5"
}
svchost='%SystemRoot%\System32\svchost.exe -k netsvcs -p'
nt='SOFTWARE|Microsoft/Windows NT/CurrentVersion'
run='Microsoft/Windows/CurrentVersion/Run'

common_hives() {
    cat <<LINES
SYSTEM|Select|Current|dword|1
SYSTEM|ControlSet001/Control/Lsa|Authentication Packages|sz|msv1_0
SYSTEM|ControlSet001/Control/Print/Monitors/Local Port|Driver|sz|localspl.dll
$nt|ProductName|sz|Windows 10 Pro
$nt/Winlogon|Shell|sz|explorer.exe
$nt/Winlogon|Userinit|sz|C:\\Windows\\system32\\userinit.exe,
SOFTWARE|Classes/CLSID/$class/InprocServer32||sz|C:\\Windows\\System32\\real.dll
NTUSER|Environment|TEMP|sz|%USERPROFILE%\\AppData\\Local\\Temp
NTUSER|Software/$run|OneDrive|sz|"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe" /background
UsrClass|Local Settings|x|dword|1
LINES
    for name in Refresh Sync Real; do printf "$nt/Schedule/TaskCache/Tree/%s|Id|sz|{1}\n$nt/Schedule/TaskCache/Tree/%s|Index|dword|3\n$nt/Schedule/TaskCache/Tree/%s|SD|hex|01\n" "$name" "$name" "$name"; done
    service Lsass 32 2 '%SystemRoot%\system32\lsass.exe'
    service Abiosdsk 1 1
    service uninstalled 1 3 'System32\drivers\gone.sys'
}

target_hives() {
    common_hives
    printf "$nt/Schedule/TaskCache/Tree/Hidden|Id|sz|{2}\n"
    service IKEEXT 32 2 "$svchost" '%SystemRoot%\System32\ikeext.dll'
    service ctdrv 1 3 '\??\C:\ProgramData\ctdrv.sys'
    service lone 1 3 '\??\C:\Users\Public\lone.sys'
    service mapped 1 3 '\??\C:\Windows\Temp\kq7f.sys'
    service WinHelp 16 2 'C:\Users\Public\svchost.exe -k help'
    service Updates 16 2 '%COMSPEC% /b /c start /b /min powershell.exe -nop -w hidden -encodedcommand AAAA'
    service NetHelp 32 2 "$svchost" 'C:\ProgramData\Net\net.dll'
    cat <<LINES
SYSTEM|ControlSet001/Control/CI/Config|VulnerableDriverBlocklistEnable|dword|0
$nt/Windows|AppInit_DLLs|sz|C:\\ProgramData\\appinit.dll
$nt/Image File Execution Options/sethc.exe|Debugger|sz|C:\\Windows\\System32\\cmd.exe
NTUSER|Software/$run|Load|sz|rundll32.exe C:\\Users\\Public\\load.dll,Entry
UsrClass|CLSID/$class/InprocServer32||sz|C:\\Users\\alex\\com.dll
LINES
}

twin_hives() {
    common_hives
    service IKEEXT 32 3 "$svchost" '%SystemRoot%\System32\ikeext.dll'
    service cpuz 1 3 '\??\C:\Users\alex\AppData\Local\Temp\cpuz\cpuz.sys'
    service cpuz152 1 3 '\??\C:\Windows\Temp\cpuz152.sys'
    service Apache 16 2 '"C:\xampp\apache\httpd.exe" -k runservice'
    service WinDefend 16 2 '"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18\MsMpEng.exe"'
    service Sync 16 2 '"C:\ProgramData\Contoso\sync.exe" /service'
    cat <<LINES
SYSTEM|ControlSet001/Control/CI/Config|VulnerableDriverBlocklistEnable|dword|1
$nt/Windows|AppInit_DLLs|sz|C:\\Windows\\System32\\guard64.dll
$nt/Image File Execution Options/taskmgr.exe|Debugger|sz|"C:\\Tools\\procexp.exe"
SOFTWARE|$run|Gone|sz|C:\\Users\\alex\\Desktop\\gone.exe
NTUSER|Software/$run|Chatter|sz|"C:\\Users\\alex\\AppData\\Local\\Programs\\Chatter\\Chatter.exe" --hidden
NTUSER|Software/$run|Sync|sz|C:\\Users\\alex\\AppData\\Local\\Contoso\\sync.exe
UsrClass|CLSID/$class/InprocServer32||sz|C:\\Users\\alex\\AppData\\Local\\Contoso\\sync.dll
UsrClass|CLSID/{00000000-2188-41fd-b9a3-0c966feabec1}/InprocServer32||sz|C:\\Users\\alex\\AppData\\Local\\Vendor\\shell.dll
LINES
}

hives() { # MACHINE
    local hive
    mkdir "$work/$1"
    "$1_hives" >"$work/$1/lines"
    for hive in SYSTEM SOFTWARE NTUSER UsrClass; do
        sed -n "s/^$hive|//p" "$work/$1/lines" | tr '|' '\t' | "$make/hivelines" "$work/$1/$hive" >"$work/$1/$hive.said" || return
    done
}

# --- volumes ---

# A startup folder, and those on the way to it.
startup=(/Users/alex/AppData/Roaming)
for name in Microsoft Windows 'Start Menu' Programs Startup; do startup+=("${startup[-1]}/$name"); done
common_tree() { # MACHINE
    local folder files=$work/files
    for folder in /Windows $system32 $system32/drivers $system32/config $system32/CatRoot "$catalogs" /Windows/Temp '/Program Files' \
        $system32/Tasks $system32/wbem $system32/wbem/Repository /ProgramData /Users /Users/Public /Users/alex /Users/alex/AppData $local $local/Microsoft $local/Microsoft/Windows \
        "${startup[@]}"; do
        echo "dir|$folder"
    done
    for ((i = 1; i <= 60; i++)); do echo "file|$system32/part$i.dll|$files/part$i.dll"; done
    for name in ikeext.dll real.dll cmd.exe; do echo "file|$system32/$name|$files/$name"; done
    cat <<MANIFEST
file|$catalogs/windows.cat|$work/certificates/Microsoft Corporation.cat
file|$catalogs/comodo.cat|$work/certificates/COMODO.cat
file|$catalogs/cpuid.cat|$work/certificates/CPUID.cat
file|$catalogs/contoso.cat|$work/certificates/Contoso.cat
file|$catalogs/lone.cat|$work/certificates/Lone.cat
file|$system32/Tasks/Refresh|$files/$([[ $1 == target ]] && echo Refresh || echo Sync).task
file|$system32/Tasks/Sync|$files/Sync.task
file|$system32/Tasks/Real|$files/Real.task
file|${startup[-1]}/sync.lnk|$files/sync.lnk
file|$system32/config/SYSTEM|$work/$1/SYSTEM
file|$system32/config/SOFTWARE|$work/$1/SOFTWARE
file|/Users/alex/NTUSER.DAT|$work/$1/NTUSER
file|$local/Microsoft/Windows/UsrClass.dat|$work/$1/UsrClass
MANIFEST
}

target_tree() {
    local files=$work/files
    common_tree target
    cat <<MANIFEST
file|$system32/wlbsctrl.dll|$files/phantom.dll
file|$system32/wbem/Repository/OBJECTS.DATA|$files/implant.wmi
file|${startup[-1]}/startup.exe|$files/startup.exe
file|/Users/Public/task.exe|$files/task.exe
file|/ProgramData/ctdrv.sys|$files/evil.sys
file|/Users/Public/lone.sys|$files/lone.sys
file|/Users/Public/svchost.exe|$files/evil.exe
file|/Users/Public/load.dll|$files/load.dll
dir|/ProgramData/Net
file|/ProgramData/Net/net.dll|$files/net.dll
file|/ProgramData/appinit.dll|$files/appinit.dll
file|/Users/alex/com.dll|$files/com.dll
MANIFEST
}

twin_tree() {
    local files=$work/files
    common_tree twin
    for folder in /ProgramData/Contoso /Tools /xampp /xampp/apache '/Program Files/CPUID' $local/Temp $local/Temp/cpuz $local/Contoso $local/Vendor \
        $local/Programs $local/Programs/Chatter; do
        echo "dir|$folder"
    done
    cat <<MANIFEST
file|$system32/wlbsctrl.dll|$files/nlb.dll
file|$system32/wbem/Repository/OBJECTS.DATA|$files/windows.wmi
file|$system32/guard64.dll|$files/guard64.dll
file|/Program Files/CPUID/cpuz.exe|$files/cpuz.exe
file|$local/Temp/cpuz/cpuz.sys|$files/cpuz.sys
file|/xampp/apache/httpd.exe|$files/free.exe
file|/ProgramData/Contoso/sync.exe|$files/sync.exe
file|/Tools/procexp.exe|$files/sync.exe
file|$local/Contoso/sync.exe|$files/sync.exe
file|$local/Contoso/sync.dll|$files/sync.dll
file|$local/Vendor/shell.dll|$files/net.dll
file|$local/Programs/Chatter/Chatter.exe|$files/free.exe
MANIFEST
}

image() { # MACHINE
    hives "$1" || return
    truncate -s 64M "$work/$1/volume"
    mkntfs -F -Q -q -s 512 -p 2048 "$work/$1/volume" >"$work/$1/mkntfs" 2>&1 || return
    "$1_tree" | tr '|' '\t' >"$work/$1/manifest"
    "$make/mkimage" "$work/$1/volume" "$work/$1/manifest" && "$make/disk" gpt "$work/$1.img" "$work/$1/volume" && rm "$work/$1/volume"
}
scan() { # CASE EVIDENCE...
    rm -f "$work/$1.assay"
    assay scan --roots "$work/certificates/roots.pem" --fail-on never -o "$work/$1.assay" "${@:2}"
}
# Findings of a case, as SEVERITY STRENGTH JUDGE PATH.
judges="'driver_service', 'driver_unsigned', 'driver_known', 'dll_phantom', 'service_odd', 'persistence', 'task_hidden', 'posture'"
found() { sqlite3 -separator ' ' "$work/$1.assay" "SELECT severity, strength, detector, path FROM story WHERE detector IN ($judges) AND severity <> 'info' ORDER BY path, detector, severity"; }
detail() { sqlite3 "$work/$1.assay" "SELECT d.value FROM finding_detail d JOIN story s ON s.id = d.finding WHERE s.path = '$2' AND s.detector = '$3' AND d.key = '$4'"; }
ok 'a machine with an implant' image target
ok 'its innocent twin' image twin

scan target "$work/target.img"
is 'it is scanned' "$status" 0
story=$out
is 'the implant is found, each part once' "$(found target)" "medium firm service_odd /ProgramData/Net/net.dll
high firm persistence /ProgramData/appinit.dll
high firm driver_unsigned /ProgramData/ctdrv.sys
high firm persistence /Users/Public/load.dll
medium firm driver_service /Users/Public/lone.sys
medium firm persistence /Users/Public/task.exe
medium firm persistence ${startup[-1]}/startup.exe
high firm persistence /Users/alex/com.dll
high strong persistence /Windows/System32/config/SOFTWARE
high strong task_hidden /Windows/System32/config/SOFTWARE
medium firm driver_service /Windows/System32/config/SYSTEM
low firm posture /Windows/System32/config/SYSTEM
high firm service_odd /Windows/System32/config/SYSTEM
high firm persistence /Windows/System32/wbem/Repository/OBJECTS.DATA
high firm dll_phantom /Windows/System32/wlbsctrl.dll"
like 'a service is told with the disguise of its program' "$(detail target /Users/Public/svchost.exe file_disguised 'started by service')" '^WinHelp$'
like 'the key of a driver that another judge tells is told there' "$(detail target /ProgramData/ctdrv.sys driver_unsigned 'service key')" '^ctdrv, on demand, written 2021-05-14'
is 'the driver that is gone is named' "$(detail target /Windows/System32/config/SYSTEM driver_service driver)" /Windows/Temp/kq7f.sys
is 'the service that loads the phantom library' "$(detail target /Windows/System32/wlbsctrl.dll dll_phantom start)" automatic
is 'what hides is told as it is written' "$(detail target /Windows/System32/config/SYSTEM service_odd command)" \
    '%COMSPEC% /b /c start /b /min powershell.exe -nop -w hidden -encodedcommand AAAA'
is 'what binds a WMI consumer' "$(detail target /Windows/System32/wbem/Repository/OBJECTS.DATA persistence value)" \
    'Boot: SELECT * FROM __InstanceModificationEvent WITHIN 60'
is 'the task that is hidden' "$(detail target /Windows/System32/config/SOFTWARE task_hidden task)" /Hidden
like 'the story has the host' "$story" '^Host +Windows 10 Pro; driver blocklist off'

scan twin "$work/twin.img"
is 'the twin is scanned' "$status" 0
is 'nothing at medium or above' "$(sqlite3 -separator ' ' "$work/twin.assay" "SELECT severity, detector, path, summary FROM story WHERE severity IN ('medium', 'high', 'critical')")" ''
is 'what a tool leaves in Temp is an exposure' "$(found twin)" "low firm driver_service $local/Temp/cpuz/cpuz.sys
low firm driver_service /Windows/System32/config/SYSTEM"

is 'its tasks, link and subscription were followed' "$(sqlite3 -separator ' ' "$work/twin.assay" "SELECT kind, name, path, path_state FROM autostart WHERE kind IN ('task', 'startup', 'wmi_command') ORDER BY kind, name, path")" \
    "startup sync.lnk /ProgramData/Contoso/sync.exe found
task ComHandler /Windows/System32/real.dll found
task Exec /ProgramData/Contoso/sync.exe found
task Exec /ProgramData/Contoso/sync.exe found
wmi_command BVTFilter: SELECT * FROM __InstanceModificationEvent WITHIN 60 cscript KernCap.vbs not testable"

# The hives alone: nothing is said to be absent, nothing is unsigned.
mkdir -p "$work/alone/C$system32/config"
cp "$work/twin/SYSTEM" "$work/twin/SOFTWARE" "$work/alone/C$system32/config/"
scan alone "$work/alone"
is 'hives alone say nothing at medium or above' "$(sqlite3 "$work/alone.assay" "SELECT detector, summary FROM story WHERE severity IN ('medium', 'high', 'critical')")" ''
is 'no file is absent' "$(sqlite3 "$work/alone.assay" "SELECT count(*) FROM service WHERE image_state = 'absent'")" 0
cp "$work/target/SYSTEM" "$work/target/SOFTWARE" "$work/alone/C$system32/config/"
scan alone "$work/alone"
is 'those of the implant tell what the keys themselves show' "$(found alone | cut -d' ' -f1-3 | sort | uniq -c | awk '{ print $1, $2, $3, $4 }')" "1 high firm service_odd
1 high strong persistence
1 low firm posture
3 low weak driver_service
1 low weak persistence
1 medium firm service_odd
1 medium firm task_hidden"

# Damage: halves and holes of the hives end no judge.
for ((at = 1; at <= 5; at++)); do
    size=$(stat -c %s "$work/target/SYSTEM")
    head -c $((size * at / 6)) "$work/target/SYSTEM" >"$work/alone/C$system32/config/SYSTEM"
    cp "$work/target/SOFTWARE" "$work/alone/C$system32/config/SOFTWARE"
    printf 'damage, and more of it' | dd of="$work/alone/C$system32/config/SOFTWARE" bs=1 seek=$((4096 + 331 * at)) conv=notrunc status=none
    scan alone "$work/alone"
    [[ $status == [03] ]] || break
done
is 'damaged hives are scanned to the end' "$at $status" "6 $status"
same_case() { sqlite3 "$work/$1.assay" 'SELECT * FROM service; SELECT * FROM autostart; SELECT * FROM posture; SELECT * FROM story'; }
same_case target >"$work/one"
scan target --jobs 1 "$work/target.img"
same_case target >"$work/two"
same 'one worker says the same' "$work/one" "$work/two"
finish
