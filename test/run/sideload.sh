#!/usr/bin/env bash
# Libraries in the stead of others, images that read a file beside them, and content that is not what its name promises, on the drive of a
# collection whose catalogs are complete; beside each of them what looks like it and is innocent. All images are one return.
. "$(dirname "$0")/lib.sh"
need_program
need_tools sqlite3 openssl
for maker in makepe mkcat forge hivelines; do [[ -x $make/$maker ]] || skip_all "$make/$maker is not built"; done

drive=$work/drive/C system32=$work/drive/C/Windows/System32
windows=(company='Microsoft Corporation' product='Microsoft Windows Operating System')
mkdir -p "$system32/config/TxR" "$system32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}"
pe() { # PATH KIND WORD...
    mkdir -p "$drive/${1%/*}"
    "$make/makepe" "$drive/$1" "${@:2}"
}
copy() {
    mkdir -p "$drive/${2%/*}"
    cp "$drive/$1" "$drive/$2"
}

# Windows.
for i in {1..60}; do pe "Windows/System32/part$i.dll" dll export="Part$i" "${windows[@]}"; done
pe Windows/System32/winscard.dll dll export=SCardConnectW export=SCardTransmit "${windows[@]}"
pe Windows/System32/version.dll dll export=GetFileVersionInfoW export=VerQueryValueW "${windows[@]}"
pe Windows/System32/ws2_32.dll dll export=socket "${windows[@]}"
pe Windows/System32/TpmVscMgrSvr.exe exe import='winscard.dll!SCardConnectW' import='ws2_32.dll!socket' "${windows[@]}"
pe Windows/System32/svchost.exe exe "${windows[@]}"
printf '%s\n' $'Select\tCurrent\tdword\t1' $'ControlSet001/Control/Session Manager/KnownDLLs\tWS2_32\tsz\tWS2_32.dll' \
    $'ControlSet001/Control/IDConfigDB/Hardware Profiles/0001\tHwProfileGuid\tsz\t{5a3c1f0e-7b1d-11ed-9c3b-806e6f6e6963}' |
    "$make/hivelines" "$system32/config/SYSTEM"

# X_TRADER's pair; the same program with libraries that are in no stead; a known library, which is never found there.
copy Windows/System32/TpmVscMgrSvr.exe ProgramData/TPM/TpmVscMgrSvr.exe
pe ProgramData/TPM/winscard.dll dll export=SCardConnectW
copy Windows/System32/TpmVscMgrSvr.exe ProgramData/Copy/TpmVscMgrSvr.exe
copy Windows/System32/winscard.dll ProgramData/Copy/winscard.dll
copy Windows/System32/TpmVscMgrSvr.exe ProgramData/Known/TpmVscMgrSvr.exe
pe ProgramData/Known/ws2_32.dll dll export=socket
# A library that hands on what it is asked for, and a game's mod of the same shape.
pe 'Program Files/Maker/tool.exe' exe import='version.dll!VerQueryValueW' company=Maker
pe 'Program Files/Maker/version.dll' dll forward=GetFileVersionInfoW=versionx.GetFileVersionInfoW forward=VerQueryValueW=versionx.VerQueryValueW
copy Windows/System32/version.dll 'Program Files/Maker/versionx.dll'
pe 'Program Files/Steam/steamapps/common/Race/race.exe' exe import='dxgi.dll!CreateDXGIFactory' import='version.dll!VerQueryValueW' company=Racer
pe 'Program Files/Steam/steamapps/common/Race/dxgi.dll' dll forward=CreateDXGIFactory=dxgi2.CreateDXGIFactory forward=Other=dxgi2.Other
pe 'Program Files/Steam/steamapps/common/Race/version.dll' dll forward=GetFileVersionInfoW=mod.GetFileVersionInfoW forward=VerQueryValueW=mod.VerQueryValueW
# 3CX's pair, and an Electron application, which has the same two names.
phone='Program Files/Phone/app'
pe "$phone/phone.exe" exe import='ffmpeg.dll!avcodec_open' company=Phone
pe "$phone/ffmpeg.dll" dll export=avcodec_open wide=d3dcompiler_47.dll company=Phone
"$make/forge" sign "$work/signed.dll" 4000 dll >/dev/null
"$make/forge" slack "$work/signed.dll" "$drive/$phone/d3dcompiler_47.dll" 20000 7 >/dev/null
electron='Users/a/AppData/Local/Programs/chat'
pe "$electron/chat.exe" exe import='ffmpeg.dll!avcodec_open' import='dbghelp.dll!MiniDumpWriteDump' company=Chat text=libGLESv2.dll
pe "$electron/ffmpeg.dll" dll export=avcodec_open
pe "$electron/libGLESv2.dll" dll export=eglInitialize text=d3dcompiler_47.dll
pe "$electron/d3dcompiler_47.dll" dll export=D3DCompile "${windows[@]}"
pe "$electron/dbghelp.dll" dll export=MiniDumpWriteDump
# A program beside a library of which nothing is odd without a list.
pe Users/a/Reader/reader.exe exe import='readerlib.dll!Open' company=Reader
pe Users/a/Reader/readerlib.dll dll export=Open
# Names.
pe Windows/System32/MsMpEng.exe exe
pe 'ProgramData/Microsoft/Windows Defender/Platform/4.18/MsMpEng.exe' exe "${windows[@]}"
copy Windows/System32/svchost.exe Users/a/copy/svchost.exe
{ printf '\x15\0\1\0\x02\0\x02\0'; head -c 8184 /dev/zero; } >"$system32/config/TxR/{5A3C1F0E-7B1D-11ED-9C3B-806E6F6E6963}.TxR.0.regtrans-ms"
for i in 0 1 2; do head -c 8192 /dev/zero >"$system32/config/TxR/{53b39e88-18c4-11ea-a811-000d3aa4692b}.TxR.$i.regtrans-ms"; done
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 0 -in /dev/zero 2>/dev/null | head -c 8192 >"$work/noise"
cp "$work/noise" "$system32/krwve.jat"
# A log's head, or zeros, and then a payload; a log with one dense place is one.
openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 1 -in /dev/zero 2>/dev/null | head -c 65536 >"$work/payload"
{ printf '\x15\0\1\0\x02\0\x02\0'; cat "$work/payload"; } >"$system32/config/TxR/{c1}.TxR.1.regtrans-ms"
{ head -c 4096 /dev/zero; cat "$work/payload"; } >"$system32/config/TxR/{c2}.TxR.1.regtrans-ms"
{ head -c 16384 /dev/zero; head -c 20000 "$work/payload"; head -c 29152 /dev/zero; } >"$system32/config/TxR/{c3}.TxR.1.regtrans-ms"
{ printf '\x1f\x8b\x08'; cat "$work/noise"; } >"$system32/packed.jat"
icon() { printf '\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x28\0\0\0\x16\0\0\0\x28\0\0\0%036d' 0; }
icon >"$drive/Users/a/plain.ico"
{ icon; printf '$'; head -c 150 "$work/noise" | base64 -w 0; } >"$drive/Users/a/icon1.ico"
{ icon; printf 'Made with a tool'; } >"$drive/Users/a/remark.ico"
{ printf 'GIF89a\1\0\1\0\x80\0\0\1\2\3\4\5\6\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0\x3b'; head -c 2000 "$work/noise"; } >"$drive/Users/a/note.gif"

"$make/mkcat" "$work/certificates" '@Microsoft Corporation' "$system32"/{part*,winscard,version,ws2_32}.dll \
    "$system32"/{TpmVscMgrSvr,svchost}.exe "$drive/$electron/d3dcompiler_47.dll" \
    "$drive/ProgramData/Microsoft/Windows Defender/Platform/4.18/MsMpEng.exe" \
    @Maker "$drive/Program Files/Maker/tool.exe" @Racer "$drive/Program Files/Steam/steamapps/common/Race/race.exe" \
    @Phone "$drive/$phone"/{phone.exe,ffmpeg.dll} @Chat "$drive/$electron/chat.exe" @Reader "$drive/Users/a/Reader/reader.exe" >/dev/null
cp "$work/certificates"/*.cat "$system32"/CatRoot/*/
assay scan --roots "$work/certificates/roots.pem" --fail-on high -o "$work/case" "$work/drive"
is 'something grave is found: status 1' "$status" 1
told() { # DETECTOR: severity, strength and path of its findings
    sqlite3 -separator ' ' "$work/case" "SELECT f.severity || ':' || f.strength, o.path || '/' || a.name FROM finding f JOIN artifact a
        ON a.id = f.artifact JOIN folder o ON o.id = a.folder WHERE f.detector = '$1' ORDER BY 2"
}
is 'the catalogs are complete' "$(sqlite3 "$work/case" "SELECT sum(state = 'unknown'), sum(state = 'unsigned') > 5 FROM trust")" '0|1'
is 'dll_sideload: the copy of a program of Windows, and the proxy, and nothing else' "$(told dll_sideload)" \
    "2:1 /Program Files/Maker/version.dll"$'\n'"3:1 /ProgramData/TPM/winscard.dll"
is 'extends_sibling: hidden bytes, and the note that every Electron application gets' "$(told extends_sibling)" \
    "3:2 /$phone/ffmpeg.dll"$'\n'"0:0 /$electron/libGLESv2.dll"
is 'file_disguised' "$(told file_disguised)" "2:1 /Users/a/icon1.ico
0:0 /Users/a/note.gif
0:0 /Users/a/remark.ico
3:1 /Windows/System32/MsMpEng.exe
3:1 /Windows/System32/config/TxR/{5A3C1F0E-7B1D-11ED-9C3B-806E6F6E6963}.TxR.0.regtrans-ms
2:1 /Windows/System32/config/TxR/{c1}.TxR.1.regtrans-ms
2:1 /Windows/System32/config/TxR/{c2}.TxR.1.regtrans-ms
2:1 /Windows/System32/krwve.jat"
like 'the program and its library are named' "$out" 'TpmVscMgrSvr'

# A list of libraries as HijackLibs publishes them.
printf '%s\n' --- 'Name: readerlib.dll' 'Created: 2025-03-04' 'Vendor: Reader' ExpectedLocations: "  - '%PROGRAMFILES%\\Reader'" \
    VulnerableExecutables: "  - Path: '%PROGRAMFILES%\\Reader\\reader.exe'" '    Type: Sideloading' >"$work/libraries.yml"
listed() {
    "$ASSAY" scan --roots "$work/certificates/roots.pem" --fail-on never --replace -o "$work/case" "$work/drive" >"$work/out"
    sqlite3 "$work/case" "SELECT f.severity || ':' || f.strength || ' ' || a.name || ' ' || coalesce(d.value, '-') FROM finding f JOIN artifact a
        ON a.id = f.artifact LEFT JOIN finding_detail d ON d.finding = f.id AND d.key = 'list that has program and library'
        WHERE f.detector = 'dll_sideload' AND a.name = 'readerlib.dll'"
}
is 'without a list it is silent' "$(listed)" ''
export ASSAY_INTEL=$work/intel
mkdir "$work/intel"
cp -r intel/. "$work/intel/"
assay intel add --name libs "$work/libraries.yml"
is 'the list is read' "$status $out" '0 added: libs: HijackLibs of 2025-03-04, 1 entry, 1 sample, 2 names'
is 'with it there is a finding, which names it' "$(listed)" '2:1 readerlib.dll libs of 2025-03-04: Reader, Sideloading'
sed -i 's/^VulnerableExecutables:/&\n  - *x/' "$work/libraries.yml"
assay intel check "$work/libraries.yml"
like 'a damaged one is refused with its line' "$status $err" '^2 .*libraries.yml.*line 8: an alias'
unset ASSAY_INTEL

# Without catalogs nothing is known of whoever has no signature: not testable, so silent.
assay scan --fail-on never -o "$work/bare" "$drive/ProgramData/TPM"
is 'a folder without catalogs' "$(sqlite3 "$work/bare" 'SELECT count(*) FROM finding')" 0
finish
